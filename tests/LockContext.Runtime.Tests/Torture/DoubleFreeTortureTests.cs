using Xunit;

namespace LockContext.Runtime.Tests;

[Collection(TortureRuns.Name)]
public sealed class DoubleFreeTortureTests
{
    private const int Rounds = 20_000;

    /// <summary>At the same moment where every free is checked; without that, one right after the other.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Of_two_frees_of_a_page_one_takes_effect(bool checkedFrees)
    {
        // Each refusal is an exception here, which takes its time.
        using var allocator = new PageAllocator(new PageAllocatorOptions { Pages = 2048, CpuLists = 2, CheckedFrees = checkedFrees });
        Assert.Equal(0, DoubleFreeTorture.Run(new TorturedPageAllocator(allocator), Rounds, inTurn: !checkedFrees));
        allocator.Drain();
        Assert.Equal(Rounds, allocator.GetStatistics().RejectedFrees);
        Assert.Equal(Rounds, allocator.GetStatistics().Frees);
        Assert.Equal(2048, allocator.GetStatistics().FreePages);
    }

    [Fact]
    public void Check_then_free_is_caught()
    {
        var pool = new CheckThenFreePool(64);
        Assert.True(DoubleFreeTorture.Run(pool, Rounds) > 0);
    }
}
