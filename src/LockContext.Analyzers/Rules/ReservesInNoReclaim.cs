using LockContext.Analyzers.Flow;
using Microsoft.CodeAnalysis;

namespace LockContext.Analyzers.Rules;

/// <summary>LCX1007: an allocation that may take from the emergency reserves, in code that promises to leave them alone.</summary>
internal sealed class ReservesInNoReclaim : IBodyRule
{
    public DiagnosticDescriptor Descriptor => Descriptors.ReservesForbidden;

    public void Check(Member member)
    {
        foreach (var report in ContextReport.Of(member))
        {
            if (report.Breach == Breach.Reserves)
                member.Report(report.Create(Descriptor));
        }
    }
}
