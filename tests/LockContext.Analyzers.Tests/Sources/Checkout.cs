using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using System.Reflection;
using LockContext.Testing;
using LockContext.Testing.Markup;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace LockContext.Analyzers.Tests.Sources;

/// <summary>The real files of the checkout that the tests were built from, as compilations: the runtime, each sample, and the sources in the tests of the rules.</summary>
internal static class Checkout
{
    private static readonly CSharpParseOptions s_parse = new(LanguageVersion.Preview, DocumentationMode.Parse);
    private static readonly Lazy<CSharpCompilation> s_runtime = new(() => Compile("Runtime", Files("src", "LockContext.Runtime").Concat(Files("src", "Shared"))));
    private static readonly Lazy<ImmutableArray<CSharpCompilation>> s_samples = new(() => [.. Directory.GetDirectories(PathTo("samples")).Order(StringComparer.Ordinal).Select(Sample).Where(s => s.SyntaxTrees.Length > 0)]);
    private static readonly Lazy<CSharpCompilation> s_rules = new(() => Compile("Rules", RuleSources()));

    private static string Root { get; } = Path.GetFullPath(typeof(Checkout).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "RepositoryRoot").Value!);

    public static CSharpCompilation Runtime => s_runtime.Value;

    public static ImmutableArray<CSharpCompilation> Samples => s_samples.Value;

    /// <summary>The sources in the tests of rules, each in a namespace of its own. Some do not compile out of their test, which is welcome here.</summary>
    public static CSharpCompilation Rules => s_rules.Value;

    public static string PathTo(params string[] parts) => Path.Combine([Root, .. parts]);

    public static SyntaxTree Parse(string text, string path) => CSharpSyntaxTree.ParseText(text, s_parse, path, System.Text.Encoding.UTF8);

    public static CSharpCompilation Compile(string name, IEnumerable<(string Path, string Text)> files, params MetadataReference[] references) => CSharpCompilation.Create(
        name,
        files.Append(("/Usings.cs", Spec.Usings)).Select(f => Parse(f.Item2, f.Item1)),
        ReferenceAssemblies.Net100.Add(ReferenceAssemblies.Annotations).AddRange(references),
        new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true, nullableContextOptions: NullableContextOptions.Enable));

    private static CSharpCompilation Sample(string directory) => Compile(Path.GetFileName(directory), Files("samples", Path.GetFileName(directory)), Runtime.ToMetadataReference());

    // The paths are made up, so that what is reported does not depend on where the checkout is.
    private static IEnumerable<(string Path, string Text)> Files(params string[] folder) =>
        from file in Directory.GetFiles(PathTo(folder), "*.cs", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
        let relative = Path.GetRelativePath(PathTo(folder), file).Replace('\\', '/')
        where !relative.StartsWith("obj/", StringComparison.Ordinal) && !relative.StartsWith("bin/", StringComparison.Ordinal)
        select ("/" + relative, File.ReadAllText(file).ReplaceLineEndings("\n"));

    private static IEnumerable<(string Path, string Text)> RuleSources()
    {
        yield return ("/Locks.cs", RuntimeSource.Locks);
        yield return ("/Memory.cs", RuntimeSource.Memory);
        foreach ((string path, string text) in Files("tests", "LockContext.Analyzers.Tests", "Rules").Where(f => !Path.GetFileName(f.Path).StartsWith("Fix", StringComparison.Ordinal)))
        {
            int count = 0;
            foreach (LiteralExpressionSyntax literal in Parse(text, path).GetRoot().DescendantNodes().OfType<LiteralExpressionSyntax>().Where(l => l.Token.IsKind(SyntaxKind.MultiLineRawStringLiteralToken)))
            {
                string source = TestMarkup.Parse(literal.Token.ValueText).Code;
                string name = $"{Path.GetDirectoryName(path)![1..]}.{Path.GetFileNameWithoutExtension(path)}{count++}";
                if (Wrapped(source) is { } types)
                    yield return ($"/{name}.cs", $"using LockContext.Runtime;\nnamespace {name}\n{{\n{types}\n}}\n");
            }
        }
    }

    /// <summary>Tests give whole types, members of a class, or statements that run under a lock; here they become types.</summary>
    private static string? Wrapped(string source)
    {
        CompilationUnitSyntax unit = CSharpSyntaxTree.ParseText(source, s_parse).GetCompilationUnitRoot();
        if (unit.Usings.Any() || unit.AttributeLists.Any() || unit.Externs.Any() || unit.Members.Any(m => m is FileScopedNamespaceDeclarationSyntax))
            return null;
        if (!unit.ContainsDiagnostics && unit.Members.All(m => m is BaseTypeDeclarationSyntax or DelegateDeclarationSyntax or BaseNamespaceDeclarationSyntax))
            return source;
        string members = InClass(source);
        if (!CSharpSyntaxTree.ParseText(members, s_parse).GetRoot().ContainsDiagnostics)
            return members;
        string statements = InClass($"static void* Alloc(GfpFlags flags) => PageAllocator.Shared.AllocPages(flags, 0);\nvoid M(GfpFlags unknown, void* page, string text, Task<int> task, Action action)\n{{\n_raw.Enter();\n{source}\n_raw.Exit();\n}}");
        return CSharpSyntaxTree.ParseText(statements, s_parse).GetRoot().ContainsDiagnostics ? null : statements;
    }

    private static string InClass(string members) => Spec.InClass("private RawSpinLock _raw;\nprivate readonly SleepingLock _sleeping = new();\nprivate int _count;\nprivate void* _head;\n" + members).Replace("partial class C", "unsafe partial class C", StringComparison.Ordinal);
}
