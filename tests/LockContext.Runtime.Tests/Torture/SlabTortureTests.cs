using System;
using Xunit;

namespace LockContext.Runtime.Tests;

[Collection(TortureRuns.Name)]
public sealed class SlabTortureTests
{
    /// <summary>A broken twin has to be caught in this time; most are in a fraction.</summary>
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(9);

    /// <summary>Small enough that slabs come and go and pages run out.</summary>
    private static readonly PageAllocatorOptions s_tight = new() { Pages = 2048, CpuLists = 2, CpuListBatch = 7, MinFreePages = 64, ReclaimPatience = 2 };

    [Theory]
    [InlineData(64, 0, 0)]
    [InlineData(64, 2, 0)]
    [InlineData(3000, 0, 0)]
    [InlineData(40, 4, 1)]
    public void A_slab_cache_survives(int size, int capacity, int constructed)
    {
        // Disposed at the end, if it comes to that: what somebody hangs in cannot be.
        var pages = new PageAllocator(s_tight);
        var cache = new SlabCache(new SlabCacheOptions
        {
            Name = "tortured",
            ObjectSize = size,
            MagazineCapacity = capacity,
            EmptySlabs = 1,
            Pages = pages,
            Constructor = constructed == 0 ? null : static _ => { },
        });
        AssertGood(SlabTorture.Run(new TorturedSlabCache(cache), TortureRuns.Duration(TimeSpan.FromSeconds(2))));
        cache.Dispose();
        AssertWhole(pages);
    }

    [Fact]
    public void Kernel_memory_survives()
    {
        var pages = new PageAllocator(s_tight);
        var heap = new KernelHeap(pages);
        AssertGood(SlabTorture.Run(new TorturedKernelHeap(heap), TortureRuns.Duration(TimeSpan.FromSeconds(3))));
        heap.Dispose();
        AssertWhole(pages);
    }

    [Fact]
    public void The_model_survives()
    {
        using var slab = new ModelSlab();
        AssertGood(SlabTorture.Run(slab, TimeSpan.FromSeconds(1)));
    }

    [Fact]
    public void A_lost_remote_free_is_caught()
    {
        using var slab = new LosesRemoteFreesSlab();
        Assert.False(SlabTorture.Run(slab, s_limit / 3).IsGood);
    }

    [Fact]
    public void A_refill_without_lock_is_caught()
    {
        using var slab = new RefillsWithoutLockSlab();
        Assert.False(SlabTorture.Run(slab, s_limit).IsGood);
    }

    [Fact]
    public void An_object_handed_out_twice_is_caught()
    {
        using var slab = new CollectsWithoutRevokingSlab();
        Assert.False(SlabTorture.Run(slab, s_limit).IsGood);
    }

    private static void AssertGood(SlabVerdict verdict)
    {
        Assert.True(verdict.IsGood, verdict.ToString());
        Assert.True(verdict.Rounds > 1000, verdict.ToString());
    }

    private static void AssertWhole(PageAllocator pages)
    {
        pages.Drain();
        PageAllocatorStatistics end = pages.GetStatistics();
        Assert.Equal(0, end.RejectedFrees);
        Assert.Equal(end.Allocations, end.Frees);
        Assert.Equal(end.PresentPages, end.FreePages);
        pages.Dispose();
    }
}
