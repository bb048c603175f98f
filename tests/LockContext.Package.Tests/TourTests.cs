using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using System.Threading.Tasks;
using LockContext.Analyzers;
using Xunit;

namespace LockContext.Package.Tests;

/// <summary>The tour prints what its comments say, line by line, and nothing else.</summary>
public partial class TourTests
{
    /// <summary>On a build server as at home: the tour itself says that it only warns.</summary>
    [Fact]
    public async Task The_tour_prints_what_its_comments_say()
    {
        DotnetResult build = (await Dotnet.RunAsync(Repository.Root, "build samples/Tour --artifacts-path artifacts/tour-test", ("CI", "true"))).Succeeded();
        Assert.All(build.Diagnostics, d => Assert.Equal("warning", d.Severity));
        IReadOnlyList<Expectation> expected = Expectations();
        List<string> problems = [];
        foreach (Expectation e in expected.Where(e => !build.Diagnostics.Any(e.IsMetBy)))
            problems.Add($"missing  {e.File}({e.Line}): {e.Id}: {e.Fragment}");
        foreach (BuildDiagnostic d in build.Diagnostics.Where(d => expected.Count(e => e.IsMetBy(d)) != 1))
            problems.Add($"printed  {d.File}({d.Line}): {d.Id}: {d.Message}");
        Assert.True(problems.Count == 0, string.Join('\n', problems) + "\n\n" + build.Output);
        Assert.Equal(expected.Count, build.Diagnostics.Count);

        // The diagnostics that the README shows are real ones, in full.
        string readme = string.Join(' ', Repository.Read("README.md").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        MatchCollection shown = Shown().Matches(readme);
        Assert.NotEmpty(shown);
        Assert.All(shown, s => Assert.Contains(build.Diagnostics, d =>
            $"{d.File}({d.Line}" == s.Groups["place"].Value && readme.AsSpan(s.Index + s.Length).StartsWith($"{d.Id}: {d.Message} ```", StringComparison.Ordinal)));
    }

    /// <summary>LCX3006 is about members that are too large to be shown, and LCX3005 belongs to no line.</summary>
    [Fact]
    public void The_tour_has_every_rule_that_warns() =>
        Assert.Equal(
            new LockContextAnalyzer().SupportedDiagnostics.Where(d => d.DefaultSeverity == Microsoft.CodeAnalysis.DiagnosticSeverity.Warning && d.Id != "LCX3005").Select(d => d.Id).Order(StringComparer.Ordinal),
            Expectations().Select(e => e.Id).Distinct().Order(StringComparer.Ordinal));

    private static List<Expectation> Expectations() =>
        [
            .. from file in Directory.EnumerateFiles(Repository.PathTo("samples", "Tour"), "LCX*").Where(f => f.EndsWith(".cs", StringComparison.Ordinal) || f.EndsWith(".txt", StringComparison.Ordinal))
               from line in File.ReadAllLines(file).Select((text, index) => (Text: text, Number: index + 1))
               let match = Comment().Match(line.Text)
               where match.Success
               select new Expectation(Path.GetFileName(file), line.Number, match.Groups["id"].Value, match.Groups["fragment"].Value.Trim()),
        ];

    private sealed record Expectation(string File, int Line, string Id, string Fragment)
    {
        public bool IsMetBy(BuildDiagnostic diagnostic) =>
            (File, Line, Id) == (diagnostic.File, diagnostic.Line, diagnostic.Id) && diagnostic.Message.Contains(Fragment, StringComparison.Ordinal);
    }

    [GeneratedRegex(@"(?<place>\w+\.cs\(\d+),\d+\): warning ")]
    private static partial Regex Shown();

    [GeneratedRegex(@"(//|#) (?<id>LCX\d{4}): (?<fragment>.+)$")]
    private static partial Regex Comment();
}
