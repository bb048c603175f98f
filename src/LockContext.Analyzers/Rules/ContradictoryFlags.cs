using System.Linq;
using LockContext.Analyzers.Flow;
using LockContext.Analyzers.Model;
using Microsoft.CodeAnalysis;

namespace LockContext.Analyzers.Rules;

/// <summary>LCX4003: flags of one allocation of which one makes the other wrong or void.</summary>
internal sealed class ContradictoryFlags : IBodyRule
{
    public DiagnosticDescriptor Descriptor => Descriptors.ContradictoryFlags;

    public void Check(Member member)
    {
        foreach (var place in member.Findings.Allocations.GroupBy(a => a.FlagsAt))
        {
            var problems = place.Select(Problem).Distinct().ToArray();
            if (problems.Length == 1 && problems[0] is var (problem, advice))
                member.Report(Diagnostic.Create(Descriptor, place.Key, problem, advice));
        }
    }

    /// <summary>The first contradiction and what to do.</summary>
    private static (string Problem, string Advice)? Problem(AllocationFinding allocation)
    {
        var (type, flags) = (allocation.Type, allocation.Flags);
        if (Has(AllocationBehavior.NoLocks) && Has(AllocationBehavior.DirectReclaim))
            return ($"{Name(AllocationBehavior.NoLocks)} takes nothing but what lies ready, so {Name(AllocationBehavior.DirectReclaim)} has no effect", "keep one of them");
        if (Has(AllocationBehavior.NoLocks) && Has(AllocationBehavior.BackgroundReclaim))
            return ($"{Name(AllocationBehavior.NoLocks)} wakes nobody, so {Name(AllocationBehavior.BackgroundReclaim)} has no effect", "keep one of them");
        if (Has(AllocationBehavior.NoFail) && Has(AllocationBehavior.NoLocks))
            return ($"{Name(AllocationBehavior.NoFail)} waits until there is memory, which {Name(AllocationBehavior.NoLocks)} forbids", $"drop one of them and, without {Name(AllocationBehavior.NoFail)}, handle failure");
        if (Has(AllocationBehavior.NoFail) && type.Knows(AllocationBehavior.DirectReclaim) && type.Lacks(flags, AllocationBehavior.DirectReclaim))
            return ($"{Name(AllocationBehavior.NoFail)} waits until there is memory, which needs {Name(AllocationBehavior.DirectReclaim)}", $"add it, or drop {Name(AllocationBehavior.NoFail)} and handle failure");
        if (Has(AllocationBehavior.NoFail) && Has(AllocationBehavior.MayFail))
            return ($"{Name(AllocationBehavior.NoFail)} never gives up and {Name(AllocationBehavior.MayFail)} does", "keep one of them");
        if (Has(AllocationBehavior.NoFail) && allocation.Order is { IsConstant: true, Set: > 1 and < (1UL << 31) })
            return ($"{Name(AllocationBehavior.NoFail)} for an order above 1 may wait for ever", "ask for less at a time, or handle failure");
        if (Has(AllocationBehavior.AllReserves) && Has(AllocationBehavior.NoReserves))
            return ($"{Name(AllocationBehavior.NoReserves)} cancels {Name(AllocationBehavior.AllReserves)}", "keep one of them");
        if (Has(AllocationBehavior.Movable) && Has(AllocationBehavior.Reclaimable))
            return ($"a page is grouped with the movable or with the reclaimable ones, not with both ({Name(AllocationBehavior.Movable)}, {Name(AllocationBehavior.Reclaimable)})", "keep one of them");
        return null;

        bool Has(AllocationBehavior behavior) => type.Has(flags, behavior);
        string Name(AllocationBehavior behavior) => $"'{type.Name(flags, behavior)}'";
    }
}
