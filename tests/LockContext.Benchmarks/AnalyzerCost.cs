using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using System.Reflection;
using LockContext.Analyzers;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;

namespace LockContext.Benchmarks;

/// <summary>
/// What the analysis adds to the checking of a compilation, and what the ways of registering an analyzer cost before it does anything: the reason why ours registers
/// code blocks and symbols, and no operations.
/// </summary>
internal static class AnalyzerCost
{
    public static int Run(string[] directories)
    {
        if (directories.Length == 0)
            directories = [SourcesOfThisRepository()];
        foreach (var directory in directories)
        {
            if (!Directory.Exists(directory))
            {
                Console.Error.WriteLine($"There is no directory '{directory}'.");
                return 1;
            }

            Measure(directory);
        }

        return 0;
    }

    private static void Measure(string directory)
    {
        var files = Directory.GetFiles(directory, "*.cs", SearchOption.AllDirectories)
            .Where(f => !f.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
            .Select(f => (Path: f, Text: SourceText.From(File.ReadAllText(f)))).ToArray();
        var references = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Select(MetadataReference (p) => MetadataReference.CreateFromFile(p)).ToArray();
        var lines = files.Sum(f => f.Text.Lines.Count);

        SideBySide.Compare($"{Path.GetFileName(Path.TrimEndingDirectorySeparator(directory))}: {files.Length} files, {lines} lines", rounds: 5,
            ("compile", () => Check()),
            ("+ LockContext", () => Check(new LockContextAnalyzer())),
            ("+ an analyzer that registers nothing", () => Check(new Empty(_ => { }))),
            ("+ an empty syntax-tree action", () => Check(new Empty(c => c.RegisterSyntaxTreeAction(_ => { })))),
            ("+ an empty semantic-model action", () => Check(new Empty(c => c.RegisterSemanticModelAction(_ => { })))),
            ("+ an empty symbol action", () => Check(new Empty(c => c.RegisterSymbolAction(_ => { }, SymbolKind.NamedType, SymbolKind.Method)))),
            ("+ an empty code-block action", () => Check(new Empty(c => c.RegisterCodeBlockAction(_ => { })))),
            ("+ an empty operation-block action", () => Check(new Empty(c => c.RegisterOperationBlockAction(_ => { })))),
            ("+ an empty action on invocations", () => Check(new Empty(c => c.RegisterOperationAction(_ => { }, OperationKind.Invocation)))));

        // Everything is parsed anew, as a compiler would; only the text is shared.
        Action Check(params DiagnosticAnalyzer[] analyzers)
        {
            var options = new CSharpParseOptions(LanguageVersion.Preview);
            var trees = files.Select(f => CSharpSyntaxTree.ParseText(f.Text, options, f.Path)).ToArray();
            var compilation = CSharpCompilation.Create("Measured", trees, references,
                new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true, nullableContextOptions: NullableContextOptions.Enable, concurrentBuild: true));
            if (analyzers.Length == 0)
                return () => compilation.GetDiagnostics();
            return () =>
            {
                var found = compilation.WithAnalyzers([.. analyzers]).GetAllDiagnosticsAsync().GetAwaiter().GetResult();
                if (found.FirstOrDefault(d => d.Id == "AD0001") is { } failure)
                    throw new InvalidOperationException(failure.ToString());
            };
        }
    }

    public static string SourcesOfThisRepository() => Path.Combine(
        typeof(AnalyzerCost).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().First(a => a.Key == "RepositoryRoot").Value!, "src");

    [DiagnosticAnalyzer(LanguageNames.CSharp)]
    private sealed class Empty(Action<AnalysisContext> register) : DiagnosticAnalyzer
    {
        private static readonly DiagnosticDescriptor s_none = new("BENCH", "Nothing", "Nothing", "Benchmark", DiagnosticSeverity.Warning, isEnabledByDefault: true);

        public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [s_none];

        public override void Initialize(AnalysisContext context)
        {
            context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.Analyze | GeneratedCodeAnalysisFlags.ReportDiagnostics);
            context.EnableConcurrentExecution();
            register(context);
        }
    }
}
