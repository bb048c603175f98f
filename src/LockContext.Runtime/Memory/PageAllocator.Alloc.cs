using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Threading;

namespace LockContext.Runtime;

public sealed unsafe partial class PageAllocator
{
    /// <summary>Blocks above this order are hard to find by waiting: only <see cref="GfpFlags.RetryMayFail"/> tries for longer than once.</summary>
    private const int CostlyOrder = 3;

    /// <summary>
    /// The longest sleep of a thread that waits for pages, in milliseconds. Ordinary frees end it; no-locks frees cannot, so it has to look for their pages itself.
    /// </summary>
    private const int WaitSlice = 5;

    private const GfpFlags Known = (GfpFlags)0x1FF_FFF8 & ~(GfpFlags)0x200;

    // Flags that need a look at their combination. Those of every other mask are right in any.
    private const GfpFlags NeedCheck = ~Known | GfpFlags.NoFail;

    private long _zoneAllocations;
    private long _refills;
    private long _noLocksFailures;
    private long _failures;
    private long _warnedFailures;
    private long _directReclaims;

    /// <summary>Allocates 2^<paramref name="order"/> pages, next to each other and aligned to their size.</summary>
    /// <remarks>
    /// <para>With <see cref="GfpFlags.NoLocks"/> it never waits, throws or looks beyond the per-CPU lists: <see langword="null"/> if all are empty or in use at that moment, if
    /// <paramref name="order"/> is not 0, if free memory is below the low mark, or if the allocator is disposed. Other flags are then ignored, except <see cref="GfpFlags.Zero"/>.</para>
    /// <para>Otherwise: from the current CPU's list, else from the zone with a refill of the list, growing the zone if it can. Below the low mark it wakes the background reclaimer
    /// (<see cref="GfpFlags.KswapdReclaim"/>) and takes what the flags allow it. If there is nothing, <see cref="GfpFlags.DirectReclaim"/> collects the pages of all per-CPU lists, and then waits for
    /// others to free some, for as long as <see cref="PageAllocatorOptions.ReclaimPatience"/> says. With <see cref="GfpFlags.NoFail"/> it waits for ever. An interrupted thread
    /// waits no longer, unless it must not fail.</para>
    /// <para><b>Wait class</b>: by flags, <see cref="WaitClass.Spin"/>, <see cref="WaitClass.Config"/> or <see cref="WaitClass.Sleep"/>; see <see cref="GfpFlags"/>.</para>
    /// </remarks>
    /// <param name="flags">What may be done for it.</param>
    /// <param name="order">The binary logarithm of the number of pages, 0 to <see cref="MaxOrder"/>.</param>
    /// <returns>The first page, or <see langword="null"/>: no memory. <see langword="null"/> is final; trying again at once does not help. The contents are undefined without <see cref="GfpFlags.Zero"/>.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="order"/> is outside of its range.</exception>
    /// <exception cref="ArgumentException"><paramref name="flags"/> has unknown bits, has both <see cref="GfpFlags.Movable"/> and <see cref="GfpFlags.Reclaimable"/>, or has <see cref="GfpFlags.NoFail"/>
    /// without <see cref="GfpFlags.DirectReclaim"/>, with <see cref="GfpFlags.NoRetry"/> or <see cref="GfpFlags.RetryMayFail"/>, or for an order above 1.</exception>
    /// <exception cref="ObjectDisposedException">The allocator is disposed.</exception>
    [Allocates]
    public void* AllocPages(GfpFlags flags, [AllocationOrder] int order)
    {
        // The fast path asks nothing about locks: what it does is legal everywhere. Invalid types have a list of their own, always empty.
        if (order == 0 && (flags & NeedCheck) == 0 && _zone.FreePages > Volatile.Read(ref _lowMark))
        {
            int frame = _lists.Current.TryTake(MigrateType.Of(flags));
            if (frame != PageFrames.None) return Deliver(frame, 0, flags);
        }

        return (flags & GfpFlags.NoLocks) != 0 ? AllocWithoutLocks(flags, order) : AllocWithLocks(flags, order);
    }

    [RawAtomic]
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void* AllocWithoutLocks(GfpFlags flags, int order)
    {
        if (order == 0 && _zone.FreePages > Volatile.Read(ref _lowMark))
        {
            int frame = _lists.TryTakeAny(MigrateType.Of(flags));
            if (frame != PageFrames.None) return Deliver(frame, 0, flags);
        }

        Interlocked.Increment(ref _noLocksFailures);
        return null;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void* AllocWithLocks(GfpFlags flags, int order)
    {
        PageMisuse.ThrowIfContradictory(flags, ~Known, order);
        ThrowIfClosed();
        _reclaim.DrainParked();

        int type = MigrateType.Of(flags);
        int frame = AllocAboveLow(order, type);
        if (frame == PageFrames.None)
        {
            if ((flags & GfpFlags.KswapdReclaim) != 0) _background?.Wake();
            int reserve = _zone.Marks.ReserveFor(flags);
            frame = AllocAboveReserve(order, type, reserve);
            if (frame == PageFrames.None && (flags & GfpFlags.DirectReclaim) != 0) frame = ReclaimAndAlloc(flags, order, type, reserve);
            if (frame == PageFrames.None) return Fail(flags);
        }

        return Deliver(frame, order, flags);
    }

    private int AllocAboveLow(int order, int type)
    {
        int low = _zone.Marks.Low;
        if (order > 0) return CountFromZone(_zone.Allocate(order, type, low));

        // The zone lock is given up before the list's lock is taken: a sleeping lock has no place inside a raw one, and the other way round nobody should wait for us.
        int chain = _zone.AllocateBatch(_batch, type, low);
        if (chain == PageFrames.None) return PageFrames.None;
        Interlocked.Increment(ref _refills);
        return _lists.Current.Refill(chain, type);
    }

    // No refill down here: pages of the reserve have no place on a list where everybody may take them.
    private int AllocAboveReserve(int order, int type, int reserve)
    {
        if (order == 0 && _zone.FreePages > reserve)
        {
            int frame = _lists.Current.TryTake(type);
            if (frame != PageFrames.None) return frame;
        }

        return CountFromZone(_zone.Allocate(order, type, reserve));
    }

    [Sleepable]
    private int ReclaimAndAlloc(GfpFlags flags, int order, int type, int reserve)
    {
        Interlocked.Increment(ref _directReclaims);
        bool mayFail = (flags & GfpFlags.NoFail) == 0;
        bool once = (flags & GfpFlags.NoRetry) != 0 || (order > CostlyOrder && (flags & GfpFlags.RetryMayFail) == 0);
        long end = Environment.TickCount64 + _patience;
        bool interrupted = false;
        int frame;

        // See MemoryPressure for why this order, count, collect, try, sleep, misses nothing.
        _pressure.BeginWait();
        try
        {
            while (true)
            {
                _reclaim.DrainAll();
                frame = _zone.Allocate(order, type, reserve);
                if (frame != PageFrames.None) break;
                if (mayFail && (once || interrupted || Environment.TickCount64 >= end)) break;
                interrupted |= _pressure.Sleep(WaitSlice);
                ThrowIfClosed();
            }
        }
        finally
        {
            _pressure.EndWait();
            if (interrupted) Interruption.Postpone();
        }

        return CountFromZone(frame);
    }

    private int CountFromZone(int frame)
    {
        if (frame != PageFrames.None) Interlocked.Increment(ref _zoneAllocations);
        return frame;
    }

    private void* Fail(GfpFlags flags)
    {
        Interlocked.Increment(ref _failures);
        if ((flags & GfpFlags.NoWarn) == 0) Interlocked.Increment(ref _warnedFailures);
        return null;
    }

    [RawAtomic]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void* Deliver(int frame, int order, GfpFlags flags)
    {
        void* page = _frames.AddressOf(frame);
        if ((flags & GfpFlags.Zero) != 0) NativeMemory.Clear(page, (nuint)PageSize << order);
        return page;
    }

    private void ThrowIfClosed() => ObjectDisposedException.ThrowIf(Volatile.Read(ref _lowMark) == Closed, this);
}
