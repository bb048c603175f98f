using System;

namespace LockContext.Runtime;

/// <summary>Headers and magazines of a cache: blocks of one size, cut from chunks of pages. Not thread-safe; the cache's lock guards it.</summary>
/// <remarks>The memory stays what it is until the cache ends: an address that once was a header remains readable as one, whatever a late and wrongful free may look up.</remarks>
internal unsafe struct NativePool
{
    private readonly PageAllocator _pages;
    private readonly int _size;
    private readonly int _leastOrder;
    private readonly int _bestOrder;
    private Block* _free;
    private Chunk* _chunks;
    private int _chunkCount;
    private long _pageCount;

    /// <param name="pages">Where the chunks come from.</param>
    /// <param name="size">The size of a block, a multiple of 64.</param>
    /// <param name="highestOrder">The order of the largest chunks.</param>
    internal NativePool(PageAllocator pages, int size, int highestOrder)
    {
        _pages = pages;
        _size = size;

        // The largest headers take more than a page; what must not fail may ask for no more than two.
        _leastOrder = SlabLayout.OrderFor((uint)(Offset + size));
        _bestOrder = _leastOrder;
        for (int order = _leastOrder; order <= highestOrder && WasteOf(_bestOrder) > 1.0 / 64; order++)
        {
            if (WasteOf(order) < WasteOf(_bestOrder)) _bestOrder = order;
        }
    }

    private struct Block
    {
        internal Block* Next;
    }

    // In the room before the first block.
    private struct Chunk
    {
        internal Chunk* Next;
        internal int Order;
    }

    internal readonly long Bytes => _pageCount << PageAllocator.PageShift;

    internal readonly int Size => _size;

    /// <summary>
    /// Allocates pages for a chunk, outside of the lock. The first is as small as can be, and each is twice as large as the one before, up to the order that is filled best; but larger ones only if they are
    /// there without effort.
    /// </summary>
    /// <returns>The pages, or <see langword="null"/>.</returns>
    internal readonly byte* AllocChunk(GfpFlags flags, out int order)
    {
        // A moment's value: if somebody else adds one meanwhile, ours is smaller than it might be.
        order = Math.Min(_bestOrder, _leastOrder + _chunkCount);
        if (order > _leastOrder)
        {
            byte* chunk = (byte*)_pages.AllocPages((flags & ~(GfpFlags.NoFail | GfpFlags.RetryMayFail | GfpFlags.DirectReclaim)) | GfpFlags.NoWarn, order);
            if (chunk != null) return chunk;
            order = _leastOrder;
        }

        return (byte*)_pages.AllocPages(flags, order);
    }

    /// <summary>A block, its contents undefined; <see langword="null"/> if a chunk has to be added first.</summary>
    [RawAtomic]
    internal void* TryTake()
    {
        Block* block = _free;
        if (block != null) _free = block->Next;
        return block;
    }

    [RawAtomic]
    internal void Give(void* block)
    {
        ((Block*)block)->Next = _free;
        _free = (Block*)block;
    }

    /// <summary>Adds a chunk.</summary>
    [RawAtomic]
    internal void AddChunk(byte* pages, int order)
    {
        *(Chunk*)pages = new Chunk { Next = _chunks, Order = order };
        _chunks = (Chunk*)pages;
        _chunkCount++;
        _pageCount += 1L << order;
        int last = (PageAllocator.PageSize << order) - _size;
        for (int offset = Offset; offset <= last; offset += _size) Give(pages + offset);
    }

    /// <summary>Gives all memory back. No block may be in use.</summary>
    internal void Release()
    {
        Chunk* chunk = _chunks;
        _free = null;
        _chunks = null;
        _chunkCount = 0;
        _pageCount = 0;
        while (chunk != null)
        {
            Chunk* next = chunk->Next;
            _pages.FreePages(chunk, chunk->Order);
            chunk = next;
        }
    }

    private readonly double WasteOf(int order)
    {
        int bytes = PageAllocator.PageSize << order;
        return (double)((bytes - Offset) % _size) / bytes;
    }

    // A cache line, which keeps the blocks aligned to one.
    private const int Offset = 64;
}
