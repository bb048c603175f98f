using System;
using Xunit;

namespace LockContext.Runtime.Tests;

[Collection(TortureRuns.Name)]
public sealed class PoolTortureTests
{
    private static readonly TimeSpan s_duration = TimeSpan.FromSeconds(3);

    /// <summary>Small enough that every list, mark and fallback is reached, and lists shared by more threads than there are of them.</summary>
    private static readonly PageAllocatorOptions s_tight = new()
    {
        Pages = 2048,
        CpuLists = 2,
        CpuListBatch = 7,
        MinFreePages = 64,
        ReclaimPatience = 2,
    };

    [Theory]
    [InlineData(0, 4)]
    [InlineData(4, 4)]
    [InlineData(6, 8)]
    public void Page_allocator_survives(int maxOrder, int threads)
    {
        // Disposed at the end, if it comes to that: an allocator that somebody hangs in cannot be.
        var allocator = new PageAllocator(s_tight);
        PoolVerdict verdict = PoolTorture.Run(new TorturedPageAllocator(allocator), s_duration, maxOrder, threads);
        Assert.True(verdict.IsGood, verdict.ToString());
        Assert.True(verdict.Rounds > 1000, verdict.ToString());

        // Nothing was lost, and everything that belongs together is together again.
        allocator.Drain();
        PageAllocatorStatistics end = allocator.GetStatistics();
        Assert.Equal(0, end.RejectedFrees);
        Assert.Equal(end.Allocations, end.Frees);
        Assert.Equal(2048, end.FreePages);
        Assert.Equal(0, end.ParkedPages);
        int whole = 0;
        for (int type = 0; type < MigrateType.OfBlocks; type++) whole += Peek.Zone(allocator).FreeBlocks(PageAllocator.MaxOrder, type);
        Assert.Equal(2, whole);
        allocator.Dispose();
    }

    [Fact]
    public void An_unguarded_list_is_caught()
    {
        var pool = new UnguardedPool(64);
        Assert.False(PoolTorture.Run(pool, s_duration).IsGood);
    }

    [Fact]
    public void An_aba_is_caught()
    {
        var pool = new AbaPool(64);
        Assert.False(PoolTorture.Run(pool, s_duration).IsGood);
    }
}
