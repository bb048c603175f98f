using System;
using System.Threading;
using Xunit;

namespace LockContext.Runtime.Tests;

/// <summary>Shrinkers that call back into the allocator that asks them.</summary>
public sealed unsafe class ShrinkerReentryTests : PageAllocatorFixture
{
    private sealed class Acting(Action act, bool inCount = false) : Shrinker
    {
        internal int Calls { get; private set; }

        public override long Count(in ReclaimControl control)
        {
            if (inCount) Act();
            return 100;
        }

        public override long Scan(in ReclaimControl control)
        {
            if (!inCount) Act();
            return Stop;
        }

        private void Act()
        {
            Calls++;
            act();
        }
    }

    private void RunsInside(Action act, bool inCount)
    {
        var shrinker = new Acting(act, inCount);
        Allocator.Register(shrinker);
        Allocator.Reclaim(GfpFlags.Kernel);
        Assert.Null(shrinker.Failure);
        Assert.True(shrinker.Calls > 0);
        Assert.True(Allocator.Unregister(shrinker));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void It_may_use_the_allocator(bool inCount) => RunsInside(
        () =>
        {
            void* page = Allocator.AllocPages(GfpFlags.Kernel, 0);
            void* block = Allocator.AllocPages(GfpFlags.NoWait, 4);
            Assert.True(page != null && block != null);
            Allocator.FreePages(page, 0);
            Allocator.FreePagesNoLocks(block, 4);
            Allocator.Drain();
            Allocator.Trim();
            Allocator.Tunables = Allocator.Tunables with { ReclaimPatience = 1 };
            Allocator.GetStatistics();
        },
        inCount);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Reclaiming_inside_asks_nobody(bool inCount)
    {
        int depth = 0;
        RunsInside(
            () =>
            {
                Assert.Equal(1, ++depth);
                Assert.Equal(0, Allocator.Reclaim(GfpFlags.Kernel));
                depth--;
            },
            inCount);
    }

    [Fact]
    public void It_may_register_and_unregister_others()
    {
        var other = new Acting(() => { });
        RunsInside(
            () =>
            {
                Allocator.Register(other);
                Assert.Throws<InvalidOperationException>(() => Allocator.Register(other));
                Assert.True(Allocator.Unregister(other));
            },
            inCount: false);
    }

    [Fact]
    public void It_may_make_and_dispose_caches()
        => RunsInside(
            () =>
            {
                using var cache = new SlabCache("inside", 64, 0, Allocator);
                cache.Free(cache.Alloc(GfpFlags.Kernel));
            },
            inCount: false);

    /// <summary>The reclaiming thread of the allocator would wait for its own end.</summary>
    [Fact]
    public void It_cannot_dispose_the_allocator()
    {
        var shrinker = new Acting(Allocator.Dispose);
        Allocator.Register(shrinker);
        Allocator.Reclaim(GfpFlags.Kernel);
        Assert.IsType<InvalidOperationException>(shrinker.Failure);
        Free(Alloc(GfpFlags.Kernel));

        using var background = new PageAllocator(Small with { BackgroundReclaim = true });
        shrinker = new Acting(background.Dispose);
        background.Register(shrinker);
        var pages = new System.Collections.Generic.List<nint>();
        for (nint page; (page = (nint)background.AllocPages(GfpFlags.NoWait, 0)) != 0;) pages.Add(page);
        Deadline.Until(() => shrinker.Failure is not null);
        Assert.IsType<InvalidOperationException>(shrinker.Failure);
        foreach (nint page in pages) background.FreePages((void*)page, 0);
    }

    [Fact]
    public void It_may_dispose_another_allocator()
        => RunsInside(
            () =>
            {
                using var other = new PageAllocator(Small);
                other.FreePages(other.AllocPages(GfpFlags.Kernel, 0), 0);
            },
            inCount: false);

    /// <summary>It throws, and has interrupted the thread that it runs on, which may be the allocator's own, and somebody else is registering one.</summary>
    [Fact]
    public void One_that_interrupts_its_thread_and_throws_is_taken_out_all_the_same()
    {
        var shrinker = new Acting(() =>
        {
            Thread.CurrentThread.Interrupt();
            throw new FormatException();
        });
        Allocator.Register(shrinker);
        object changing = Peek.Changing(Peek.Shrinkers(Allocator));
        Exception? thrown = null;
        bool interrupted = false;
        var reclaimer = new Thread(() =>
        {
            thrown = Record.Exception(() => Allocator.Reclaim(GfpFlags.Kernel));
            interrupted = Record.Exception(() => Thread.Sleep(1)) is ThreadInterruptedException;
        })
        { IsBackground = true };
        lock (changing)
        {
            reclaimer.Start();
            Deadline.Until(() => shrinker.Calls > 0);
            Thread.Sleep(50);
        }

        Assert.True(reclaimer.Join(Deadline.Generous));
        Assert.Null(thrown);
        Assert.True(interrupted);
        Assert.IsType<FormatException>(shrinker.Failure);
        Assert.False(Allocator.Unregister(shrinker));
    }

    [Fact]
    public void A_thread_that_takes_one_out_waits_although_it_is_interrupted()
    {
        using var inside = new ManualResetEventSlim();
        using var leave = new ManualResetEventSlim();
        bool left = false;
        var shrinker = new Acting(() =>
        {
            inside.Set();
            leave.Wait();
            Volatile.Write(ref left, true);
        });
        Allocator.Register(shrinker);
        var reclaimer = new Thread(() => Allocator.Reclaim(GfpFlags.Kernel)) { IsBackground = true };
        reclaimer.Start();
        Assert.True(inside.Wait(Deadline.Generous));

        bool removed = false, leftThen = false, interrupted = false;
        var remover = new Thread(() =>
        {
            removed = Allocator.Unregister(shrinker);
            leftThen = Volatile.Read(ref left);
            try
            {
                Thread.Sleep(1);
            }
            catch (ThreadInterruptedException)
            {
                interrupted = true;
            }
        })
        { IsBackground = true };
        remover.Start();
        for (int i = 0; i < 20; i++)
        {
            remover.Interrupt();
            Thread.Sleep(1);
        }

        Assert.True(remover.IsAlive);
        leave.Set();
        Assert.True(remover.Join(Deadline.Generous));
        Assert.True(reclaimer.Join(Deadline.Generous));
        Assert.True(removed && leftThen && interrupted);
    }
}
