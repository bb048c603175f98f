using System;
using Xunit;

namespace LockContext.Runtime.Tests;

/// <summary>0 bytes of managed memory and no collection in ten million operations of every kind that users have.</summary>
[Collection(TortureRuns.Name)]
public sealed unsafe class SlabManagedAllocationTests
{
    private const int Operations = 10_000_000;

    [Fact]
    public void Ten_million_operations_allocate_nothing_managed()
    {
        using var pages = new PageAllocator(new PageAllocatorOptions { Pages = 8192, BackgroundReclaim = false });
        using var cache = new SlabCache("objects", 64, 0, pages);
        using var heap = new KernelHeap(pages);
        nint* held = stackalloc nint[300];
        Run(cache, heap, held, 100_000);
        int collections = GC.CollectionCount(0);
        long before = GC.GetAllocatedBytesForCurrentThread();
        long done = Run(cache, heap, held, Operations);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(collections, GC.CollectionCount(0));
        Assert.True(done >= Operations);
        Assert.Equal(0, cache.GetStatistics().AllocatedObjects);
    }

    // Hits, refills, surplus that goes back to slabs and pages, bulk, blocks, no locks, failures.
    private static long Run(SlabCache cache, KernelHeap heap, nint* held, int operations)
    {
        long done = 0;
        for (int round = 0; done < operations; round++)
        {
            for (int i = 0; i < 200; i++)
            {
                cache.Free(cache.Alloc(GfpFlags.Kernel));
                cache.FreeNoLocks(cache.Alloc(GfpFlags.NoLocks));
                KernelMemory.Free(heap.Alloc((nuint)(i * 40), GfpFlags.Kernel | GfpFlags.Zero));
            }

            for (int i = 0; i < 300; i++) held[i] = (nint)(i % 2 == 0 ? cache.Alloc(GfpFlags.Kernel) : heap.Alloc((nuint)(16 * (i % 32)) + 1, GfpFlags.NoWait));
            KernelMemory.FreeBulk(new ReadOnlySpan<nint>(held, 300));
            done += 1800;
            if (round % 64 != 0) continue;
            KernelMemory.Free(heap.Alloc(100_000, GfpFlags.Kernel));
            KernelMemory.FreeNoLocks(heap.AllocVirtual(100_000, GfpFlags.Kernel));
            heap.Alloc(nuint.MaxValue, GfpFlags.Kernel);
            heap.Alloc(100_000, GfpFlags.NoLocks);
            cache.Shrink();
            cache.GetStatistics();
        }

        return done;
    }
}
