using System;
using Xunit;

namespace LockContext.Runtime.Tests;

[Collection(TortureRuns.Name)]
public sealed class ReaderTortureTests
{
    private static readonly TimeSpan s_duration = TimeSpan.FromSeconds(1.5);

    [Theory]
    [InlineData(3, 2)]
    [InlineData(8, 4)]
    public void Rw_semaphore_survives(int readers, int writers) => AssertGood(ReaderTorture.Run(new TorturedRwSemaphore(), s_duration, readers, writers));

    [Theory]
    [InlineData(2)]
    [InlineData(8)]
    public void Rw_semaphore_survives_writers_alone(int threads)
    {
        LockVerdict verdict = LockTorture.Run(new TorturedRwSemaphore(), s_duration, threads);
        Assert.True(verdict.IsGood && verdict.Rounds > 1000, verdict.ToString());
    }

    [Fact]
    public void Sequence_count_survives() => AssertGood(ReaderTorture.Run(new TorturedSequenceCount(), s_duration, 3, 2));

    [Fact]
    public void Local_lock_survives()
    {
        ReadVerdict verdict = ReaderTorture.Run(new TorturedLocalLock(), s_duration, 4, 4);
        Assert.True(!verdict.Hung && verdict.Failure is null && verdict.Reads > 1000, verdict.ToString());
    }

    [Fact]
    public void Counting_once_is_caught() => Assert.True(ReaderTorture.Run(new CountsOnceSequence(), s_duration * 4, 3, 2).TornReads > 0);

    [Fact]
    public void Overlooking_the_writer_is_caught() => Assert.True(ReaderTorture.Run(new OverlooksWriterSemaphore(), s_duration * 4, 3, 2).TornReads > 0);

    private static void AssertGood(ReadVerdict verdict)
    {
        Assert.True(verdict.IsGood, verdict.ToString());
        Assert.True(verdict is { Reads: > 1000, Writes: > 100 }, verdict.ToString());
    }
}
