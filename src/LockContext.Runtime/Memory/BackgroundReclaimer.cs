using System.Threading;

namespace LockContext.Runtime;

/// <summary>The thread that fetches pages back when free memory is below the low mark: <c>kswapd</c>.</summary>
/// <remarks>A thread of its own, because the thread pool may be full of the very threads that wait for pages. It allocates no managed memory once started.</remarks>
internal sealed class BackgroundReclaimer
{
    /// <summary>After a run that brought nothing, another right away will not either: what is missing is with users. A pause in milliseconds.</summary>
    private const int PauseAfterNothing = 10;

    private readonly BuddyZone _zone;
    private readonly PageReclaim _reclaim;
    private readonly Doorbell _bell = new();
    private readonly Thread _thread;
    private int _wanted;
    private int _stopping;
    private long _wakeups;
    private long _runs;

    internal BackgroundReclaimer(BuddyZone zone, PageReclaim reclaim)
    {
        _zone = zone;
        _reclaim = reclaim;
        _thread = new Thread(Run) { IsBackground = true, Name = "LockContext page reclaimer" };
        _thread.Start();
    }

    internal long Wakeups => Volatile.Read(ref _wakeups);

    internal long Runs => Volatile.Read(ref _runs);

    /// <summary>Asks for a run. Does not wait for it, and costs one read while a run is already asked for.</summary>
    [RawAtomic]
    internal void Wake()
    {
        // A wish is never lost: the thread takes it back (an exchange, so a full fence) before it looks at the memory. If ours came before that, the look comes after
        // our free memory had become low; if after, we found 0 and rang.
        if (Volatile.Read(ref _wanted) != 0 || Interlocked.Exchange(ref _wanted, 1) != 0) return;
        Interlocked.Increment(ref _wakeups);
        _bell.Ring();
    }

    /// <summary>Ends the thread and waits until it has ended.</summary>
    [Sleepable]
    internal void Stop()
    {
        Volatile.Write(ref _stopping, 1);
        _bell.Ring();
        _thread.Join();
    }

    private void Run()
    {
        while (true)
        {
            // Looked at before sleeping: the ring that belongs to it may have ended the pause below.
            if (Interlocked.Exchange(ref _wanted, 0) == 0)
            {
                _bell.Wait(Timeout.Infinite);
            }
            else
            {
                int pages = _reclaim.DrainParked();
                if (_zone.FreePages < _zone.Marks.High) pages += _reclaim.DrainAll();
                Volatile.Write(ref _runs, _runs + 1);
                if (pages == 0) _bell.Wait(PauseAfterNothing);
            }

            if (Volatile.Read(ref _stopping) != 0) return;
        }
    }
}
