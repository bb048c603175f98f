using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using System.Threading.Tasks;

namespace LockContext.Package.Tests;

/// <summary>Runs the command line as a user would: nothing of the surrounding test run or build server leaks into it.</summary>
internal static class Dotnet
{
    /// <summary>What a build server sets, and what an outer MSBuild hands down.</summary>
    private static readonly string[] s_dropped = ["CI", "TF_BUILD", "GITHUB_ACTIONS", "ContinuousIntegrationBuild", "LockContextStrict", "NUGET_PACKAGES", "LOCKCONTEXT_UPDATE"];

    public static async Task<DotnetResult> RunAsync(string folder, string arguments, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo("dotnet", arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string name in start.Environment.Keys.Where(k => s_dropped.Contains(k) || k.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)).ToArray())
            start.Environment.Remove(name);

        // Servers would outlive the command and keep its output open.
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["UseSharedCompilation"] = "false";
        start.Environment["MSBUILDTERMINALLOGGER"] = "off";
        start.Environment["DOTNET_CLI_UI_LANGUAGE"] = "en";
        start.Environment["DOTNET_NOLOGO"] = "1";
        foreach ((string name, string value) in environment)
            start.Environment[name] = value;

        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return new DotnetResult($"dotnet {arguments}", process.ExitCode, await output + await errors);
    }
}

internal sealed record DotnetResult(string Command, int ExitCode, string Output)
{
    /// <summary>The distinct diagnostics of our rules in the output.</summary>
    public IReadOnlyList<BuildDiagnostic> Diagnostics { get; } = [.. BuildDiagnostic.Parse(Output).Distinct()];

    public DotnetResult Succeeded() =>
        ExitCode == 0 ? this : throw new InvalidOperationException($"'{Command}' failed with {ExitCode}:\n{Output}");
}

/// <summary>One line such as <c>folder/A.cs(12,9): warning LCX1001: text [project]</c>.</summary>
internal sealed partial record BuildDiagnostic(string File, int Line, string Severity, string Id, string Message)
{
    public static IEnumerable<BuildDiagnostic> Parse(string output) =>
        from Match match in Pattern().Matches(output)
        select new BuildDiagnostic(Path.GetFileName(match.Groups["file"].Value), int.Parse(match.Groups["line"].ValueSpan, null), match.Groups["severity"].Value,
            match.Groups["id"].Value, match.Groups["message"].Value);

    [GeneratedRegex(@"^\s*(?<file>[^\r\n]*?)\((?<line>\d+),\d+\): (?<severity>\w+) (?<id>LCX\d{4}): (?<message>.*?)(?: \[[^\[\]\r\n]*\])?\r?$", RegexOptions.Multiline)]
    private static partial Regex Pattern();
}
