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

    private ZoneCounts _zoneAllocations;
    private long _foreignZoneAllocations;
    private long _refills;

    // Of the allocations that lists count as theirs, those that came from the zone with a refill.
    private long _refillAllocations;
    private long _failures;
    private long _warnedFailures;

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

        MemoryGroup? group = null;
        if (IsFailed(flags, order) || ((flags & GfpFlags.Account) != 0 && !TryCharge(flags, order, out group))) return Fail(flags, order);

        int frame = AllocFrame(flags, order);
        if (frame == PageFrames.None)
        {
            group?.Uncharge(1 << order);
            return Fail(flags, order);
        }

        if (group is not null) MarkCharged(frame, order, group);
        CountFlags(flags, failed: false);
        Note(frame, order, flags);
        return Deliver(frame, order, flags);
    }

    private int AllocFrame(GfpFlags flags, int order)
    {
        _reclaim.DrainParked();
        int type = MigrateType.Of(flags);
        int frame = AllocAboveLow(flags, order, type);
        if (frame != PageFrames.None) return frame;

        if ((flags & GfpFlags.KswapdReclaim) != 0 && _background is not null && _background.Wake(order)) MemoryGroup.Current?.CountWakeup();
        frame = AllocOnBudget(flags, order, type);
        return frame == PageFrames.None && (flags & GfpFlags.DirectReclaim) != 0 ? ReclaimAndAlloc(flags, order, type) : frame;
    }

    // The zonelist: what can be moved has a zone of its own, and everybody has the normal zone.
    private int AllocAboveLow(GfpFlags flags, int order, int type)
    {
        int frame = PageFrames.None;
        if (type == MigrateType.Movable && _movable is not null) frame = AllocAboveLow(flags, order, type, _movable, _movable.Marks.Low);
        return frame != PageFrames.None ? frame : CountForeign(AllocAboveLow(flags, order, type, _normal, _normal.Marks.Low + LowMemoryReserve(type)), order, type);
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

        return Refill(list, cpuList, zone, new PageRuns(order), type, mark);
    }

    // Both lists are filled in one go, the thread's own and the CPU's, which is there for threads that come later and cannot wait. The zone lock is given up before the list's lock is
    // taken: a sleeping lock has no place inside a raw one, and the other way round nobody should wait for us.
    private int Refill(ThreadPageList? list, CpuPageList cpuList, BuddyZone zone, PageRuns runs, int type, int mark)
    {
        int order = runs.Order;
        int kind = ListKind.Of(zone.Index, type);
        int batch = _limits.BatchOf(order);
        int own = list is not null ? list.BlocksToAskFor(order, kind) : batch;
        zone.AllocateBatch(ref runs, own + (cpuList.Pages < _limits.Batch ? batch : 0), type, mark);
        if (runs.Count == 0) return PageFrames.None;

        Interlocked.Increment(ref _refills);
        _background?.Notice();
        int surplus = runs.TakeChain(_frames, kind, runs.Count - own);
        int frame = list is not null ? list.TryRefill(ref runs, kind) : PageFrames.None;
        int rest = runs.TakeChain(_frames, kind, runs.Count);
        if (frame != PageFrames.None)
        {
            Interlocked.Increment(ref _refillAllocations);
        }
        else
        {
            // No list, or somebody is emptying it.
            frame = rest;
            rest = TakeFirst(rest);
        }

        rest = Append(rest, surplus);
        if (rest != PageFrames.None) rest = cpuList.TryPutChain(rest, _limits.High);
        if (rest != PageFrames.None) _reclaim.GiveToZone(rest);
        return frame;
    }

    // What the thread's own list has, else what the CPU's has: several blocks at once, so that the next ones come from the thread's own.
    private int TakeListed(ThreadPageList? list, CpuPageList cpuList, int order, int kind, int batch)
    {
        if (list is null) return cpuList.TryTake(order, kind, 1 << kind, withoutLocks: false);
        int frame = list.Take(order, kind, 1 << kind, withoutLocks: false);
        if (frame != PageFrames.None) return frame;
        int chain = cpuList.TryTakeBatch(order, kind, batch);
        if (chain == PageFrames.None) return PageFrames.None;

        frame = chain;
        if (!list.TryRefill(chain, out int rest)) rest = TakeFirst(chain);
        if (rest != PageFrames.None) rest = cpuList.TryPutChain(rest, _limits.High);
        if (rest != PageFrames.None) _reclaim.GiveToZone(rest);
        return frame;
    }

    // The first block of a chain goes to a user without ever having been on a list.
    private int TakeFirst(int chain)
    {
        ref PageFrame entry = ref _frames[chain];
        entry.State = PageFrame.Word(PageState.Allocated, entry.Order, entry.Kind);
        Interlocked.Increment(ref _zoneAllocations[ListKind.ZoneOf(entry.Kind)]);
        return entry.Next;
    }

    private int AllocAboveReserve(GfpFlags flags, int order, int type)
    {
        int frame = PageFrames.None;
        if (type == MigrateType.Movable && _movable is not null) frame = AllocAboveReserve(flags, order, type, _movable, 0);
        return frame != PageFrames.None ? frame : CountForeign(AllocAboveReserve(flags, order, type, _normal, LowMemoryReserve(type)), order, type);
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

    // Blocks of lists are counted with their list; larger ones here.
    private int CountForeign(int frame, int order, int type)
    {
        if (frame != PageFrames.None && order > ListKind.MaxOrder && type == MigrateType.Movable && _movable is not null) Interlocked.Increment(ref _foreignZoneAllocations);
        return frame;
    }

    private int LowMemoryReserve(int type) => type == MigrateType.Movable ? _normal.ReserveForOthers : 0;

    private int CountFromZone(int frame)
    {
        if (frame != PageFrames.None) Interlocked.Increment(ref _zoneAllocations[ZoneOf(frame).Index]);
        return frame;
    }

    private void* Fail(GfpFlags flags, int order)
    {
        Interlocked.Increment(ref _failures);
        CountFlags(flags, failed: true);
        if ((flags & GfpFlags.NoWarn) == 0)
        {
            Interlocked.Increment(ref _warnedFailures);
            Report(flags, order);
        }

        return null;
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

    [InlineArray(2)]
    private struct ZoneCounts
    {
        private long _first;
    }
}
