using System.Collections.Immutable;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;

namespace LockContext.Testing.Tests;

/// <summary>Never gets beyond the first class: until it is cancelled, or (for a class <c>Deaf</c>) for much longer.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class EndlessAnalyzer : DiagnosticAnalyzer
{
    private static readonly DiagnosticDescriptor s_rule = new("TOY0004", "Title", "Text", "Toy", DiagnosticSeverity.Warning, isEnabledByDefault: true);

    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [s_rule];

    public override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.EnableConcurrentExecution();
        context.RegisterSyntaxNodeAction(
            c =>
            {
                if (c.ContainingSymbol?.Name == "Deaf")
                    Thread.Sleep(5_000);
                else
                    c.CancellationToken.WaitHandle.WaitOne();
                c.CancellationToken.ThrowIfCancellationRequested();
            },
            SyntaxKind.ClassDeclaration);
    }
}
