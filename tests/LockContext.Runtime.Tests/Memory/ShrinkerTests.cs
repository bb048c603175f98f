using System;
using System.Collections.Generic;
using System.Threading;
using Xunit;

namespace LockContext.Runtime.Tests;

/// <summary>A cache of pages that gives them up when asked, newest first.</summary>
internal sealed unsafe class PageCache(PageAllocator allocator) : Shrinker
{
    private readonly Stack<nint> _pages = new();

    internal List<ReclaimControl> Scans { get; } = [];

    internal Func<ReclaimControl, bool> Agrees { get; init; } = _ => true;

    internal int Held
    {
        get
        {
            lock (_pages) return _pages.Count;
        }
    }

    /// <summary>Fills itself with all that allocations of these flags may have.</summary>
    internal PageCache Fill(GfpFlags flags = GfpFlags.NoWait, int most = int.MaxValue)
    {
        while (Held < most && (nint)allocator.AllocPages(flags, 0) is var page and not 0)
        {
            lock (_pages) _pages.Push(page);
        }

        return this;
    }

    internal void Empty()
    {
        lock (_pages)
        {
            while (_pages.TryPop(out nint page)) allocator.FreePages((void*)page, 0);
        }
    }

    public override long Count(in ReclaimControl control) => Held;

    public override long Scan(in ReclaimControl control)
    {
        lock (_pages)
        {
            Scans.Add(control);
            if (!Agrees(control)) return Stop;
            long freed = 0;
            for (; freed < control.ToScan && _pages.TryPop(out nint page); freed++) allocator.FreePages((void*)page, 0);
            return freed;
        }
    }
}

/// <summary>Says that it has more pages than there can be.</summary>
internal sealed class Boaster(long frees) : Shrinker
{
    private int _scans;

    internal int Scans => Volatile.Read(ref _scans);

    public override long Count(in ReclaimControl control) => long.MaxValue;

    public override long Scan(in ReclaimControl control)
    {
        Interlocked.Increment(ref _scans);
        return frees;
    }
}

public sealed unsafe class ShrinkerTests : PageAllocatorFixture
{
    /// <summary>"As much as you like", and none of it; or more than there can be. Either is asked, and neither hangs anybody nor spoils the sums.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(long.MaxValue)]
    [InlineData(long.MinValue)]
    public void A_shrinker_that_boasts(long frees)
    {
        var boaster = new Boaster(frees);
        Allocator.Register(boaster);
        LeaveFree(0);
        using var group = new MemoryGroup("asks");
        using (group.Enter())
        {
            var asker = new Thread(() =>
            {
                using (group.Enter()) Alloc(GfpFlags.Kernel | GfpFlags.NoRetry | GfpFlags.NoWarn);
            }) { IsBackground = true };
            asker.Start();
            Assert.True(asker.Join(Deadline.Generous), "it is asked for ever");
        }

        Assert.True(boaster.Scans > 0);
        Assert.Null(boaster.Failure);
        Assert.True(group.ReclaimedPages >= 0 && Now.ShrunkPages >= 0 && group.Debt == 0);
        Allocator.Unregister(boaster);
    }

    /// <summary>It says each time that it has freed something, and has not: the background thread stops asking after a while, and does not turn for ever.</summary>
    [Fact]
    public void The_background_thread_does_not_believe_everything()
    {
        using var pages = new PageAllocator(new PageAllocatorOptions { Pages = 4096, ReclaimPatience = 1, IdleTrimDelay = 3_600_000 });
        var liar = new Boaster(1);
        pages.Register(liar);
        var taken = new List<nint>();
        for (nint page; (page = (nint)pages.AllocPages(GfpFlags.NoWait, 0)) != 0;) taken.Add(page);
        Deadline.Until(() => pages.GetStatistics().BackgroundRuns > 0);
        Assert.True(liar.Scans > 0);
        foreach (nint page in taken) pages.FreePages((void*)page, 0);
        pages.Unregister(liar);
    }

    [Fact]
    public void No_shrinker_is_none()
    {
        Assert.Throws<ArgumentNullException>(() => Allocator.Register(null!));
        Assert.Throws<ArgumentNullException>(() => Allocator.Unregister(null!));
    }

    [Fact]
    public void Direct_reclaim_gets_pages_from_a_cache()
    {
        var cache = new PageCache(Allocator);
        Allocator.Register(cache);
        cache.Fill();
        int held = cache.Held;
        Assert.NotEqual(0, Alloc(GfpFlags.Kernel));
        Assert.True(cache.Held < held);
        Assert.Equal(held - cache.Held, Now.ShrunkPages);
        Assert.Equal(1, Now.DirectReclaims);
        Assert.All(cache.Scans, scan => Assert.Equal((GfpFlags.Kernel, false), (scan.Flags, scan.IsBackground)));
        cache.Empty();
    }

    [Fact]
    public void Nobody_else_asks_it()
    {
        var cache = new PageCache(Allocator);
        Allocator.Register(cache);
        cache.Fill();
        Assert.Equal(0, Alloc(GfpFlags.NoWait));
        Assert.Equal(0, Alloc(GfpFlags.NoLocks));
        Assert.NotEqual(0, Alloc(GfpFlags.Atomic));
        using (GfpScope.NoReclaim()) Assert.Equal(0, Alloc(GfpFlags.Kernel));
        Assert.Empty(cache.Scans);
        cache.Empty();
    }

    [Theory]
    [InlineData(GfpFlags.NoFs, GfpFlags.Fs)]
    [InlineData(GfpFlags.NoIo, GfpFlags.Io)]
    public void It_sees_what_the_requester_forbids(GfpFlags flags, GfpFlags forbidden)
    {
        var cache = new PageCache(Allocator) { Agrees = control => (control.Flags & forbidden) != 0 };
        Allocator.Register(cache);
        cache.Fill();
        int held = cache.Held;
        Assert.Equal(0, Alloc(flags | GfpFlags.NoRetry));
        using (forbidden == GfpFlags.Fs ? GfpScope.NoFs() : GfpScope.NoIo()) Assert.Equal(0, Alloc(GfpFlags.Kernel | GfpFlags.NoRetry));
        Assert.Equal(held, cache.Held);
        Assert.NotEqual(0, Alloc(GfpFlags.Kernel));
        cache.Empty();
    }

    [Fact]
    public void Pressure_rises_until_something_comes()
    {
        var cache = new PageCache(Allocator);
        cache.Fill();
        cache.Empty();
        cache.Fill(most: 500);
        Allocator.Register(cache);
        Assert.Equal(0, Allocator.Reclaim(GfpFlags.Kernel) - Now.ShrunkPages);

        // Of 500 pages, a 4 096th is nothing; what is asked for doubles from pass to pass, and what was too little for a call is kept.
        Assert.NotEmpty(cache.Scans);
        Assert.True(cache.Scans[0].Priority < 12);
        Assert.InRange(Now.ShrunkPages, 32, 500);
        cache.Empty();
    }

    [Fact]
    public void One_that_throws_is_not_asked_again_and_the_allocation_goes_on()
    {
        var bad = new Thrower();
        var cache = new PageCache(Allocator);
        Allocator.Register(bad);
        Allocator.Register(cache);
        cache.Fill();
        Assert.NotEqual(0, Alloc(GfpFlags.Kernel));
        Assert.IsType<InvalidTimeZoneException>(bad.Failure);
        Assert.Equal(1, Now.ShrinkerFailures);
        cache.Fill();
        Assert.NotEqual(0, Alloc(GfpFlags.Kernel));
        Assert.Equal(1, bad.Calls);
        Assert.False(Allocator.Unregister(bad));
        cache.Empty();
    }

    [Fact]
    public void One_that_says_it_frees_and_does_not_keeps_nobody_for_ever()
    {
        var liar = new Liar();
        Allocator.Register(liar);
        LeaveFree(64);
        Assert.Equal(0, Alloc(GfpFlags.Kernel));
        Assert.Equal(0, Alloc(GfpFlags.Kernel | GfpFlags.NoRetry));
        using var group = new MemoryGroup("limited") { LimitPages = 0 };
        using (group.Enter()) Assert.Equal(0, Alloc(GfpFlags.Kernel | GfpFlags.Account));
        Assert.True(liar.Scans > 2);
    }

    [Fact]
    public void Allocating_inside_does_not_reclaim_again_and_gets_the_reserve()
    {
        var nested = new Nested(Allocator);
        Allocator.Register(nested);
        LeaveFree(10);
        Assert.Equal(0, Alloc(GfpFlags.Kernel | GfpFlags.NoRetry));
        Assert.True(nested.Got);
        Assert.Equal(1, Now.DirectReclaims);
    }

    [Fact]
    public void Unregistering_waits_for_whoever_is_inside()
    {
        using var inside = new ManualResetEventSlim();
        using var go = new ManualResetEventSlim();
        var slow = new Slow(inside, go);
        Allocator.Register(slow);
        var worker = new Thread(() => Allocator.Reclaim(GfpFlags.Kernel));
        worker.Start();
        inside.Wait();
        var remover = new Thread(() => Assert.True(Allocator.Unregister(slow)));
        remover.Start();
        Assert.False(remover.Join(50));
        go.Set();
        Assert.True(remover.Join(30_000));
        Assert.True(slow.Left);
        worker.Join();
    }

    [Fact]
    public void Misuse()
    {
        var cache = new PageCache(Allocator);
        Assert.Throws<ArgumentNullException>(() => Allocator.Register(null!));
        Assert.False(Allocator.Unregister(cache));
        Allocator.Register(cache);
        Assert.Throws<InvalidOperationException>(() => Allocator.Register(cache));
        Assert.True(Allocator.Unregister(cache));
        var self = new SelfRemover(Allocator);
        Allocator.Register(self);
        Allocator.Reclaim(GfpFlags.Kernel);
        Assert.IsType<InvalidOperationException>(self.Failure);
    }

    [Fact]
    public void The_background_thread_asks_until_the_high_mark_is_reached()
    {
        using var allocator = new PageAllocator(Small with { BackgroundReclaim = true });
        var cache = new PageCache(allocator);
        allocator.Register(cache);
        cache.Fill(GfpFlags.None);
        Assert.Equal(0, allocator.GetStatistics().BackgroundWakeups);
        void* page = allocator.AllocPages(GfpFlags.NoWait, 0);
        Assert.True(SpinWait.SpinUntil(() => allocator.GetStatistics() is var now && now.FreePages >= now.HighMark, 20_000), allocator.GetStatistics().ToString());
        Assert.Contains(cache.Scans, scan => scan.IsBackground);
        Assert.Equal(0, allocator.GetStatistics().DirectReclaims);
        allocator.FreePages(page, 0);
        cache.Empty();
    }

    [Fact]
    public void A_failure_nobody_expected_leaves_a_report()
    {
        Assert.Null(Allocator.LastFailure);
        LeaveFree(64);
        Alloc(GfpFlags.NoWait);
        Alloc(GfpFlags.NoLocks);
        Assert.Null(Allocator.LastFailure);
        using var group = new MemoryGroup("tests");
        using (group.Enter()) Assert.Equal(0, Alloc(GfpFlags.Kernel | GfpFlags.NoRetry | GfpFlags.Zero, 2));
        PageFailure failure = Allocator.LastFailure!.Value;
        Assert.Equal((GfpFlags.Kernel | GfpFlags.NoRetry | GfpFlags.Zero, 2, "tests", 64), (failure.Flags, failure.Order, failure.Group, failure.Statistics.FreePages));
        Assert.Contains("page allocation failure: order:2, mode:0x10dc0(GFP_KERNEL|__GFP_ZERO|__GFP_NORETRY), group=tests", failure.ToString(), StringComparison.Ordinal);
        Assert.Contains("free:64 ", failure.ToString(), StringComparison.Ordinal);
    }

    private sealed class Thrower : Shrinker
    {
        internal int Calls { get; private set; }

        public override long Count(in ReclaimControl control)
        {
            Calls++;
            throw new InvalidTimeZoneException();
        }

        public override long Scan(in ReclaimControl control) => Stop;
    }

    private sealed class Liar : Shrinker
    {
        internal int Scans { get; private set; }

        public override long Count(in ReclaimControl control) => 1000;

        public override long Scan(in ReclaimControl control)
        {
            Scans++;
            return control.ToScan;
        }
    }

    private sealed class Nested(PageAllocator allocator) : Shrinker
    {
        internal bool Got { get; private set; }

        public override long Count(in ReclaimControl control)
        {
            void* page = allocator.AllocPages(GfpFlags.Kernel, 0);
            Got |= page != null;
            allocator.FreePages(page, 0);
            return 0;
        }

        public override long Scan(in ReclaimControl control) => Stop;
    }

    private sealed class Slow(ManualResetEventSlim inside, ManualResetEventSlim go) : Shrinker
    {
        internal bool Left { get; private set; }

        public override long Count(in ReclaimControl control)
        {
            inside.Set();
            go.Wait();
            Left = true;
            return 0;
        }

        public override long Scan(in ReclaimControl control) => Stop;
    }

    private sealed class SelfRemover(PageAllocator allocator) : Shrinker
    {
        public override long Count(in ReclaimControl control)
        {
            allocator.Unregister(this);
            return 0;
        }

        public override long Scan(in ReclaimControl control) => Stop;
    }
}
