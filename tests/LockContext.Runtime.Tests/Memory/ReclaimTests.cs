using System.Diagnostics;
using System.Threading;
using Xunit;

namespace LockContext.Runtime.Tests;

public sealed unsafe class ReclaimTests : PageAllocatorFixture
{
    [Fact]
    public void Direct_reclaim_collects_the_lists()
    {
        // Movable pages on the list, an unmovable block wanted: the list itself cannot serve it.
        Alloc(GfpFlags.Kernel | GfpFlags.Movable);
        LeaveFree(64, keepLists: true);
        int listed = Now.CpuListPages;
        Assert.Equal(0, Alloc(GfpFlags.NoWait));
        Assert.NotEqual(0, Alloc(GfpFlags.Kernel));
        Assert.Equal(1, Now.DirectReclaims);
        Assert.Equal(listed, Now.ReclaimedPages);
    }

    [Fact]
    public void Waiting_is_bounded_by_patience()
    {
        LeaveFree(64);
        var watch = Stopwatch.StartNew();
        Assert.Equal(0, Alloc(GfpFlags.Kernel));
        Assert.InRange(watch.ElapsedMilliseconds, 40, 5000);
    }

    [Theory]
    [InlineData(GfpFlags.Kernel | GfpFlags.NoRetry, 0)]
    [InlineData(GfpFlags.Kernel, 5)]
    public void Some_do_not_wait_at_all(GfpFlags flags, int order)
    {
        using var patient = new PageAllocator(Small with { ReclaimPatience = 60_000 });
        while (patient.AllocPages(GfpFlags.MemAlloc, PageAllocator.MaxOrder) != null)
        {
        }

        Assert.True(patient.AllocPages(flags, order) == null);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_waiter_gets_a_page_that_somebody_frees(bool withoutLocks)
    {
        using var patient = new PageAllocator(Small with { ReclaimPatience = 60_000 });
        void* first = patient.AllocPages(GfpFlags.MemAlloc, PageAllocator.MaxOrder);
        void* second = patient.AllocPages(GfpFlags.MemAlloc, PageAllocator.MaxOrder);
        nint got = 0;
        var waiter = new Thread(() => Volatile.Write(ref got, (nint)patient.AllocPages(GfpFlags.Kernel | GfpFlags.NoFail, 0)));
        waiter.Start();
        Assert.False(waiter.Join(30));
        if (withoutLocks) patient.FreePagesNoLocks(first, PageAllocator.MaxOrder);
        else patient.FreePages(first, PageAllocator.MaxOrder);
        Assert.True(waiter.Join(10_000));
        Assert.NotEqual(0, got);
        patient.FreePages((void*)got, 0);
        patient.FreePages(second, PageAllocator.MaxOrder);
    }

    [Fact]
    public void A_single_page_freed_to_a_list_reaches_a_waiter()
    {
        using var patient = new PageAllocator(Small with { ReclaimPatience = 60_000, MinFreePages = 0 });
        void* page = patient.AllocPages(GfpFlags.MemAlloc, 0);
        patient.Drain();
        while (patient.GetStatistics().FreePages > 0)
        {
            for (int order = PageAllocator.MaxOrder; order >= 0; order--) patient.AllocPages(GfpFlags.MemAlloc, order);
            patient.Drain();
        }

        nint got = 0;
        var waiter = new Thread(() => Volatile.Write(ref got, (nint)patient.AllocPages(GfpFlags.Kernel, 0)));
        waiter.Start();
        Assert.False(waiter.Join(30));
        patient.FreePages(page, 0);
        Assert.True(waiter.Join(10_000));
        Assert.Equal((nint)page, got);
    }

    [Fact]
    public void While_somebody_waits_frees_go_past_the_lists()
    {
        nint first = Alloc(GfpFlags.Kernel);
        nint second = Alloc(GfpFlags.Kernel);
        MemoryPressure pressure = Peek.Pressure(Allocator);
        pressure.BeginWait();
        int listed = Now.CpuListPages, free = Now.FreePages;
        Free(first);
        Assert.Equal(listed, Now.CpuListPages);
        Assert.Equal(free + 1, Now.FreePages);
        pressure.EndWait();
        Free(second);
        Assert.Equal(listed + 1, Now.CpuListPages);
    }

    [Fact]
    public void An_interrupted_waiter_gives_up_and_stays_interrupted()
    {
        LeaveFree(64);
        using var patient = new PageAllocator(Small with { ReclaimPatience = 60_000 });
        while (patient.AllocPages(GfpFlags.MemAlloc, PageAllocator.MaxOrder) != null)
        {
        }

        nint got = 1;
        bool interrupted = false;
        var waiter = new Thread(() =>
        {
            got = (nint)patient.AllocPages(GfpFlags.Kernel, 0);
            try
            {
                Thread.Sleep(5000);
            }
            catch (ThreadInterruptedException)
            {
                interrupted = true;
            }
        });
        waiter.Start();
        Assert.False(waiter.Join(30));
        waiter.Interrupt();
        Assert.True(waiter.Join(10_000));
        Assert.Equal(0, got);
        Assert.True(interrupted);
    }

    [Fact]
    public void The_background_reclaimer_is_woken_below_low_and_collects_the_lists()
    {
        using var allocator = new PageAllocator(Small with { BackgroundReclaim = true, CpuListHighFraction = 8 });

        // Fill the list, with movable pages, then take the zone down to its low mark.
        var pages = new nint[200];
        for (int i = 0; i < pages.Length; i++) pages[i] = (nint)allocator.AllocPages(GfpFlags.Kernel | GfpFlags.Movable, 0);
        foreach (nint page in pages) allocator.FreePages((void*)page, 0);
        Assert.True(allocator.GetStatistics().CpuListPages > 100);
        BuddyZone zone = Peek.Zone(allocator);
        while (zone.Allocate(0, MigrateType.Movable, 70) != PageFrames.None)
        {
        }

        Assert.Equal(0, allocator.GetStatistics().BackgroundWakeups);
        Assert.True(allocator.AllocPages(GfpFlags.None, 0) != null);
        Assert.Equal(0, allocator.GetStatistics().BackgroundWakeups);
        Assert.True(allocator.AllocPages(GfpFlags.NoWait, 0) != null);
        Assert.True(allocator.GetStatistics().BackgroundWakeups > 0);
        Assert.True(SpinWait.SpinUntil(() => allocator.GetStatistics() is { CpuListPages: 0, BackgroundRuns: > 0 }, 5000));
    }
}
