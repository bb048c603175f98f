using Microsoft.CodeAnalysis;

namespace LockContext.Analyzers.Rules;

/// <summary>LCX1009: managed memory is allocated under a contract that forbids reclaiming it.</summary>
internal sealed class ManagedAllocationInNoReclaim : IBodyRule
{
    public DiagnosticDescriptor Descriptor => Descriptors.ManagedAllocationInNoReclaim;

    public void Check(Member member)
    {
        foreach (var report in ContextReport.OfManagedAllocations(member))
        {
            if (report.Context.Limits.NoReclaim)
                member.Report(report.Create(Descriptor));
        }
    }
}
