using System;
using Xunit;

namespace LockContext.Runtime.Tests;

[Collection(TortureRuns.Name)]
public sealed class RcuTortureTests
{
    private static readonly TimeSpan s_long = TortureRuns.Duration(TimeSpan.FromSeconds(3));
    private static readonly TimeSpan s_mostForTwin = TimeSpan.FromSeconds(9);
    private static readonly RcuTortureOptions s_tight = new() { Readers = 1, Updaters = 1, Churn = false, Flood = 0, Pressure = false, Tight = true };

    [Fact]
    public void Rcu_survives() => AssertGood(RcuTorture.Run(new TorturedRcu(), s_long));

    [Fact]
    public void Polled_cookies_survive() => AssertGood(RcuTorture.Run(new PolledRcu(), s_long / 2));

    [Fact]
    public void Rcu_survives_in_tight_loops() => AssertGood(RcuTorture.Run(new TorturedRcu(), s_long / 2, s_tight));

    // The twin has the same algorithm, so that what it is caught for is its mistake.
    [Fact]
    public void A_twin_without_mistake_survives()
    {
        using var twin = new TwinRcu(RcuMistake.None);
        AssertGood(RcuTorture.Run(twin, TimeSpan.FromSeconds(1)));
    }

    [Fact]
    public void Not_waiting_is_caught() => AssertEarly(RcuMistake.NoWait, new RcuTortureOptions());

    [Fact]
    public void One_phase_is_caught() => AssertEarly(RcuMistake.OnePhase, new RcuTortureOptions { Flood = 0 });

    [Fact]
    public void A_missing_barrier_is_caught() => AssertEarly(RcuMistake.NoBarrier, s_tight);

    [Fact]
    public void A_batch_that_closes_too_late_is_caught() => AssertEarly(RcuMistake.EarlyBatch, new RcuTortureOptions());

    [Fact]
    public void A_lost_callback_is_caught()
    {
        using var twin = new TwinRcu(RcuMistake.LostCallback);
        RcuVerdict verdict = RcuTorture.Run(twin, TimeSpan.FromSeconds(1), new RcuTortureOptions { Pressure = false, Flood = 500 });
        Assert.True(verdict.LostCallbacks > 0, verdict.ToString());
    }

    private static void AssertEarly(RcuMistake mistake, RcuTortureOptions options)
    {
        using var twin = new TwinRcu(mistake);
        RcuVerdict verdict = RcuTorture.Run(twin, s_mostForTwin, options with { IsProcessorTime = true });
        Assert.True(verdict.EarlyFrees > 0, verdict.ToString());
    }

    private static void AssertGood(RcuVerdict verdict)
    {
        Assert.True(verdict.IsGood, verdict.ToString());
        Assert.True(verdict is { Reads: > 1000, Updates: > 10 }, verdict.ToString());
    }
}
