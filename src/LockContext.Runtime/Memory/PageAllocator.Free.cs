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
    /// A block of up to 8 pages goes to the thread's list; when the list is full, some go to the CPU's list, and from there to the zone. Blocks freed without locks meanwhile are taken along.
    /// <para><b>Wait class</b>: <see cref="WaitClass.Config"/>.</para>
    /// <para>A refused free leaves everything as it was, and is counted in <see cref="PageAllocatorStatistics.RejectedFrees"/>.</para>
    /// </remarks>
    /// <param name="page">The block, or <see langword="null"/>, which does nothing.</param>
    /// <param name="order">The order it was allocated with.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="order"/> is not 0 to <see cref="MaxOrder"/>.</exception>
    /// <exception cref="ArgumentException"><paramref name="page"/> is not the address of a page of this allocator, or was allocated with another order.</exception>
    /// <exception cref="InvalidOperationException">The block is not allocated: it was freed before, or <paramref name="page"/> lies inside a larger block.</exception>
    [Frees]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void FreePages(void* page, [AllocationOrder] int order)
    {
        Lockdep.MightFree("PageAllocator.FreePages");
        ThreadPageList? list = ThreadPageList.Last;
        if (order == 0 && list is not null && list.Allocator == this && !_parked.Any)
        {
            int frame = _frames.IndexOf(page);
            if (frame >= 0 && list.TryPut(_gate, _frames.Table, frame)) return;
        }

        FreeSlowly(page, order);
    }

    /// <summary>Frees a block where nothing may be taken that sleeps: under a raw spin lock, in a callback that must not be late.</summary>
    /// <remarks>
    /// A block of up to 8 pages goes to the thread's list or the CPU's if there is room and nobody is using it. Everything else is parked on a list without a lock, which the next ordinary
    /// free takes to the zone; so do allocations that need the zone, and both kinds of reclaim. With <see cref="NoLocksMode.TryZoneLock"/> the zone is tried before.
    /// <para><b>Wait class</b>: <see cref="WaitClass.Spin"/>; it never waits, throws or wakes anybody. A free that <see cref="FreePages"/> would refuse with an exception is counted in
    /// <see cref="PageAllocatorStatistics.RejectedFrees"/> and otherwise ignored.</para>
    /// </remarks>
    /// <param name="page">The block, or <see langword="null"/>, which does nothing.</param>
    /// <param name="order">The order it was allocated with.</param>
    [RawAtomic]
    public void FreePagesNoLocks(void* page, [AllocationOrder] int order)
    {
        ThreadPageList? list = ThreadPageLists.Find(this);
        if (order == 0 && list is not null)
        {
            int single = _frames.IndexOf(page);
            if (single >= 0 && list.TryPut(_gate, _frames.Table, single)) return;
        }

        if (page == null) return;
        if (!TryReturn(page, order, out int frame, out int word))
        {
            Interlocked.Increment(ref _rejectedFrees);
            return;
        }

        if (order <= ListKind.MaxOrder && !_pressure.HasWaiters)
        {
            PutResult result = list is not null ? list.PutReturned(frame, word) : PutResult.Busy;
            if (result == PutResult.Refused) Interlocked.Increment(ref _rejectedFrees);
            if (result is PutResult.Refused or PutResult.Put || _cpuLists.Current.TryPut(frame, _limits.High)) return;
        }

        Interlocked.Increment(ref _zoneFrees);
        if (_noLocksMode == NoLocksMode.TryZoneLock && ZoneOf(frame).TryFree(frame)) return;
        _parked.Park(frame, order);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void FreeSlowly(void* page, int order)
    {
        if (page == null) return;
        if (!TryReturn(page, order, out int frame, out int word)) ThrowRejected(page, order);

        if (order > ListKind.MaxOrder || (_gate.Detours & (Detour.Waiters | Detour.Closed)) != 0)
        {
            FreeToZone(frame);
        }
        else
        {
            ThreadPageList? list = _threadLists.Mine(this, mayMake: false);
            PutResult result = list is not null ? list.PutReturned(frame, word) : PutResult.Busy;
            if (result == PutResult.Full)
            {
                SpillFrom(list!, order, (word & PageFrame.KindMask) >> PageFrame.KindShift);
                result = list!.PutReturned(frame, word);
            }

            if (result == PutResult.Refused) ThrowRejected(page, order);
            if (result != PutResult.Put && !_cpuLists.Current.TryPut(frame, _limits.High)) FreeToZone(frame);
        }

        if (_parked.Any) _reclaim.DrainParked();
    }

    // A batch of the oldest goes to the CPU's list, and what has no place there to the zone.
    private void SpillFrom(ThreadPageList list, int order, int kind)
    {
        int chain = list.Spill(order, kind, _limits.BatchOf(order));

        // The list may be full of others: then all kinds give some.
        for (int other = 0; chain == PageFrames.None && other < ListKind.Count * ListKind.Orders; other++)
            chain = list.Spill(other % ListKind.Orders, other / ListKind.Orders, _limits.BatchOf(other % ListKind.Orders));

        if (chain != PageFrames.None) chain = _cpuLists.Current.TryPutChain(chain, _limits.High);
        if (chain != PageFrames.None) _reclaim.GiveToZone(chain);
        _background?.Notice();
    }

    // Takes a block from its user: of all frees of it, the compare-exchange of one succeeds. See PageFrame for the frees that make none.
    [RawAtomic]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryReturn(void* page, int order, out int frame, out int word)
    {
        word = 0;
        frame = _frames.IndexOf(page);
        if (frame == PageFrames.None || (uint)order > MaxOrder) return false;

        ref int state = ref _frames[frame].State;
        int seen = Volatile.Read(ref state);
        if ((seen & (PageFrame.StateMask | PageFrame.OrderMask)) != PageFrame.Word(PageState.Allocated, order)) return false;
        word = (seen & (PageFrame.OrderMask | PageFrame.KindMask)) | (int)PageState.Returned;
        return Interlocked.CompareExchange(ref state, word, seen) == seen;
    }

    private BuddyZone ZoneOf(int frame) => _movable is not null && _movable.Contains(frame) ? _movable : _normal;

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
