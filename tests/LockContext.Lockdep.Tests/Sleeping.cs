using System;
using System.Collections.Generic;
using System.Threading;
using LockContext.Runtime;
using Xunit;

namespace LockContext.Lockdep.Tests;

/// <summary>What may sleep and is no lock: reported wherever the limit is below Sleep, whether it would have slept or not.</summary>
public sealed class Sleeping
{
    private static readonly Dictionary<string, Action> s_sleeping = new()
    {
        ["AssertMaySleep"] = () => Runtime.Lockdep.AssertMaySleep("Read"),
        ["DeferredWork.Flush"] = DeferredWork.Shared.Flush,
        ["WatchedSemaphore.Wait"] = () =>
        {
            using var semaphore = new WatchedSemaphore(1);
            semaphore.Wait();
        },
        ["WatchedSemaphore.Release"] = () =>
        {
            using var semaphore = new WatchedSemaphore(1);
            semaphore.Release();
        },
    };

    public static TheoryData<string> Operations => [.. s_sleeping.Keys];

    [Theory]
    [MemberData(nameof(Operations))]
    public void Is_reported_under_a_raw_lock_with_the_place_where_it_was_taken(string operation)
    {
        s_sleeping[operation]();
        using var watch = new Watch();
        var spin = new RawSpinLock("hot");
        spin.Enter();
        s_sleeping[operation]();
        spin.Exit();
        string message = watch.Only(LockdepReportKind.SchedulingWhileAtomic).Message;
        Assert.Contains("BUG: scheduling while atomic", message, StringComparison.Ordinal);
        Assert.Contains("RawSpinLock \"hot\" [Spin:Spin], taken at Sleeping.cs:", message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Operations))]
    public void Is_silent_elsewhere(string operation)
    {
        using var watch = new Watch();
        var monitor = new WatchedMonitor();
        monitor.Enter();
        s_sleeping[operation]();
        monitor.Exit();
        watch.None();
    }

    [Theory]
    [InlineData(LockdepContext.HardIrq, true)]
    [InlineData(LockdepContext.ThreadedIrq, true)]
    [InlineData(LockdepContext.SoftIrq, true)]
    [InlineData(LockdepContext.PreemptOff, true)]
    [InlineData(LockdepContext.MigrateOff, true)]
    [InlineData(LockdepContext.RawAtomic, true)]
    [InlineData(LockdepContext.Callback, true)]
    [InlineData(LockdepContext.NoReclaim, false)]
    [InlineData(LockdepContext.NoGracePeriodWait, false)]
    public void In_contexts(LockdepContext context, bool isReported)
    {
        using var watch = new Watch();
        using (Runtime.Lockdep.EnterContext(context)) Runtime.Lockdep.AssertMaySleep("Read");
        Assert.Equal(isReported ? nameof(LockdepReportKind.SchedulingWhileAtomic) : "", watch.Kinds);
        Assert.Contains("holds nothing", Runtime.Lockdep.DescribeHeldLocks(), StringComparison.Ordinal);
    }

    [Fact]
    public void Preemption_off_is_raw_and_migration_off_is_not()
    {
        using var watch = new Watch();
        var spinning = new SleepingLock();
        using (Runtime.Lockdep.EnterContext(LockdepContext.MigrateOff))
        using (spinning.EnterScope())
        {
        }

        watch.None();
        using (AtomicSection.EnterScope())
        using (spinning.EnterScope())
        {
        }

        string message = watch.Only(LockdepReportKind.InvalidWaitContext).Message;
        Assert.Contains("context PreemptOff [Free:Spin], entered at Sleeping.cs:", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_threaded_interrupt_is_not_raw()
    {
        using var watch = new Watch();
        var spinning = new SleepingLock();
        using (Runtime.Lockdep.EnterContext(LockdepContext.ThreadedIrq))
        using (spinning.EnterScope())
        {
        }

        watch.None();
        using (Runtime.Lockdep.EnterContext(LockdepContext.HardIrq))
        using (spinning.EnterScope())
        {
        }

        watch.Only(LockdepReportKind.InvalidWaitContext);
    }

    // The minimum counts, not the latest.
    [Fact]
    public void A_lock_that_permits_more_loosens_nothing()
    {
        using var watch = new Watch();
        var spin = new RawSpinLock("outer");
        var spinning = new SleepingLock("inner");
        spin.Enter();
        Assert.True(spinning.TryEnter());
        watch.None();
        Runtime.Lockdep.AssertMaySleep("Read");
        watch.Only(LockdepReportKind.SchedulingWhileAtomic);
        spinning.Exit();
        spin.Exit();
        Runtime.Lockdep.AssertMaySleep("Read");
        watch.Only(LockdepReportKind.SchedulingWhileAtomic);
    }

    [Fact]
    public void Released_out_of_order_the_limit_is_that_of_what_is_left()
    {
        using var watch = new Watch();
        var spin = new RawSpinLock("spin");
        var spinning = new SleepingLock("spinning");
        spinning.Enter();
        spin.Enter();
        spinning.Exit();
        Assert.Equal(WaitClass.Spin, HeldLocks.Current.Limit);
        spin.Exit();
        spinning.Enter();
        spin.Enter();
        spin.Exit();
        Assert.Equal(WaitClass.Config, HeldLocks.Current.Limit);
        spinning.Exit();
        Assert.Equal(WaitClass.Sleep, HeldLocks.Current.Limit);
        watch.None();
    }

    [Fact]
    public void A_time_of_zero_is_a_try_and_any_other_is_not()
    {
        using var watch = new Watch();
        var inner = new WatchedLock("inner");
        using (Runtime.Lockdep.EnterContext(LockdepContext.RawAtomic))
        {
            Assert.True(inner.TryEnter());
            inner.Exit();
            watch.None();
            Assert.True(inner.TryEnter(1));
            inner.Exit();
        }

        watch.Only(LockdepReportKind.InvalidWaitContext);
    }

    [Fact]
    public void A_wait_that_fails_leaves_nothing_in_the_table()
    {
        using var watch = new Watch();
        var contended = new WatchedLock();
        using var holds = new ManualResetEventSlim();
        using var end = new ManualResetEventSlim();
        var holder = new Thread(() =>
        {
            contended.Enter();
            holds.Set();
            end.Wait();
            contended.Exit();
        });
        holder.Start();
        holds.Wait();
        Assert.False(contended.TryEnter(1));
        Thread.CurrentThread.Interrupt();
        Assert.Throws<ThreadInterruptedException>(() => contended.Enter());
        Assert.Equal(0, HeldLocks.Current.Depth);
        end.Set();
        holder.Join();
        watch.None();
    }
}
