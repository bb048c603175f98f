using System;
using System.Numerics;
using System.Threading;

namespace LockContext.Runtime;

internal sealed partial class BuddyZone
{
    /// <summary>From this order on, taking a piece of another type's page block takes the whole page block if most of it is free: half a page block, as in Linux.</summary>
    private const int ClaimOrder = PageAllocator.MaxOrder / 2;

    private long _claims;
    private int _reservedHighAtomic;

    /// <summary>Page blocks that changed their migrate type.</summary>
    internal long Claims => Volatile.Read(ref _claims);

    /// <summary>Pages in page blocks kept for blocks that are wanted by somebody who cannot wait.</summary>
    internal int ReservedHighAtomic => Volatile.Read(ref _reservedHighAtomic);

    /// <summary>Gives the page blocks that are kept for atomic allocations to everybody. For those who are about to fail.</summary>
    /// <returns>Whether there were any.</returns>
    internal bool UnreserveHighAtomic()
    {
        if (ReservedHighAtomic == 0) return false;

        _lock.Enter();
        for (int block = 0; block < _blockTypes.Length; block++)
        {
            if (_blockTypes[block] == MigrateType.HighAtomic) SetBlockType(block, MigrateType.Movable);
        }

        _reservedHighAtomic = 0;
        Recount(0);
        _lock.Exit();
        return true;
    }

    private static int List(int order, int type) => type * Orders + order;

    private int BlockOf(int frame) => (frame - _start) >> PageAllocator.MaxOrder;

    [RequiresLock("_lock")]
    private int Take(int order, int type, int reserve, bool highAtomic)
    {
        // What is left must be more than the reserve even after all but one page of the block have gone: for a single page, that there is more than the reserve now. What is kept for atomic
        // allocations does not count for others.
        int usable = highAtomic || reserve < 0 ? _free : _free - _freeHighAtomic;
        if (usable - ((1 << order) - 1) <= reserve) return PageFrames.None;

        int frame = TakeOwn(order, type);
        if (frame == PageFrames.None && (highAtomic || reserve < 0)) frame = TakeOwn(order, MigrateType.HighAtomic);
        return frame != PageFrames.None ? frame : TakeForeign(order, type);
    }

    // For a batch: the blocks that taking one after the other would give, but as long as they lie in one larger block, in one go and without a place on the lists in between.
    [RequiresLock("_lock")]
    private int TakeRun(int order, int count, int type, int reserve, out int size)
    {
        for (int current = order; count > 1 && current < Orders; current++)
        {
            if (_lists[List(current, type)].Count == 0) continue;

            size = Math.Min(current, order + BitOperations.Log2((uint)count));
            if (size == order || _free - _freeHighAtomic - ((1 << size) - 1) <= reserve) break;
            return Split(_lists[List(current, type)].Pop(_frames), current, size, type);
        }

        size = order;
        return Take(order, type, reserve, highAtomic: false);
    }

    [RequiresLock("_lock")]
    private int TakeOwn(int order, int type)
    {
        for (int current = order; current < Orders; current++)
        {
            int frame = _lists[List(current, type)].Pop(_frames);
            if (frame != PageFrames.None) return Split(frame, current, order, type);
        }

        return PageFrames.None;
    }

    // From the largest block of another type: what is left of it stays in one piece, and the next allocation of this type is likelier to find a place beside this one.
    [RequiresLock("_lock")]
    private int TakeForeign(int order, int type)
    {
        for (int current = Orders - 1; current >= order; current--)
        {
            foreach (byte other in MigrateType.FallbacksOf(type))
            {
                ref FrameList list = ref _lists[List(current, other)];
                if (list.Count == 0) continue;

                _fallbacks++;
                int block = BlockOf(list.Newest);
                if (ShouldClaim(block, current, type))
                {
                    SetBlockType(block, type);
                    return TakeOwn(order, type);
                }

                // Of less than a page block, only the part asked for is borrowed, and the rest stays on the lists of the block's own type.
                return Split(list.Pop(_frames), current, order, other);
            }
        }

        return PageFrames.None;
    }

    // Unmovable and reclaimable pages pollute a block for long, so they are quicker to take it over than movable ones, which can borrow anywhere without harm.
    [RequiresLock("_lock")]
    private bool ShouldClaim(int block, int order, int type)
    {
        if (order == PageAllocator.MaxOrder) return true;
        if (order < ClaimOrder && type == MigrateType.Movable) return false;
        return FreePagesOf(block) >= Blocks.Pages / 2;
    }

    [RequiresLock("_lock")]
    private int FreePagesOf(int block)
    {
        int free = 0;
        for (var walk = new FreeWalk(this, block); walk.Next(out _, out int order);) free += 1 << order;
        return free;
    }

    /// <summary>Moves what is free of a page block to the lists of another type.</summary>
    [RequiresLock("_lock")]
    private void SetBlockType(int block, int type)
    {
        int old = _blockTypes[block];
        for (var walk = new FreeWalk(this, block); walk.Next(out int frame, out int order);)
        {
            _lists[List(order, old)].Remove(_frames, frame);
            Enlist(frame, order, type);
            if (old == MigrateType.HighAtomic) _freeHighAtomic -= 1 << order;
            if (type == MigrateType.HighAtomic) _freeHighAtomic += 1 << order;
        }

        _blockTypes[block] = (byte)type;
        _claims++;
    }

    // After an allocation of several pages by somebody who cannot wait: the rest of its page block is kept for others like it. At most 1 % of the zone and one block more, and nothing
    // in a zone where one block would be an eighth of everything.
    [RequiresLock("_lock")]
    private void ReserveHighAtomic(int frame)
    {
        int block = BlockOf(frame);
        if (_present < 8 * Blocks.Pages || _reservedHighAtomic > _present / 100 || _blockTypes[block] == MigrateType.HighAtomic) return;

        SetBlockType(block, MigrateType.HighAtomic);
        Volatile.Write(ref _reservedHighAtomic, _reservedHighAtomic + Blocks.Pages);
        Recount(0);
    }

    /// <summary>Puts the upper halves of a block back until what is left has the order asked for.</summary>
    [RequiresLock("_lock")]
    private int Split(int frame, int from, int to, int type)
    {
        // Memory that is with the system comes back when it is touched: each part inherits the mark.
        int discarded = _frames[frame].State & PageFrame.Discarded;
        _frames[frame].State = PageFrame.Word(PageState.Tail, 0);
        while (from > to)
        {
            from--;
            Link(frame + (1 << from), from, type, discarded);
        }

        if (type == MigrateType.HighAtomic) _freeHighAtomic -= 1 << to;
        if (discarded != 0) Volatile.Write(ref _discarded, _discarded - (1 << to));
        Recount(-(1 << to));
        return frame;
    }

    [RequiresLock("_lock")]
    private void Merge(int frame, int order, int discarded = 0)
    {
        int pages = 1 << order;
        int type = _blockTypes[BlockOf(frame)];
        if (type == MigrateType.HighAtomic) _freeHighAtomic += pages;
        if (discarded != 0) Volatile.Write(ref _discarded, _discarded + pages);
        while (order < PageAllocator.MaxOrder)
        {
            // The buddy's state may be changing under us, but only between values other than InZone: those are written under the zone lock alone.
            int buddy = frame ^ (1 << order);
            int state = Volatile.Read(ref _frames[buddy].State);
            if ((state & ~PageFrame.Discarded) != PageFrame.Word(PageState.InZone, order)) break;

            // Of a block that is half with the system, all counts as here: asking for the half again costs less than keeping it apart for ever.
            int lost = (state ^ discarded) & PageFrame.Discarded;
            if (lost != 0)
            {
                discarded = 0;
                Volatile.Write(ref _discarded, _discarded - (1 << order));
            }

            _lists[List(order, type)].Remove(_frames, buddy);
            _frames[buddy].State = PageFrame.Word(PageState.Tail, 0);
            frame &= buddy;
            order++;
        }

        Link(frame, order, type, discarded);
        Recount(pages);
    }

    [RequiresLock("_lock")]
    private void Link(int frame, int order, int type, int discarded)
    {
        Volatile.Write(ref _frames[frame].State, PageFrame.Word(PageState.InZone, order) | discarded);
        Enlist(frame, order, type);
    }

    // Memory that is with the system is taken last: each list has first what is here and then what is not, so one look at its head says whether there is anything to give back.
    [RequiresLock("_lock")]
    private void Enlist(int frame, int order, int type)
    {
        ref FrameList list = ref _lists[List(order, type)];
        if ((_frames[frame].State & PageFrame.Discarded) == 0) list.Push(_frames, frame);
        else list.PushOldest(_frames, frame);
    }

    /// <summary>Lets a page block join the zone that is not part of it: one that was withheld, or the next that has never been used.</summary>
    [RequiresLock("_lock")]
    private bool Grow()
    {
        if (_present >= _limit) return false;
        int frame = _withheld.Pop(_frames);
        if (frame != PageFrames.None)
        {
            _frames[frame].State = PageFrame.Word(PageState.Tail, 0);
            Join(frame, Blocks.Pages, PageFrame.Discarded);
            return true;
        }

        int start = _fresh;
        if (start >= _end) return false;
        int end = Math.Min(start + Blocks.Pages, _end);
        if (_hooks.Faults is { } faults && faults.ShouldFail(GfpFlags.None, (nuint)(end - start) << PageAllocator.PageShift)) return false;
        if (!_frames.TryCommit(start, end - start)) return false;

        _fresh = end;
        Join(start, end - start, PageFrame.Discarded);
        return true;
    }

    // The last block may be a part: it joins in the largest pieces that are aligned to their size.
    [RequiresLock("_lock")]
    private void Join(int start, int pages, int discarded)
    {
        int end = start + pages;
        for (int frame = start; frame < end;)
        {
            int order = Math.Min(PageAllocator.MaxOrder, BitOperations.Log2((uint)(end - frame)));
            Merge(frame, order, discarded);
            frame += 1 << order;
        }

        Volatile.Write(ref _present, _present + pages);
        _grown++;
    }

    /// <summary>Goes through the free blocks of a page block.</summary>
    private ref struct FreeWalk
    {
        private readonly BuddyZone _zone;
        private readonly int _stop;
        private int _at;

        internal FreeWalk(BuddyZone zone, int block)
        {
            _zone = zone;
            _at = zone._start + (block << PageAllocator.MaxOrder);
            _stop = Math.Min(_at + Blocks.Pages, zone._end);
        }

        internal bool Next(out int frame, out int order)
        {
            while (_at < _stop)
            {
                // A block with a user is stepped over page by page, its tails being no heads: its order may change under us, with what is free it cannot.
                frame = _at;
                int state = Volatile.Read(ref _zone._frames[frame].State);
                bool free = PageFrame.StateOf(state) == PageState.InZone;
                order = state & PageFrame.OrderMask;
                _at += free ? 1 << order : 1;
                if (free) return true;
            }

            frame = PageFrames.None;
            order = 0;
            return false;
        }
    }
}
