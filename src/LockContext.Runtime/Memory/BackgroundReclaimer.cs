using System.Threading;

namespace LockContext.Runtime;

/// <summary>The thread that fetches pages back when free memory is below the low mark, and tidies up behind threads that are idle or have ended: <c>kswapd</c>.</summary>
/// <remarks>
/// <para>A thread of its own, because the thread pool may be full of the very threads that wait for pages. It makes lists for threads to come, and otherwise allocates no managed memory
/// once started.</para>
/// <para>It sleeps without end while there is nothing to tidy up; whoever moves pages between lists and zone tells it that there is (<see cref="Notice"/>, one load when it knows already).</para>
/// </remarks>
internal sealed class BackgroundReclaimer
{
    /// <summary>After a run that brought nothing, another right away will not either: what is missing is with users. A pause in milliseconds.</summary>
    private const int PauseAfterNothing = 10;

    /// <summary>Rounds in which shrinkers say that they have freed something, and no zone has more than before: as often as an allocation tries.</summary>
    private const int MostInVain = 16;

    private readonly BuddyZone[] _zones;
    private readonly PageReclaim _reclaim;
    private readonly ShrinkerList _shrinkers;
    private readonly IdleTrim _trim;
    private readonly Doorbell _bell = new();
    private readonly Thread _thread;
    private int _wanted;
    private int _moved;
    private int _asleep;
    private int _stopping;
    private long _wakeups;
    private long _runs;

    internal BackgroundReclaimer(BuddyZone[] zones, PageReclaim reclaim, ShrinkerList shrinkers, IdleTrim trim)
    {
        _zones = zones;
        _reclaim = reclaim;
        _shrinkers = shrinkers;
        _trim = trim;
        _thread = new Thread(Run) { IsBackground = true, Name = "LockContext page reclaimer" };
        _thread.Start();
    }

    internal long Wakeups => Volatile.Read(ref _wakeups);

    internal long Runs => Volatile.Read(ref _runs);

    /// <summary>Asks for a run. Does not wait for it, and costs one read while a run is already asked for.</summary>
    /// <returns>Whether it was us who woke it.</returns>
    internal bool Wake(int order)
    {
        // A wish is never lost: the thread takes it back (an exchange, so a full fence) before it looks at the memory. If ours came before that, the look comes after
        // our free memory had become low; if after, we found 0 and rang.
        if (Volatile.Read(ref _wanted) != 0 || Interlocked.Exchange(ref _wanted, 1) != 0) return false;
        Interlocked.Increment(ref _wakeups);
        MemoryEvents.Log?.BackgroundWoken(order);
        _bell.Ring();
        return true;
    }

    /// <summary>Says that pages have moved, so that there will be something to tidy up when it is quiet again. Rings only if the thread sleeps without end.</summary>
    [RawAtomic]
    internal void Notice()
    {
        // The word first, then the look whether it sleeps, with a full fence between; the thread says that it is going to sleep, and then looks at the word, likewise. If the word was set before, the thread
        // has still to take it back, and looks at the lists after that.
        if (Volatile.Read(ref _moved) == 0) Interlocked.Exchange(ref _moved, 1);
        if (Volatile.Read(ref _asleep) != 0 && Interlocked.Exchange(ref _asleep, 0) != 0) _bell.Ring();
    }

    /// <summary>Ends the thread and waits until it has ended.</summary>
    [Sleepable]
    internal void Stop()
    {
        Volatile.Write(ref _stopping, 1);
        _bell.Ring();
        Interruption.Join(_thread);
    }

    private bool IsShort
    {
        get
        {
            foreach (BuddyZone zone in _zones)
            {
                if (zone.FreePages < zone.Marks.High) return true;
            }

            return false;
        }
    }

    private long FreePages
    {
        get
        {
            long pages = 0;
            foreach (BuddyZone zone in _zones) pages += zone.FreePages;
            return pages;
        }
    }

    // Until all zones are at their high mark, or the shrinkers have nothing more. What they say is believed for some rounds only: others may take at once what has come back, but somebody may also be wrong about it.
    private long Balance()
    {
        long pages = 0;
        long most = FreePages;
        int inVain = 0;
        while (IsShort && Volatile.Read(ref _stopping) == 0)
        {
            long freed = _shrinkers.Reclaim(GfpFlags.Kernel, group: null, isBackground: true);
            if (freed == 0) break;
            _reclaim.DrainAll();
            long now = FreePages;
            if (now > most)
            {
                most = now;
                inVain = 0;
            }
            else if (++inVain == MostInVain)
            {
                return 0;
            }

            pages += freed;
        }

        return pages;
    }

    private void Run()
    {
        int sleep = Timeout.Infinite;
        while (Volatile.Read(ref _stopping) == 0)
        {
            // Looked at before sleeping: the ring that belongs to it may have ended the pause below.
            if (Interlocked.Exchange(ref _wanted, 0) != 0)
            {
                long pages = _reclaim.DrainParked();
                if (IsShort) pages += _reclaim.DrainAll();
                pages += Balance();
                Volatile.Write(ref _runs, _runs + 1);
                if (pages == 0) _bell.Wait(PauseAfterNothing);
                continue;
            }

            if (sleep == Timeout.Infinite)
            {
                Interlocked.Exchange(ref _asleep, 1);
                if (Volatile.Read(ref _moved) == 0) _bell.Wait(sleep);
                Volatile.Write(ref _asleep, 0);
                sleep = _trim.Interval;
                continue;
            }

            _bell.Wait(sleep);
            if (!_trim.IsDue) continue;
            bool moved = Interlocked.Exchange(ref _moved, 0) != 0;
            sleep = _trim.Step(moved) ? _trim.Interval : Timeout.Infinite;
        }
    }
}
