using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;

namespace LockContext.Benchmarks.Runtime;

/// <summary>The mode <c>runtime</c>: measures the tables and writes <c>docs/benchmarks-runtime.md</c> with a plot for each.</summary>
internal static class RuntimeReport
{
    // jemalloc keeps its thread state in static thread-local storage, of which a process has little left for libraries that are loaded late. Only the environment of a process can ask for more.
    private const string Tunables = "GLIBC_TUNABLES";
    private const string MoreStaticTls = "glibc.rtld.optional_static_tls=65536";

    /// <summary>All tables, in the order of the page. A new one is a class and a line here.</summary>
    public static IReadOnlyList<IBenchmarkTable> Tables { get; } =
    [
        new YardstickTable(),
        new PageTable(),
        new SlabTable(),
        new RcuTable(),
        new LockdepTable(),
        new AlternativesTable(),
        new FaultTable(),
    ];

    /// <param name="only">Names of tables, or none for all; the sections of others stay on the page as they are.</param>
    /// <param name="rows">Only rows with this in their name: for trying something out, with <c>--to</c> somewhere else.</param>
    /// <param name="gate">Whether a missed target is a failure.</param>
    public static int Run(int rounds, string[] only, string rows, bool gate, string directory)
    {
        if (only.FirstOrDefault(name => Tables.All(t => t.Name != name)) is { } unknown)
        {
            Console.Error.WriteLine($"There is no table '{unknown}'; there are: {string.Join(", ", Tables.Select(t => t.Name))}.");
            return 2;
        }

        if (OperatingSystem.IsLinux() && Environment.GetEnvironmentVariable(Tunables) is null) return RunAgainWithMoreStaticTls();

        var page = new ReportPage(Path.Combine(directory, "benchmarks-runtime.md"));
        var missed = 0;
        foreach (var table in Tables.Where(t => only.Length == 0 || only.Contains(t.Name)))
        {
            var results = new List<RowResult>();
            foreach (var row in table.Rows().Where(r => r.Name.Contains(rows, StringComparison.Ordinal)))
            {
                var result = RowMeasurement.Run(row, rounds);
                results.Add(result);
                Console.WriteLine(ReportPage.OneLine(result));
            }

            missed += results.Sum(r => r.Row.Targets.Count(t => r.IsReached(t) == false));
            var plot = $"benchmarks-runtime-{table.Name}.svg";
            File.WriteAllText(Path.Combine(directory, plot), BarPlot.Of(table.Title, results));
            page.Replace(table, results, plot, rounds);
        }

        page.Save(Tables);
        Console.WriteLine(missed == 0 ? "All targets reached." : $"Targets missed: {missed}.");
        return gate && missed > 0 ? 1 : 0;
    }

    private static int RunAgainWithMoreStaticTls()
    {
        var again = new ProcessStartInfo(Environment.ProcessPath!) { UseShellExecute = false };
        var arguments = Environment.GetCommandLineArgs();

        // Started by the host "dotnet", the first argument is the assembly; by its own executable, that is all there is.
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet") again.ArgumentList.Add(arguments[0]);
        foreach (var argument in arguments.Skip(1)) again.ArgumentList.Add(argument);
        again.Environment[Tunables] = MoreStaticTls;
        using var child = Process.Start(again)!;
        child.WaitForExit();
        return child.ExitCode;
    }
}
