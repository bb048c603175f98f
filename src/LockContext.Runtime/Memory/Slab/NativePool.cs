namespace LockContext.Runtime;

/// <summary>Headers and magazines of a cache: blocks of one size, cut from chunks of pages. Not thread-safe; the cache's lock guards it.</summary>
/// <remarks>The memory stays what it is until the cache ends: an address that once was a header remains readable as one, whatever a late and wrongful free may look up.</remarks>
internal unsafe struct NativePool
{
    private readonly PageAllocator _pages;
    private readonly int _size;
    private readonly int _order;
    private Block* _free;
    private Block* _chunks;
    private int _chunkCount;

    internal NativePool(PageAllocator pages, int size)
    {
        _pages = pages;
        _size = size;

        // Two pages hold three of the largest headers with little left over, and are what an allocation that must not fail may ask for at most.
        _order = size > PageAllocator.PageSize / 8 ? 1 : 0;
    }

    private struct Block
    {
        internal Block* Next;
    }

    internal readonly long Bytes => (long)_chunkCount << (_order + PageAllocator.PageShift);

    internal readonly int Size => _size;

    internal readonly int Order => _order;

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

    /// <summary>Adds pages of <see cref="Order"/>, which the caller has allocated outside of its lock.</summary>
    [RawAtomic]
    internal void AddChunk(byte* chunk)
    {
        // The link between chunks takes the room of the first block.
        ((Block*)chunk)->Next = _chunks;
        _chunks = (Block*)chunk;
        _chunkCount++;
        int last = (PageAllocator.PageSize << _order) - _size;
        for (int offset = Offset; offset <= last; offset += _size) Give(chunk + offset);
    }

    /// <summary>Gives all memory back. No block may be in use.</summary>
    internal void Release()
    {
        Block* chunk = _chunks;
        _free = null;
        _chunks = null;
        _chunkCount = 0;
        while (chunk != null)
        {
            Block* next = chunk->Next;
            _pages.FreePages(chunk, _order);
            chunk = next;
        }
    }

    // A cache line, which keeps the blocks aligned to one.
    private const int Offset = 64;
}
