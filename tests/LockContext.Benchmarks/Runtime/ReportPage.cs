using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;

namespace LockContext.Benchmarks.Runtime;

/// <summary>The page, section by section. A run of some tables replaces their sections and leaves the others.</summary>
internal sealed partial class ReportPage
{
    private readonly string _path;
    private readonly Dictionary<string, string> _sections = [];

    public ReportPage(string path)
    {
        _path = path;
        if (!File.Exists(path)) return;
        foreach (Match section in Section().Matches(File.ReadAllText(path).ReplaceLineEndings("\n"))) _sections[section.Groups["name"].Value] = section.Groups["text"].Value;
    }

    public void Replace(IBenchmarkTable table, IReadOnlyList<RowResult> results, string plot, int rounds)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"## {table.Title}\n\n{table.Remarks.ReplaceLineEndings("\n").Trim()}\n\n");
        text.Append(CultureInfo.InvariantCulture, $"{Machine()}; {rounds} rounds; a compare-exchange took {CandidateResult.Of("", results.Select(r => r.Cas)).Median:F1} ns.");
        text.Append(NativeAllocator.Missing.Count > 0 ? $" Not on this machine: {string.Join(", ", NativeAllocator.Missing)}.\n\n" : "\n\n");
        text.Append(CultureInfo.InvariantCulture, $"![{table.Title}]({plot})\n\n");
        text.Append("| what | who | median | least | in CAS | to ours | target of ours |\n|---|---|---:|---:|---:|---:|---|\n");
        foreach (var result in results)
        {
            foreach (var candidate in result.Candidates)
            {
                var first = candidate == result.Ours;
                text.Append(CultureInfo.InvariantCulture, $"| {(first ? result.Row.Name : "")} | {(first ? $"**{candidate.Name}**" : candidate.Name)} | {Value(candidate.Median, result.Row.Unit)} | {Value(candidate.Least, result.Row.Unit)} ");
                text.Append(result.Row.IsTime ? string.Create(CultureInfo.InvariantCulture, $"| {candidate.Median / result.Cas:F2} ") : "| ");
                text.Append(first || result.Ours.Median == 0 ? "| " : string.Create(CultureInfo.InvariantCulture, $"| {candidate.Median / result.Ours.Median:F2} "));
                text.Append(first ? $"| {string.Join("; ", result.Row.Targets.Select(t => $"{t}: {Word(result.IsReached(t))}"))} |\n" : "| |\n");
            }
        }

        _sections[table.Name] = text.ToString();
    }

    public void Save(IReadOnlyList<IBenchmarkTable> order)
    {
        var text = new StringBuilder();
        text.Append("""
            # What the runtime costs

            Made by `dotnet run -c Release --project tests/LockContext.Benchmarks -- runtime`; do not edit. Every round runs each candidate of a row once, in rotating order, in one process; what counts is the
            ratio of medians. Times are also given as multiples of an uncontended compare-exchange measured in the same rounds (*in CAS*), because nanoseconds of one machine say little about another. *To ours* is how
            many times as long as ours a candidate takes. Allocators in C are optional: they are used where the system has them, called without a GC transition, and named where they are missing.


            """);
        foreach (var table in order)
        {
            if (_sections.TryGetValue(table.Name, out var section)) text.Append(CultureInfo.InvariantCulture, $"<!-- table {table.Name} -->\n{section}<!-- end -->\n\n");
        }

        File.WriteAllText(_path, text.ToString().ReplaceLineEndings("\n").TrimEnd() + "\n");
    }

    public static string OneLine(RowResult result)
    {
        var others = result.Candidates.Skip(1).Select(c => $"{c.Name} {Value(c.Median, result.Row.Unit)}");
        var targets = result.Row.Targets.Select(t => $"{t}: {Word(result.IsReached(t))}");
        return string.Create(CultureInfo.InvariantCulture, $"{result.Row.Name}: {result.Ours.Name} {Value(result.Ours.Median, result.Row.Unit)} (least {Value(result.Ours.Least, result.Row.Unit)}, CAS {result.Cas:F1}); {string.Join("; ", others)} [{string.Join("; ", targets)}]");
    }

    public static string Value(double value, string unit) => string.Create(CultureInfo.InvariantCulture, $"{value.ToString(Math.Abs(value) < 100 ? "F2" : "N0", CultureInfo.InvariantCulture)} {unit}");

    private static string Word(bool? reached) => reached switch
    {
        true => "reached",
        false => "**missed**",
        null => "nobody to compare with",
    };

    private static string Machine()
    {
        const string Information = "/proc/cpuinfo";
        var model = File.Exists(Information) ? File.ReadLines(Information).FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim() : null;
        return $"{model ?? RuntimeInformation.ProcessArchitecture.ToString()}, {Environment.ProcessorCount} processors, {RuntimeInformation.OSDescription.Split('-')[0]}, {RuntimeInformation.FrameworkDescription}";
    }

    [GeneratedRegex("^<!-- table (?<name>\\w+) -->\n(?<text>.*?)^<!-- end -->", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Section();
}
