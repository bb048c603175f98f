using System;
using System.Runtime.CompilerServices;
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

    private long _zoneAllocations;
    private long _refills;

    // Of the allocations that lists count as theirs, those that came from the zone with a refill.
    private long _refillAllocations;
    private long _failures;
    private long _warnedFailures;
    private long _directReclaims;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void* AllocWithLocks(GfpFlags flags, int order)
    {
        // An allocator that waited for a grace period would wait for those who free in it. The class says so to the analyzer, and this to lockdep.
        Lockdep.BeginContext(LockdepContext.NoGracePeriodWait);
        try
        {
            return AllocChecked(flags, order);
        }
        finally
        {
            Lockdep.EndContext(LockdepContext.NoGracePeriodWait);
        }
    }

    private void* AllocChecked(GfpFlags flags, int order)
    {
        PageMisuse.ThrowIfContradictory(flags, ~Known, order);
        ThrowIfClosed();
        flags = GfpScope.Apply(flags);
        PageMisuse.ThrowIfContradictory(flags, ~Known, order);
        if (IsFailed(flags, order)) return Fail(flags);
        _reclaim.DrainParked();

        int type = MigrateType.Of(flags);
        int frame = AllocAboveLow(flags, order, type);
        if (frame == PageFrames.None)
        {
            if ((flags & GfpFlags.KswapdReclaim) != 0) _background?.Wake();
            frame = AllocAboveReserve(flags, order, type);
            if (frame == PageFrames.None && (flags & GfpFlags.DirectReclaim) != 0) frame = ReclaimAndAlloc(flags, order, type);
            if (frame == PageFrames.None) return Fail(flags);
        }

        return Deliver(frame, order, flags);
    }

    // The zonelist: what can be moved has a zone of its own, and everybody has the normal zone.
    private int AllocAboveLow(GfpFlags flags, int order, int type)
    {
        int frame = PageFrames.None;
        if (type == MigrateType.Movable && _movable is not null) frame = AllocAboveLow(flags, order, type, _movable, _movable.Marks.Low);
        return frame != PageFrames.None ? frame : AllocAboveLow(flags, order, type, _normal, _normal.Marks.Low + LowMemoryReserve(type));
    }

    private int AllocAboveLow(GfpFlags flags, int order, int type, BuddyZone zone, int mark)
    {
        if (order > ListKind.MaxOrder) return CountFromZone(zone.Allocate(order, type, mark));

        int kind = ListKind.Of(zone.Index, type);
        ThreadPageList? list = _threadLists.Mine(this, mayMake: (flags & GfpFlags.DirectReclaim) != 0);
        int batch = _limits.BatchOf(order);
        CpuPageList cpuList = _cpuLists.Current;
        if (zone.FreePages - zone.FreeHighAtomic > mark)
        {
            int frame = TakeListed(list, cpuList, order, kind, batch);
            if (frame != PageFrames.None) return frame;
        }

        // Both lists are filled in one go, the thread's own and the CPU's, which is there for threads that come later and cannot wait. The zone lock is given up before the list's lock is
        // taken: a sleeping lock has no place inside a raw one, and the other way round nobody should wait for us.
        int wanted = cpuList.Pages < _limits.Batch ? 2 * batch : batch;
        int chain = zone.AllocateBatch(order, wanted, type, mark, out _);
        if (chain == PageFrames.None) return PageFrames.None;
        Interlocked.Increment(ref _refills);
        _background?.Notice();
        return Distribute(list, cpuList, chain, batch, refill: true);
    }

    // What the thread's own list has, else what the CPU's has: several blocks at once, so that the next ones come from the thread's own.
    private int TakeListed(ThreadPageList? list, CpuPageList cpuList, int order, int kind, int batch)
    {
        if (list is null) return cpuList.TryTake(order, kind, 1 << kind, withoutLocks: false);
        int frame = list.Take(order, kind, 1 << kind, withoutLocks: false);
        if (frame != PageFrames.None) return frame;
        int chain = cpuList.TryTakeBatch(order, kind, batch);
        return chain != PageFrames.None ? Distribute(list, cpuList, chain, batch, refill: false) : PageFrames.None;
    }

    // The first block to the user, a batch to the thread's list, what is more to the CPU's.
    private int Distribute(ThreadPageList? list, CpuPageList cpuList, int chain, int batch, bool refill)
    {
        int frame = chain;
        int surplus = Cut(chain, batch);
        if (list is not null && list.TryRefill(chain, out int rest))
        {
            if (refill) Interlocked.Increment(ref _refillAllocations);
        }
        else
        {
            ref PageFrame entry = ref _frames[frame];
            rest = entry.Next;
            entry.State = PageFrame.Word(PageState.Allocated, entry.Order, entry.Kind);
            Interlocked.Increment(ref _zoneAllocations);
        }

        rest = Append(rest, surplus);
        if (rest != PageFrames.None) rest = cpuList.TryPutChain(rest, _limits.High);
        if (rest != PageFrames.None) _reclaim.GiveToZone(rest);
        return frame;
    }

    private int AllocAboveReserve(GfpFlags flags, int order, int type)
    {
        int frame = PageFrames.None;
        if (type == MigrateType.Movable && _movable is not null) frame = AllocAboveReserve(flags, order, type, _movable, 0);
        return frame != PageFrames.None ? frame : AllocAboveReserve(flags, order, type, _normal, LowMemoryReserve(type));
    }

    // No refill down here: pages of the reserve have no place on a list where everybody may take them.
    private int AllocAboveReserve(GfpFlags flags, int order, int type, BuddyZone zone, int forOthers)
    {
        int reserve = zone.Marks.ReserveFor(flags);
        if (reserve >= 0) reserve += forOthers;
        if (order <= ListKind.MaxOrder && zone.FreePages - zone.FreeHighAtomic > reserve)
        {
            int kind = ListKind.Of(zone.Index, type);
            ThreadPageList? list = ThreadPageLists.Find(this);
            int frame = list is not null ? list.Take(order, kind, 1 << kind, withoutLocks: false) : PageFrames.None;
            if (frame == PageFrames.None) frame = _cpuLists.Current.TryTake(order, kind, 1 << kind, withoutLocks: false);
            if (frame != PageFrames.None) return frame;
        }

        // Several pages for somebody who cannot wait: there may be blocks kept for that.
        const GfpFlags Mask = GfpFlags.High | GfpFlags.DirectReclaim | GfpFlags.NoMemAlloc;
        bool highAtomic = order > 0 && (flags & Mask) == GfpFlags.High;
        return CountFromZone(zone.Allocate(order, type, reserve, highAtomic));
    }

    private int LowMemoryReserve(int type) => type == MigrateType.Movable ? _normal.ReserveForOthers : 0;

    [Sleepable]
    private int ReclaimAndAlloc(GfpFlags flags, int order, int type)
    {
        Interlocked.Increment(ref _directReclaims);
        bool mayFail = (flags & GfpFlags.NoFail) == 0;
        bool once = (flags & GfpFlags.NoRetry) != 0 || (order > CostlyOrder && (flags & GfpFlags.RetryMayFail) == 0);
        long end = Environment.TickCount64 + _patience;
        bool interrupted = false;
        int frame;

        // See MemoryPressure for why this order, count, collect, try, sleep, misses nothing.
        _pressure.BeginWait();
        Lockdep.BeginReclaim();
        try
        {
            while (true)
            {
                _reclaim.DrainAll();
                frame = AllocAboveReserve(flags, order, type);
                if (frame == PageFrames.None && _normal.UnreserveHighAtomic()) frame = AllocAboveReserve(flags, order, type);
                if (frame != PageFrames.None) break;
                if (mayFail && (once || interrupted || Environment.TickCount64 >= end)) break;
                interrupted |= _pressure.Sleep(WaitSlice);
                ThrowIfClosed();
            }
        }
        finally
        {
            Lockdep.EndReclaim();
            _pressure.EndWait();
            if (interrupted) Interruption.Postpone();
        }

        return frame;
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

    // Ends a chain after so many blocks and returns the rest.
    private int Cut(int chain, int count)
    {
        for (; count > 1 && chain != PageFrames.None; count--) chain = _frames[chain].Next;
        if (chain == PageFrames.None) return PageFrames.None;
        int rest = _frames[chain].Next;
        _frames[chain].Next = PageFrames.None;
        return rest;
    }

    private int Append(int chain, int tail)
    {
        if (chain == PageFrames.None || tail == PageFrames.None) return chain == PageFrames.None ? tail : chain;
        int last = chain;
        while (_frames[last].Next != PageFrames.None) last = _frames[last].Next;
        _frames[last].Next = tail;
        return chain;
    }

    private void ThrowIfClosed() => ObjectDisposedException.ThrowIf(Volatile.Read(ref _closed) != 0, this);
}
