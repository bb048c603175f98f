using System;
using System.Threading;

namespace LockContext.Runtime.Tests;

/// <summary>What the torture needs of a cache of small objects: ours, and the broken twins it has to catch.</summary>
internal interface ITorturedSlab
{
    /// <summary>Bytes of an object.</summary>
    int Size { get; }

    /// <summary>An object, or 0. The seed chooses among the ways there are.</summary>
    nint Alloc(int seed);

    void Free(nint item, int seed);

    void FreeBulk(ReadOnlySpan<nint> items);

    /// <summary>Collects what idle threads have.</summary>
    void Shrink();

    /// <summary>Called when everything has been freed: how many objects are neither free nor in use, or are counted wrongly.</summary>
    long Lost();
}

internal sealed unsafe class TorturedSlabCache(SlabCache cache) : ITorturedSlab
{
    private static readonly GfpFlags[] s_ways =
    [
        GfpFlags.NoLocks, GfpFlags.NoLocks, GfpFlags.NoWait, GfpFlags.Atomic, GfpFlags.Kernel | GfpFlags.NoRetry, GfpFlags.Kernel, GfpFlags.Kernel, GfpFlags.NoWait | GfpFlags.Reclaimable,
    ];

    public int Size => cache.ObjectSize;

    public nint Alloc(int seed) => (nint)cache.Alloc(s_ways[seed % s_ways.Length]);

    public void Free(nint item, int seed)
    {
        switch (seed % 4)
        {
            case 0: cache.FreeNoLocks((void*)item); break;
            case 1: KernelMemory.Free((void*)item); break;
            default: cache.Free((void*)item); break;
        }
    }

    public void FreeBulk(ReadOnlySpan<nint> items) => cache.FreeBulk(items);

    public void Shrink() => cache.Shrink();

    public long Lost()
    {
        // Every slab must be able to go: all its objects are back.
        cache.Shrink();
        SlabCacheStatistics end = cache.GetStatistics();
        return Math.Abs(end.AllocatedObjects) + Math.Abs(end.Allocations - end.Frees) + end.Objects + end.RejectedFrees;
    }
}

/// <summary>Blocks, mappings and all size classes at once, for the page map.</summary>
internal sealed unsafe class TorturedKernelHeap(KernelHeap heap) : ITorturedSlab
{
    public int Size => 16;

    public nint Alloc(int seed) => (seed & 31) switch
    {
        0 => (nint)heap.AllocVirtual((nuint)(16 + (seed % 20_000)), GfpFlags.Kernel),
        1 or 2 => (nint)heap.Alloc((nuint)(8193 + (seed % 50_000)), GfpFlags.Kernel | GfpFlags.NoRetry),
        3 => (nint)heap.Alloc((nuint)(16 + (seed % 8000)), GfpFlags.NoLocks),
        _ => (nint)heap.Alloc((nuint)(16 + (seed % 8000)), GfpFlags.Kernel | GfpFlags.NoRetry),
    };

    public void Free(nint item, int seed)
    {
        if (seed % 4 == 0) KernelMemory.FreeNoLocks((void*)item);
        else KernelMemory.Free((void*)item);
    }

    public void FreeBulk(ReadOnlySpan<nint> items) => KernelMemory.FreeBulk(items);

    public void Shrink() => heap.Shrink();

    public long Lost()
    {
        heap.Shrink();
        long lost = heap.LargeAllocations - heap.LargeFrees + heap.RejectedFrees + heap.VirtualBytes;
        foreach (SlabCache cache in heap.Classes) lost += new TorturedSlabCache(cache).Lost();
        return lost;
    }
}
