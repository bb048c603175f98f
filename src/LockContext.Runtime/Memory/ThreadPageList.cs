using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Threading;

namespace LockContext.Runtime;

/// <summary>
/// The pages that one thread keeps at hand: a stack of frames for each kind and order. Allocating and freeing a single page usually touches nothing else, and no word that another thread
/// writes.
/// </summary>
/// <remarks>
/// <para><b>The region.</b> Only the thread whose list it is changes it, and does so inside a region: it stores Busy, then loads Revoked, and turns back if that is set. There is no fence and
/// no atomic operation in this. Somebody who wants to empty the list of another thread (it is idle, memory is short) stores Revoked, runs a barrier on all processors
/// (<see cref="Interlocked.MemoryBarrierProcessWide"/>), then loads Busy. The barrier falls into the owner's program somewhere. If after its store of Busy, the store is visible to the
/// other and it leaves the list alone; if before, the owner's load of Revoked, which comes later still, sees it. So never do both go on. The other gives the list back by storing
/// Revoked with release semantics, which pairs with the owner's load; the owner leaves its region by storing Busy with release semantics, which pairs with the other's load.</para>
/// <para>A thread that is called again inside its region (a hook) finds Busy set and goes elsewhere: it is not re-entrant, but never waits.</para>
/// <para>A thread that ends leaves its list behind; .NET tells nobody. The lists are looked through from time to time, see <see cref="ThreadPageLists"/>.</para>
/// <para><b>Wait class</b>: none of it waits. <b>Source</b>: biased locking by asymmetric barriers after D. Dice, M. Herlihy and others ("Asymmetric Dekker synchronization", 2001).</para>
/// </remarks>
[RawAtomic]
internal sealed unsafe class ThreadPageList
{
    /// <summary>What a list of one kind and order can hold at most, in pages. Two megabytes.</summary>
    internal const int MostPages = 512;

    // The largest batch is 2^5 batches, as in Linux.
    private const int MaxScale = 5;

    // The block of the list that this thread used last, and the list itself. Two variables, because only one of a primitive type lies in the thread's own storage and needs no further load.
    [ThreadStatic]
    private static nint t_block;

    [ThreadStatic]
    private static ThreadPageList? t_last;

    // The block and the stacks: pinned, and kept by this list, which its thread keeps.
    private readonly byte[] _memory;
    private readonly ThreadPageBlock* _block;
    private readonly PageFrames _frames;
    private readonly AllocatorHooks _hooks;
    private readonly PageListLimits _limits;
    private PageAllocator? _allocator;

    // Blocks that came and went, each kind and order by itself, other than from and to users. What users took is what is left of the sum, so that taking need not count.
    private Counts _in;
    private Counts _out;
    private long _foreign;
    private long _dropped;

    // How far the batches of a list have grown, and what had been given back to it when it was filled last.
    private Scales _scales;
    private Counts _putAtRefill;

    /// <summary>Makes a list that belongs to no thread yet.</summary>
    /// <param name="frames">The frames.</param>
    /// <param name="gate">What speaks against the shortest way.</param>
    /// <param name="limits">How much it may hold.</param>
    /// <param name="hooks">For tests.</param>
    /// <param name="number">The list's number, from 1.</param>
    internal ThreadPageList(PageFrames frames, PathGate gate, PageListLimits limits, AllocatorHooks hooks, int number)
    {
        const int CacheLine = 128;
        _frames = frames;
        _hooks = hooks;
        _limits = limits;

        // Each stack can take all that its list may ever have.
        int entries = 0;
        for (int order = 0; order < ListKind.Orders; order++) entries += ListKind.Count * (MostPages >> order);
        _memory = GC.AllocateArray<byte>(CacheLine + sizeof(ThreadPageBlock) + (entries * sizeof(int)) + CacheLine, pinned: true);
        _block = (ThreadPageBlock*)(((nuint)Unsafe.AsPointer(ref _memory[0]) + CacheLine - 1) & ~(nuint)(CacheLine - 1));
        _block->AllocatedWord = PageFrame.Word(PageState.Allocated, 0, 0, number);
        _block->ListedWord = PageFrame.Word(PageState.Listed, 0, 0, number);
        _block->Table = frames.Table;
        _block->Memory = (byte*)frames.AddressOf(0);
        _block->Frames = (nuint)frames.Count;
        _block->Gate = gate.Words;
        _block->OpenTable = gate.OpenTable;
        _block->FilledCpuLists = gate.FilledCpuLists;
        int* stack = (int*)(_block + 1);
        for (int index = 0; index < ThreadPageBlock.SlotCount; index++)
        {
            ThreadPageBlock.Slot* slot = SlotAt(index);
            slot->Base = slot->Top = slot->Limit = stack;
            if (index < PathGate.EmptyList) stack += MostPages >> (index % ListKind.Orders);
        }

        for (int kind = 0; kind < ListKind.Count; kind++) _block->EmptyTops += (nuint)SlotAt(ListKind.Index(kind, 0))->Base;
        ResetLimits();
    }

    /// <summary>The block of the list that this thread used last, of whichever allocator; or null.</summary>
    internal static ThreadPageBlock* Block
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (ThreadPageBlock*)t_block;
    }

    /// <summary>The list that this thread used last, of whichever allocator.</summary>
    internal static ThreadPageList? Last
    {
        get => t_last;
        set
        {
            t_last = value;
            t_block = value is null ? 0 : (nint)value._block;
        }
    }

    /// <summary>Whose pages they are; <see langword="null"/> when that allocator is disposed.</summary>
    internal PageAllocator? Allocator
    {
        get => _allocator;
        set
        {
            _allocator = value;
            Volatile.Write(ref _block->Allocator, value?.Number ?? 0);
        }
    }

    /// <summary>The thread that the list belongs to, or <see langword="null"/> if it waits for one.</summary>
    internal Thread? Owner { get; set; }

    /// <summary>Another list of the same thread.</summary>
    internal ThreadPageList? NextOfThread { get; set; }

    /// <summary>The number of operations so far, when somebody last looked for idle lists.</summary>
    internal long SeenOperations { get; set; }

    internal int Pages
    {
        get
        {
            long pages = 0;
            for (int index = 0; index < PathGate.EmptyList; index++) pages += CountOf(index) << (index % ListKind.Orders);
            return (int)pages;
        }
    }

    internal long NoLocksHits => Volatile.Read(ref _block->NoLocksHits);

    internal long Foreign => Volatile.Read(ref _foreign);

    internal long Dropped => Volatile.Read(ref _dropped);

    /// <summary>Blocks handed out and taken back by the list, ever.</summary>
    internal long Operations
    {
        get
        {
            long sum = 0;
            for (int kind = 0; kind < ListKind.Count; kind++) sum += Taken(kind) + Put(kind);
            return sum;
        }
    }

    internal long Taken(int kind)
    {
        long sum = 0;
        for (int order = 0; order < ListKind.Orders; order++)
        {
            int index = ListKind.Index(kind, order);
            sum += Volatile.Read(ref _in[index]) + Volatile.Read(ref SlotAt(index)->Put) - Volatile.Read(ref _out[index]) - CountOf(index);
        }

        return sum;
    }

    internal long Put(int kind)
    {
        long sum = 0;
        for (int order = 0; order < ListKind.Orders; order++) sum += Volatile.Read(ref SlotAt(ListKind.Index(kind, order))->Put);
        return sum;
    }

    internal long NoLocksFailures(int band) => Volatile.Read(ref _block->NoLocksFailures[band]);

    internal void CountNoLocksFailure(int band) => _block->NoLocksFailures[band]++;

    /// <summary>Takes a block for a user, of one kind or, if there is none, of any other that is allowed.</summary>
    /// <returns>Its frame, now allocated; or <see cref="PageFrames.None"/>.</returns>
    internal int Take(int order, int kind, int allowed, bool withoutLocks)
    {
        if (!TryEnter()) return PageFrames.None;

        int from = kind;
        int frame = (allowed & (1 << kind)) != 0 ? Pop(ListKind.Index(kind, order)) : PageFrames.None;
        for (int others = allowed & ~(1 << kind); frame == PageFrames.None && others != 0; others &= others - 1)
        {
            from = BitOperations.TrailingZeroCount(others);
            frame = Pop(ListKind.Index(from, order));
        }

        if (frame != PageFrames.None)
        {
            _frames[frame].State = _block->AllocatedWord | (from << PageFrame.KindShift) | order;
            if (withoutLocks) _block->NoLocksHits++;
            if (from != kind) _foreign++;
        }

        Leave();
        return frame;
    }

    /// <summary>Takes a block of a chain for a user and keeps the others.</summary>
    /// <param name="chain">Blocks of one kind and order in state <see cref="PageState.Returned"/>.</param>
    /// <param name="rest">What found no place here, as a chain.</param>
    /// <returns>Whether it could be done; then the first block is allocated. If not, the chain is as it was.</returns>
    internal bool TryRefill(int chain, out int rest)
    {
        rest = chain;
        if (!TryEnter()) return false;

        RunHook();
        ref PageFrame first = ref _frames[chain];
        int order = first.Order;
        int index = ListKind.Index(first.Kind, order);
        ThreadPageBlock.Slot* slot = SlotAt(index);
        first.State = _block->AllocatedWord | (first.State & (PageFrame.OrderMask | PageFrame.KindMask));
        rest = first.Next;
        _in[index]++;

        GrowLimit(slot, order, _limits.BatchOf(order));
        while (rest != PageFrames.None && slot->Top < slot->Limit)
        {
            int frame = rest;
            rest = _frames[frame].Next;
            _frames[frame].State = WordOf(index);
            *slot->Top++ = frame;
            _in[index]++;
        }

        Leave();
        return true;
    }

    /// <summary>How many blocks of a kind and order to ask the zone for, now that the list has run empty.</summary>
    /// <remarks>A list that runs empty again and again without getting anything back doubles its batches, up to 32 of them, and what it may hold with them: then the way to the zone, which costs as
    /// much as a hundred pages do, is gone less often. One that gets pages back halves them. As Linux does it since 6.7 (<c>nr_pcp_alloc</c>).</remarks>
    internal int BlocksToAskFor(int order, int kind)
    {
        int index = ListKind.Index(kind, order);
        long put = SlotAt(index)->Put;
        int scale = _scales[index];
        int blocks = _limits.BatchOf(order) << scale;
        bool onlyTaken = put == _putAtRefill[index];
        _putAtRefill[index] = put;
        _scales[index] = (byte)(onlyTaken ? Math.Min(scale + 1, MaxScale) : scale >> 1);
        return Math.Max(1, Math.Min(blocks, _limits.Highest >> order));
    }

    /// <summary>Puts blocks that come from the zone on the list and takes the first for a user.</summary>
    /// <param name="run">The blocks, of one kind and order. What found no place stays in it; all if it could not be done.</param>
    /// <param name="kind">The kind.</param>
    /// <returns>The frame of the user's block, now allocated; or <see cref="PageFrames.None"/>.</returns>
    internal int TryRefill(ref PageRuns run, int kind)
    {
        if (!TryEnter()) return PageFrames.None;

        RunHook();
        int order = run.Order;
        int index = ListKind.Index(kind, order);
        ThreadPageBlock.Slot* slot = SlotAt(index);
        GrowLimit(slot, order, run.Count);

        // One more than it may hold, because one goes to the user; there is a place for it unless the stack is at its end.
        int* top = slot->Top;
        int room = (int)(Math.Min((nuint)(slot->Limit + 1), (nuint)(slot->Base + (MostPages >> order))) - (nuint)top) / sizeof(int);
        int word = WordOf(index);
        int count = 0;
        PageFrame* table = _frames.Table;
        while (count < room && run.TryTakeLast(room - count, out int first, out int blocks))
        {
            // The last goes down first, so that users get the pages in the order of their addresses.
            for (int frame = first + ((blocks - 1) << order); frame >= first; frame -= 1 << order)
            {
                table[frame].State = word;
                *top++ = frame;
            }

            count += blocks;
        }

        int users = PageFrames.None;
        if (count > 0)
        {
            users = *--top;
            table[users].State = word + (PageState.Allocated - PageState.Listed);
        }

        slot->Top = top;
        _in[index] += count;
        Leave();
        return users;
    }

    /// <summary>Takes back a block from a free that has taken it from its user by a compare-exchange.</summary>
    /// <param name="frame">A block in state <see cref="PageState.Returned"/>.</param>
    /// <param name="word">Its state as that compare-exchange has left it.</param>
    /// <returns>What came of it.</returns>
    internal PutResult PutReturned(int frame, int word)
    {
        int index = ListKind.Index((word & PageFrame.KindMask) >> PageFrame.KindShift, word & PageFrame.OrderMask);
        ThreadPageBlock.Slot* slot = SlotAt(index);
        if (slot->Top >= slot->Limit) return PutResult.Full;
        if (!TryEnter()) return PutResult.Busy;

        PutResult result = PutResult.Full;
        if (slot->Top < slot->Limit)
        {
            result = PutResult.Refused;
            if (Interlocked.CompareExchange(ref _frames[frame].State, WordOf(index), word) == word)
            {
                *slot->Top++ = frame;
                slot->Put++;
                result = PutResult.Put;
            }
        }

        Leave();
        return result;
    }

    /// <summary>Takes the blocks of a kind and order that have been here longest.</summary>
    /// <returns>A chain in state <see cref="PageState.Returned"/>, or <see cref="PageFrames.None"/>.</returns>
    internal int Spill(int order, int kind, int count)
    {
        if (!TryEnter()) return PageFrames.None;

        RunHook();
        int chain = TakeOldest(ListKind.Index(kind, order), count, PageFrames.None);
        Leave();
        return chain;
    }

    /// <summary>Shuts the owner out. One at a time does this, then runs a barrier on all processors, then <see cref="TryEmpty"/>, then <see cref="GiveBack"/>.</summary>
    internal void Revoke() => Volatile.Write(ref _block->Revoked, 1);

    internal bool IsRevoked => Volatile.Read(ref _block->Revoked) != 0;

    internal void GiveBack() => Volatile.Write(ref _block->Revoked, 0);

    /// <summary>Takes everything out of a revoked list.</summary>
    /// <param name="chain">The blocks, in state <see cref="PageState.Returned"/>; or <see cref="PageFrames.None"/>.</param>
    /// <returns>Whether it could be done: not if the owner is in its region.</returns>
    internal bool TryEmpty(out int chain)
    {
        chain = PageFrames.None;
        if (Volatile.Read(ref _block->Busy) != 0) return false;
        for (int index = 0; index < PathGate.EmptyList; index++) chain = TakeOldest(index, int.MaxValue, chain);
        ResetLimits();
        return true;
    }

    private ThreadPageBlock.Slot* SlotAt(int index) => ThreadPageBlock.SlotAt(_block, (uint)index);

    private long CountOf(int index)
    {
        ThreadPageBlock.Slot* slot = SlotAt(index);
        return (int*)Volatile.Read(ref *(nint*)&slot->Top) - slot->Base;
    }

    private int WordOf(int index) => _block->ListedWord | ((index / ListKind.Orders) << PageFrame.KindShift) | (index % ListKind.Orders);

    private void ResetLimits()
    {
        _scales = default;
        int high = Math.Min(_limits.High, MostPages);
        for (int index = 0; index < PathGate.EmptyList; index++) SlotAt(index)->Limit = SlotAt(index)->Base + Math.Max(1, high >> (index % ListKind.Orders));
    }

    // The list was empty: it may keep more from now on. It is set back when it has been idle.
    private void GrowLimit(ThreadPageBlock.Slot* slot, int order, int blocks)
    {
        int* most = slot->Base + (_limits.Highest >> order);
        if (slot->Limit < most) slot->Limit = (int*)Math.Min((nuint)(slot->Limit + blocks), (nuint)most);
    }

    private bool TryEnter()
    {
        if (_block->Busy != 0) return false;

        // As in ThreadPageBlock.
        Volatile.Write(ref _block->Busy, 1);
        if (Volatile.Read(ref _block->Revoked) == 0) return true;
        Volatile.Write(ref _block->Busy, 0);
        return false;
    }

    private void Leave() => Volatile.Write(ref _block->Busy, 0);

    // The shortest way does not look at Busy, because nothing can interrupt it: only a hook can, and then it does not recognise its allocator.
    private void RunHook()
    {
        if (_hooks.Hook is null) return;
        int number = _block->Allocator;
        _block->Allocator = 0;
        _hooks.Run(HookPoint.ThreadList);
        _block->Allocator = number;
    }

    private int Pop(int index)
    {
        ThreadPageBlock.Slot* slot = SlotAt(index);
        while (slot->Top > slot->Base)
        {
            int frame = *--slot->Top;
            if (Accept(frame, index)) return frame;
            _out[index]++;
        }

        return PageFrames.None;
    }

    private int TakeOldest(int index, int count, int chain)
    {
        ThreadPageBlock.Slot* slot = SlotAt(index);
        int there = (int)(slot->Top - slot->Base);
        int going = Math.Min(count, there);
        if (going == 0) return chain;

        for (int i = 0; i < going; i++)
        {
            int frame = slot->Base[i];
            if (!Accept(frame, index)) continue;
            _frames[frame].State = PageFrame.Word(PageState.Returned, index % ListKind.Orders, index / ListKind.Orders);
            _frames[frame].Next = chain;
            chain = frame;
        }

        new ReadOnlySpan<int>(slot->Base + going, there - going).CopyTo(new Span<int>(slot->Base, there));
        slot->Top -= going;
        _out[index] += going;
        return chain;
    }

    // Whether the block is still ours: see PageFrame for what happens to one that was freed twice at the same moment.
    private bool Accept(int frame, int index)
    {
        if (_frames[frame].State == WordOf(index)) return true;
        _dropped++;
        return false;
    }

    [InlineArray(PathGate.EmptyList)]
    private struct Counts
    {
        private long _first;
    }

    [InlineArray(PathGate.EmptyList)]
    private struct Scales
    {
        private byte _first;
    }
}

/// <summary>What came of giving a block to a thread's list.</summary>
internal enum PutResult
{
    /// <summary>It is on the list.</summary>
    Put,

    /// <summary>The list has as many pages as it may.</summary>
    Full,

    /// <summary>The list is being emptied by somebody else, or its thread is inside it already.</summary>
    Busy,

    /// <summary>Somebody else freed the same block at the same moment, and has it.</summary>
    Refused,
}
