using Microsoft.CodeAnalysis;

namespace LockContext.Analyzers.Rules;

/// <summary>LCX1013: managed memory is allocated in raw-atomic code, so the thread may have to stop for a collection there.</summary>
internal sealed class ManagedAllocationInRawAtomic : IBodyRule
{
    public DiagnosticDescriptor Descriptor => Descriptors.ManagedAllocationInRawAtomic;

    public void Check(Member member)
    {
        foreach (var report in ContextReport.OfManagedAllocations(member))
        {
            if (!report.Context.Limits.NoReclaim)
                member.Report(report.Create(Descriptor));
        }
    }
}
