using LockContext.Analyzers.Flow;
using LockContext.Analyzers.Model;
using Microsoft.CodeAnalysis;

namespace LockContext.Analyzers.Rules;

/// <summary>LCX1003: a call whose innermost cause allocates by flags or frees, where the limit is raw-atomic.</summary>
internal sealed class AllocationInRawContext : IBodyRule
{
    public DiagnosticDescriptor Descriptor => Descriptors.AllocationInRawContext;

    public void Check(Member member)
    {
        foreach (var report in ContextReport.Of(member))
        {
            if (report is { InRawContext: true, Effect.Kind: EffectKind.Allocation or EffectKind.Free })
                member.Report(report.Create(Descriptor));
        }
    }
}
