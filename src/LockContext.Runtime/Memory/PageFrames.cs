using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace LockContext.Runtime;

/// <summary>The memory of an allocator and the table of its page frames: addresses on one side, frame indexes on the other.</summary>
/// <remarks>The table is a managed array, so that a call that comes after <see cref="ReleaseMemory"/> finds that the page is not ours, instead of freed memory.</remarks>
internal sealed unsafe class PageFrames
{
    /// <summary>The index that means "no frame".</summary>
    internal const int None = -1;

    private readonly PageFrame[] _table;
    private byte* _memory;
    private nuint _bytes;

    /// <summary>Reserves the memory. The system commits a page of it when it is first touched.</summary>
    /// <exception cref="OutOfMemoryException">The system has not enough address space, or commits eagerly and has not enough memory.</exception>
    internal PageFrames(int count)
    {
        Count = count;
        _bytes = (nuint)count << PageAllocator.PageShift;

        // A whole number of page blocks: the buddy of a block near the end then has a frame, one that stays Tail.
        _table = new PageFrame[(count + Blocks.Pages - 1) & ~(Blocks.Pages - 1)];

        // Aligned to the largest block, so that a block of order n is aligned to its own size.
        _memory = (byte*)NativeMemory.AlignedAlloc(_bytes, (nuint)PageAllocator.PageSize << PageAllocator.MaxOrder);
    }

    internal int Count { get; }

    internal ref PageFrame this[int frame]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ref _table[frame];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void* AddressOf(int frame) => _memory + ((nuint)frame << PageAllocator.PageShift);

    /// <summary>The frame of a page, or <see cref="None"/> if the address is not that of a page of ours.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal int IndexOf(void* page)
    {
        // One unsigned comparison covers both ends: what lies before the memory wraps round to a large offset.
        nuint offset = (nuint)page - (nuint)_memory;
        return offset < _bytes && (offset & (PageAllocator.PageSize - 1)) == 0 ? (int)(offset >> PageAllocator.PageShift) : None;
    }

    internal bool Contains(void* address) => (nuint)address - (nuint)_memory < _bytes;

    /// <summary>Gives the memory back to the system. From then on no address is ours.</summary>
    internal void ReleaseMemory()
    {
        byte* memory = _memory;
        _bytes = 0;
        _memory = null;
        NativeMemory.AlignedFree(memory);
    }
}

/// <summary>Page blocks: runs of the largest order, which is also the unit that a migrate type owns.</summary>
internal static class Blocks
{
    internal const int Pages = 1 << PageAllocator.MaxOrder;

    internal static int Of(int frame) => frame >> PageAllocator.MaxOrder;
}
