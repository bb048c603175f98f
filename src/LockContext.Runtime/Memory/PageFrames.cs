using System.Runtime.CompilerServices;

namespace LockContext.Runtime;

/// <summary>The memory of an allocator and the table of its page frames: addresses on one side, frame indexes on the other.</summary>
/// <remarks>
/// Both are reserved in one piece, so that a frame is found from an address by a subtraction. The memory is committed a page block at a time as blocks join their zones; the table is
/// committed at once, and the system provides only those of its pages that are written to.
/// </remarks>
internal sealed unsafe class PageFrames
{
    /// <summary>The index that means "no frame".</summary>
    internal const int None = -1;

    private const nuint BlockBytes = (nuint)PageAllocator.PageSize << PageAllocator.MaxOrder;

    private readonly void* _reservation;
    private readonly nuint _reservedBytes;
    private readonly nuint _tableBytes;
    private PageFrame* _table;
    private byte* _memory;
    private nuint _bytes;

    /// <summary>Reserves the memory.</summary>
    /// <exception cref="System.OutOfMemoryException">The system has not enough address space.</exception>
    internal PageFrames(int count)
    {
        Count = count;
        _bytes = (nuint)count << PageAllocator.PageShift;

        // A whole number of page blocks: the buddy of a block near the end then has a frame, one that stays Tail.
        nuint frames = (nuint)((count + Blocks.Pages - 1) & ~(Blocks.Pages - 1));
        _tableBytes = frames * (nuint)sizeof(PageFrame);

        // Aligned to the largest block, so that a block of order n is aligned to its own size.
        _reservedBytes = (frames << PageAllocator.PageShift) + BlockBytes;
        _reservation = SystemMemory.Reserve(_reservedBytes);
        _memory = (byte*)(((nuint)_reservation + BlockBytes - 1) & ~(BlockBytes - 1));
        _table = (PageFrame*)SystemMemory.Reserve(_tableBytes);
        if (!SystemMemory.TryCommit(_table, _tableBytes)) throw new System.InsufficientMemoryException("The system has no memory for the table of page frames.");
    }

    internal int Count { get; }

    /// <summary>Bytes that the table takes at most, to be set against the memory it describes.</summary>
    internal nuint TableBytes => _tableBytes;

    internal PageFrame* Table
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _table;
    }

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

    internal bool TryCommit(int frame, int pages) => SystemMemory.TryCommit(AddressOf(frame), (nuint)pages << PageAllocator.PageShift);

    internal bool Discard(int frame, int pages) => SystemMemory.Discard(AddressOf(frame), (nuint)pages << PageAllocator.PageShift);

    /// <summary>Gives the memory back to the system. From then on no address is ours.</summary>
    internal void ReleaseMemory()
    {
        // Before anything is unmapped: a call that comes too late finds that the page is not ours, instead of memory that is not there.
        _bytes = 0;
        _memory = null;
        if (_table == null) return;
        void* table = _table;
        _table = null;
        SystemMemory.Release(table, _tableBytes);
        SystemMemory.Release(_reservation, _reservedBytes);
    }
}

/// <summary>Page blocks: runs of the largest order, which is also the unit that a migrate type owns, and in which memory is committed.</summary>
internal static class Blocks
{
    internal const int Pages = 1 << PageAllocator.MaxOrder;

    internal static int Of(int frame) => frame >> PageAllocator.MaxOrder;
}
