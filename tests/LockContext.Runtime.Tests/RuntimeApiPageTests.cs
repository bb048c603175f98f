using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Xunit;

namespace LockContext.Runtime.Tests;

/// <summary><c>docs/runtime-api.md</c> says what the public surface is: it compiles, the assembly agrees with it, and what is only declared is not there.</summary>
public sealed partial class RuntimeApiPageTests
{
    private static readonly SymbolDisplayFormat s_format = SymbolDisplayFormat.CSharpErrorMessageFormat
        .AddMemberOptions(SymbolDisplayMemberOptions.IncludeType | SymbolDisplayMemberOptions.IncludeRef | SymbolDisplayMemberOptions.IncludeModifiers | SymbolDisplayMemberOptions.IncludeConstantValue)
        .AddParameterOptions(SymbolDisplayParameterOptions.IncludeName | SymbolDisplayParameterOptions.IncludeDefaultValue);

    private static readonly CSharpCompilation s_page = CompilePage();

    [Fact]
    public void Blocks_compile()
        => Assert.Empty(s_page.GetDiagnostics().Where(diagnostic => diagnostic.Severity >= DiagnosticSeverity.Warning));

    [Fact]
    public void Every_public_type_of_the_assembly_is_on_the_page_as_it_is()
    {
        Type[] exported = typeof(PageAllocator).Assembly.GetExportedTypes();
        Assert.NotEmpty(exported);
        IAssemblySymbol assembly = RuntimeAssembly();
        foreach (Type type in exported)
        {
            INamedTypeSymbol? declared = s_page.Assembly.GetTypeByMetadataName(type.FullName!);
            Assert.True(declared is not null, $"{type} is not on the page");
            Assert.Equal(Describe(assembly.GetTypeByMetadataName(type.FullName!)!, declared.IsRecord), Describe(declared, declared.IsRecord));
        }
    }

    [Fact]
    public void What_is_only_declared_is_not_in_the_assembly()
    {
        string[] built = typeof(PageAllocator).Assembly.GetExportedTypes().Where(type => !type.IsNested).Select(type => type.Name).Order().ToArray();
        string[] said = Row().Matches(Page()).Where(row => row.Groups["state"].Value == "**built**")
            .SelectMany(row => Name().Matches(row.Groups["names"].Value)).Select(name => name.Groups[1].Value).Order().ToArray();
        Assert.Equal(said, built);
    }

    /// <summary>Each public member with its signature and vocabulary attributes, and the type's own, sorted.</summary>
    private static string Describe(INamedTypeSymbol type, bool isRecord)
    {
        IEnumerable<string> members = type.GetMembers()
            .Where(member => member.DeclaredAccessibility == Accessibility.Public && member is not INamedTypeSymbol && !member.IsImplicitlyDeclared)
            .Where(member => member is not IMethodSymbol { AssociatedSymbol: not null } && !IsMade(member, isRecord))
            .Select(member => $"{Attributes(member)}{member.ToDisplayString(s_format)}{Parameters(member)}");
        return $"{Attributes(type)}{type.TypeKind} {type.EnumUnderlyingType}\n{string.Join('\n', members.Order(StringComparer.Ordinal))}";
    }

    // In metadata a record's own members, and every default constructor of a struct, look as if somebody had written them.
    private static bool IsMade(ISymbol member, bool isRecord)
        => (isRecord && member is IMethodSymbol) || member is IMethodSymbol { MethodKind: MethodKind.Constructor, Parameters.Length: 0 };

    private static string Parameters(ISymbol member)
        => member is IMethodSymbol method ? string.Concat(method.Parameters.Select(Attributes)) : "";

    private static string Attributes(ISymbol symbol)
        => string.Concat(symbol.GetAttributes()
            .Where(attribute => attribute.AttributeClass?.ContainingNamespace.ToDisplayString() == "LockContext")
            .Select(attribute => $"[{attribute}] ").Order(StringComparer.Ordinal));

    private static IAssemblySymbol RuntimeAssembly()
    {
        MetadataReference runtime = MetadataReference.CreateFromFile(typeof(PageAllocator).Assembly.Location);
        CSharpCompilation reader = CSharpCompilation.Create("reader", references: [.. References(), runtime]);
        return (IAssemblySymbol)reader.GetAssemblyOrModuleSymbol(runtime)!;
    }

    private static CSharpCompilation CompilePage()
    {
        var options = new CSharpParseOptions(LanguageVersion.Preview);
        IEnumerable<SyntaxTree> trees = Block().Matches(Page()).Select(block => CSharpSyntaxTree.ParseText(block.Groups["code"].Value, options));
        return CSharpCompilation.Create(
            "page",
            trees,
            References(),
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true, nullableContextOptions: NullableContextOptions.Enable));
    }

    private static IEnumerable<MetadataReference> References()
    {
        string framework = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        yield return MetadataReference.CreateFromFile(typeof(object).Assembly.Location);
        yield return MetadataReference.CreateFromFile(Path.Combine(framework, "System.Runtime.dll"));
        yield return MetadataReference.CreateFromFile(Path.Combine(framework, "netstandard.dll"));
        yield return MetadataReference.CreateFromFile(typeof(RawAtomicAttribute).Assembly.Location);
    }

    private static string Page([CallerFilePath] string here = "")
        => File.ReadAllText(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "docs", "runtime-api.md")).ReplaceLineEndings("\n");

    [GeneratedRegex("^```csharp\n(?<code>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex(@"^\| (?<names>`.*?) \| (?<state>\S+) \|$", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex("`(\\w+)`")]
    private static partial Regex Name();
}
