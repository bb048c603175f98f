using System.Threading;

namespace LockContext.Runtime;

/// <summary>Gets free pages from where they are of no use to others: parked blocks and per-CPU lists.</summary>
/// <remarks>May take the zone lock (Config), and the list locks, one after the other and never one inside the other.</remarks>
internal sealed class PageReclaim(BuddyZone zone, CpuPageLists lists, ParkedPages parked, MemoryPressure pressure)
{
    private long _reclaimed;

    /// <summary>Pages brought back by reclaim so far.</summary>
    internal long Reclaimed => Volatile.Read(ref _reclaimed);

    /// <summary>Hands a chain of returned blocks to the zone, and tells those who wait for pages.</summary>
    internal int GiveToZone(int chain)
    {
        int pages = zone.FreeChain(chain);
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

    /// <summary>Hands everything to the zone that lies parked or on per-CPU lists, a batch at a time so that others get the zone lock in between.</summary>
    /// <returns>The number of pages.</returns>
    internal int DrainAll()
    {
        int pages = DrainParked();
        foreach (CpuPageList list in lists.All)
        {
            // Bounded by what was there when we came, or a thread that frees as fast as we drain would keep us here.
            for (int left = list.Count; left > 0;)
            {
                int chain = list.Drain();
                if (chain == PageFrames.None) break;
                int drained = GiveToZone(chain);
                left -= drained;
                pages += drained;
            }
        }

        Interlocked.Add(ref _reclaimed, pages);
        return pages;
    }
}
