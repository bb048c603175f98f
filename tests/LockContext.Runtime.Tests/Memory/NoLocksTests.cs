using System.Threading;
using Xunit;

namespace LockContext.Runtime.Tests;

public sealed class NoLocksTests : PageAllocatorFixture
{
    [Fact]
    public void Takes_a_page_from_the_list()
    {
        Free(Alloc(GfpFlags.Kernel));
        Assert.NotEqual(0, Alloc(GfpFlags.NoLocks));
        Assert.Equal(0, Now.NoLocksFailures);
    }

    [Fact]
    public void Is_null_when_every_list_is_empty_and_does_not_refill()
    {
        int free = Now.FreePages;
        Assert.Equal(0, Alloc(GfpFlags.NoLocks));
        Assert.Equal(free, Now.FreePages);
        Assert.Equal(0, Now.Refills);
        Assert.Equal(1, Now.NoLocksFailures);
        Assert.Equal(1, Now.Failures);
        Assert.Equal(0, Now.WarnedFailures);
    }

    [Fact]
    public void Is_null_above_order_0()
    {
        Free(Alloc(GfpFlags.Kernel));
        Assert.Equal(0, Alloc(GfpFlags.NoLocks, 1));
    }

    [Fact]
    public void Is_null_below_low_although_pages_are_listed()
    {
        Alloc(GfpFlags.Kernel);
        Assert.True(Now.CpuListPages > 0);
        LeaveFree(Now.LowMark, keepLists: true);
        Assert.True(Now.CpuListPages > 0);
        Assert.Equal(0, Alloc(GfpFlags.NoLocks));

        LeaveFree(0, keepLists: true);
        FreeAll();
        Assert.NotEqual(0, Alloc(GfpFlags.NoLocks));
    }

    [Fact]
    public void Tries_every_migrate_type()
    {
        Alloc(GfpFlags.Kernel | GfpFlags.Movable);
        Assert.Equal(15, Now.CpuListPages);
        for (int i = 0; i < 15; i++) Assert.NotEqual(0, Alloc(GfpFlags.NoLocks | (i % 2 == 0 ? GfpFlags.Reclaimable : GfpFlags.None)));
        Assert.Equal(15, Now.ForeignTypeHits);
        Assert.Equal(0, Alloc(GfpFlags.NoLocks));
    }

    [Fact]
    public void A_miss_is_counted_whatever_the_type_and_ends_when_anything_is_listed_anywhere()
    {
        nint given = Alloc(GfpFlags.Kernel);
        Free(Alloc(GfpFlags.Kernel | GfpFlags.Reclaimable));
        Allocator.Drain();
        Assert.Equal(0, Alloc(GfpFlags.NoLocks));
        Assert.Equal(0, Alloc(GfpFlags.NoLocks | GfpFlags.Movable));
        Assert.Equal(0, Alloc(GfpFlags.NoLocks | GfpFlags.Reclaimable));
        Assert.Equal((3, 3), (Now.NoLocksFailures, Now.NoLocksFailuresAboveLow));

        // A thread without a list puts it on the CPU's, where it is found by one that has a list.
        var other = new Thread(() => FreeNoLocks(given));
        other.Start();
        other.Join();
        Assert.Equal(given, Alloc(GfpFlags.NoLocks | GfpFlags.Movable));
        Assert.Equal(0, Alloc(GfpFlags.NoLocks | GfpFlags.Movable));

        // And what lies on the thread's own list, of whatever type.
        Free(given);
        Assert.Equal(given, Alloc(GfpFlags.NoLocks | GfpFlags.Reclaimable));
        Assert.Equal(4, Now.NoLocksFailures);
    }

    [Fact]
    public void A_miss_below_low_is_counted_where_it_belongs()
    {
        Free(Alloc(GfpFlags.Kernel));
        LeaveFree(Now.LowMark);
        Assert.Equal(0, Alloc(GfpFlags.NoLocks));
        LeaveFree(Now.MinMark);
        Assert.Equal(0, Alloc(GfpFlags.NoLocks));
        Assert.Equal((0, 1, 1), (Now.NoLocksFailuresAboveLow, Now.NoLocksFailuresAboveMin, Now.NoLocksFailuresBelowMin));
    }

    [Fact]
    public void A_lent_page_returns_to_the_list_of_its_own_type()
    {
        Alloc(GfpFlags.Kernel | GfpFlags.Movable);
        nint lent = Alloc(GfpFlags.NoLocks);
        Free(lent);
        Alloc(GfpFlags.NoLocks | GfpFlags.Movable);
        Assert.Equal(1, Now.ForeignTypeHits);
    }

    [Fact]
    public void Bypasses_the_slow_path()
    {
        LeaveFree(0);
        Assert.Equal(0, Alloc(GfpFlags.NoLocks | GfpFlags.Kernel | GfpFlags.MemAlloc));
        Assert.Equal(0, Now.DirectReclaims);
        Assert.Equal(0, Now.BackgroundWakeups);
    }

    [Fact]
    public void Never_throws_whatever_comes_with_it()
    {
        Free(Alloc(GfpFlags.Kernel));
        Assert.Equal(0, Alloc(GfpFlags.NoLocks, -1));
        Assert.Equal(0, Alloc(GfpFlags.NoLocks, 99));
        Assert.NotEqual(0, Alloc(GfpFlags.NoLocks | GfpFlags.Movable | GfpFlags.Reclaimable));
        Assert.NotEqual(0, Alloc(GfpFlags.NoLocks | GfpFlags.NoFail | GfpFlags.NoRetry | (GfpFlags)0x80000000));
    }

    [Fact]
    public void Counts_as_any_other_allocation()
    {
        Free(Alloc(GfpFlags.Kernel));
        PageAllocatorStatistics before = Now;
        Alloc(GfpFlags.NoLocks);
        Assert.Equal(before.Allocations + 1, Now.Allocations);
        Assert.Equal(before.CpuListHits + 1, Now.CpuListHits);
    }

    [Fact]
    public void Does_not_wait_for_the_zone_lock()
    {
        nint given = Alloc(GfpFlags.Kernel);
        nint block = Alloc(GfpFlags.Kernel, 4);
        ZoneLock zone = Peek.Zone(Allocator).Lock;
        zone.Enter();
        try
        {
            var worker = new Thread(() =>
            {
                while (Alloc(GfpFlags.NoLocks) != 0)
                {
                }

                FreeNoLocks(given);
                FreeNoLocks(block, 4);
            });
            worker.Start();
            Assert.True(worker.Join(5000));
        }
        finally
        {
            zone.Exit();
        }

        Assert.Equal(16, Now.ParkedPages);
    }

    [Fact]
    public void Does_not_wait_for_a_list_in_use()
    {
        nint given = Alloc(GfpFlags.Kernel);

        // A thread that has no list of its own depends on that of the CPU.
        var worker = new Thread(() =>
        {
            ref RawSpinLock list = ref Peek.Lock(Peek.Lists(Allocator).All[0]);
            list.Enter();
            Assert.Equal(0, Alloc(GfpFlags.NoLocks));
            FreeNoLocks(given);
            Assert.Equal(1, Now.ParkedPages);
            list.Exit();
            Assert.NotEqual(0, Alloc(GfpFlags.NoLocks));
        });
        worker.Start();
        Assert.True(worker.Join(5000));
        Assert.Equal(1, Now.ParkedPages);
    }
}
