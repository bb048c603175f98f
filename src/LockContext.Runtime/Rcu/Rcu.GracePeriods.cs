using System;

namespace LockContext.Runtime;

public static unsafe partial class Rcu
{
    /// <summary>Waits for a grace period: until every read section that was open when the call began has been left.</summary>
    /// <remarks>
    /// Waits politely: it looks at a reader for some microseconds, and then sleeps between looks, a millisecond first and up to ten. Calls that overlap share grace periods. An interrupted thread goes on
    /// waiting, and is interrupted afterwards.
    /// <para><b>Wait class</b>: <see cref="WaitClass.Sleep"/>.</para>
    /// </remarks>
    /// <exception cref="InvalidOperationException">This thread is inside a read section, or runs a callback: it would wait for itself. Nothing has been waited for.</exception>
    [Sleepable, WaitsForGracePeriod]
    public static void Synchronize()
    {
        Lockdep.MightWaitForGracePeriod("Rcu.Synchronize");
        RcuMisuse.ThrowIfWaitingForItself(nameof(Synchronize));
        GracePeriods.WaitFor(GracePeriods.Snapshot(), expedited: false);
    }

    /// <summary>As <see cref="Synchronize()"/>, in a hurry: while it waits, grace periods look at readers for up to a millisecond each, using a processor, and then sleep for no longer than that.</summary>
    /// <exception cref="InvalidOperationException">This thread is inside a read section, or runs a callback: it would wait for itself. Nothing has been waited for.</exception>
    [Sleepable, WaitsForGracePeriod]
    public static void SynchronizeExpedited()
    {
        Lockdep.MightWaitForGracePeriod("Rcu.SynchronizeExpedited");
        RcuMisuse.ThrowIfWaitingForItself(nameof(SynchronizeExpedited));
        GracePeriods.WaitFor(GracePeriods.Snapshot(), expedited: true);
    }

    /// <summary>Waits until the grace period that a cookie names is over, if it is not yet: <c>cond_synchronize_rcu</c>.</summary>
    /// <param name="cookie">From <see cref="Snapshot"/> or <see cref="StartPoll"/>.</param>
    /// <exception cref="InvalidOperationException">It is not over, and this thread is inside a read section or runs a callback: it would wait for itself.</exception>
    [Sleepable, WaitsForGracePeriod]
    public static void Synchronize(RcuCookie cookie)
    {
        Lockdep.MightWaitForGracePeriod("Rcu.Synchronize");
        if (GracePeriods.HasElapsed(cookie.Target)) return;
        RcuMisuse.ThrowIfWaitingForItself(nameof(Synchronize));
        GracePeriods.WaitFor(cookie.Target, expedited: false);
    }

    /// <summary>Names the first grace period that begins after this call, without asking for it: <c>get_state_synchronize_rcu</c>.</summary>
    /// <returns>The cookie for <see cref="Poll"/>. Everything this thread removed before the call may be freed once it has elapsed.</returns>
    [RawAtomic]
    public static RcuCookie Snapshot() => new(GracePeriods.Snapshot());

    /// <summary>Names the first grace period that begins after this call, and asks for it: <c>start_poll_synchronize_rcu</c>.</summary>
    /// <remarks>RCU's worker runs it. Any number of cookies share one. The very first use in a process starts a thread; see <see cref="Initialize"/>.</remarks>
    /// <returns>The cookie for <see cref="Poll"/>.</returns>
    [RawAtomic]
    public static RcuCookie StartPoll()
    {
        ulong target = GracePeriods.Snapshot();
        RcuWorker.Instance.Want(target);
        return new RcuCookie(target);
    }

    /// <summary>Whether a grace period is over: <c>poll_state_synchronize_rcu</c>. Does not wait.</summary>
    /// <param name="cookie">From <see cref="Snapshot"/> or <see cref="StartPoll"/>. After <see cref="Snapshot"/> alone, it may never be over unless somebody needs a grace period.</param>
    /// <returns>Whether every section that was open when the cookie was made has been left. Then it stays so.</returns>
    [RawAtomic]
    public static bool Poll(RcuCookie cookie) => GracePeriods.HasElapsed(cookie.Target);
}
