using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Threading;

namespace LockContext.Runtime;

/// <summary>
/// What the shortest way of an allocation and of a free touches of a <see cref="ThreadPageList"/>: all of it in memory that does not move, found by one pointer in the thread's own storage. A
/// managed object would be three loads further away, each of which waits for the one before.
/// </summary>
/// <remarks>See <see cref="ThreadPageList"/> for the region that Busy and Revoked make, and <see cref="PageFrame"/> for the states.</remarks>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct ThreadPageBlock
{
    internal const int SlotCount = PathGate.EmptyList + 1;

    /// <summary>The number of the allocator; 0 when it is disposed, and while a hook runs inside the region.</summary>
    internal int Allocator;

    /// <summary>Whether the thread is inside its region (1) or not (0): written by the owner only.</summary>
    internal int Busy;

    /// <summary>Whether somebody else has the list (1) or not (0).</summary>
    internal int Revoked;

    /// <summary>The state of a single page of kind 0 that was handed out from here.</summary>
    internal int AllocatedWord;

    /// <summary>The state of a single page of kind 0 that lies here.</summary>
    internal int ListedWord;

    internal nuint Frames;
    internal byte* Memory;
    internal PageFrame* Table;
    internal GateWords* Gate;
    internal long NoLocksHits;

    // A second line: what only an allocation without locks looks at that finds nothing.

    /// <summary>See <see cref="PathGate.OpenTable"/>.</summary>
    internal uint OpenTable;

    /// <summary>See <see cref="PathGate.FilledCpuLists"/>.</summary>
    internal int* FilledCpuLists;

    /// <summary>The sum of the tops of all lists of single pages when they are empty.</summary>
    internal nuint EmptyTops;

    /// <summary>Allocations without locks that found nothing, by the band that free memory was in.</summary>
    internal Bands NoLocksFailures;

    private readonly long _padding;
    private readonly long _padding2;
    private Slots _slots;

    /// <summary>Takes a single page for an allocation that nothing speaks against.</summary>
    /// <returns>Its frame, now allocated; <see cref="PageFrames.None"/> if it has to be done in a longer way.</returns>
    [RawAtomic]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static int TryTake(ThreadPageBlock* block, GfpFlags flags)
    {
        // The order of these two is what the barrier of the other side makes sure of; the JIT moves neither volatile access across the other.
        Volatile.Write(ref block->Busy, 1);
        if (Volatile.Read(ref block->Revoked) == 0)
        {
            // The two flags that say the type are bits 3 and 4, so as a number they are 8 times the type: the place of its byte.
            uint index = (byte)(Volatile.Read(ref block->Gate->AllocTable) >> (int)(flags & (GfpFlags.Movable | GfpFlags.Reclaimable)));
            Slot* slot = SlotAt(block, index);
            int* top = slot->Top - 1;
            if (top >= slot->Base)
            {
                int there = *top;
                int* state = &block->Table[(uint)there].State;
                int listed = block->ListedWord | (int)(index << 2);
                if (*state == listed)
                {
                    // A plain store: until the page reaches its user nobody else has a right to write this word. Of a value that does not come from the load, so that the processor need not wait for that.
                    *state = listed + (PageState.Allocated - PageState.Listed);
                    slot->Top = top;
                    if ((flags & GfpFlags.NoLocks) != 0) block->NoLocksHits++;
                    Volatile.Write(ref block->Busy, 0);
                    return there;
                }
            }
        }

        Volatile.Write(ref block->Busy, 0);
        return PageFrames.None;
    }

    /// <summary>
    /// Whether an allocation of a single page without locks would find nothing if it looked everywhere, and fail in the band above the low mark. It usually knows from three words without a
    /// look at any list: nothing speaks against any type, none of this thread's lists of single pages has one, and no CPU's list has any.
    /// </summary>
    /// <returns><see langword="false"/> if there is something, or if it has to be found out in a longer way.</returns>
    /// <remarks>
    /// No fence is needed. The owner is the only one that puts pages on its lists, so to it they are never emptier than they look: somebody else may be emptying them at this moment, and then the
    /// longer way would not get hold of them either. What has been put on a CPU's list before this call, in the order that locks and other synchronisation make, is in the count, because the count is
    /// changed before that list's lock is released. What is put there during this call may be missed, as it may by a look at list after list.
    /// </remarks>
    [RawAtomic]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static bool HasNothing(ThreadPageBlock* block)
    {
        // No top is below its base, so the sums are equal only if all are.
        nuint tops = (nuint)SlotAt(block, 0)->Top + (nuint)SlotAt(block, ListKind.Orders)->Top + (nuint)SlotAt(block, 2 * ListKind.Orders)->Top + (nuint)SlotAt(block, 3 * ListKind.Orders)->Top;
        return tops == block->EmptyTops && Volatile.Read(ref *block->FilledCpuLists) == 0 && Volatile.Read(ref block->Gate->AllocTable) == block->OpenTable;
    }

    /// <summary>Takes back a single page that came from this list.</summary>
    /// <returns>Whether it has been done.</returns>
    [RawAtomic]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static bool TryPut(ThreadPageBlock* block, void* page)
    {
        // One comparison for three questions: what lies before the memory becomes a large number, and so does what is no multiple of the page size, because its low bits come to the top.
        nuint frame = BitOperations.RotateRight((nuint)page - (nuint)block->Memory, PageAllocator.PageShift);
        if (frame >= block->Frames) return false;

        Volatile.Write(ref block->Busy, 1);
        if (Volatile.Read(ref block->Revoked) == 0)
        {
            int* state = &block->Table[frame].State;
            int word = *state;
            if ((word & ~PageFrame.KindMask) == block->AllocatedWord && Volatile.Read(ref block->Gate->Frees) == 0)
            {
                Slot* slot = SinglesOf(block, word & PageFrame.KindMask);
                int* top = slot->Top;
                if (top < slot->Limit)
                {
                    // Another thread may be freeing the same page, wrongly: see PageFrame.
                    *state = word + (PageState.Listed - PageState.Allocated);
                    *top = (int)frame;
                    slot->Top = top + 1;
                    slot->Put++;
                    Volatile.Write(ref block->Busy, 0);
                    return true;
                }
            }
        }

        Volatile.Write(ref block->Busy, 0);
        return false;
    }

    // The stack of single pages of a kind, by the kind as it stands in a page's state.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Slot* SinglesOf(ThreadPageBlock* block, int kind)
        => (Slot*)((byte*)&block->_slots + ((uint)kind * (uint)(ListKind.Orders * sizeof(Slot) >> PageFrame.KindShift)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Slot* SlotAt(ThreadPageBlock* block, uint index) => (Slot*)&block->_slots + index;

    /// <summary>The stack of one kind and order, of frames, growing upwards.</summary>
    internal struct Slot
    {
        internal int* Base;
        internal int* Top;

        /// <summary>How far it may grow now.</summary>
        internal int* Limit;

        /// <summary>Blocks that users gave back to it, ever.</summary>
        internal long Put;
    }

    [InlineArray(PageAllocator.Bands)]
    internal struct Bands
    {
        private long _first;
    }

    [InlineArray(SlotCount)]
    private struct Slots
    {
        private Slot _first;
    }
}
