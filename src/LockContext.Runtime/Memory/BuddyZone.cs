using System.Threading;

namespace LockContext.Runtime;

/// <summary>
/// Free memory in blocks of 2^n pages. A block is split in halves until it fits, and merged with its other half, its buddy, when both are free.
/// </summary>
/// <remarks>
/// <para><b>Locking</b>: everything is guarded by the zone lock, and therefore of class <see cref="WaitClass.Config"/>; only the number of free
/// pages is read without it. Callers hold no raw lock.</para>
/// <para><b>Source</b>: K. C. Knowlton, "A fast storage allocator", CACM 8(10), 1965; grouping of blocks by mobility after M. Gorman and A. Whitcroft, "The what, the why and
/// the where to of anti-fragmentation", OLS 2006.</para>
/// </remarks>
internal sealed partial class BuddyZone
{
    private const int Orders = PageAllocator.MaxOrder + 1;

    private readonly PageFrames _frames;
    private readonly PathGate _gate;
    private readonly AllocatorHooks _hooks;
    private readonly FrameList[] _lists = new FrameList[Orders * MigrateType.OfBlocks];

    // The migrate type that owns each page block. Its free pages are on the lists of that type, whatever they were allocated as, so buddies are always on lists of one type.
    private readonly byte[] _blockTypes;

    private readonly ZoneLock _lock;
    private readonly int _index;
    private readonly int _start;
    private readonly int _end;
    private int _free;
    private int _freeHighAtomic;
    private int _present;
    private int _limit;
    private int _reserveForOthers;
    private bool _isLow;
    private Watermarks _marks;

    // Page blocks that have been part of the zone and are not at the moment, and where those begin that have never been.
    private FrameList _withheld = FrameList.Empty;
    private int _fresh;

    // Read and written under the lock; read without it for statistics.
    private long _fallbacks;
    private long _grown;

    /// <summary>Makes a zone of a run of frames that begins at a page block.</summary>
    /// <param name="frames">The memory of all zones.</param>
    /// <param name="index">0 for the normal zone, 1 for the one of movable memory.</param>
    /// <param name="start">The first frame.</param>
    /// <param name="count">How many.</param>
    /// <param name="initialPages">How many join the zone at once; the rest joins when needed.</param>
    /// <param name="marks">The zone's marks.</param>
    /// <param name="kind">The kind of its lock.</param>
    /// <param name="gate">Is told when the zone goes below its low mark.</param>
    /// <param name="hooks">For tests.</param>
    internal BuddyZone(PageFrames frames, int index, int start, int count, int initialPages, Watermarks marks, ZoneLockKind kind, PathGate gate, AllocatorHooks hooks)
    {
        _frames = frames;
        _gate = gate;
        _hooks = hooks;
        _index = index;
        _start = _fresh = start;
        _end = start + count;
        _limit = count;
        _marks = marks;
        _lock = new ZoneLock(kind);
        _blockTypes = new byte[(count + Blocks.Pages - 1) / Blocks.Pages];
        System.Array.Fill(_blockTypes, (byte)MigrateType.Movable);
        System.Array.Fill(_lists, FrameList.Empty);

        // Nobody else has the zone yet, but the helpers ask for the lock.
        _lock.Enter();
        while (_present < initialPages && Grow())
        {
        }

        _grown = 0;
        Recount(0);
        _lock.Exit();
    }

    internal Watermarks Marks => _marks;

    internal ZoneLock Lock => _lock;

    internal int Index => _index;

    /// <summary>Pages that the zone would have with all of its memory.</summary>
    internal int ManagedPages => _end - _start;

    /// <summary>Free pages. A moment's value, good for comparing with a mark: the lock is taken before anything is decided for good.</summary>
    internal int FreePages => Volatile.Read(ref _free);

    internal int FreeHighAtomic => Volatile.Read(ref _freeHighAtomic);

    /// <summary>Pages that have joined the zone. The rest of the memory joins when needed.</summary>
    internal int PresentPages => Volatile.Read(ref _present);

    internal bool CanGrow => PresentPages < System.Math.Min(ManagedPages, Volatile.Read(ref _limit));

    internal bool IsAboveLow => FreePages - FreeHighAtomic > _marks.Low;

    /// <summary>Pages that allocations must leave to others here if they have a zone of their own: the lowmem reserve.</summary>
    internal int ReserveForOthers
    {
        get => Volatile.Read(ref _reserveForOthers);
        set => Volatile.Write(ref _reserveForOthers, value);
    }

    internal long Fallbacks => Volatile.Read(ref _fallbacks);

    internal long Growths => Volatile.Read(ref _grown);

    /// <summary>Changes the marks.</summary>
    internal void SetMarks(Watermarks marks)
    {
        _lock.Enter();
        _marks = marks;
        Recount(0);
        _lock.Exit();
    }

    /// <summary>Takes a block, if that leaves more than the request must leave; grows the zone if that helps.</summary>
    /// <returns>Its first frame, in state <see cref="PageState.Allocated"/>, or <see cref="PageFrames.None"/>.</returns>
    internal int Allocate(int order, int type, int reserve, bool highAtomic = false)
    {
        _lock.Enter();
        int frame = AllocateLocked(order, type, reserve, highAtomic, mayGrow: true);
        _lock.Exit();
        return frame;
    }

    /// <summary>Takes a block if nobody has the zone lock at the moment. Never waits, grows nothing.</summary>
    /// <returns>As <see cref="Allocate"/>.</returns>
    [RawAtomic]
    [Trusted("the lock is only tried, and released by an exchange that wakes a sleeper at most; under it the zone calls nothing that waits")]
    internal int TryAllocate(int order, int type, int reserve)
    {
        if (!_lock.TryEnter()) return PageFrames.None;
        int frame = AllocateLocked(order, type, reserve, highAtomic: false, mayGrow: false);
        _lock.Exit();
        return frame;
    }

    /// <summary>Takes up to <paramref name="count"/> blocks for page lists in one go: the lock is paid for once, and a block that is split for several of them is split once.</summary>
    /// <param name="runs">Gets the blocks.</param>
    /// <param name="count">How many are wanted.</param>
    /// <param name="type">The migrate type.</param>
    /// <param name="reserve">How many pages have to stay free.</param>
    internal void AllocateBatch(ref PageRuns runs, int count, int type, int reserve)
    {
        int order = runs.Order;
        _lock.Enter();
        _hooks.Run(HookPoint.ZoneAllocate);
        while (runs.Count < count && !runs.IsFull)
        {
            int frame = TakeRun(order, count - runs.Count, type, reserve, out int size);
            if (frame != PageFrames.None) runs.Add(frame, 1 << (size - order));
            else if (runs.Count > 0 || !Grow()) break;
        }

        _lock.Exit();
    }

    /// <summary>Frees a chain of blocks of this zone, each of the order in its state, in one go.</summary>
    /// <param name="chain">Blocks in state <see cref="PageState.Returned"/>.</param>
    /// <returns>The number of pages.</returns>
    internal int FreeChain(int chain)
    {
        int pages = 0;
        _lock.Enter();
        _hooks.Run(HookPoint.ZoneFree);
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

        _lock.Exit();
        return pages;
    }

    /// <summary>Frees a block if nobody has the zone lock at the moment. Never waits.</summary>
    [RawAtomic]
    [Trusted("the lock is only tried, and released by an exchange that wakes a sleeper at most; under it the zone calls nothing that waits")]
    internal bool TryFree(int frame)
    {
        if (!_lock.TryEnter()) return false;
        _hooks.Run(HookPoint.ZoneFree);
        int order = _frames[frame].Order;
        _frames[frame].State = PageFrame.Word(PageState.Tail, 0);
        Merge(frame, order);
        _lock.Exit();
        return true;
    }

    /// <summary>The length of the free list of one order and type. For tests and statistics.</summary>
    internal int FreeBlocks(int order, int type)
    {
        _lock.Enter();
        int count = _lists[List(order, type)].Count;
        _lock.Exit();
        return count;
    }

    internal bool Contains(int frame) => frame >= _start && frame < _end;

    [RequiresLock("_lock")]
    private int AllocateLocked(int order, int type, int reserve, bool highAtomic, bool mayGrow)
    {
        _hooks.Run(HookPoint.ZoneAllocate);
        int frame;
        do
        {
            frame = Take(order, type, reserve, highAtomic);
        }
        while (frame == PageFrames.None && mayGrow && Grow());

        if (frame == PageFrames.None) return frame;
        _frames[frame].State = PageFrame.Word(PageState.Allocated, order, ListKind.Of(_index, type));
        if (highAtomic && order > 0) ReserveHighAtomic(frame);
        return frame;
    }

    // Everything that changes the number of free pages comes through here, so that whoever looks at the gate without a lock sees it as it is.
    [RequiresLock("_lock")]
    private void Recount(int pages)
    {
        int free = _free + pages;
        Volatile.Write(ref _free, free);
        bool low = free - _freeHighAtomic <= _marks.Low;
        if (low == _isLow) return;
        _isLow = low;
        _gate.SetLow(_index, low);
    }
}
