using System.Threading;

namespace LockContext.Runtime;

/// <summary>Threads that wait for pages, and the bell that tells them of some.</summary>
/// <remarks>
/// No waiter sleeps through a page that was freed in the ordinary way. A waiter first counts itself and closes the gate for frees on the short way, then empties every list and tries the zone,
/// and only then sleeps. Take a free that goes to a thread's list: it looks at the gate inside its region. If its region comes before the emptying of that list, the page is collected; if
/// after, it sees the gate closed, because between the two lies a barrier on all processors (see <see cref="ThreadPageList"/>). If its thread is inside the region just then, the
/// list is passed over, and a page put there is found at the latest when the sleep ends, which is short. A CPU's list is guarded by a lock: the section either comes first, and the page is
/// collected, or later, and then the free has looked at the count after the waiter had counted itself. Likewise a free to the zone: if its section comes before the waiter's attempt there,
/// the attempt finds the page; if after, it sees the count when it looks. A ring while nobody sleeps is kept for the next sleeper. A no-locks free rings no bell, since it may not; for
/// its sake too a sleep is short.
/// </remarks>
internal sealed class MemoryPressure(PathGate gate)
{
    private readonly Doorbell _freed = new();
    private RawSpinLock _changing;
    private int _waiters;

    [RawAtomic]
    internal bool HasWaiters => Volatile.Read(ref _waiters) != 0;

    internal void BeginWait()
    {
        // The gate is closed by the first and opened by the last; who comes between them finds it closed, because both changes are made under a lock.
        _changing.Enter();
        if (_waiters++ == 0) gate.Set(Detour.Waiters, true);
        _changing.Exit();
    }

    internal void EndWait()
    {
        _changing.Enter();
        if (--_waiters == 0) gate.Set(Detour.Waiters, false);
        _changing.Exit();

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
