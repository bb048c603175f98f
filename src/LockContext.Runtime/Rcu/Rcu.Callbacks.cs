using System;
using System.Runtime.CompilerServices;

namespace LockContext.Runtime;

public static unsafe partial class Rcu
{
    /// <summary>Has a function called after a grace period: <c>call_rcu</c>. Never waits.</summary>
    /// <remarks>
    /// <para>Callbacks run on a thread of RCU's own, one after the other, and never under a lock; those queued on one CPU in the order of their queueing. They have the limit
    /// <see cref="WaitClass.Config"/>: they must not block, since all others wait behind them, nor wait for grace periods or callbacks, which throws. One that throws is reported, and the others run. A callback may queue its
    /// own head again.</para>
    /// <para>What is still queued when the process ends does not run.</para>
    /// <para><b>Back-pressure</b>: see <see cref="RcuOptions.QueueHighMark"/> and <see cref="RcuOptions.QueueFloodLimit"/>.</para>
    /// <para><b>Wait class</b>: <see cref="WaitClass.Spin"/>. Allocates nothing: the queue is linked through the heads.</para>
    /// </remarks>
    /// <param name="head">Inside the object, RCU's until the callback begins.</param>
    /// <param name="callback">Gets the head.</param>
    /// <exception cref="ArgumentNullException">An argument is <see langword="null"/>; nothing has been queued.</exception>
    [RawAtomic]
    public static void Call(RcuHead* head, [RunsLater(Limit = WaitClass.Config)] delegate*<RcuHead*, void> callback)
    {
        ArgumentNullException.ThrowIfNull(head);
        if (callback == null) ThrowNoCallback();
        head->What = callback;
        CallbackThread.Instance.Enqueue(head);
    }

    /// <summary>Has a managed callback run after a grace period. As the form with a head otherwise.</summary>
    /// <param name="callback">The callback, allocated beforehand. It is kept alive while it is queued.</param>
    /// <exception cref="ArgumentNullException"><paramref name="callback"/> is <see langword="null"/>.</exception>
    /// <exception cref="InvalidOperationException">It is queued already and has not begun to run; nothing has been queued.</exception>
    [RawAtomic]
    public static void Call(RcuCallback callback)
    {
        ArgumentNullException.ThrowIfNull(callback);
        CallbackThread.Instance.Enqueue(callback.Prepare());
    }

    /// <summary>Waits until every callback that was queued before the call has run: <c>rcu_barrier</c>. To be called before unloading what callbacks use.</summary>
    /// <remarks>Does not wait for what callbacks queue, unless that was queued before the call. <b>Wait class</b>: <see cref="WaitClass.Sleep"/>.</remarks>
    /// <exception cref="InvalidOperationException">This thread is inside a read section, or runs a callback: it would wait for itself.</exception>
    [Sleepable, WaitsForGracePeriod(Callbacks = true)]
    public static void Barrier()
    {
        Lockdep.MightWaitForGracePeriod("Rcu.Barrier");
        RcuMisuse.ThrowIfWaitingForItself(nameof(Barrier));
        CallbackThread.Instance.WaitForQueued();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void ThrowNoCallback() => throw new ArgumentNullException("callback");
}
