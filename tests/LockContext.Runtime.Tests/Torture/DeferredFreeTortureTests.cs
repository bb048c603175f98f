using System;
using Xunit;

namespace LockContext.Runtime.Tests;

[Collection(TortureRuns.Name)]
public sealed class DeferredFreeTortureTests : IDisposable
{
    public DeferredFreeTortureTests() => Rcu.Options = new RcuOptions { DrainDelay = 5, SpareRetreat = 10 };

    public void Dispose() => Rcu.Options = new RcuOptions();

    [Fact]
    public void Deferred_frees_survive()
    {
        RcuStatistics before = Rcu.GetStatistics();
        using var torture = new DeferredFreeTorture(new OurDeferredFree());
        torture.Run(TortureRuns.Duration(TimeSpan.FromSeconds(2)));
        Assert.Equal(0, torture.Changed);
        Assert.Equal(1, torture.Left);
        Assert.True(torture.Reads > 1000);
        RcuStatistics after = Rcu.GetStatistics();
        Assert.True(after.FreesQueuedByHead > before.FreesQueuedByHead && after.FreeBlocks > before.FreeBlocks);
        Assert.Equal(before.DoubleFrees + before.RefusedFrees, after.DoubleFrees + after.RefusedFrees);
    }

    [Fact]
    public void Blocks_that_are_freed_early_are_caught()
    {
        using var torture = new DeferredFreeTorture(new FreesBlocksEarly());
        torture.Run(TimeSpan.FromSeconds(9));
        Assert.True(torture.Changed > 0);
    }
}
