using System;
using System.Runtime.CompilerServices;
using System.Threading;

namespace LockContext.Runtime;

public sealed unsafe partial class PageAllocator
{
    private long _zoneFrees;
    private long _rejectedFrees;

    /// <summary>Frees a block that <see cref="AllocPages"/> of this allocator returned, by whatever thread and with whatever flags.</summary>
    /// <remarks>
    /// A single page goes to the current CPU's list; when the list is full, or in use by somebody else, pages go to the zone. Blocks freed without locks meanwhile are taken along.
    /// <para><b>Wait class</b>: <see cref="WaitClass.Config"/>.</para>
    /// <para>A refused free leaves everything as it was, and is counted in <see cref="PageAllocatorStatistics.RejectedFrees"/>.</para>
    /// </remarks>
    /// <param name="page">The block, or <see langword="null"/>, which does nothing.</param>
    /// <param name="order">The order it was allocated with.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="order"/> is not 0 to <see cref="MaxOrder"/>.</exception>
    /// <exception cref="ArgumentException"><paramref name="page"/> is not the address of a page of this allocator, or was allocated with another order.</exception>
    /// <exception cref="InvalidOperationException">The block is not allocated: it was freed before, or <paramref name="page"/> lies inside a larger block.</exception>
    [Frees]
    public void FreePages(void* page, [AllocationOrder] int order)
    {
        if (page == null) return;
        if (!TryReturn(page, order, out int frame)) ThrowRejected(page, order);

        if (order == 0 && _lists.Current.TryPut(frame, out int surplus))
        {
            if (surplus != PageFrames.None) _reclaim.GiveToZone(surplus);
        }
        else
        {
            FreeToZone(frame);
        }

        if (_parked.Any) _reclaim.DrainParked();
    }

    /// <summary>Frees a block where nothing may be taken that sleeps: under a raw spin lock, in a callback that must not be late.</summary>
    /// <remarks>
    /// A single page goes to the current CPU's list if there is room and nobody is using it. Everything else is parked on a list without a lock, which the next ordinary
    /// free takes to the zone; so do allocations that need the zone, and both kinds of reclaim.
    /// <para><b>Wait class</b>: <see cref="WaitClass.Spin"/>; it never waits, throws or wakes anybody. A free that <see cref="FreePages"/> would refuse with an exception is counted in
    /// <see cref="PageAllocatorStatistics.RejectedFrees"/> and otherwise ignored.</para>
    /// </remarks>
    /// <param name="page">The block, or <see langword="null"/>, which does nothing.</param>
    /// <param name="order">The order it was allocated with.</param>
    [RawAtomic]
    public void FreePagesNoLocks(void* page, [AllocationOrder] int order)
    {
        if (page == null) return;
        if (!TryReturn(page, order, out int frame))
        {
            Interlocked.Increment(ref _rejectedFrees);
            return;
        }

        if (order == 0 && _lists.Current.TryPutWithinLimit(frame)) return;

        Interlocked.Increment(ref _zoneFrees);
        _parked.Park(frame, order);
    }

    // Takes a block from its user: of all frees of it, the compare-exchange of one succeeds.
    [RawAtomic]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryReturn(void* page, int order, out int frame)
    {
        frame = _frames.IndexOf(page);
        if (frame == PageFrames.None || (uint)order > MaxOrder) return false;

        ref int state = ref _frames[frame].State;
        int seen = Volatile.Read(ref state);
        return (seen & ~PageFrame.TypeMask) == PageFrame.Word(PageState.Allocated, order) && PageFrame.TryReturn(ref state, seen);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void FreeToZone(int frame)
    {
        Interlocked.Increment(ref _zoneFrees);
        _frames[frame].Next = PageFrames.None;
        _reclaim.GiveToZone(frame);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void ThrowRejected(void* page, int order)
    {
        Interlocked.Increment(ref _rejectedFrees);
        ArgumentOutOfRangeException.ThrowIfNegative(order);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(order, MaxOrder);

        int frame = _frames.IndexOf(page);
        if (frame == PageFrames.None) PageMisuse.ThrowForeign((nuint)page, _frames.Contains(page));
        PageMisuse.ThrowNotAllocated((nuint)page, Volatile.Read(ref _frames[frame].State), order);
    }
}
