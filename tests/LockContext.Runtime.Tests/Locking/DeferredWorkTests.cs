using System;
using System.Collections.Concurrent;
using System.Linq;
using System.Threading;
using Xunit;

namespace LockContext.Runtime.Tests;

public sealed class DeferredWorkTests
{
    [Fact]
    public void Work_runs_in_order_on_a_thread_of_its_own()
    {
        var ran = new ConcurrentQueue<(nint, Thread)>();
        using var queue = new DeferredWork(8);
        for (int i = 0; i < 8; i++) Assert.True(queue.TryPost(argument => ran.Enqueue((argument, Thread.CurrentThread)), i));
        queue.Flush();
        Assert.Equal([0, 1, 2, 3, 4, 5, 6, 7], ran.Select(item => item.Item1));
        Assert.All(ran, item => Assert.NotSame(Thread.CurrentThread, item.Item2));
    }

    [Fact]
    public void A_full_queue_turns_work_away()
    {
        using var queue = new DeferredWork(2);
        using var gate = new ManualResetEventSlim();
        using var begun = new ManualResetEventSlim();
        int ran = 0;
        Assert.True(queue.TryPost(_ =>
        {
            begun.Set();
            gate.Wait();
        }, 0));
        begun.Wait();

        // The one that runs has left its cell.
        Assert.True(queue.TryPost(_ => ran++, 0));
        Assert.True(queue.TryPost(_ => ran++, 0));
        Assert.False(queue.TryPost(_ => ran++, 0));
        gate.Set();
        queue.Flush();
        Assert.Equal(2, ran);
        Assert.True(queue.TryPost(_ => ran++, 0));
        queue.Flush();
        Assert.Equal(3, ran);
    }

    /// <summary>The smallest queue there is loses nothing either.</summary>
    [Fact]
    public void A_queue_of_one_does_all_that_it_takes()
    {
        using var queue = new DeferredWork(1);
        using var gate = new ManualResetEventSlim();
        using var begun = new ManualResetEventSlim();
        int ran = 0;
        Assert.True(queue.TryPost(_ =>
        {
            begun.Set();
            gate.Wait();
        }, 0));
        Assert.True(begun.Wait(Deadline.Generous));
        int taken = 0;
        while (queue.TryPost(_ => ran++, 0)) taken++;
        Assert.InRange(taken, 1, 2);
        gate.Set();
        var flush = new Thread(queue.Flush) { IsBackground = true };
        flush.Start();
        Assert.True(flush.Join(Deadline.Generous), "work was lost");
        Assert.Equal(taken, ran);
    }

    [Fact]
    public void Nothing_is_no_work()
    {
        using var queue = new DeferredWork(2);
        Assert.Throws<ArgumentNullException>(() => queue.TryPost(null!, 0));
        queue.Flush();
    }

    [Fact]
    public void Posting_is_legal_under_a_raw_lock_and_allocates_nothing()
    {
        int ran = 0;
        Action<nint> work = _ => ran++;
        RawSpinLock spin = default;
        using var queue = new DeferredWork(64);
        Assert.True(queue.TryPost(work, 0));
        queue.Flush();
        long before = GC.GetAllocatedBytesForCurrentThread();
        spin.Enter();
        for (int i = 0; i < 32; i++) queue.TryPost(work, i);
        spin.Exit();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        queue.Flush();
        Assert.Equal(33, ran);
    }

    [Fact]
    public void An_exception_does_not_stop_the_rest()
    {
        var failures = new ConcurrentQueue<Exception>();
        int ran = 0;
        using var queue = new DeferredWork(8, failures.Enqueue);
        queue.TryPost(_ => throw new InvalidOperationException("once"), 0);
        queue.TryPost(_ => ran++, 0);
        queue.Flush();
        Assert.Equal("once", Assert.Single(failures).Message);
        Assert.Equal(1, ran);
    }

    [Fact]
    public void Dispose_does_what_was_posted_and_takes_no_more()
    {
        int ran = 0;
        var queue = new DeferredWork(64);
        for (int i = 0; i < 50; i++) queue.TryPost(_ => ran++, 0);
        queue.Dispose();
        Assert.Equal(50, ran);
        Assert.False(queue.TryPost(_ => ran++, 0));
        queue.Flush();
        queue.Dispose();
        Assert.Equal(50, ran);
    }

    [Fact]
    public void Its_own_work_cannot_wait_for_it()
    {
        Exception? flush = null, dispose = null;
        using var queue = new DeferredWork(2);
        queue.TryPost(_ =>
        {
            flush = Record.Exception(queue.Flush);
            dispose = Record.Exception(queue.Dispose);
        }, 0);
        queue.Flush();
        Assert.IsType<InvalidOperationException>(flush);
        Assert.IsType<InvalidOperationException>(dispose);
    }

    [Fact]
    public void The_shared_queue_cannot_be_disposed()
    {
        Assert.Throws<InvalidOperationException>(DeferredWork.Shared.Dispose);
        int ran = 0;
        Assert.True(DeferredWork.Shared.TryPost(_ => ran++, 0));
        DeferredWork.Shared.Flush();
        Assert.Equal(1, ran);
    }

    [Fact]
    public void A_capacity_has_limits()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new DeferredWork(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new DeferredWork((1 << 24) + 1));
    }
}
