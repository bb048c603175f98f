namespace LockContext.Runtime;

/// <summary>What a <see cref="PageAllocator"/> holds and has done. Pages unless a member says otherwise; counters count from the making of the allocator.</summary>
/// <remarks>Gathered without stopping anybody: each value is right at some moment during the call, but not all at the same one.</remarks>
public readonly record struct PageAllocatorStatistics
{
    /// <summary>Pages reserved from the system.</summary>
    public int ManagedPages { get; init; }

    /// <summary>Pages that have joined the zone; the others join when needed.</summary>
    public int PresentPages { get; init; }

    /// <summary>Pages free in the zone. This is what is compared with the marks.</summary>
    public int FreePages { get; init; }

    /// <summary>Free pages on per-CPU lists.</summary>
    public int CpuListPages { get; init; }

    /// <summary>Pages freed without locks that nobody has taken to the zone yet.</summary>
    public int ParkedPages { get; init; }

    /// <summary>Pages with users (and, for moments, pages on their way between two places).</summary>
    public int AllocatedPages => PresentPages - FreePages - CpuListPages - ParkedPages;

    /// <summary>The mark below which only reserves are left.</summary>
    public int MinMark { get; init; }

    /// <summary>The mark below which the background reclaimer is woken and allocations without locks fail.</summary>
    public int LowMark { get; init; }

    /// <summary>The mark up to which the background reclaimer works.</summary>
    public int HighMark { get; init; }

    /// <summary>Allocations that succeeded, of any order and by any way.</summary>
    public long Allocations { get; init; }

    /// <summary>Allocations served by a per-CPU list that had a page: no zone lock.</summary>
    public long CpuListHits { get; init; }

    /// <summary>Frees accepted, of any order and by any way.</summary>
    public long Frees { get; init; }

    /// <summary>Batches moved from the zone to a per-CPU list.</summary>
    public long Refills { get; init; }

    /// <summary>Allocations with <see cref="GfpFlags.NoLocks"/> that returned <see langword="null"/>.</summary>
    public long NoLocksFailures { get; init; }

    /// <summary>Allocations with <see cref="GfpFlags.NoLocks"/> that succeeded.</summary>
    public long NoLocksHits { get; init; }

    /// <summary>Of <see cref="NoLocksFailures"/>, those while the normal zone was above its low mark: the lists were empty, the order was not 0, or the failure was injected.</summary>
    public long NoLocksFailuresAboveLow { get; init; }

    /// <summary>Of <see cref="NoLocksFailures"/>, those while the normal zone was between its min and low marks.</summary>
    public long NoLocksFailuresAboveMin { get; init; }

    /// <summary>Of <see cref="NoLocksFailures"/>, those while the normal zone was at its min mark or below.</summary>
    public long NoLocksFailuresBelowMin { get; init; }

    /// <summary>Pages that <see cref="GfpFlags.NoLocks"/> took from the list of another migrate type.</summary>
    public long ForeignTypeHits { get; init; }

    /// <summary>Times the zone took pages from a block of another migrate type.</summary>
    public long TypeFallbacks { get; init; }

    /// <summary>Page blocks that joined the zone after the start.</summary>
    public long ZoneGrowths { get; init; }

    /// <summary>Allocations that returned <see langword="null"/>, those with <see cref="GfpFlags.NoLocks"/> included.</summary>
    public long Failures { get; init; }

    /// <summary>Of <see cref="Failures"/>, those that named neither <see cref="GfpFlags.NoWarn"/> nor <see cref="GfpFlags.NoLocks"/>: failures that nobody said to expect.</summary>
    public long WarnedFailures { get; init; }

    /// <summary>Allocations that reclaimed in their own thread.</summary>
    public long DirectReclaims { get; init; }

    /// <summary>Times the background reclaimer was woken.</summary>
    public long BackgroundWakeups { get; init; }

    /// <summary>Times the background reclaimer has run.</summary>
    public long BackgroundRuns { get; init; }

    /// <summary>Pages brought back to the zone by reclaim, direct and in the background.</summary>
    public long ReclaimedPages { get; init; }

    /// <summary>Calls of <see cref="Shrinker.Scan"/>.</summary>
    public long ShrinkerScans { get; init; }

    /// <summary>Pages that shrinkers say they have freed.</summary>
    public long ShrunkPages { get; init; }

    /// <summary>Shrinkers that have thrown, and are not called any more.</summary>
    public long ShrinkerFailures { get; init; }

    /// <summary>Pages that are charged to a <see cref="MemoryGroup"/>.</summary>
    public long ChargedPages { get; init; }

    /// <summary>Allocations that failed because of the limit of a group.</summary>
    public long LimitFailures { get; init; }

    /// <summary>Allocations that failed because of the budget of a group, see <see cref="MemoryGroup.NonBlockingBudget"/>; those that then reclaimed and got a page are not among them.</summary>
    public long BudgetFailures { get; init; }

    /// <summary>Pages given back to the system.</summary>
    public long ReturnedPages { get; init; }

    /// <summary>Frees refused because the block was not allocated, or not so: double, foreign, misaligned, of another order.</summary>
    public long RejectedFrees { get; init; }
}
