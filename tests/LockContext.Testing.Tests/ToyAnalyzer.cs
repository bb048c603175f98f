using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;

namespace LockContext.Testing.Tests;

/// <summary>Reports each method whose name begins in lower case, hints at each that has an underscore, and throws at one that is called <c>Throw</c>.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class ToyAnalyzer : DiagnosticAnalyzer
{
    public static readonly DiagnosticDescriptor LowerCase = new(
        "TOY0001", "Title", "Method '{0}' begins in lower case", "Toy", DiagnosticSeverity.Warning, isEnabledByDefault: true);

    public static readonly DiagnosticDescriptor Underscore = new(
        "TOY0002", "Title", "Method '{0}' has an underscore", "Toy", DiagnosticSeverity.Info, isEnabledByDefault: true);

    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [LowerCase, Underscore];

    public override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.EnableConcurrentExecution();
        context.RegisterSyntaxNodeAction(Look, SyntaxKind.MethodDeclaration);
    }

    private static void Look(SyntaxNodeAnalysisContext context)
    {
        SyntaxToken name = ((MethodDeclarationSyntax)context.Node).Identifier;
        if (name.ValueText == "Throw")
            throw new System.InvalidOperationException("the toy is broken");
        if (name.ValueText.Length > 0 && char.IsLower(name.ValueText[0]))
            context.ReportDiagnostic(Diagnostic.Create(LowerCase, name.GetLocation(), [context.Node.GetLocation()], name.ValueText));
        if (name.ValueText.Contains('_'))
            context.ReportDiagnostic(Diagnostic.Create(Underscore, name.GetLocation(), name.ValueText));
    }
}
