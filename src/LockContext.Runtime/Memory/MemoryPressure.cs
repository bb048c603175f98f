using System.Threading;

namespace LockContext.Runtime;

/// <summary>Threads that wait for pages, and the bell that tells them of some.</summary>
/// <remarks>
/// No waiter sleeps through a page that was freed in the ordinary way. A waiter first counts itself, then collects every per-CPU list and tries the zone, and only then
/// sleeps. Take a free that goes to a per-CPU list: it looks at the count under the list's lock. If its section comes before the waiter's collection of that list, the waiter
/// collects the page; if after, it has acquired the lock that the waiter released, so it sees the count, gives the page to the zone and rings. Likewise
/// a free to the zone: if its section comes before the waiter's attempt there, the attempt finds the page; if after, it sees the count when it looks. A ring while nobody
/// sleeps is kept for the next sleeper. A no-locks free rings no bell, since it may not; for its sake a sleep is short.
/// </remarks>
internal sealed class MemoryPressure
{
    private readonly Doorbell _freed = new();
    private int _waiters;

    [RawAtomic]
    internal bool HasWaiters => Volatile.Read(ref _waiters) != 0;

    internal void BeginWait() => Interlocked.Increment(ref _waiters);

    internal void EndWait()
    {
        Interlocked.Decrement(ref _waiters);

        // We may have taken a ring that was one of several pages' only one: pass it on.
        if (HasWaiters) _freed.Ring();
    }

    [RawAtomic]
    internal void TellWaiters()
    {
        if (HasWaiters) _freed.Ring();
    }

    /// <summary>Sleeps until pages are freed, at most so long.</summary>
    /// <returns>Whether the thread was interrupted.</returns>
    [Sleepable]
    internal bool Sleep(int milliseconds) => _freed.Wait(milliseconds);
}
