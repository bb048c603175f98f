using System;
using System.Diagnostics;
using System.Threading;

namespace LockContext.Runtime;

public sealed unsafe partial class PageAllocator
{
    /// <summary>How many passes of reclaim that say they have brought something an allocation makes when its patience is over, or at the limit of a group. Others may take what they bring, and shrinkers may err.</summary>
    private const int MaxReclaimRetries = 16;

    private readonly ShrinkerList _shrinkers = new();
    private long _directReclaims;

    /// <summary>Adds somebody who can give up pages when memory is short.</summary>
    /// <param name="shrinker">The shrinker.</param>
    /// <exception cref="ArgumentNullException"><paramref name="shrinker"/> is <see langword="null"/>.</exception>
    /// <exception cref="InvalidOperationException">It is registered already.</exception>
    [Sleepable]
    public void Register(Shrinker shrinker)
    {
        ArgumentNullException.ThrowIfNull(shrinker);
        _shrinkers.Add(shrinker);
    }

    /// <summary>Takes a shrinker out and waits until nobody is inside it. Nobody calls it any more when this returns.</summary>
    /// <param name="shrinker">The shrinker.</param>
    /// <returns>Whether it was registered.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="shrinker"/> is <see langword="null"/>.</exception>
    /// <exception cref="InvalidOperationException">Called from inside the shrinker.</exception>
    [Sleepable]
    public bool Unregister(Shrinker shrinker)
    {
        ArgumentNullException.ThrowIfNull(shrinker);
        return _shrinkers.Remove(shrinker);
    }

    /// <summary>Reclaims in this thread: empties all lists, then asks the shrinkers. What an allocation does that finds nothing, for code that wants to have it behind itself.</summary>
    /// <param name="flags">On whose behalf, see <see cref="ReclaimControl.Flags"/>.</param>
    /// <returns>How many pages the shrinkers have freed. They are charged to the thread's <see cref="MemoryGroup"/>.</returns>
    [Sleepable]
    public long Reclaim(GfpFlags flags)
    {
        _reclaim.DrainAll();
        long pages = ShrinkFor(GfpScope.Apply(flags), MemoryGroup.Current);
        _reclaim.DrainAll();
        return pages;
    }

    [Sleepable]
    private int ReclaimAndAlloc(GfpFlags flags, int order, int type)
    {
        Interlocked.Increment(ref _directReclaims);
        MemoryEvents.Log?.DirectReclaimBegin(flags, order);
        bool mayFail = (flags & GfpFlags.NoFail) == 0;
        bool once = (flags & GfpFlags.NoRetry) != 0 || (order > CostlyOrder && (flags & GfpFlags.RetryMayFail) == 0);
        long end = Environment.TickCount64 + _patience;
        int late = 0;
        long reclaimed = 0;
        bool interrupted = false;
        int frame;

        // See MemoryPressure for why this order, count, collect, try, sleep, misses nothing.
        _pressure.BeginWait();
        Lockdep.BeginReclaim();
        try
        {
            while (true)
            {
                _reclaim.DrainAll();
                frame = AllocAboveReserve(flags, order, type);
                if (frame != PageFrames.None) break;

                // What a shrinker frees may lie on this thread's own list, or have gone to others: only a page in hand is success.
                long freed = ShrinkFor(flags, MemoryGroup.Current);
                reclaimed += freed;
                if (freed > 0)
                {
                    _reclaim.DrainAll();
                    frame = AllocAboveReserve(flags, order, type);
                }

                if (frame == PageFrames.None && _normal.UnreserveHighAtomic()) frame = AllocAboveReserve(flags, order, type);
                if (frame != PageFrames.None) break;
                if (mayFail && (once || interrupted || (Environment.TickCount64 >= end && (freed == 0 || ++late > MaxReclaimRetries)))) break;

                // While there is progress there is no reason to sleep; without it, what is missing is with users.
                if (freed == 0) interrupted |= _pressure.Sleep(WaitSlice);
                ThrowIfClosed();
            }
        }
        finally
        {
            Lockdep.EndReclaim();
            _pressure.EndWait();
            if (interrupted) Interruption.Postpone();
        }

        MemoryEvents.Log?.DirectReclaimEnd(reclaimed);
        return frame;
    }

    // The work is the requester's: his thread does it, and his group has it on its account.
    [Sleepable]
    private long ShrinkFor(GfpFlags flags, MemoryGroup? group)
    {
        if (!_shrinkers.Any)
        {
            group?.CountReclaim(0, TimeSpan.Zero);
            return 0;
        }

        long start = Stopwatch.GetTimestamp();
        long pages = _shrinkers.Reclaim(flags, group, isBackground: false);
        group?.CountReclaim(pages, Stopwatch.GetElapsedTime(start));
        return pages;
    }
}
