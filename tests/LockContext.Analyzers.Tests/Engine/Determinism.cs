using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Xunit;

namespace LockContext.Analyzers.Tests.Engine;

/// <summary>The same reports, word for word, at one thread and at many, in any order of files.</summary>
[Trait("Policy", "Determinism")]
public class Determinism
{
    private static readonly string[] s_files =
    [
        .. Enumerable.Range(0, 8).Select(i => $$"""
            partial class Web
            {
                private SpinLock _l{{i}} = new(false);
                public void Top{{i}}() { bool t = false; _l{{i}}.Enter(ref t); Left{{i}}(9); Right{{i}}(); _l{{i}}.Exit(); }
                public void Left{{i}}(int n) { if (n > 0) Left{{(i + 3) % 8}}(n - 1); Right{{(i + 1) % 8}}(); }
                public void Right{{i}}() { if (_l{{i}}.IsHeld) Right{{(i + 5) % 8}}(); Wait{{i}}(); }
                private void Wait{{i}}() { {{(i % 3 == 0 ? "Thread.Sleep(1);" : i % 3 == 1 ? "lock (this) { }" : "new SemaphoreSlim(1).Wait();")}} }
            }
            """),
    ];

    [Fact]
    public async Task Concurrent_and_not()
    {
        string[] one = await ReportAsync(s_files, concurrent: false);
        Assert.NotEmpty(one);
        for (int i = 0; i < 5; i++)
            Assert.Equal(one, await ReportAsync(s_files, concurrent: true));
    }

    [Fact]
    public async Task Files_in_any_order()
    {
        string[] straight = await ReportAsync(s_files, concurrent: true);
        Assert.NotEmpty(straight);
        Assert.Equal(straight, await ReportAsync(s_files.Reverse(), concurrent: true));
        Assert.Equal(straight, await ReportAsync(s_files.Skip(3).Concat(s_files.Take(3)), concurrent: false));
    }

    // The driver's own order across files is not the analyzer's doing, so reports are compared as a sorted list; within one place it is.
    private static async Task<string[]> ReportAsync(IEnumerable<string> files, bool concurrent)
    {
        var test = Spec.Files();
        foreach (string file in files)
            test.TestState.Sources.Add(($"/0/{System.Array.IndexOf(s_files, file)}.cs", file));
        test.ConcurrentAnalysis = concurrent;
        var diagnostics = await test.GetAnalyzerDiagnosticsAsync();
        return [.. diagnostics.Where(d => d.Severity >= DiagnosticSeverity.Info).Select(Describe).Order(System.StringComparer.Ordinal)];
    }

    private static string Describe(Diagnostic d) => $"{d.Location.GetLineSpan()} {d.Id} {d.GetMessage()} | {string.Join(", ", d.AdditionalLocations.Select(l => l.GetLineSpan()))}";
}
