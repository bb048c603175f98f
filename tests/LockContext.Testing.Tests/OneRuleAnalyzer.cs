using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;

namespace LockContext.Testing.Tests;

/// <summary>Reports each <c>goto</c>: an analyzer with one rule, for which <c>[|...|]</c> needs no id.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class OneRuleAnalyzer : DiagnosticAnalyzer
{
    private static readonly DiagnosticDescriptor s_rule = new("TOY0003", "Title", "A goto", "Toy", DiagnosticSeverity.Warning, isEnabledByDefault: true);

    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [s_rule];

    public override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.EnableConcurrentExecution();
        context.RegisterSyntaxNodeAction(c => c.ReportDiagnostic(Diagnostic.Create(s_rule, c.Node.GetLocation())), SyntaxKind.GotoStatement);
    }
}
