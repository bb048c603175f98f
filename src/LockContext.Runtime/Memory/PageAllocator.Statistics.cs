using System.Threading;

namespace LockContext.Runtime;

public sealed unsafe partial class PageAllocator
{
    /// <summary>What the allocator holds and has done. Takes no lock and allocates nothing.</summary>
    /// <returns>The figures, each right at some moment during the call.</returns>
    [RawAtomic]
    public PageAllocatorStatistics GetStatistics()
    {
        long listAllocations = 0, listFrees = 0, foreign = 0;
        foreach (CpuPageList list in _lists.All)
        {
            listAllocations += list.Allocated;
            listFrees += list.Freed;
            foreign += list.Foreign;
        }

        long refills = Volatile.Read(ref _refills);
        long noLocksFailures = Volatile.Read(ref _noLocksFailures);
        return new PageAllocatorStatistics
        {
            ManagedPages = _frames.Count,
            PresentPages = _zone.PresentPages,
            FreePages = _zone.FreePages,
            CpuListPages = _lists.Count,
            ParkedPages = _parked.Count,
            MinMark = _zone.Marks.Min,
            LowMark = _zone.Marks.Low,
            HighMark = _zone.Marks.High,
            Allocations = listAllocations + Volatile.Read(ref _zoneAllocations),
            CpuListHits = listAllocations - refills,
            Frees = listFrees + Volatile.Read(ref _zoneFrees),
            Refills = refills,
            NoLocksFailures = noLocksFailures,
            ForeignTypeHits = foreign,
            TypeFallbacks = _zone.Fallbacks,
            ZoneGrowths = _zone.Growths,
            Failures = noLocksFailures + Volatile.Read(ref _failures),
            WarnedFailures = Volatile.Read(ref _warnedFailures),
            DirectReclaims = Volatile.Read(ref _directReclaims),
            BackgroundWakeups = _background?.Wakeups ?? 0,
            BackgroundRuns = _background?.Runs ?? 0,
            ReclaimedPages = _reclaim.Reclaimed,
            RejectedFrees = Volatile.Read(ref _rejectedFrees),
        };
    }
}
