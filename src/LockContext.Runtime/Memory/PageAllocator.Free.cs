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
    [Frees(WithoutLocks = nameof(FreePagesNoLocks))]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void FreePages(void* page, [AllocationOrder] int order)
    {
        Lockdep.MightFree("PageAllocator.FreePages");
        ThreadPageBlock* block = ThreadPageList.Block;
        if (order == 0 && block != null && block->Allocator == _number && ThreadPageBlock.TryPut(block, page)) return;
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
        ThreadPageBlock* block = ThreadPageList.Block;
        if (order == 0 && block != null && block->Allocator == _number && ThreadPageBlock.TryPut(block, page)) return;
        if (page == null) return;
        if (!TryReturn(page, order, out int frame, out int word))
        {
            Interlocked.Increment(ref _rejectedFrees);
            return;
        }

        if (order <= ListKind.MaxOrder && !_pressure.HasWaiters)
        {
            ThreadPageList? list = ThreadPageLists.Find(this);
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
        if ((_gate.Detours & Detour.Trace) != 0) MemoryEvents.Log?.Freed((nuint)page, order);

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
        if (Interlocked.CompareExchange(ref state, word, seen) != seen) return false;

        if ((seen & PageFrame.Charged) != 0) Uncharge(frame, order);
        if ((_gate.Detours & Detour.Owners) != 0) _owners?.Remove(frame);
        return true;
    }

    [RawAtomic]
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
