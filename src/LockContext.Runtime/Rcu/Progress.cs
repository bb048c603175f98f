using System.Threading;

namespace LockContext.Runtime;

/// <summary>Threads that wait until counts of work done have reached targets, and how they are told: for barriers of callbacks and of deferred frees.</summary>
/// <remarks>A waiter counts itself, a full fence, and then looks at the count under the monitor. Whoever does the work stores the count, a full fence, and then looks for waiters. So either the waiter sees the
/// count, or the other sees the waiter and pulses the monitor, which the waiter gives up only by sleeping.</remarks>
[Trusted("this is how a barrier sleeps: a monitor, held for a few instructions and never around foreign code")]
internal sealed class Progress
{
    private readonly object _monitor = new();
    private int _waiters;

    /// <summary>Whether somebody waits, who would not like a pause.</summary>
    internal bool HasWaiters => Volatile.Read(ref _waiters) != 0;

    /// <summary>Becomes a waiter, until the result is disposed.</summary>
    /// <param name="bell">Rung, so that whoever does the work makes no pause.</param>
    [Sleepable]
    internal Waiter Join(Doorbell bell)
    {
        Interlocked.Increment(ref _waiters);
        bell.Ring();
        return new Waiter(this);
    }

    /// <summary>Wakes the waiters, after counts have changed.</summary>
    internal void TellWaiters()
    {
        Interlocked.MemoryBarrier();
        if (!HasWaiters) return;
        // A callback may have interrupted the thread that it ran on.
        bool interrupted = Interruption.Enter(_monitor);
        Monitor.PulseAll(_monitor);
        Monitor.Exit(_monitor);
        if (interrupted) Interruption.Postpone();
    }

    [Sleepable]
    private bool SleepUntil(ref long count, long target)
    {
        bool interrupted = false;
        while (Volatile.Read(ref count) < target)
        {
            try
            {
                Sleep(ref count, target);
            }
            catch (ThreadInterruptedException)
            {
                // Not a reason to return: the caller is about to unload, or to destroy, what the work needs.
                interrupted = true;
            }
        }

        return interrupted;
    }

    [Sleepable]
    private void Sleep(ref long count, long target)
    {
        lock (_monitor)
        {
            if (Volatile.Read(ref count) < target) Monitor.Wait(_monitor);
        }
    }

    /// <summary>One who waits.</summary>
    internal ref struct Waiter(Progress progress)
    {
        private bool _interrupted;

        /// <summary>Sleeps until a count is as large as its target.</summary>
        [Sleepable]
        internal void Until(ref long count, long target) => _interrupted |= progress.SleepUntil(ref count, target);

        /// <summary>Waits no longer. An interruption takes effect at the thread's next wait.</summary>
        public readonly void Dispose()
        {
            Interlocked.Decrement(ref progress._waiters);
            if (_interrupted) Interruption.Postpone();
        }
    }
}
