using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using LockContext.Analyzers.Tests.Sources;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Xunit;

namespace LockContext.Analyzers.Tests.Engine;

/// <summary>
/// The same reports, word for word and in the same order within a file, at one thread and at many, in any order of files, whichever document was looked at before, and on any compiler. Words include
/// the additional locations and the properties. LOCKCONTEXT_FUZZ_SEED and LOCKCONTEXT_FUZZ_ROUNDS let other random programs be tried.
/// </summary>
[Trait("Policy", "Determinism")]
public class Determinism
{
    private const int DefaultSeed = 1;

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
    public Task A_web_of_calls() => SameInAllWaysAsync(Checkout.Compile("Web", s_files.Select((f, i) => ($"/{i}.cs", f))), atLeast: 8);

    /// <summary>A tangle of locks: which circles of it are reported, and by which places, depends on nothing but the program.</summary>
    [Fact]
    public Task A_tangle_of_locks() => SameInAllWaysAsync(
        Checkout.Compile("Tangle", Enumerable.Range(0, 8).Select(i => ($"/{(i * 5) % 8}.cs", $$"""
            partial class Tangle
            {
                private readonly object _l{{i}} = new(), _k{{i}} = new();
                public void Next{{i}}() { lock (_l{{i}}) lock (_l{{(i + 1) % 8}}) { } }
                public void Pair{{i}}() { lock (_l{{(i + 1) % 8}}) lock (_k{{i}}) Take{{(i + 3) % 8}}(); }
                public void Jump{{i}}() { lock (_l{{i}}) Take{{(i + 3) % 8}}(); }
                private void Take{{i}}() { lock (_l{{i}}) { } }
                public void Ring{{i}}() { lock (_k{{i}}) lock (_k{{(i + 1) % 8}}) Take{{i}}(); }
            }
            """))),
        atLeast: 4);

    [Fact]
    public async Task Random_programs()
    {
        int seed = Setting("SEED", DefaultSeed);
        for (int round = 0; round < Setting("ROUNDS", 1); round++)
            await SameInAllWaysAsync(Checkout.Compile($"Program {seed + round}", RandomProgram.Files(seed + round)), atLeast: 20);
    }

    [Fact]
    public Task The_tour() => SameInAllWaysAsync(Checkout.Samples.Single(s => s.AssemblyName == "Tour"), atLeast: 30);

    [Fact]
    public Task The_sources_in_the_tests_of_rules() => SameInAllWaysAsync(Checkout.Rules, atLeast: 80);

    [Fact]
    public Task The_runtime() => SameInAllWaysAsync(Checkout.Runtime, atLeast: 0);

    /// <summary>Two compilers, and this file between them: what both say of a random program. After a change that is meant to change it, LOCKCONTEXT_UPDATE=1 writes it anew.</summary>
    [Fact]
    public async Task On_any_compiler()
    {
        CSharpCompilation program = Checkout.Compile("Program", RandomProgram.Files(seed: 7));
        Assert.DoesNotContain(program.GetDiagnostics(), d => d.Severity == DiagnosticSeverity.Error);
        string reports = string.Join('\n', await ReportAsync(program, concurrent: false)) + "\n";
        string expected = Checkout.PathTo("tests", "LockContext.Analyzers.Tests", "Engine", "Determinism.expected.txt");
        if (Environment.GetEnvironmentVariable("LOCKCONTEXT_UPDATE") == "1")
            await File.WriteAllTextAsync(expected, reports);
        Assert.Equal((await File.ReadAllTextAsync(expected)).ReplaceLineEndings("\n"), reports);
    }

    private static async Task SameInAllWaysAsync(CSharpCompilation compilation, int atLeast)
    {
        string[] one = await ReportAsync(compilation, concurrent: false);
        Assert.True(one.Length >= atLeast, $"{one.Length} reports only in {compilation.AssemblyName}");
        for (int i = 0; i < 2; i++)
            Same(one, await ReportAsync(compilation, concurrent: true), $"{compilation.AssemblyName}, with many threads");
        for (int seed = 1; seed <= 3; seed++)
            Same(one, await ReportAsync(Shuffled(compilation, seed), concurrent: seed == 3), $"{compilation.AssemblyName}, files shuffled with {seed}");
        var random = new Random(compilation.SyntaxTrees.Length);
        for (int i = 0; i < 2; i++)
        {
            int[] first = [.. Enumerable.Range(0, 3).Select(_ => random.Next(compilation.SyntaxTrees.Length))];
            Same(one, await ReportAsync(compilation, concurrent: i == 1, first), $"{compilation.AssemblyName}, after documents {string.Join(", ", first)}");
        }
    }

    private static void Same(string[] expected, string[] actual, string how)
    {
        string[] lost = [.. expected.Except(actual)], added = [.. actual.Except(expected)];
        Assert.True(lost.Length + added.Length == 0, $"{how}\nlost:\n{string.Join('\n', lost.Take(10))}\nadded:\n{string.Join('\n', added.Take(10))}");
        Assert.Equal(expected, actual);
    }

    private static CSharpCompilation Shuffled(CSharpCompilation compilation, int seed)
    {
        SyntaxTree[] trees = [.. compilation.SyntaxTrees];
        new Random(seed).Shuffle(trees);
        return compilation.RemoveAllSyntaxTrees().AddSyntaxTrees(trees);
    }

    /// <summary>The reports of a run that shares nothing with an earlier one.</summary>
    /// <param name="compilation">What to analyse.</param>
    /// <param name="concurrent">With as many threads as the machine allows.</param>
    /// <param name="first">Documents that an editor has asked for before.</param>
    private static async Task<string[]> ReportAsync(CSharpCompilation compilation, bool concurrent, params int[] first)
    {
        CSharpCompilation fresh = compilation.RemoveAllSyntaxTrees().AddSyntaxTrees(compilation.SyntaxTrees.Select(t => Checkout.Parse(t.ToString(), t.FilePath)));
        var thrown = new System.Collections.Concurrent.ConcurrentQueue<Exception>();
        var driver = new CompilationWithAnalyzers(fresh, [new LockContextAnalyzer()], new CompilationWithAnalyzersOptions(
            new AnalyzerOptions([]), (exception, _, _) => thrown.Enqueue(exception), concurrentAnalysis: concurrent, logAnalyzerExecutionTime: false));
        foreach (int document in first)
            await driver.GetAnalyzerSemanticDiagnosticsAsync(fresh.GetSemanticModel(fresh.SyntaxTrees[document]), null, default);
        var reported = await driver.GetAnalyzerDiagnosticsAsync();
        Assert.Empty(thrown);

        // In which order the driver visits files is its own business.
        return [.. reported.OrderBy(d => d.Location.GetLineSpan().Path, StringComparer.Ordinal).Select(Describe)];
    }

    private static string Describe(Diagnostic d) =>
        $"{d.Location.GetLineSpan()} {d.Severity} {d.Id} {d.GetMessage(CultureInfo.InvariantCulture)} | {string.Join(", ", d.AdditionalLocations.Select(l => l.GetLineSpan()))} | {string.Join(", ", d.Properties.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => p.Key + "=" + p.Value))}";

    private static int Setting(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable("LOCKCONTEXT_FUZZ_" + name), NumberStyles.Integer, CultureInfo.InvariantCulture, out int value) ? value : otherwise;
}
