using System;
using Xunit;

namespace LockContext.Runtime.Tests;

[Collection(TortureRuns.Name)]
public sealed class LockTortureTests
{
    private static readonly TimeSpan s_duration = TimeSpan.FromSeconds(2);

    [Fact]
    public void Raw_spin_lock_survives() => AssertGood(LockTorture.Run(new TorturedRawSpinLock(), s_duration));

    // Two threads, because nobody else's release then makes up for a lost wake-up; many, because most of them sleep.
    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(16)]
    public void Sleeping_lock_survives(int threads) => AssertGood(LockTorture.Run(new TorturedSleepingLock(), s_duration, threads));

    [Fact]
    public void Check_then_set_is_caught()
    {
        LockVerdict verdict = LockTorture.Run(new CheckThenSetLock(), s_duration * 2);
        Assert.True(verdict.Intrusions + Math.Abs(verdict.LostUpdates) > 0, verdict.ToString());
    }

    [Fact]
    public void Re_entrant_try_is_caught()
        => Assert.True(LockTorture.Run(new ReentrantLock(), s_duration / 2).LetHolderIn);

    // Two threads: a third one's releases would wake the forgotten sleeper after all.
    [Fact]
    public void Sleeping_without_looking_is_caught()
        => Assert.True(LockTorture.Run(new SleepsWithoutLookingLock(), s_duration, threads: 2).Hung);

    [Fact]
    public void Forgetting_other_sleepers_is_caught()
        => Assert.True(LockTorture.Run(new ForgetsOtherSleepersLock(), s_duration).Hung);

    private static void AssertGood(LockVerdict verdict)
    {
        Assert.True(verdict.IsGood, verdict.ToString());
        Assert.True(verdict.Rounds > 1000, verdict.ToString());
    }
}
