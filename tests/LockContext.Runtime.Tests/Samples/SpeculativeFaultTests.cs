using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Threading;
using SpeculativeFaults;
using Xunit;

namespace LockContext.Runtime.Tests;

/// <summary>The sample <c>samples/SpeculativeFaults</c>: each layer by itself, the races that it has to survive in a fixed order, and all of it at once.</summary>
[Collection(TortureRuns.Name)]
public sealed unsafe class SpeculativeFaultTests : IDisposable
{
    private const nuint Page = PageAllocator.PageSize;
    private const nuint Leaf = 512 * Page;

    private readonly PageAllocator _pages = new(new PageAllocatorOptions { Pages = 4096, ReclaimPatience = 5, BackgroundReclaim = false });
    private readonly AddressSpace _space;

    public SpeculativeFaultTests() => _space = new AddressSpace(_pages);

    public void Dispose()
    {
        _space.Dispose();
        Rcu.FreeBarrier();
        _pages.Drain();
        Assert.Equal(0, _pages.GetStatistics().AllocatedPages);
        _pages.Dispose();
    }

    private static readonly string[] s_ways = ["lock", "range", "speculative", "steps", "fault"];

    public static TheoryData<string> Ways => [.. s_ways];

    [Theory]
    [MemberData(nameof(Ways))]
    public void A_fault_maps_a_page_once(string way)
    {
        Assert.True(_space.Map(0, 4 * Page));
        Assert.Equal(FaultResult.Served, Fault(_space, way, Page + 123));
        Assert.True(_space.IsPresent(Page));
        Assert.False(_space.IsPresent(0));
        Assert.Equal(FaultResult.Served, Fault(_space, way, Page));
        Assert.Equal((1, 2), _space.Count());
        Assert.Equal(1, _pages.GetStatistics().AllocatedPages);
        Assert.NotEqual(FaultResult.Served, Fault(_space, way, 8 * Page));
    }

    [Fact]
    public void Ranges_do_not_overlap_and_are_found()
    {
        Assert.True(_space.Map(4 * Page, 8 * Page));
        Assert.False(_space.Map(7 * Page, 9 * Page));
        Assert.False(_space.Map(0, 5 * Page));
        Assert.True(_space.Map(8 * Page, 9 * Page));
        Assert.True(_space.Map(0, 4 * Page));
        Assert.Equal(FaultResult.Served, _space.TrySpeculative(8 * Page));
        Assert.True(_space.Unmap(5 * Page));
        Assert.Equal(FaultResult.Unmapped, _space.TrySpeculative(5 * Page));
        Assert.Throws<ArgumentOutOfRangeException>(() => _space.Map(1, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => _space.Map(Page, Page));
    }

    /// <summary>Row 56: memory of files is left to the classical way.</summary>
    [Fact]
    public void Files_are_left_to_the_lock()
    {
        _space.Map(0, Page, isAnonymous: false);
        Assert.Equal(FaultResult.Retry, _space.TrySpeculative(0));
        Assert.Equal(FaultResult.Retry, _space.TryInSteps(0));
        Assert.Equal(FaultResult.Served, _space.Fault(0));
        Assert.Equal(1, _space.Retried);
    }

    /// <summary>Rows 61 and 86: a writer sleeps inside of the hooks, waiting for a fault that has the range; readers that take no lock do not wait for him, nor he for them.</summary>
    [Fact]
    public void Readers_never_wait_for_a_writer_and_a_writer_may_sleep()
    {
        _space.Map(0, Page);
        using var inside = new ManualResetEventSlim();
        using var go = new ManualResetEventSlim();
        _space.IsStillThere = (_, _) =>
        {
            inside.Set();
            go.Wait();
            return true;
        };
        var fault = new Thread(() => _space.FaultUnderRangeLock(0));
        fault.Start();
        Assert.True(inside.Wait(Deadline.Generous));
        var writer = new Thread(() => _space.Unmap(0));
        writer.Start();

        // It has begun to write, and sleeps until the fault is through.
        Deadline.Until(() => _space.TrySpeculative(0) == FaultResult.Retry);
        for (int i = 0; i < 1000; i++) Assert.Equal(FaultResult.Retry, _space.TrySpeculative(0));
        Assert.True(writer.IsAlive);
        go.Set();
        Assert.True(writer.Join(Deadline.Generous) && fault.Join(Deadline.Generous));
        Assert.Equal((0, 0), _space.Count());
    }

    /// <summary>Rows 84 and 85: the tables go between the making of one level and the next.</summary>
    [Theory]
    [InlineData("speculative")]
    public void A_table_that_goes_while_the_next_is_made_loses_nothing(string way)
    {
        _space.Map(0, Page);
        int calls = 0;
        _space.Between = () =>
        {
            // The middle table is in its place, and the one below it about to be.
            if (++calls != 2) return;
            var other = new Thread(() => Assert.True(_space.Unmap(0)));
            other.Start();
            Assert.True(other.Join(Deadline.Generous));
        };
        Assert.Equal(FaultResult.Retry, Fault(_space, way, 0));
        Assert.Equal(2, calls);
        Assert.Equal((0, 0), _space.Count());
    }

    /// <summary>Row 81: unmapped between the look-up and the lock.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_range_that_has_gone_before_it_was_locked_is_noticed(bool looks)
    {
        _space.Map(0, Page);
        if (!looks) _space.IsStillThere = static (_, _) => true;
        bool gone = false;
        _space.Between = () =>
        {
            if (gone) return;
            gone = true;
            var other = new Thread(() => Assert.True(_space.Unmap(0)));
            other.Start();
            Assert.True(other.Join(Deadline.Generous));
        };
        FaultResult result = _space.FaultUnderRangeLock(0);

        // The twin that does not look puts a page where nobody has mapped anything.
        Assert.Equal(looks ? FaultResult.Retry : FaultResult.Served, result);
        Assert.Equal(looks, _space.Count() == (0, 0));
        if (!looks) _space.Discard(0, Page);
    }

    /// <summary>Row 87: a table that neighbours need stays.</summary>
    [Fact]
    public void Tables_go_when_nobody_else_needs_them()
    {
        _space.Map(0, Page);
        _space.Map(Leaf - Page, Leaf + Page);
        _space.Map(Leaf + Page, Leaf + (2 * Page));
        foreach (nuint address in new nuint[] { 0, Leaf - Page, Leaf, Leaf + Page }) Assert.Equal(FaultResult.Served, _space.Fault(address));
        Assert.Equal((4, 3), _space.Count());
        _space.Unmap(Leaf);
        Assert.Equal((2, 3), _space.Count());
        Assert.True(_space.IsPresent(0) && _space.IsPresent(Leaf + Page) && !_space.IsPresent(Leaf) && !_space.IsPresent(Leaf - Page));
        _space.Unmap(Leaf + Page);
        Assert.Equal((1, 2), _space.Count());
        _space.Unmap(0);
        Assert.Equal((0, 0), _space.Count());
    }

    /// <summary>Rows 66 and 67.</summary>
    [Fact]
    public void Empty_tables_are_reclaimed_and_made_again()
    {
        _space.Map(0, 3 * Leaf);
        for (nuint leaf = 0; leaf < 3; leaf++) _space.Fault(leaf * Leaf);
        Assert.Equal(0, _space.ReclaimTables());
        _space.Discard(Leaf, 3 * Leaf);
        Assert.Equal((1, 4), _space.Count());
        Assert.Equal(2, _space.ReclaimTables());
        Assert.Equal((1, 2), _space.Count());
        Assert.Equal(FaultResult.Served, _space.TrySpeculative(Leaf));
        Assert.Equal((2, 3), _space.Count());
    }

    /// <summary>Rows 78 and 79.</summary>
    [Fact]
    public void Without_memory_it_leaves_the_section_and_a_missing_table_may_be_left_to_the_lock()
    {
        _space.Map(0, 2 * Page);
        _space.MissingTable = MissingTable.LeaveToLock;
        Assert.Equal(FaultResult.Retry, _space.TrySpeculative(0));
        Assert.Equal(FaultResult.Served, _space.Fault(0));
        Assert.Equal(FaultResult.Served, _space.TrySpeculative(Page));

        _space.MissingTable = MissingTable.Allocate;
        _space.Map(2 * Page, 4 * Page);
        _pages.FaultInjection = new FaultInjection();
        Assert.Equal(FaultResult.RetryAfterReclaim, _space.TrySpeculative(2 * Page));
        long reclaims = _pages.GetStatistics().DirectReclaims;
        Assert.Equal(FaultResult.Served, _space.Fault(2 * Page));
        Assert.Equal(reclaims, _pages.GetStatistics().DirectReclaims);
        _pages.FaultInjection = null;
    }

    /// <summary>Row 83: what one long section has read is void when anybody changes a mapping; short ones go by their own range.</summary>
    [Fact]
    public void Changes_elsewhere_disturb_one_long_section_and_not_short_ones()
    {
        _space.Map(0, Page);
        _space.Map(Leaf, Leaf + Page);
        bool once = false;
        _space.Between = () =>
        {
            if (once) return;
            once = true;
            var other = new Thread(() => _space.Unmap(Leaf));
            other.Start();
            other.Join();
        };
        Assert.Equal(FaultResult.Retry, _space.TrySpeculative(0));
        _space.Between = null;
        Assert.Equal(FaultResult.Served, _space.TryInSteps(0));
    }

    /// <summary>Row 68: faults of all kinds, while ranges come and go, pages are discarded and empty tables are taken away.</summary>
    [Theory]
    [InlineData(TableProtection.ReadSection)]
    [InlineData(TableProtection.InterruptsOff)]
    public void All_at_once(TableProtection protection)
    {
        using var space = new AddressSpace(_pages, protection);
        const int Ranges = 6;
        TimeSpan duration = TortureRuns.Duration(TimeSpan.FromSeconds(2));
        var watch = Stopwatch.StartNew();
        Exception? trouble = null;
        long[] served = new long[s_ways.Length];
        var threads = new List<Thread>();
        for (int i = 0; i < s_ways.Length; i++)
        {
            int mine = i;
            string way = s_ways[i];
            threads.Add(new Thread(() => Try(random =>
            {
                nuint address = ((nuint)random.Next(Ranges) * Leaf) + ((nuint)random.Next(64) * Page);
                if (Fault(space, way, address) == FaultResult.Served) served[mine]++;
            }, mine)));
        }

        threads.Add(new Thread(() => Try(random =>
        {
            // Half of each table's range, so that neighbours share tables.
            nuint start = (nuint)random.Next(Ranges * 2) * (Leaf / 2);
            if (random.Next(2) == 0) space.Map(start, start + (Leaf / 2));
            else space.Unmap(start);
        }, 100)));
        threads.Add(new Thread(() => Try(random =>
        {
            nuint start = (nuint)random.Next(Ranges) * Leaf;
            space.Discard(start, start + Leaf);
            space.ReclaimTables();
            Thread.Sleep(1);
        }, 200)));
        foreach (Thread thread in threads) thread.Start();
        foreach (Thread thread in threads) Assert.True(thread.Join(duration + Deadline.Generous));
        Assert.Null(trouble);
        Assert.All(served, count => Assert.True(count > 100, string.Join(' ', served)));

        // Every page that is allocated is mapped, and nothing is mapped where no range is.
        (long pages, _) = space.Count();
        Assert.Equal(_pages.GetStatistics().AllocatedPages, pages);
        for (nuint half = 0; half < Ranges * 2; half++) space.Unmap(half * (Leaf / 2));
        Assert.Equal((0, 0), space.Count());
        Assert.Equal(0, space.LiveTables);

        void Try(Action<Random> step, int seed)
        {
            try
            {
                var random = new Random(seed);
                while (watch.Elapsed < duration && Volatile.Read(ref trouble) is null) step(random);
            }
            catch (Exception exception)
            {
                Volatile.Write(ref trouble, exception);
            }
        }
    }

    private static FaultResult Fault(AddressSpace space, string way, nuint address) => way switch
    {
        "lock" => space.FaultUnderLock(address),
        "range" => space.FaultUnderRangeLock(address),
        "speculative" => space.TrySpeculative(address),
        "steps" => space.TryInSteps(address),
        _ => space.Fault(address),
    };
}
