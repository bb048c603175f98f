using System;
using System.Diagnostics;
using System.Threading;
using SpeculativeFaults;
using Xunit;

namespace LockContext.Runtime.Tests;

/// <summary>Rows 64 and 84: tables that are walked while somebody frees them, by either scheme, and inserted into while somebody unlinks them; and what comes of it without the one or the other.</summary>
[Collection(TortureRuns.Name)]
public sealed unsafe class TableProtectionTests : IDisposable
{
    private const nuint Page = PageAllocator.PageSize;
    private const nuint Leaf = 512 * Page;

    private readonly PageAllocator _pages = new(new PageAllocatorOptions { Pages = 4096, ReclaimPatience = 5, BackgroundReclaim = false });

    public void Dispose()
    {
        Rcu.FreeBarrier();
        _pages.Dispose();
    }

    [Fact]
    public void With_interrupts_off_only_tables_that_exist_are_filled()
    {
        using var space = new AddressSpace(_pages, TableProtection.InterruptsOff);
        Assert.True(space.Map(0, 4 * Page));
        Assert.Equal(FaultResult.Retry, space.TrySpeculative(0));
        Assert.Equal(0, _pages.GetStatistics().AllocatedPages);
        Assert.Equal(FaultResult.Served, space.Fault(0));
        Assert.Equal(FaultResult.Served, space.TrySpeculative(Page));
        Assert.Equal(FaultResult.Served, space.TrySpeculative(Page));
        Assert.Equal((2, 2), space.Count());
        Assert.Equal(FaultResult.Unmapped, space.TrySpeculative(4 * Page));
        Assert.True(space.IsPresent(Page) && !space.IsPresent(2 * Page));
        Assert.True(space.Unmap(0));
        Assert.Equal((0, 0), space.Count());
        Assert.Equal(0, space.LiveTables);
    }

    /// <summary>With interrupts off it is whoever unlinks that waits; with read sections nobody does, and the memory goes later.</summary>
    [Theory]
    [InlineData(TableProtection.InterruptsOff)]
    [InlineData(TableProtection.ReadSection)]
    public void Tables_stay_while_somebody_walks_them(TableProtection protection)
    {
        using var space = new AddressSpace(_pages, protection);
        using Stopped walker = StopInside(space);
        Thread writer = Unmap(space);
        if (protection == TableProtection.ReadSection)
        {
            Assert.True(writer.Join(Deadline.Generous));
            RcuWorker.Instance.DrainSoon();
            Thread.Sleep(20);
        }
        else
        {
            // It has unlinked them and waits.
            Deadline.Until(() => space.TrySpeculative(0) == FaultResult.Retry);
            Thread.Sleep(20);
            Assert.True(writer.IsAlive);
            Assert.Equal(2, space.LiveTables);
        }

        Assert.NotEqual((nuint)0, KernelMemory.UsableSize((void*)walker.Table));
        walker.Go();
        Assert.True(writer.Join(Deadline.Generous));
        Rcu.FreeBarrier();
        Assert.Equal((nuint)0, KernelMemory.UsableSize((void*)walker.Table));
        Assert.Equal(0, space.LiveTables);
    }

    /// <summary>The twin that has the tables freed at once, interrupts or not: memory that somebody walks through is gone.</summary>
    [Fact]
    public void Freeing_without_the_interrupt_is_caught()
    {
        using var space = new AddressSpace(_pages, TableProtection.InterruptsOff);
        space.Walks.WaitForWalkers = static () => { };
        using Stopped walker = StopInside(space);
        Assert.True(Unmap(space).Join(Deadline.Generous));
        Assert.Equal((nuint)0, KernelMemory.UsableSize((void*)walker.Table));
    }

    /// <summary>The twin that takes its read section for a lock: the table is still memory, but nobody's any more, and what is put below it is lost.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Who_inserts_blindly_loses_tables(bool blindly)
    {
        using var space = new AddressSpace(_pages) { InsertsBlindly = blindly };
        space.Map(0, Page);
        int calls = 0;
        space.Between = () =>
        {
            // The middle table is in its place, and the one below it about to be.
            if (++calls != 2) return;
            Assert.True(Unmap(space).Join(Deadline.Generous));
        };
        Assert.Equal(FaultResult.Retry, space.TrySpeculative(0));
        Assert.Equal(blindly ? 1 : 0, Lost(space));
        space.Between = null;
        space.ReclaimTables();
        Assert.Equal(blindly ? 1 : 0, space.LiveTables);
    }

    /// <summary>The same without a fixed order: faults, and ranges that come and go.</summary>
    [Fact]
    public void Lost_tables_are_caught_at_random()
    {
        using (var good = new AddressSpace(_pages)) Assert.Equal(0, Torture(good, TimeSpan.FromSeconds(1)));
        var watch = Stopwatch.StartNew();
        long lost = 0;
        while (lost == 0 && watch.Elapsed < Deadline.Generous)
        {
            using var twin = new AddressSpace(_pages) { InsertsBlindly = true };
            lost = Torture(twin, TimeSpan.FromMilliseconds(300));
        }

        Assert.True(lost > 0, "no table was lost");
    }

    private static long Torture(AddressSpace space, TimeSpan duration)
    {
        var watch = Stopwatch.StartNew();
        var threads = new Thread[4];
        for (int i = 0; i < threads.Length; i++)
        {
            bool maps = i == 0;
            threads[i] = new Thread(seed =>
            {
                var random = new Random((int)seed!);
                while (watch.Elapsed < duration)
                {
                    nuint address = (nuint)random.Next(2) * Leaf;
                    if (!maps) space.TrySpeculative(address);
                    else if (!space.Map(address, address + Page)) space.Unmap(address);
                    if (random.Next(16) == 0) Thread.Yield();
                }
            });
            threads[i].Start(i);
        }

        foreach (Thread thread in threads) Assert.True(thread.Join(Deadline.Generous));
        return Lost(space);
    }

    // Made and not freed, and not to be found.
    private static long Lost(AddressSpace space) => space.LiveTables - space.Count().Tables;

    private static Thread Unmap(AddressSpace space)
    {
        var writer = new Thread(() => space.Unmap(0));
        writer.Start();
        return writer;
    }

    // Somebody who has walked down to the table of pages of address 0, and is stopped there.
    private static Stopped StopInside(AddressSpace space)
    {
        space.Map(0, Page);
        Assert.Equal(FaultResult.Served, space.Fault(0));
        space.Discard(0, Page);
        return new Stopped(space);
    }

    private sealed class Stopped : IDisposable
    {
        private readonly ManualResetEventSlim _inside = new();
        private readonly ManualResetEventSlim _go = new();
        private readonly Thread _thread;

        internal Stopped(AddressSpace space)
        {
            space.Between = () =>
            {
                if (Thread.CurrentThread != _thread) return;
                _inside.Set();
                _go.Wait();
            };
            _thread = new Thread(() => space.IsPresent(0));
            Table = (nint)space.Walk(0, out _);
            _thread.Start();
            Assert.True(_inside.Wait(Deadline.Generous));
        }

        internal nint Table { get; }

        internal void Go()
        {
            _go.Set();
            Assert.True(_thread.Join(Deadline.Generous));
        }

        public void Dispose()
        {
            Go();
            _inside.Dispose();
            _go.Dispose();
        }
    }
}
