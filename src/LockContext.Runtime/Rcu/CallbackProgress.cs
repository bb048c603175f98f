using System;
using System.Threading;

namespace LockContext.Runtime;

/// <summary>Threads that wait until callbacks have run, and how they are told.</summary>
/// <remarks>A waiter counts itself, a full fence, and then looks at the counts of callbacks under the monitor. The callback thread stores a count, a full fence, and then looks for waiters. So either the waiter sees the
/// count, or the callback thread sees the waiter and pulses the monitor, which the waiter gives up only by sleeping.</remarks>
[Trusted("this is how a barrier sleeps: a monitor, held for a few instructions and never around foreign code")]
internal sealed unsafe class CallbackProgress
{
    private readonly object _monitor = new();
    private int _waiters;

    /// <summary>Whether somebody waits, who would not like a pause.</summary>
    internal bool HasWaiters => Volatile.Read(ref _waiters) != 0;

    /// <summary>Sleeps until each queue has run as many callbacks as its target says.</summary>
    /// <param name="queues">The queues.</param>
    /// <param name="targets">For each, how many.</param>
    /// <param name="bell">Rung so that the callback thread makes no pause.</param>
    [Sleepable]
    internal void WaitFor(CallbackQueue* queues, ReadOnlySpan<long> targets, Doorbell bell)
    {
        bool interrupted = false;
        Interlocked.Increment(ref _waiters);
        bell.Ring();
        for (int i = 0; i < targets.Length; i++)
        {
            while (queues[i].Invoked < targets[i])
            {
                try
                {
                    lock (_monitor)
                    {
                        if (queues[i].Invoked < targets[i]) Monitor.Wait(_monitor);
                    }
                }
                catch (ThreadInterruptedException)
                {
                    // Not a reason to return: the caller is about to unload what callbacks use.
                    interrupted = true;
                }
            }
        }

        Interlocked.Decrement(ref _waiters);
        if (interrupted) Interruption.Postpone();
    }

    /// <summary>Wakes the waiters, after counts have changed.</summary>
    internal void TellWaiters()
    {
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _waiters) == 0) return;
        lock (_monitor) Monitor.PulseAll(_monitor);
    }
}
