using System.Collections.Immutable;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace LockContext.Analyzers.Tests.Rules.LCX1003;

/// <summary>
/// Reports LCX1003 wherever memory is allocated by flags that do not say <c>NoLocks</c>, in whatever context. With it the tests of the fix say what the
/// fix does and nothing about what the rule finds. Calls that pass on a parameter named <c>passed</c> are left alone.
/// </summary>
#pragma warning disable RS1036, RS1038, RS1041, RS2008 // not an analyzer that anybody installs
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public class StandInAnalyzer : DiagnosticAnalyzer
{
    private static readonly DiagnosticDescriptor s_rule = new("LCX1003", "Allocation", "'{0}' takes a lock", "Test", DiagnosticSeverity.Warning, true);

    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics => [s_rule];

    public override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.Analyze | GeneratedCodeAnalysisFlags.ReportDiagnostics);
        context.EnableConcurrentExecution();
        context.RegisterOperationAction(Check, OperationKind.Invocation);
    }

    /// <summary>The whole call, or its name only: a fix has to cope with both.</summary>
    protected virtual Location LocationOf(InvocationExpressionSyntax call) => call.GetLocation();

    private void Check(OperationAnalysisContext context)
    {
        var call = (IInvocationOperation)context.Operation;
        if (call.Arguments.FirstOrDefault(a => IsFlags(a.Parameter!.Type)) is { } flags
            && (flags.ArgumentKind == ArgumentKind.DefaultValue || flags.Syntax.ToString() is var text && !text.Contains("NoLocks") && text != "passed"))
            context.ReportDiagnostic(Diagnostic.Create(s_rule, LocationOf((InvocationExpressionSyntax)call.Syntax), call.TargetMethod.Name));
    }

    private static bool IsFlags(ITypeSymbol type) => type.GetAttributes().Any(a => a.AttributeClass?.Name == "AllocationFlagsAttribute");
}

/// <inheritdoc/>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class StandInAnalyzerAtName : StandInAnalyzer
{
    protected override Location LocationOf(InvocationExpressionSyntax call) => call.Expression switch
    {
        MemberAccessExpressionSyntax access => access.Name.GetLocation(),
        MemberBindingExpressionSyntax binding => binding.Name.GetLocation(),
        var name => name.GetLocation(),
    };
}
