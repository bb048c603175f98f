using System;

namespace LockContext.Runtime.Tests;

/// <summary>What the torture needs of an allocator: ours, and the broken twins it has to catch.</summary>
internal interface ITorturePool
{
    /// <summary>A block of 2^order pages, or 0. The seed chooses among the ways the allocator has.</summary>
    nint Alloc(int order, int seed);

    /// <summary>Frees it, by one of the ways there are. <see langword="false"/> if the free was refused.</summary>
    bool Free(nint block, int order, int seed);
}

internal sealed unsafe class TorturedPageAllocator(PageAllocator allocator) : ITorturePool
{
    private static readonly GfpFlags[] s_ways =
    [
        GfpFlags.NoLocks, GfpFlags.NoLocks, GfpFlags.NoWait, GfpFlags.Atomic, GfpFlags.Kernel | GfpFlags.NoRetry, GfpFlags.Kernel | GfpFlags.Movable | GfpFlags.NoRetry,
        GfpFlags.NoWait | GfpFlags.Reclaimable, GfpFlags.MemAlloc | GfpFlags.KswapdReclaim, GfpFlags.Kernel,
    ];

    public nint Alloc(int order, int seed) => (nint)allocator.AllocPages(s_ways[seed % s_ways.Length], order);

    public bool Free(nint block, int order, int seed)
    {
        if (seed % 3 == 0)
        {
            // Says nothing about a refusal: the statistics do, at the end.
            allocator.FreePagesNoLocks((void*)block, order);
            return true;
        }

        try
        {
            allocator.FreePages((void*)block, order);
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }
}
