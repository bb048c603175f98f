using System.Linq;
using LockContext.Analyzers.Model;
using Microsoft.CodeAnalysis;

namespace LockContext.Analyzers.Rules;

/// <summary>LCX4002: the lists of a processor hold single pages, so an allocation that may take no lock and wants more always fails.</summary>
internal sealed class NoLocksForSeveralPages : IBodyRule
{
    public DiagnosticDescriptor Descriptor => Descriptors.NoLocksWithOrder;

    public void Check(Member member)
    {
        // One place can be walked several times, under different locks or with different values: it is wrong only if it is wrong each time.
        foreach (var place in member.Findings.Allocations.Where(a => a.OrderAt is not null).GroupBy(a => a.OrderAt!))
        {
            if (place.All(a => a.Type.Has(a.Flags, AllocationBehavior.NoLocks) && a.Order.IsNonZero))
                member.Report(Diagnostic.Create(Descriptor, place.Key, place.First().Name, place.First().Type.Name(AllocationBehavior.NoLocks)));
        }
    }
}
