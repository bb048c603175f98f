using System.Collections.Immutable;
using System.Linq;
using LockContext.Analyzers.Finding;
using LockContext.Analyzers.Rules;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace LockContext.Analyzers;

/// <summary>
/// The one analyzer of the package: one walk over a body serves all rules. It asks the driver for files and declared symbols only and finds the bodies worth a look itself. Asking for operations
/// would make the driver build the operation tree of every body in the compilation, and asking for code blocks would make it look for each of them (<c>AnalyzerCost</c> among the
/// benchmarks measures both).
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class LockContextAnalyzer : DiagnosticAnalyzer
{
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } =
        AllRules.OfBodies.Select(r => r.Descriptor).Concat(AllRules.OfDeclarations.Select(r => r.Descriptor)).Append(Descriptors.ModelFileProblem).Append(Descriptors.InvalidOption).Append(LockOrderInversion.Descriptor).Distinct().ToImmutableArray();

    public override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.Analyze | GeneratedCodeAnalysisFlags.ReportDiagnostics);
        context.EnableConcurrentExecution();
        context.RegisterAdditionalFileAction(static file => ModelFileProblems.Check(file));
        context.RegisterCompilationAction(static end =>
        {
            InvalidOption.Check(end);

            // Lock statements need no context to be in each other's way.
            var analysis = new CompilationAnalysis(end.Compilation, end.Options, end.CancellationToken);
            if (!analysis.HasContexts(end.CancellationToken))
                LockOrderInversion.Check(end, analysis);
        });
        context.RegisterCompilationStartAction(static start =>
        {
            // While there is any action that a start has registered the driver binds a file at every keystroke in it, whether the action does anything or not.
            var analysis = new CompilationAnalysis(start.Compilation, start.Options, start.CancellationToken);
            if (!analysis.HasContexts(start.CancellationToken))
                return;
            start.RegisterSemanticModelAction(file => new FileAnalysis(file, analysis).Run());
            start.RegisterCompilationEndAction(end => LockOrderInversion.Check(end, analysis));
        });
    }
}
