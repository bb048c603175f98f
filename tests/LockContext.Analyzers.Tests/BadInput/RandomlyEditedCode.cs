using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using LockContext.Analyzers.Tests.Sources;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;
using Xunit;

namespace LockContext.Analyzers.Tests.BadInput;

/// <summary>
/// Real files, broken at random: no exception in the analyzer, and an end. Each round edits many files of a compilation once or a few times, and has a seed of its own. To repeat a round, or to go
/// on for as long as one likes:
/// <code>
/// LOCKCONTEXT_FUZZ_SEED=17 LOCKCONTEXT_FUZZ_ROUNDS=1 dotnet test tests/LockContext.Analyzers.Tests --filter FullyQualifiedName~RandomlyEditedCode
/// </code>
/// With LOCKCONTEXT_FUZZ_LOG naming a file, each round is noted there before it begins, for what ends the whole process; LOCKCONTEXT_FUZZ_DUMP names a folder for the edited files.
/// </summary>
public class RandomlyEditedCode
{
    private const int DefaultSeed = 20_000;
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    [Fact]
    public Task The_runtime() => EditAsync([Checkout.Runtime], rounds: 14);

    [Fact]
    public Task The_samples() => EditAsync(Checkout.Samples, rounds: 12);

    [Fact]
    public Task The_sources_in_the_tests_of_rules() => EditAsync([Checkout.Rules], rounds: 7);

    private static async Task EditAsync(IReadOnlyList<CSharpCompilation> originals, int rounds)
    {
        int seed = Setting("SEED", DefaultSeed);
        rounds = Setting("ROUNDS", rounds);
        for (int round = 0; round < rounds; round++)
            await EditAsync(originals[round % originals.Count], seed + round);
    }

    private static async Task EditAsync(CSharpCompilation original, int seed)
    {
        string repeat = $"LOCKCONTEXT_FUZZ_SEED={seed} LOCKCONTEXT_FUZZ_ROUNDS=1 ({original.AssemblyName})";
        if (Environment.GetEnvironmentVariable("LOCKCONTEXT_FUZZ_LOG") is { Length: > 0 } log)
            File.AppendAllText(log, repeat + "\n");
        var random = new Random(seed);
        var edits = new RandomEdits(seed);
        CSharpCompilation edited = original;
        int editsPerFile = random.Next(1, 6);
        double share = random.NextDouble();
        foreach (SyntaxTree tree in original.SyntaxTrees.Where(_ => random.NextDouble() < share))
        {
            SourceText text = tree.GetText();
            for (int i = 0; i < editsPerFile; i++)
                text = edits.Apply(text);
            edited = edited.ReplaceSyntaxTree(tree, tree.WithChangedText(text));
        }

        if (Environment.GetEnvironmentVariable("LOCKCONTEXT_FUZZ_DUMP") is { Length: > 0 } dump)
            Dump(edited, dump);
        var thrown = new ConcurrentQueue<Exception>();
        using var cancellation = new CancellationTokenSource();
        Task work = Task.Run(() => AnalyseAsync(edited, edited.SyntaxTrees[random.Next(edited.SyntaxTrees.Length)], thrown, cancellation.Token));
        try
        {
            await work.WaitAsync(s_limit);
        }
        catch (TimeoutException)
        {
            cancellation.Cancel();
            Assert.Fail($"Not done after {s_limit.TotalSeconds} s: {repeat}");
        }

        if (thrown.TryPeek(out Exception? first))
            Assert.Fail($"{repeat}\n{first}");
    }

    // One document first, as an editor would, then everything: the second run finds what the first has left behind.
    private static async Task AnalyseAsync(CSharpCompilation compilation, SyntaxTree document, ConcurrentQueue<Exception> thrown, CancellationToken cancellation)
    {
        var driver = new CompilationWithAnalyzers(compilation, [new LockContextAnalyzer()], new CompilationWithAnalyzersOptions(
            new AnalyzerOptions([]), (exception, _, _) => thrown.Enqueue(exception), concurrentAnalysis: true, logAnalyzerExecutionTime: false));
        await driver.GetAnalyzerSemanticDiagnosticsAsync(compilation.GetSemanticModel(document), null, cancellation);
        var found = await driver.GetAnalyzerDiagnosticsAsync(cancellation);
        if (found.FirstOrDefault(d => d.Id.StartsWith("AD0", StringComparison.Ordinal)) is { } failure)
            thrown.Enqueue(new InvalidOperationException(failure.ToString()));
    }

    private static int Setting(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable("LOCKCONTEXT_FUZZ_" + name), NumberStyles.Integer, CultureInfo.InvariantCulture, out int value) ? value : otherwise;

    private static void Dump(CSharpCompilation compilation, string folder)
    {
        Directory.CreateDirectory(folder);
        foreach (SyntaxTree tree in compilation.SyntaxTrees)
            File.WriteAllText(Path.Combine(folder, tree.FilePath.Trim('/').Replace('/', '_')), tree.ToString());
    }
}
