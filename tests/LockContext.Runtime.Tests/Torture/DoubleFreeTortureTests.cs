using Xunit;

namespace LockContext.Runtime.Tests;

[Collection(TortureRuns.Name)]
public sealed class DoubleFreeTortureTests
{
    private const int Rounds = 20_000;

    [Fact]
    public void Page_allocator_accepts_exactly_one_of_two_frees()
    {
        // Each refusal is an exception here, which takes its time.
        using var allocator = new PageAllocator(new PageAllocatorOptions { Pages = 2048, CpuLists = 2 });
        Assert.Equal(0, DoubleFreeTorture.Run(new TorturedPageAllocator(allocator), Rounds));
        allocator.Drain();
        Assert.Equal(Rounds, allocator.GetStatistics().RejectedFrees);
        Assert.Equal(Rounds, allocator.GetStatistics().Frees);
        Assert.Equal(2048, allocator.GetStatistics().FreePages);
    }

    [Fact]
    public void Check_then_free_is_caught()
    {
        using var pool = new CheckThenFreePool(64);
        Assert.True(DoubleFreeTorture.Run(pool, Rounds) > 0);
    }
}
