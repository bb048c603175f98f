using System;
using System.Runtime.CompilerServices;
using System.Threading;
using System.Threading.Tasks;
using LockContext.Runtime;
using Xunit;

namespace LockContext.Lockdep.Tests;

/// <summary>Locks that outlive their thread, or change it.</summary>
public sealed class ThreadsAndTasks
{
    [Theory]
    [InlineData("raw")]
    [InlineData("sleeping")]
    [InlineData("rwsem read")]
    [InlineData("Monitor")]
    [InlineData("map")]
    public void A_lock_held_at_the_end_of_its_thread(string kind)
    {
        using var watch = new Watch();
        IAnyLock taken = LockKinds.All[kind]("A");
        OnThread(taken.Enter);
        Assert.Equal(1, Runtime.Lockdep.CheckEndedThreads());
        string message = watch.Only(LockdepReportKind.LockHeldAtThreadEnd).Message;
        Assert.Contains("\"A\"", message, StringComparison.Ordinal);
        Assert.Contains(" at LockKinds.cs:", message, StringComparison.Ordinal);
        Assert.Equal(0, Runtime.Lockdep.CheckEndedThreads());
    }

    [Fact]
    public void A_context_left_open_at_the_end_of_its_thread()
    {
        using var watch = new Watch();
        OnThread(() => AtomicSection.Enter());
        Runtime.Lockdep.CheckEndedThreads();
        watch.Only(LockdepReportKind.LockHeldAtThreadEnd);
    }

    [Fact]
    public void New_threads_look_at_old_ones()
    {
        using var watch = new Watch();
        var taken = new SleepingLock();
        OnThread(() => taken.Enter());
        var other = new SleepingLock();
        for (int i = 0; i < 1000 && watch.Reports.Length == 0; i++)
        {
            OnThread(() =>
            {
                other.Enter();
                other.Exit();
            });
        }

        watch.Only(LockdepReportKind.LockHeldAtThreadEnd);
    }

    [Fact]
    public void Tables_of_ended_threads_are_used_again()
    {
        using var watch = new Watch();
        var taken = new SleepingLock();
        for (int i = 0; i < 2000; i++)
        {
            OnThread(() =>
            {
                taken.Enter();
                taken.Exit();
            });
        }

        Assert.InRange(Runtime.Lockdep.GetStatistics().Threads, 1, 1000);
        watch.None();
    }

    [Theory]
    [InlineData("raw")]
    [InlineData("sleeping")]
    [InlineData("rwsem write")]
    [InlineData("map")]
    public void A_release_by_another_thread(string kind)
    {
        using var watch = new Watch();
        IAnyLock taken = LockKinds.All[kind]("A"), next = LockKinds.All[kind]("B");
        taken.Enter();
        OnThread(taken.Exit);
        string message = watch.Only(LockdepReportKind.ReleaseByOtherThread).Message;
        Assert.Contains(" at LockKinds.cs:", message, StringComparison.Ordinal);

        // Our table has heard of it: nothing more is found, and no order with what comes next.
        next.Enter();
        next.Exit();
        Runtime.Lockdep.AssertNothingHeld("the end");
        watch.Only(LockdepReportKind.ReleaseByOtherThread);
        Assert.Equal(0, HeldLocks.Current.Depth);
    }

    // The thread is told: what it takes after the release by another is not ordered after the lock.
    [Fact]
    public void A_lock_released_by_another_thread_does_not_limit_this_one_any_more()
    {
        using var watch = new Watch();
        var box = new StrongBox<RawSpinLock>(new RawSpinLock("A"));
        var sleeping = new SleepingLock("B");
        box.Value.Enter();
        OnThread(() => box.Value.Exit());
        sleeping.Enter();
        sleeping.Exit();
        watch.Only(LockdepReportKind.ReleaseByOtherThread);
    }

    [Fact]
    public async Task A_lock_held_across_await_is_released_elsewhere()
    {
        using var watch = new Watch();
        var taken = new SleepingLock("carried");
        taken.Enter();
        int before = Environment.CurrentManagedThreadId;
        await ToAnotherThread();
        Assert.NotEqual(before, Environment.CurrentManagedThreadId);
        taken.Exit();
        watch.Only(LockdepReportKind.ReleaseByOtherThread);
    }

    [Fact]
    public void Where_nothing_may_be_held()
    {
        using var watch = new Watch();
        var taken = new SleepingLock("carried");
        Runtime.Lockdep.AssertNothingHeld("await");
        watch.None();
        taken.Enter();
        Runtime.Lockdep.AssertNothingHeld("await");
        taken.Exit();
        Assert.Contains("still holds something at await", watch.Only(LockdepReportKind.LockHeldAcrossAwait).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Deferred_work_that_ends_with_a_lock()
    {
        using var watch = new Watch();
        var taken = new SleepingLock("forgotten");
        using (var queue = new DeferredWork(4))
        {
            queue.TryPost(_ => taken.Enter(), 0);
            queue.Flush();
        }

        watch.Only(LockdepReportKind.LockHeldAcrossAwait);
        Runtime.Lockdep.CheckEndedThreads();
    }

    private static void OnThread(Action work)
    {
        var thread = new Thread(() => work());
        thread.Start();
        thread.Join();
    }

    private static ContinueElsewhere ToAnotherThread() => default;

    /// <summary>Goes on on a thread made for it, which no scheduler can choose to be the same.</summary>
    private readonly struct ContinueElsewhere : INotifyCompletion
    {
        public bool IsCompleted => false;

        public ContinueElsewhere GetAwaiter() => this;

        public void GetResult()
        {
        }

        public void OnCompleted(Action continuation) => new Thread(() => continuation()).Start();
    }
}
