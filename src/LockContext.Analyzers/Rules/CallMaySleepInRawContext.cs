using LockContext.Analyzers.Flow;
using LockContext.Analyzers.Model;
using Microsoft.CodeAnalysis;

namespace LockContext.Analyzers.Rules;

/// <summary>LCX1001: a call whose innermost cause sleeps, where the limit is raw-atomic.</summary>
internal sealed class CallMaySleepInRawContext : IBodyRule
{
    public DiagnosticDescriptor Descriptor => Descriptors.MaySleepInRawContext;

    public void Check(Member member)
    {
        foreach (var report in ContextReport.Of(member))
        {
            if (report is { InRawContext: true, Effect.Kind: EffectKind.Sleep or EffectKind.GracePeriodWait })
                member.Report(report.Create(Descriptor));
        }
    }
}
