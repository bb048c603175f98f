using System.Threading;

namespace LockContext.Runtime;

public sealed unsafe partial class PageAllocator
{
    /// <summary>What the allocator holds and has done. Takes no lock and allocates nothing.</summary>
    /// <returns>The figures, each right at some moment during the call.</returns>
    [RawAtomic]
    public PageAllocatorStatistics GetStatistics()
    {
        long taken = 0, put = 0, foreign = 0, dropped = 0, noLocksHits = Volatile.Read(ref _noLocksZoneHits);
        for (int kind = 0; kind < ListKind.Count; kind++) taken += TakenFromLists(kind);
        foreach (ThreadPageList list in _threadLists.All)
        {
            for (int kind = 0; kind < ListKind.Count; kind++) put += list.Put(kind);
            foreign += list.Foreign;
            dropped += list.Dropped;
            noLocksHits += list.NoLocksHits;
        }

        foreach (CpuPageList list in _cpuLists.All)
        {
            for (int kind = 0; kind < ListKind.Count; kind++) put += list.Put(kind);
            foreign += list.Foreign;
            dropped += list.Dropped;
            noLocksHits += list.NoLocksHits;
        }

        long aboveLow = NoLocksFailures(0), aboveMin = NoLocksFailures(1), belowMin = NoLocksFailures(2);
        long noLocksFailures = aboveLow + aboveMin + belowMin;
        int present = 0, free = 0;
        long fallbacks = 0, growths = 0;
        foreach (BuddyZone zone in _zones)
        {
            present += zone.PresentPages;
            free += zone.FreePages;
            fallbacks += zone.Fallbacks;
            growths += zone.Growths;
        }

        return new PageAllocatorStatistics
        {
            ManagedPages = _frames.Count,
            PresentPages = present,
            FreePages = free,
            CpuListPages = _threadLists.Pages + _cpuLists.Pages,
            ParkedPages = _parked.Count,
            MinMark = _normal.Marks.Min,
            LowMark = _normal.Marks.Low,
            HighMark = _normal.Marks.High,
            Allocations = taken + Volatile.Read(ref _zoneAllocations[0]) + Volatile.Read(ref _zoneAllocations[1]),
            CpuListHits = taken - Volatile.Read(ref _refillAllocations),

            // A free that was accepted and whose page was found to be somewhere else already was none.
            Frees = put + Volatile.Read(ref _zoneFrees) - dropped,
            Refills = Volatile.Read(ref _refills),
            NoLocksHits = noLocksHits,
            NoLocksFailures = noLocksFailures,
            NoLocksFailuresAboveLow = aboveLow,
            NoLocksFailuresAboveMin = aboveMin,
            NoLocksFailuresBelowMin = belowMin,
            ForeignTypeHits = foreign,
            TypeFallbacks = fallbacks,
            ZoneGrowths = growths,
            Failures = noLocksFailures + Volatile.Read(ref _failures),
            WarnedFailures = Volatile.Read(ref _warnedFailures),
            DirectReclaims = Volatile.Read(ref _directReclaims),
            BackgroundWakeups = _background?.Wakeups ?? 0,
            BackgroundRuns = _background?.Runs ?? 0,
            ReclaimedPages = _reclaim.Reclaimed,
            ShrinkerScans = _shrinkers.Scans,
            ShrunkPages = _shrinkers.Pages,
            ShrinkerFailures = _shrinkers.Failures,
            ReturnedPages = _trim.Returned,
            ChargedPages = Volatile.Read(ref _chargedPages),
            LimitFailures = Volatile.Read(ref _limitFailures),
            BudgetFailures = Volatile.Read(ref _budgetFailures),
            RejectedFrees = Volatile.Read(ref _rejectedFrees) + dropped,
        };
    }

    // What users have taken from lists of a kind.
    [RawAtomic]
    private long TakenFromLists(int kind)
    {
        long taken = 0;
        foreach (ThreadPageList list in _threadLists.All) taken += list.Taken(kind);
        foreach (CpuPageList list in _cpuLists.All) taken += list.Taken(kind);
        return taken;
    }

    [RawAtomic]
    private long NoLocksFailures(int band)
    {
        long failures = Volatile.Read(ref _noLocksFailuresByBand[band]);
        foreach (ThreadPageList list in _threadLists.All) failures += list.NoLocksFailures(band);
        return failures;
    }
}
