using System;
using System.Numerics;
using System.Runtime.InteropServices;

namespace LockContext.Runtime;

/// <summary>Finds pointers that are queued twice, before either is freed. Used by the worker alone.</summary>
/// <remarks>
/// A table of the pointers of some blocks, open addressing, half full at most; 256 KiB, so that it stays in the second-level cache. An object that is there twice is not freed at all: two owners believe that it is theirs,
/// and a leak does no harm to either. What is queued twice at a greater distance is found by the slab, which knows whether an object is allocated.
/// </remarks>
internal sealed unsafe class DoubleFrees
{
    /// <summary>Blocks looked at together.</summary>
    internal const int Blocks = 32;

    private const int Slots = 1 << 15;

    private readonly nint* _table = (nint*)NativeMemory.AlignedAlloc(Slots * sizeof(long), 128);

    /// <summary>Sets the pointers that occur more than once to 0.</summary>
    /// <param name="first">The first of up to <see cref="Blocks"/> blocks.</param>
    /// <param name="count">How many blocks.</param>
    /// <returns>How many objects occurred more than once; one of them.</returns>
    internal (int Count, nint Example) Remove(FreeBlock* first, int count)
    {
        int pointers = 0;
        FreeBlock* block = first;
        for (int i = 0; i < count; i++, block = block->Next) pointers += block->Count;

        // No larger than need be: it is cleared each time.
        int slots = (int)BitOperations.RoundUpToPowerOf2((uint)pointers * 2);
        NativeMemory.Clear(_table, (nuint)slots * sizeof(long));

        bool any = false;
        block = first;
        for (int i = 0; i < count; i++, block = block->Next) any |= InsertAll(FreeBlock.Pointers(block), slots - 1);
        return any ? RemoveSlowly(first, count) : default;
    }

    private bool InsertAll(Span<nint> pointers, int mask)
    {
        bool any = false;
        foreach (nint pointer in pointers)
        {
            for (int slot = Hash(pointer) & mask; ; slot = (slot + 1) & mask)
            {
                nint there = _table[slot];
                if (there == 0)
                {
                    _table[slot] = pointer;
                    break;
                }

                if (there != pointer) continue;
                any = true;
                break;
            }
        }

        return any;
    }

    // It happens when the program is broken, so it may take its time: a quadratic number of comparisons for each object that occurs twice.
    private static (int Count, nint Example) RemoveSlowly(FreeBlock* first, int count)
    {
        int found = 0;
        nint example = 0;
        FreeBlock* block = first;
        for (int i = 0; i < count; i++, block = block->Next)
        {
            for (int at = 0; at < block->Count; at++)
            {
                nint pointer = (&block->First)[at];
                if (pointer == 0 || Occurrences(first, count, pointer, clear: false) < 2) continue;
                Occurrences(first, count, pointer, clear: true);
                example = pointer;
                found++;
            }
        }

        return (found, example);
    }

    private static int Occurrences(FreeBlock* block, int count, nint pointer, bool clear)
    {
        int occurrences = 0;
        for (int i = 0; i < count; i++, block = block->Next)
        {
            Span<nint> pointers = FreeBlock.Pointers(block);
            occurrences += pointers.Count(pointer);
            if (clear) pointers.Replace(pointer, 0);
        }

        return occurrences;
    }

    // Objects are 16 bytes apart at least; the multiplication spreads what is left over the high half.
    private static int Hash(nint pointer) => (int)(((ulong)pointer >> 4) * 0x9E37_79B9_7F4A_7C15 >> 40);
}
