using System;
using SpeculativeFaults;
using Xunit;

namespace LockContext.Runtime.Tests;

/// <summary>The sample's model of interrupts that are off, tortured as RCU is: what has been unlinked may go when all have handled the interrupt, and not before.</summary>
[Collection(TortureRuns.Name)]
public sealed class InterruptsOffTortureTests
{
    private static readonly TimeSpan s_mostForTwin = TimeSpan.FromSeconds(9);
    private static readonly RcuTortureOptions s_all = new() { Flood = 0 };
    private static readonly RcuTortureOptions s_tight = new() { Readers = 1, Updaters = 1, Churn = false, Flood = 0, Pressure = false, Tight = true };

    [Fact]
    public void Walkers_survive() => AssertGood(RcuTorture.Run(new TorturedInterrupts(InterruptsOff.Broadcast), TortureRuns.Duration(TimeSpan.FromSeconds(2)), s_all));

    [Fact]
    public void Walkers_survive_in_tight_loops() => AssertGood(RcuTorture.Run(new TorturedInterrupts(InterruptsOff.Broadcast), TortureRuns.Duration(TimeSpan.FromSeconds(1)), s_tight));

    [Fact]
    public void Not_waiting_is_caught() => AssertEarly(InterruptsOff.Send, s_all);

    /// <summary>Without the interrupt, words are looked at that have not left their processors.</summary>
    [Fact]
    public void A_missing_interrupt_is_caught() => AssertEarly(InterruptsOff.WaitUntilHandled, s_tight);

    private static void AssertEarly(Action broadcast, RcuTortureOptions options)
    {
        RcuVerdict verdict = RcuTorture.Run(new TorturedInterrupts(broadcast), s_mostForTwin, options with { IsProcessorTime = true });
        Assert.True(verdict.EarlyFrees > 0, verdict.ToString());
    }

    private static void AssertGood(RcuVerdict verdict)
    {
        Assert.True(verdict.IsGood, verdict.ToString());
        Assert.True(verdict is { Reads: > 1000, Updates: > 10 }, verdict.ToString());
    }

    private sealed unsafe class TorturedInterrupts(Action broadcast) : ITortureRcu
    {
        public int Register() => 0;

        public void Unregister(int reader)
        {
        }

        public void ReadLock(int reader) => InterruptsOff.Enter();

        public void ReadUnlock(int reader) => InterruptsOff.Exit();

        public void Synchronize(bool expedited) => broadcast();

        // There is nothing but waiting: no queue, and so nothing to wait for in the end.
        public void Call(RcuHead* head, delegate*<RcuHead*, void> callback)
        {
            broadcast();
            callback(head);
        }

        public void Barrier()
        {
        }
    }
}
