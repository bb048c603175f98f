using System;

namespace LockContext.Runtime;

public static unsafe partial class Rcu
{
    /// <summary>Frees an object after a grace period: <c>kvfree_rcu</c> with two arguments. Never waits, and cannot fail.</summary>
    /// <remarks>
    /// <para>The pointer goes into a page-sized block of pointers, and when readers are gone, the block is freed in bulk, without a look at the objects. If there is no page for a block without taking a lock, the object is linked by
    /// its head, which is slower and always possible. Blocks are drained when they are full, or after <see cref="RcuOptions.DrainDelay"/>.</para>
    /// <para>The same call in every context: under a raw lock it takes no zone lock, allocates no managed memory and never blocks.</para>
    /// <para>What is freed twice before it has been drained is found, left alone and reported; see <see cref="RcuReportKind.DoubleFree"/>. What is not freed yet when the process ends is not freed.</para>
    /// <para><b>Wait class</b>: <see cref="WaitClass.Spin"/>.</para>
    /// </remarks>
    /// <param name="pointer">From <see cref="KernelMemory"/> or a <see cref="SlabCache"/>; <see langword="null"/> does nothing. Call <see cref="FreeBarrier"/> before disposing the cache.</param>
    /// <param name="head">Inside the object, RCU's from now on. Anywhere in it, as long as readers do not look at it.</param>
    /// <exception cref="ArgumentNullException"><paramref name="head"/> is <see langword="null"/> and <paramref name="pointer"/> is not; nothing will be freed.</exception>
    [RawAtomic, DefersFree]
    public static void Free(void* pointer, RcuHead* head)
    {
        if (pointer == null) return;
        ArgumentNullException.ThrowIfNull(head);
        if (RcuSettings.Current.FreeByCall && TryFreeByCall(pointer, head)) return;
        RcuWorker.Instance.Frees.Add(pointer, head);
    }

    /// <summary>Frees an object without a head after a grace period: <c>kvfree_rcu_mightsleep</c>. As <see cref="Free"/>, but it may sleep to get a block, and if there is none, it waits for the grace period itself.</summary>
    /// <remarks><b>Wait class</b>: <see cref="WaitClass.Sleep"/>.</remarks>
    /// <param name="pointer">From <see cref="KernelMemory"/> or a <see cref="SlabCache"/>; <see langword="null"/> does nothing.</param>
    /// <exception cref="InvalidOperationException">This thread is inside a read section, or runs a callback: it might wait for itself. Nothing will be freed.</exception>
    [DefersFree(MightSleep = true)]
    public static void FreeMightSleep(void* pointer)
    {
        Lockdep.MightWaitForGracePeriod("Rcu.FreeMightSleep");
        RcuMisuse.ThrowIfWaitingForItself(nameof(FreeMightSleep));
        if (pointer == null || RcuWorker.Instance.Frees.TryAdd(pointer)) return;

        RcuWorker.Instance.Frees.CountSynchronized();
        GracePeriods.WaitFor(GracePeriods.Snapshot(), expedited: false);
        KernelMemory.Free(pointer);
    }

    /// <summary>Waits until everything that was passed to <see cref="Free"/> and <see cref="FreeMightSleep"/> before the call has been freed: <c>kvfree_rcu_barrier</c>. To be called before a cache is disposed.</summary>
    /// <remarks><b>Wait class</b>: <see cref="WaitClass.Sleep"/>.</remarks>
    /// <exception cref="InvalidOperationException">This thread is inside a read section, or runs a callback: it would wait for itself.</exception>
    [Sleepable, WaitsForGracePeriod(Callbacks = true)]
    public static void FreeBarrier()
    {
        Lockdep.MightWaitForGracePeriod("Rcu.FreeBarrier");
        RcuMisuse.ThrowIfWaitingForItself(nameof(FreeBarrier));
        RcuWorker.Instance.WaitForFrees();
        CallbackThread.Instance.WaitForQueued();
    }

    // The old way: where the head lies in its object takes the place of the callback.
    [RawAtomic]
    private static bool TryFreeByCall(void* pointer, RcuHead* head)
    {
        nuint offset = (nuint)head - (nuint)pointer;
        if (offset >= CallbackThread.LargestOffset) return false;
        head->What = (void*)offset;
        CallbackThread.Instance.Enqueue(head);
        return true;
    }
}
