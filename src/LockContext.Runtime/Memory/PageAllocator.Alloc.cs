using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Threading;

namespace LockContext.Runtime;

public sealed unsafe partial class PageAllocator
{
    private const GfpFlags Known = (GfpFlags)0x1FF_FFF8 & ~(GfpFlags)0x200;

    // Flags that need a look at their combination, or more than a page. Those of every other mask are right in any.
    private const GfpFlags NeedCheck = ~Known | GfpFlags.NoFail | GfpFlags.Account;

    private long _noLocksZoneHits;
    private BandCounts _noLocksFailuresByBand;

    /// <summary>Allocates 2^<paramref name="order"/> pages, next to each other and aligned to their size.</summary>
    /// <remarks>
    /// <para>With <see cref="GfpFlags.NoLocks"/> it never waits, throws or looks beyond the page lists: <see langword="null"/> if all are empty or in use at that moment, if
    /// <paramref name="order"/> is not 0, if free memory is below the low mark in all zones, or if the allocator is disposed. Other flags are then ignored, except
    /// <see cref="GfpFlags.Zero"/> and the type. See <see cref="NoLocksMode"/> for another way.</para>
    /// <para>Otherwise: from the thread's own list, else from the CPU's, else from the zone with a refill of both, growing the zone if it can. Below the low mark it wakes the background reclaimer
    /// (<see cref="GfpFlags.KswapdReclaim"/>) and takes what the flags allow it. If there is nothing, <see cref="GfpFlags.DirectReclaim"/> collects the pages of all lists, and then waits for
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
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void* AllocPages(GfpFlags flags, [AllocationOrder] int order)
    {
        // By what the flags permit, also when a list has a page: what is wrong is wrong before it goes wrong.
        if (LockdepSwitch.IsOn) Lockdep.MightAlloc(GfpScope.Apply(flags));

        // The fast path asks nothing about locks or marks: what it does is legal everywhere, and the gate knows the rest.
        ThreadPageBlock* block = ThreadPageList.Block;
        if (((uint)(flags & NeedCheck) | (uint)order) == 0 && block != null && block->Allocator == _number)
        {
            int frame = ThreadPageBlock.TryTake(block, flags);
            if (frame >= 0)
            {
                byte* page = block->Memory + ((nuint)(uint)frame << PageShift);
                return (flags & GfpFlags.Zero) == 0 ? page : Zeroed(page);
            }

            if ((flags & GfpFlags.NoLocks) != 0 && ThreadPageBlock.HasNothing(block))
            {
                block->NoLocksFailures[0]++;
                return null;
            }
        }

        return (flags & GfpFlags.NoLocks) != 0 ? AllocWithoutLocks(flags, order) : AllocWithLocks(flags, order);
    }

    [RawAtomic]
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void* Zeroed(void* page)
    {
        NativeMemory.Clear(page, PageSize);
        return page;
    }

    [RawAtomic]
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void* AllocWithoutLocks(GfpFlags flags, int order)
    {
        ThreadPageBlock* block = ThreadPageList.Block;
        ThreadPageList? list = block != null && block->Allocator == _number ? ThreadPageList.Last : ThreadPageLists.Find(this);
        int frame = PageFrames.None;
        if (order == 0 || (_noLocksMode == NoLocksMode.TryZoneLock && (uint)order <= ListKind.MaxOrder)) frame = TakeWithoutLocks(list, flags, order);
        if (frame != PageFrames.None)
        {
            CountFlags(flags, failed: false);
            return Deliver(frame, order, flags);
        }

        CountFlags(flags, failed: true);
        int band = BandOf(_normal);
        if (list is not null) list.CountNoLocksFailure(band);
        else Interlocked.Increment(ref _noLocksFailuresByBand[band]);

        return null;
    }

    [RawAtomic]
    private int TakeWithoutLocks(ThreadPageList? list, GfpFlags flags, int order)
    {
        if ((_gate.Detours & Detour.Closed) != 0 || IsFailed(flags, order)) return PageFrames.None;

        // A page that is charged has to be found again when it is freed, so the group comes first.
        MemoryGroup? group = (flags & GfpFlags.Account) != 0 ? MemoryGroup.Current : null;
        if (group is not null && !group.TryCharge(1 << order, force: false))
        {
            CountLimitFailure(group);
            return PageFrames.None;
        }

        int frame = TakeWithoutLocksUncharged(list, flags, order);
        if (group is null) return frame;
        if (frame != PageFrames.None) MarkCharged(frame, order, group);
        else group.Uncharge(1 << order);
        return frame;
    }

    [RawAtomic]
    private int TakeWithoutLocksUncharged(ThreadPageList? list, GfpFlags flags, int order)
    {
        // Both type bits are nobody's type, and an exception is out of the question here.
        int type = MigrateType.Of(flags);
        if (type >= MigrateType.Count) type = MigrateType.Unmovable;
        bool movable = type == MigrateType.Movable && _movable is { IsAboveLow: true };
        int mark = _normal.Marks.Low + (type == MigrateType.Movable ? _normal.ReserveForOthers : 0);
        bool normal = _normal.FreePages - _normal.FreeHighAtomic > mark;

        // All types of a zone whose mark allows it, the right one first.
        int allowed = (normal ? (1 << MigrateType.Count) - 1 : 0) | (movable ? 1 << ListKind.MovableZone : 0);
        if (allowed == 0) return PageFrames.None;
        int kind = movable ? ListKind.MovableZone : type;
        int frame = list is not null ? list.Take(order, kind, allowed, withoutLocks: true) : PageFrames.None;
        if (frame == PageFrames.None) frame = _cpuLists.TryTakeAny(order, kind, allowed);
        if (frame != PageFrames.None || _noLocksMode == NoLocksMode.ListsOnly) return frame;

        if (movable) frame = _movable!.TryAllocate(order, type, _movable.Marks.Low);
        if (frame == PageFrames.None && normal) frame = _normal.TryAllocate(order, type, mark);
        if (frame == PageFrames.None) return frame;
        Interlocked.Increment(ref _zoneAllocations[ZoneOf(frame).Index]);
        Interlocked.Increment(ref _noLocksZoneHits);
        return frame;
    }

    [RawAtomic]
    private static int BandOf(BuddyZone zone)
    {
        int free = zone.FreePages - zone.FreeHighAtomic;
        return free > zone.Marks.Low ? 0 : free > zone.Marks.Min ? 1 : 2;
    }

    [RawAtomic]
    private void* Deliver(int frame, int order, GfpFlags flags)
    {
        void* page = _frames.AddressOf(frame);
        if ((flags & GfpFlags.Zero) != 0) NativeMemory.Clear(page, (nuint)PageSize << order);
        return page;
    }

    [InlineArray(Bands)]
    private struct BandCounts
    {
        private long _first;
    }
}
