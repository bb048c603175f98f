using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using LockContext.Analyzers.Rules;

namespace LockContext.Analyzers;

/// <summary>The one analyzer of the package: one analysis serves all rules.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class LockContextAnalyzer : DiagnosticAnalyzer
{
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = ImmutableArray.Create(
        Descriptors.MaySleepInRawContext, Descriptors.SleepingLockInRawContext, Descriptors.AllocationInRawContext,
        Descriptors.SuspensionWhileHeld, Descriptors.StillHeldOnExit, Descriptors.ReleaseOfNotHeld, Descriptors.TakenAgain,
        Descriptors.LockStructCopied, Descriptors.MalformedAnnotation, Descriptors.TooLargeToAnalyse);

    public override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.Analyze | GeneratedCodeAnalysisFlags.ReportDiagnostics);
        context.EnableConcurrentExecution();
    }
}
