using LockContext.Analyzers.Flow;
using Microsoft.CodeAnalysis;

namespace LockContext.Analyzers.Rules;

/// <summary>LCX1006: an allocation that can reclaim memory, in code that promises not to.</summary>
internal sealed class ReclaimInNoReclaim : IBodyRule
{
    public DiagnosticDescriptor Descriptor => Descriptors.ReclaimForbidden;

    public void Check(Member member)
    {
        foreach (var report in ContextReport.Of(member))
        {
            if (report.Breach == Breach.Reclaim)
                member.Report(report.Create(Descriptor));
        }
    }
}
