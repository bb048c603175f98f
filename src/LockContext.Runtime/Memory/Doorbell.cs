using System.Threading;

namespace LockContext.Runtime;

/// <summary>Somebody rings, somebody sleeps until it rings. A ring that nobody hears is kept, once.</summary>
#pragma warning disable CA1001 // not disposable: a late ring must find the event, and its handle closes itself when nobody can reach it any more
internal sealed class Doorbell
#pragma warning restore CA1001
{
    private readonly AutoResetEvent _event = new(false);

    [RawAtomic]
    [Trusted("setting an event is a system call that waits for nobody; who sleeps on it is woken later")]
    internal void Ring() => _event.Set();

    /// <summary>Sleeps until it rings, at most so long.</summary>
    /// <returns>Whether the thread was interrupted.</returns>
    [Sleepable]
    internal bool Wait(int milliseconds)
    {
        try
        {
            _event.WaitOne(milliseconds);
            return false;
        }
        catch (ThreadInterruptedException)
        {
            return true;
        }
    }
}
