using LockContext.Analyzers.Flow;
using LockContext.Analyzers.Model;
using Microsoft.CodeAnalysis;

namespace LockContext.Analyzers.Rules;

/// <summary>LCX1002: a call whose innermost cause takes a lock of a class that the raw-atomic limit forbids (an invalid wait context).</summary>
internal sealed class SleepingLockInRawContext : IBodyRule
{
    public DiagnosticDescriptor Descriptor => Descriptors.SleepingLockInRawContext;

    public void Check(Member member)
    {
        foreach (var report in ContextReport.Of(member))
        {
            if (report is { InRawContext: true, Effect.Kind: EffectKind.Lock })
                member.Report(report.Create(Descriptor));
        }
    }
}
