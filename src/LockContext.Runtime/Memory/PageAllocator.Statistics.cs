using System.Threading;

namespace LockContext.Runtime;

public sealed unsafe partial class PageAllocator
{
    /// <summary>What the allocator holds and has done. Takes no lock and allocates nothing.</summary>
    /// <returns>The figures, each right at some moment during the call.</returns>
    [RawAtomic]
    public PageAllocatorStatistics GetStatistics()
    {
        long taken = 0, put = 0, foreign = 0, dropped = 0;
        long noLocksFailures = Volatile.Read(ref _noLocksFailures);
        foreach (ThreadPageList list in _threadLists.All)
        {
            for (int kind = 0; kind < ListKind.Count; kind++)
            {
                taken += list.Taken(kind);
                put += list.Put(kind);
            }

            for (int band = 0; band < Bands; band++) noLocksFailures += list.NoLocksFailures(band);
            foreign += list.Foreign;
            dropped += list.Dropped;
        }

        foreach (CpuPageList list in _cpuLists.All)
        {
            for (int kind = 0; kind < ListKind.Count; kind++)
            {
                taken += list.Taken(kind);
                put += list.Put(kind);
            }

            foreign += list.Foreign;
            dropped += list.Dropped;
        }

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
            Allocations = taken + Volatile.Read(ref _zoneAllocations),
            CpuListHits = taken - Volatile.Read(ref _refillAllocations),

            // A free that was accepted and whose page was found to be somewhere else already was none.
            Frees = put + Volatile.Read(ref _zoneFrees) - dropped,
            Refills = Volatile.Read(ref _refills),
            NoLocksFailures = noLocksFailures,
            ForeignTypeHits = foreign,
            TypeFallbacks = fallbacks,
            ZoneGrowths = growths,
            Failures = noLocksFailures + Volatile.Read(ref _failures),
            WarnedFailures = Volatile.Read(ref _warnedFailures),
            DirectReclaims = Volatile.Read(ref _directReclaims),
            BackgroundWakeups = _background?.Wakeups ?? 0,
            BackgroundRuns = _background?.Runs ?? 0,
            ReclaimedPages = _reclaim.Reclaimed,
            ReturnedPages = _trim.Returned,
            RejectedFrees = Volatile.Read(ref _rejectedFrees) + dropped,
        };
    }
}
