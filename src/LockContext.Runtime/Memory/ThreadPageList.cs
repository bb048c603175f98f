using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
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
/// <para>A thread that is called again inside its region (a hook, a trap) finds Busy set and goes elsewhere: it is not re-entrant, but never waits.</para>
/// <para>A thread that ends leaves its list behind; .NET tells nobody. The lists are looked through from time to time, see <see cref="ThreadPageLists"/>.</para>
/// <para><b>Wait class</b>: none of it waits. <b>Source</b>: biased locking by asymmetric barriers after D. Dice, M. Herlihy and others ("Asymmetric Dekker synchronization", 2001).</para>
/// </remarks>
[RawAtomic]
internal sealed unsafe class ThreadPageList
{
    private const int SlotCount = PathGate.EmptyList + 1;

    /// <summary>What a list can hold at most, in pages. Two megabytes a thread; and the frames of so many pages fit into a first-level cache.</summary>
    internal const int MostPages = 512;

    [ThreadStatic]
    private static ThreadPageList? t_last;

    // Where this thread is inside its region (1) or not (0): written by the owner only.
    private int _busy;

    // Whether somebody else has the list (1) or not (0).
    private int _revoked;
    private int _pages;
    private int _high;
    private readonly int _listed;
    private readonly int _allocated;
    private readonly int[] _stack;
    private Slots _slots;
    private long _noLocksHits;
    private long _foreign;
    private long _dropped;
    private Bands _noLocksFailures;

    private readonly PageFrames _frames;
    private readonly AllocatorHooks _hooks;
    private readonly PageListLimits _limits;

    /// <summary>Makes a list that belongs to no thread yet.</summary>
    /// <param name="frames">The frames.</param>
    /// <param name="limits">How much it may hold.</param>
    /// <param name="hooks">For tests.</param>
    /// <param name="number">The list's number, from 1.</param>
    internal ThreadPageList(PageFrames frames, PageListLimits limits, AllocatorHooks hooks, int number)
    {
        _frames = frames;
        _hooks = hooks;
        _limits = limits;
        _listed = PageFrame.Word(PageState.Listed, 0, 0, number);
        _allocated = PageFrame.Word(PageState.Allocated, 0, 0, number);

        // Each stack can take all that the list may have, in blocks of its order.
        int top = 0;
        for (int index = 0; index < SlotCount; index++)
        {
            _slots[index].Base = _slots[index].Top = top;
            if (index < PathGate.EmptyList) top += MostPages >> (index % ListKind.Orders);
        }

        _stack = GC.AllocateUninitializedArray<int>(top);
        _high = Math.Min(limits.High, MostPages);
    }

    /// <summary>The list that this thread used last, of whichever allocator.</summary>
    internal static ThreadPageList? Last
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => t_last;
        set => t_last = value;
    }

    /// <summary>Whose pages they are; <see langword="null"/> when that allocator is disposed.</summary>
    internal PageAllocator? Allocator { get; set; }

    /// <summary>The thread that the list belongs to, or <see langword="null"/> if it waits for one.</summary>
    internal Thread? Owner { get; set; }

    /// <summary>Another list of the same thread.</summary>
    internal ThreadPageList? NextOfThread { get; set; }

    /// <summary>The number of operations so far, when somebody last looked for idle lists.</summary>
    internal long SeenOperations { get; set; }

    internal int Pages => Volatile.Read(ref _pages);

    internal int High => Volatile.Read(ref _high);

    internal long NoLocksHits => Volatile.Read(ref _noLocksHits);

    internal long Foreign => Volatile.Read(ref _foreign);

    internal long Dropped => Volatile.Read(ref _dropped);

    /// <summary>Blocks handed out and taken back by the list, ever.</summary>
    internal long Operations
    {
        get
        {
            long sum = 0;
            for (int index = 0; index < PathGate.EmptyList; index++) sum += Volatile.Read(ref _slots[index].Taken) + Volatile.Read(ref _slots[index].Put);
            return sum;
        }
    }

    internal long Taken(int kind)
    {
        long sum = 0;
        for (int order = 0; order < ListKind.Orders; order++) sum += Volatile.Read(ref _slots[ListKind.Index(kind, order)].Taken);
        return sum;
    }

    internal long Put(int kind)
    {
        long sum = 0;
        for (int order = 0; order < ListKind.Orders; order++) sum += Volatile.Read(ref _slots[ListKind.Index(kind, order)].Put);
        return sum;
    }

    internal long NoLocksFailures(int band) => Volatile.Read(ref _noLocksFailures[band]);

    internal void CountNoLocksFailure(int band) => _noLocksFailures[band]++;

    /// <summary>Takes a single page for an allocation that nothing speaks against. The shortest way there is.</summary>
    /// <returns>Its frame, now allocated; <see cref="PageFrames.None"/> if it has to be done in a longer way.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal int TryTake(PathGate gate, PageFrame* table, GfpFlags flags)
    {
        if (!TryEnter()) return PageFrames.None;

        // The two flags that say the type are bits 3 and 4, so as a number they are 8 times the type: the place of its byte.
        uint index = (byte)(Volatile.Read(ref gate.AllocTable) >> (int)(flags & (GfpFlags.Movable | GfpFlags.Reclaimable)));
        ref Slot slot = ref Unsafe.Add(ref Unsafe.As<Slots, Slot>(ref _slots), index);
        int frame = PageFrames.None;
        int top = slot.Top - 1;
        if (top >= slot.Base)
        {
            frame = Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_stack), top);
            int word = table[frame].State;
            if (word == (_listed | (int)(index << 2)))
            {
                // A plain store: until the page reaches its user nobody else has a right to write this word.
                table[frame].State = word + (PageState.Allocated - PageState.Listed);
                slot.Top = top;
                slot.Taken++;
                _pages--;
                _noLocksHits += (uint)(flags & GfpFlags.NoLocks) / (uint)GfpFlags.NoLocks;
            }
            else
            {
                frame = PageFrames.None;
            }
        }

        Volatile.Write(ref _busy, 0);
        return frame;
    }

    /// <summary>Takes back a single page that came from this list. The shortest way there is.</summary>
    /// <returns>Whether it has been done.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal bool TryPut(PathGate gate, PageFrame* table, int frame)
    {
        if (!TryEnter()) return false;

        bool put = false;
        int word = table[frame].State;
        if ((word & ~PageFrame.KindMask) == _allocated && Volatile.Read(ref gate.FreesDetour) == 0 && _pages < _high)
        {
            // Another thread may be freeing the same page, wrongly: see PageFrame.
            table[frame].State = word + (PageState.Listed - PageState.Allocated);
            ref Slot slot = ref Unsafe.Add(ref Unsafe.As<Slots, Slot>(ref _slots), (word & PageFrame.KindMask) >> 2);
            Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_stack), slot.Top) = frame;
            slot.Top++;
            slot.Put++;
            _pages++;
            put = true;
        }

        Volatile.Write(ref _busy, 0);
        return put;
    }

    /// <summary>Takes a block for a user, of one kind or, if there is none, of any other that is allowed.</summary>
    /// <returns>Its frame, now allocated; or <see cref="PageFrames.None"/>.</returns>
    internal int Take(int order, int kind, int allowed, bool withoutLocks)
    {
        if (_pages == 0 || !TryEnter()) return PageFrames.None;

        int from = kind;
        int frame = (allowed & (1 << kind)) != 0 ? Pop(ListKind.Index(kind, order)) : PageFrames.None;
        for (int other = 0; frame == PageFrames.None && other < ListKind.Count; other++)
        {
            if ((allowed & (1 << other)) == 0) continue;
            frame = Pop(ListKind.Index(other, order));
            from = other;
        }

        if (frame != PageFrames.None)
        {
            _frames[frame].State = _allocated | (from << PageFrame.KindShift) | order;
            _slots[ListKind.Index(from, order)].Taken++;
            if (withoutLocks) _noLocksHits++;
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

        _hooks.Run(HookPoint.ThreadList);
        ref PageFrame first = ref _frames[chain];
        int index = ListKind.Index(first.Kind, first.Order);
        first.State = _allocated | (first.State & (PageFrame.OrderMask | PageFrame.KindMask));
        rest = first.Next;
        _slots[index].Taken++;

        // The list was empty: it may keep more from now on. It is set back when it has been idle.
        if (_high < _limits.Highest) _high = Math.Min(_high + _limits.Batch, _limits.Highest);
        while (rest != PageFrames.None && _pages + (1 << (index % ListKind.Orders)) <= _high)
        {
            int next = rest;
            rest = _frames[next].Next;
            Push(next, index);
        }

        Leave();
        return true;
    }

    /// <summary>Takes back a block from a free that has taken it from its user by a compare-exchange.</summary>
    /// <param name="frame">A block in state <see cref="PageState.Returned"/>.</param>
    /// <param name="word">Its state as that compare-exchange has left it.</param>
    /// <returns>What came of it.</returns>
    internal PutResult PutReturned(int frame, int word)
    {
        int order = word & PageFrame.OrderMask;
        if (_pages + (1 << order) > _high) return PutResult.Full;
        if (!TryEnter()) return PutResult.Busy;

        int kind = (word & PageFrame.KindMask) >> PageFrame.KindShift;
        PutResult result = PutResult.Refused;
        if (Interlocked.CompareExchange(ref _frames[frame].State, _listed | (word & (PageFrame.OrderMask | PageFrame.KindMask)), word) == word)
        {
            int index = ListKind.Index(kind, order);
            _stack[_slots[index].Top++] = frame;
            _slots[index].Put++;
            _pages += 1 << order;
            result = PutResult.Put;
        }

        Leave();
        return result;
    }

    /// <summary>Takes the blocks of a kind and order that have been here longest.</summary>
    /// <returns>A chain in state <see cref="PageState.Returned"/>, or <see cref="PageFrames.None"/>.</returns>
    internal int Spill(int order, int kind, int count)
    {
        if (!TryEnter()) return PageFrames.None;

        _hooks.Run(HookPoint.ThreadList);
        int chain = TakeOldest(ListKind.Index(kind, order), count, PageFrames.None);
        Leave();
        return chain;
    }

    /// <summary>Shuts the owner out. One at a time does this, then runs a barrier on all processors, then <see cref="TryEmpty"/>, then <see cref="GiveBack"/>.</summary>
    internal void Revoke() => Volatile.Write(ref _revoked, 1);

    internal bool IsRevoked => Volatile.Read(ref _revoked) != 0;

    internal void GiveBack() => Volatile.Write(ref _revoked, 0);

    /// <summary>Takes everything out of a revoked list.</summary>
    /// <param name="chain">The blocks, in state <see cref="PageState.Returned"/>; or <see cref="PageFrames.None"/>.</param>
    /// <returns>Whether it could be done: not if the owner is in its region.</returns>
    internal bool TryEmpty(out int chain)
    {
        chain = PageFrames.None;
        if (Volatile.Read(ref _busy) != 0) return false;
        for (int index = 0; index < PathGate.EmptyList; index++) chain = TakeOldest(index, int.MaxValue, chain);
        _high = Math.Min(_limits.High, MostPages);
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryEnter()
    {
        if (_busy != 0) return false;

        // The order of these two is what the barrier of the other side makes sure of; the JIT moves neither volatile access across the other.
        Volatile.Write(ref _busy, 1);
        if (Volatile.Read(ref _revoked) == 0) return true;
        Volatile.Write(ref _busy, 0);
        return false;
    }

    private void Leave() => Volatile.Write(ref _busy, 0);

    private int Pop(int index)
    {
        ref Slot slot = ref _slots[index];
        while (slot.Top > slot.Base)
        {
            int frame = _stack[--slot.Top];
            if (Accept(frame, index)) return frame;
        }

        return PageFrames.None;
    }

    private void Push(int frame, int index)
    {
        int order = index % ListKind.Orders;
        _frames[frame].State = _listed | ((index / ListKind.Orders) << PageFrame.KindShift) | order;
        _stack[_slots[index].Top++] = frame;
        _pages += 1 << order;
    }

    private int TakeOldest(int index, int count, int chain)
    {
        ref Slot slot = ref _slots[index];
        int there = slot.Top - slot.Base;
        int going = Math.Min(count, there);
        if (going == 0) return chain;

        for (int i = 0; i < going; i++)
        {
            int frame = _stack[slot.Base + i];
            if (!Accept(frame, index)) continue;
            _frames[frame].State = PageFrame.Word(PageState.Returned, index % ListKind.Orders, index / ListKind.Orders);
            _frames[frame].Next = chain;
            chain = frame;
        }

        Array.Copy(_stack, slot.Base + going, _stack, slot.Base, there - going);
        slot.Top -= going;
        return chain;
    }

    // Whether the block is still ours: see PageFrame for what happens to one that was freed twice at the same moment.
    private bool Accept(int frame, int index)
    {
        _pages -= 1 << (index % ListKind.Orders);
        if (_frames[frame].State == (_listed | ((index / ListKind.Orders) << PageFrame.KindShift) | (index % ListKind.Orders))) return true;
        _dropped++;
        return false;
    }

    /// <summary>The stack of one kind and order: a part of the array.</summary>
    private struct Slot
    {
        internal int Base;
        internal int Top;
        internal long Taken;
        internal long Put;
    }

    [InlineArray(SlotCount)]
    private struct Slots
    {
        private Slot _first;
    }

    [InlineArray(PageAllocator.Bands)]
    private struct Bands
    {
        private long _first;
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
