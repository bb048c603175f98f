using System.Threading;

namespace LockContext.Runtime;

/// <summary>
/// Free memory in blocks of 2^n pages. A block is split in halves until it fits, and merged with its other half, its buddy, when both are free.
/// </summary>
/// <remarks>
/// <para><b>Locking</b>: everything is guarded by the zone lock, a <see cref="SleepingLock"/>, and therefore of class <see cref="WaitClass.Config"/>; only the number of free
/// pages is read without it. Callers hold no raw lock.</para>
/// <para><b>Source</b>: K. C. Knowlton, "A fast storage allocator", CACM 8(10), 1965; grouping of blocks by mobility after M. Gorman and A. Whitcroft, "The what, the why and
/// the where to of anti-fragmentation", OLS 2006.</para>
/// </remarks>
internal sealed class BuddyZone
{
    private const int Orders = PageAllocator.MaxOrder + 1;

    private readonly PageFrames _frames;
    private readonly FrameList[] _lists = new FrameList[Orders * MigrateType.Count];

    // The migrate type that owns each page block. Its free pages are on the lists of that type, whatever they were allocated as, so buddies are always on lists of one type.
    private readonly byte[] _blockTypes;

    private readonly SleepingLock _lock = new();
    private int _free;
    private int _present;

    // Read and written under the lock; read without it for statistics.
    private long _fallbacks;
    private long _grown;

    internal BuddyZone(PageFrames frames, Watermarks marks, int initialPages)
    {
        _frames = frames;
        Marks = marks;
        _blockTypes = new byte[(frames.Count + Blocks.Pages - 1) / Blocks.Pages];
        System.Array.Fill(_blockTypes, (byte)MigrateType.Movable);
        System.Array.Fill(_lists, FrameList.Empty);

        // Nobody else has the zone yet, but the helpers ask for the lock.
        using (_lock.EnterScope())
        {
            while (_present < initialPages) Grow();
        }

        _grown = 0;
    }

    internal Watermarks Marks { get; }

    internal SleepingLock Lock => _lock;

    /// <summary>Free pages. A moment's value, good for comparing with a mark: the lock is taken before anything is decided for good.</summary>
    internal int FreePages => Volatile.Read(ref _free);

    /// <summary>Pages that have joined the zone. The rest of the memory joins when needed.</summary>
    internal int PresentPages => Volatile.Read(ref _present);

    internal bool CanGrow => PresentPages < _frames.Count;

    internal long Fallbacks => Volatile.Read(ref _fallbacks);

    internal long Growths => Volatile.Read(ref _grown);

    /// <summary>Takes a block, if that leaves more than <paramref name="reserve"/> pages; grows the zone if that helps.</summary>
    /// <returns>Its first frame, in state <see cref="PageState.Allocated"/>, or <see cref="PageFrames.None"/>.</returns>
    internal int Allocate(int order, int type, int reserve)
    {
        _lock.Enter();
        try
        {
            int frame;
            do
            {
                frame = Take(order, type, reserve);
            }
            while (frame == PageFrames.None && Grow());

            if (frame != PageFrames.None) _frames[frame].State = PageFrame.Word(PageState.Allocated, order, type);
            return frame;
        }
        finally
        {
            _lock.Exit();
        }
    }

    /// <summary>Takes up to <paramref name="count"/> single pages for a per-CPU list in one go: the lock is paid for once.</summary>
    /// <returns>A chain of frames in state <see cref="PageState.Listed"/>, linked by <see cref="PageFrame.Next"/>; or <see cref="PageFrames.None"/>.</returns>
    internal int AllocateBatch(int count, int type, int reserve)
    {
        int chain = PageFrames.None;
        _lock.Enter();
        try
        {
            while (count > 0)
            {
                int frame = Take(0, type, reserve);
                if (frame == PageFrames.None)
                {
                    if (chain == PageFrames.None && Grow()) continue;
                    break;
                }

                ref PageFrame entry = ref _frames[frame];
                entry.State = PageFrame.Word(PageState.Listed, 0, type);
                entry.Next = chain;
                chain = frame;
                count--;
            }
        }
        finally
        {
            _lock.Exit();
        }

        return chain;
    }

    /// <summary>Frees a chain of blocks, each of the order in its state, in one go.</summary>
    /// <returns>The number of pages.</returns>
    internal int FreeChain(int chain)
    {
        int pages = 0;
        _lock.Enter();
        try
        {
            while (chain != PageFrames.None)
            {
                ref PageFrame entry = ref _frames[chain];
                int frame = chain;
                int order = entry.Order;
                chain = entry.Next;
                entry.State = PageFrame.Word(PageState.Tail, 0);
                Merge(frame, order);
                pages += 1 << order;
            }
        }
        finally
        {
            _lock.Exit();
        }

        return pages;
    }

    /// <summary>The length of the free list of one order and type. For tests and statistics.</summary>
    internal int FreeBlocks(int order, int type)
    {
        using (_lock.EnterScope()) return _lists[List(order, type)].Count;
    }

    private static int List(int order, int type) => type * Orders + order;

    [RequiresLock("_lock")]
    private int Take(int order, int type, int reserve)
    {
        // What is left must be more than the reserve even after all but one page of the block have gone: for a single page, that there is more than the reserve now.
        if (_free - ((1 << order) - 1) <= reserve) return PageFrames.None;

        int frame = TakeOwn(order, type);
        return frame != PageFrames.None ? frame : TakeForeign(order, type);
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
                int frame = _lists[List(current, other)].Pop(_frames);
                if (frame == PageFrames.None) continue;

                // A whole page block changes owner; of less, only the part asked for is borrowed, and the rest stays on the lists of the block's own type.
                int owner = other;
                if (current == PageAllocator.MaxOrder) _blockTypes[Blocks.Of(frame)] = (byte)(owner = type);
                _fallbacks++;
                return Split(frame, current, order, owner);
            }
        }

        return PageFrames.None;
    }

    /// <summary>Puts the upper halves of a block back until what is left has the order asked for.</summary>
    [RequiresLock("_lock")]
    private int Split(int frame, int from, int to, int type)
    {
        _frames[frame].State = PageFrame.Word(PageState.Tail, 0);
        while (from > to)
        {
            from--;
            Link(frame + (1 << from), from, type);
        }

        Volatile.Write(ref _free, _free - (1 << to));
        return frame;
    }

    [RequiresLock("_lock")]
    private void Merge(int frame, int order)
    {
        Volatile.Write(ref _free, _free + (1 << order));
        int type = _blockTypes[Blocks.Of(frame)];
        while (order < PageAllocator.MaxOrder)
        {
            // The buddy's state may be changing under us, but only between values other than InZone: those are written under the zone lock alone.
            int buddy = frame ^ (1 << order);
            if (Volatile.Read(ref _frames[buddy].State) != PageFrame.Word(PageState.InZone, order)) break;

            _lists[List(order, type)].Remove(_frames, buddy);
            _frames[buddy].State = PageFrame.Word(PageState.Tail, 0);
            frame &= buddy;
            order++;
        }

        Link(frame, order, type);
    }

    [RequiresLock("_lock")]
    private void Link(int frame, int order, int type)
    {
        Volatile.Write(ref _frames[frame].State, PageFrame.Word(PageState.InZone, order));
        _lists[List(order, type)].Push(_frames, frame);
    }

    /// <summary>Lets the next page block of memory that has not been used so far join the zone.</summary>
    [RequiresLock("_lock")]
    private bool Grow()
    {
        int start = _present;
        if (start >= _frames.Count) return false;

        // The last block may be a part: join it in the largest pieces that are aligned to their size.
        int end = System.Math.Min(start + Blocks.Pages, _frames.Count);
        for (int frame = start; frame < end;)
        {
            int order = System.Math.Min(PageAllocator.MaxOrder, System.Numerics.BitOperations.Log2((uint)(end - frame)));
            Merge(frame, order);
            frame += 1 << order;
        }

        Volatile.Write(ref _present, end);
        _grown++;
        return true;
    }
}
