using System.Threading;

namespace LockContext.Runtime;

/// <summary>Gets free pages from where they are of no use to others: parked blocks, the lists of CPUs and of threads.</summary>
/// <remarks>May take the zone locks (Config), and the list locks, one after the other and never one inside the other.</remarks>
internal sealed class PageReclaim(PageFrames frames, BuddyZone[] zones, CpuPageLists cpuLists, ThreadPageLists threadLists, ParkedPages parked, PageListLimits limits, MemoryPressure pressure)
{
    private long _reclaimed;

    /// <summary>Pages brought back by reclaim so far.</summary>
    internal long Reclaimed => Volatile.Read(ref _reclaimed);

    /// <summary>Hands a chain of returned blocks to their zones, and tells those who wait for pages.</summary>
    internal int GiveToZone(int chain)
    {
        int pages = 0;
        if (zones.Length == 1)
        {
            pages = zones[0].FreeChain(chain);
        }
        else
        {
            int normal = PageFrames.None, movable = PageFrames.None;
            while (chain != PageFrames.None)
            {
                int frame = chain;
                chain = frames[frame].Next;
                ref int sorted = ref zones[0].Contains(frame) ? ref normal : ref movable;
                frames[frame].Next = sorted;
                sorted = frame;
            }

            if (normal != PageFrames.None) pages += zones[0].FreeChain(normal);
            if (movable != PageFrames.None) pages += zones[1].FreeChain(movable);
        }

        pressure.TellWaiters();
        return pages;
    }

    /// <summary>Hands parked blocks to the zone.</summary>
    internal int DrainParked()
    {
        int chain = parked.TakeAll();
        if (chain == PageFrames.None) return 0;

        int pages = GiveToZone(chain);
        parked.Left(pages);
        return pages;
    }

    /// <summary>Hands everything to the zone that lies parked or on lists, a batch at a time so that others get the zone lock in between.</summary>
    /// <returns>The number of pages.</returns>
    internal int DrainAll()
    {
        int pages = DrainParked() + DrainCpuLists() + threadLists.Drain(ListsToDrain.All, this);
        Interlocked.Add(ref _reclaimed, pages);
        return pages;
    }

    /// <summary>The same for the lists of threads that have ended or are idle.</summary>
    internal int DrainIdle() => threadLists.Drain(ListsToDrain.Idle, this);

    internal int DrainCpuLists()
    {
        int pages = 0;
        foreach (CpuPageList list in cpuLists.All)
        {
            // Bounded by what was there when we came, or a thread that frees as fast as we drain would keep us here.
            for (int left = list.Pages; left > 0;)
            {
                int chain = list.Drain(limits.Batch);
                if (chain == PageFrames.None) break;
                int drained = GiveToZone(chain);
                left -= drained;
                pages += drained;
            }
        }

        return pages;
    }
}
