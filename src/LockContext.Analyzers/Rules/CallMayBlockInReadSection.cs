using LockContext.Analyzers.Flow;
using LockContext.Analyzers.Model;
using Microsoft.CodeAnalysis;

namespace LockContext.Analyzers.Rules;

/// <summary>LCX1004: a call that sleeps or reclaims inside a read section that stays preemptible.</summary>
internal sealed class CallMayBlockInReadSection : IBodyRule
{
    public DiagnosticDescriptor Descriptor => Descriptors.BlocksInReadSection;

    public void Check(Member member)
    {
        foreach (var report in ContextReport.Of(member))
        {
            if (report.Breach == Breach.Wait && !report.InRawContext && !report.IsAboutGracePeriods && report.Context.Limits.ReadSection)
                member.Report(report.Create(Descriptor));
        }
    }
}
