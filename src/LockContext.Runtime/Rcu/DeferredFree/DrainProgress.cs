using System.Threading;

namespace LockContext.Runtime;

/// <summary>Wishes for a complete drain of deferred frees, numbered, and the last one that has been granted.</summary>
[Trusted("this is how a barrier of frees sleeps: a monitor, held for a few instructions and never around foreign code")]
internal sealed class DrainProgress
{
    private readonly object _monitor = new();
    private long _wanted;
    private long _done;

    /// <summary>The last wish.</summary>
    internal long Wanted => Volatile.Read(ref _wanted);

    /// <summary>The last wish that has been granted.</summary>
    internal long Done => Volatile.Read(ref _done);

    /// <summary>Wishes.</summary>
    [RawAtomic]
    internal long Want() => Interlocked.Increment(ref _wanted);

    /// <summary>Wishes, and waits until it has been granted.</summary>
    [Sleepable]
    internal void WaitForDrain(Doorbell bell)
    {
        long wish = Want();
        bell.Ring();
        bool interrupted = false;
        while (Done < wish)
        {
            try
            {
                lock (_monitor)
                {
                    if (Done < wish) Monitor.Wait(_monitor);
                }
            }
            catch (ThreadInterruptedException)
            {
                // Not a reason to return: the caller is about to destroy what the objects belong to.
                interrupted = true;
            }
        }

        if (interrupted) Interruption.Postpone();
    }

    /// <summary>Grants all wishes up to one.</summary>
    internal void Complete(long wish)
    {
        lock (_monitor)
        {
            _done = wish;
            Monitor.PulseAll(_monitor);
        }
    }
}
