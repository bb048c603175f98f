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
    private Slots _slots;

    /// <summary>Takes a single page for an allocation that nothing speaks against.</summary>
    /// <returns>Its frame, now allocated; <see cref="PageFrames.None"/> if it has to be done in a longer way.</returns>
    [RawAtomic]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static int TryTake(ThreadPageBlock* block, GfpFlags flags)
    {
        int frame = PageFrames.None;

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
                int* state = &block->Table[there].State;
                if (*state == (block->ListedWord | (int)(index << 2)))
                {
                    // A plain store: until the page reaches its user nobody else has a right to write this word.
                    *state += PageState.Allocated - PageState.Listed;
                    slot->Top = top;
                    block->NoLocksHits += (uint)(flags & GfpFlags.NoLocks) / (uint)GfpFlags.NoLocks;
                    frame = there;
                }
            }
        }

        Volatile.Write(ref block->Busy, 0);
        return frame;
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

        bool put = false;
        Volatile.Write(ref block->Busy, 1);
        if (Volatile.Read(ref block->Revoked) == 0)
        {
            int* state = &block->Table[frame].State;
            int word = *state;
            if ((word & ~PageFrame.KindMask) == block->AllocatedWord && Volatile.Read(ref block->Gate->Frees) == 0)
            {
                Slot* slot = SlotAt(block, (uint)(word & PageFrame.KindMask) >> 2);
                int* top = slot->Top;
                if (top < slot->Limit)
                {
                    // Another thread may be freeing the same page, wrongly: see PageFrame.
                    *state = word + (PageState.Listed - PageState.Allocated);
                    *top = (int)frame;
                    slot->Top = top + 1;
                    slot->Put++;
                    put = true;
                }
            }
        }

        Volatile.Write(ref block->Busy, 0);
        return put;
    }

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

    [InlineArray(SlotCount)]
    private struct Slots
    {
        private Slot _first;
    }
}
