using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Runtime;
using LockContext.Benchmarks;
using LockContext.Benchmarks.Runtime;

var rounds = Option("--rounds") is { } r ? int.Parse(r, CultureInfo.InvariantCulture) : 15;
var scale = Option("--scale") is { } s ? double.Parse(s, CultureInfo.InvariantCulture) : 1;
switch (args)
{
    case ["registration", .. var directories]:
        return AnalyzerCost.Run(directories);
    case ["report", ..] when !GCSettings.IsServerGC:
        // The compiler's collector is in server mode, and what an analyzer allocates costs accordingly.
        using (var measuring = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, args) { Environment = { ["DOTNET_gcServer"] = "1" } })!)
        {
            measuring.WaitForExit();
            return measuring.ExitCode;
        }

    case ["report", ..]:
        return AnalyzerReport.Run(rounds, scale, Option("--to") ?? Path.Combine(AnalyzerCost.SourcesOfThisRepository(), "..", "docs"),
            Option("--keep"), Option("--minutes") is { } m ? double.Parse(m, CultureInfo.InvariantCulture) : 0, Array.IndexOf(args, "--keystrokes") >= 0);
    case ["runtime", ..]:
        return RuntimeReport.Run(rounds, Option("--only")?.Split(',') ?? [], Option("--rows") ?? "", Array.IndexOf(args, "--gate") >= 0, Option("--to") ?? Path.Combine(AnalyzerCost.SourcesOfThisRepository(), "..", "docs"));
    case [LockdepTable.Mode, var loop]:
        return LockdepTable.Measure(loop);
    default:
        Console.Error.WriteLine("""
            Usage: dotnet run -c Release --project tests/LockContext.Benchmarks [-p:Peers=true] -- <what>
              registration [directory ...]                      what the ways of registering an analyzer cost, on the sources in these directories
              report [--rounds 15] [--scale 1] [--to docs]      the table of docs/benchmarks-analyzer.md; with -p:Peers=true other packages are measured beside it
                     [--keystrokes]                               keystrokes only, and writes no page
                     [--keep file] [--minutes n]                  keeps what is measured in the file and goes on from it; stops after so many minutes
              runtime [--only table,table] [--rows text] [--gate] [--rounds 15] [--to docs]   docs/benchmarks-runtime.md and its plots; see README.md beside this program
            """);
        return 2;
}

string? Option(string name)
{
    var at = Array.IndexOf(args, name);
    return at >= 0 && at + 1 < args.Length ? args[at + 1] : null;
}
