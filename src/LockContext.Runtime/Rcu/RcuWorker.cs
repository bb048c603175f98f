using System;
using System.Threading;

namespace LockContext.Runtime;

/// <summary>RCU's own errands: grace periods that somebody asked for without waiting, and deferred frees.</summary>
/// <remarks>
/// <para>A thread apart from that of the callbacks, since it runs no foreign code and so is never held up by any.</para>
/// <para><b>No wake-up is lost</b>: whoever has something to do for it stores that first and rings afterwards, and a ring that comes while it is busy is kept until it looks for work again.</para>
/// </remarks>
#pragma warning disable CA1001 // lives as long as the process
internal sealed class RcuWorker
#pragma warning restore CA1001
{
    /// <summary>Between the first full block and the grace period for it, in milliseconds: the next tick, as in Linux.</summary>
    private const int Pause = 1;

    private readonly Doorbell _bell = new();
    private readonly Progress _progress = new();
    private readonly Thread _thread;
    private int _started;
    private ulong _wanted;
    private long _drainAt;

    // Wishes for a complete drain, numbered, and the last one that has been granted.
    private long _drainsWanted;
    private long _drainsDone;

    private RcuWorker()
    {
        Frees = new DeferredFree(this);
        _thread = new Thread(Run) { IsBackground = true, Name = "LockContext RCU worker" };
        Start();
    }

    [RawAtomic]
    [Trusted("reads a field that is set once; only the very first use starts a thread, and Rcu.Initialize has that done beforehand")]
    internal static RcuWorker Instance => Single.Value;

    internal DeferredFree Frees { get; }

    /// <summary>Starts the thread, once.</summary>
    internal void Start()
    {
        if (Interlocked.Exchange(ref _started, 1) == 0) _thread.Start();
    }

    /// <summary>Has it look for work.</summary>
    [RawAtomic]
    internal void Wake() => _bell.Ring();

    /// <summary>Asks for a grace period. Rings once for as many as share it.</summary>
    [RawAtomic]
    internal void Want(ulong target)
    {
        ulong seen = Volatile.Read(ref _wanted);
        while ((long)(target - seen) > 0)
        {
            ulong previous = Interlocked.CompareExchange(ref _wanted, target, seen);
            if (previous == seen)
            {
                _bell.Ring();
                return;
            }

            seen = previous;
        }
    }

    /// <summary>Waits until all deferred frees so far have been done.</summary>
    [Sleepable]
    internal void WaitForFrees()
    {
        long wish = Interlocked.Increment(ref _drainsWanted);
        using Progress.Waiter waiter = _progress.Join(_bell);
        waiter.Until(ref _drainsDone, wish);
    }

    /// <summary>Has all deferred frees done as soon as possible.</summary>
    [RawAtomic]
    internal void DrainSoon()
    {
        Interlocked.Increment(ref _drainsWanted);
        _bell.Ring();
    }

    private void Run()
    {
        CurrentReader.RunsCallbacks = true;
        while (true)
        {
            bool busy = RunGracePeriods();
            busy |= DrainFrees();
            if (Frees.IsShortOfBlocks) Frees.ProvideBlocks();
            if (!busy) Sleep();
        }
    }

    // Until it rings, or something is due.
    private void Sleep()
    {
        long now = Environment.TickCount64;
        long rushUntil = Frees.RushUntil;
        if (rushUntil != 0 && now >= rushUntil)
        {
            Frees.EndRush();
            rushUntil = 0;
        }

        long until = _drainAt == 0 || (rushUntil != 0 && rushUntil < _drainAt) ? rushUntil : _drainAt;
        _bell.Wait(until == 0 ? Timeout.Infinite : (int)Math.Clamp(until - now, 1, int.MaxValue));
    }

    private bool RunGracePeriods()
    {
        ulong wanted = Volatile.Read(ref _wanted);
        if (GracePeriods.HasElapsed(wanted)) return false;
        GracePeriods.WaitFor(wanted, expedited: false);
        return true;
    }

    private bool DrainFrees()
    {
        long now = Environment.TickCount64;
        if (_drainAt == 0 && Frees.IsArmed) _drainAt = now + RcuSettings.Current.DrainDelay;

        // Looked at before the drain: it covers those who wished for it until now.
        long wanted = Volatile.Read(ref _drainsWanted);
        bool isWanted = wanted != _drainsDone;
        if (isWanted || (_drainAt != 0 && now >= _drainAt))
        {
            _drainAt = 0;
            Frees.Drain(partly: true, hurry: isWanted);
            Volatile.Write(ref _drainsDone, wanted);
            _progress.TellWaiters();
            return true;
        }

        if (!Frees.HasFullBlocks) return false;

        // Where one block has filled, others soon will. Nobody rings for them meanwhile: a ring per block would cost those who free more than all the rest of it.
        _bell.Wait(Pause);
        Frees.Drain(partly: false, hurry: false);
        return true;
    }

    private static class Single
    {
        internal static readonly RcuWorker Value = new();
    }
}
