using System;
using System.Runtime.InteropServices;
using System.Threading;
using Xunit;

namespace LockContext.Runtime.Tests;

/// <summary>What is freed that is not there to be freed: twice, by head or without, or nobody's.</summary>
public sealed unsafe partial class RcuFreeTests
{
    [Fact]
    public void An_object_that_is_freed_twice_is_leaked_and_reported()
    {
        using var reports = new Reports();
        Item* item = Take();
        Item* other = Take();

        // Into blocks all three: linked by their heads they would make a circle, which is another test.
        ProvideBlocks();
        long linked = Rcu.GetStatistics().FreesQueuedByHead;
        Rcu.Free(item, &item->Head);
        Rcu.Free(other, &other->Head);
        Rcu.Free(item, &item->Head);
        Assert.Equal(linked, Rcu.GetStatistics().FreesQueuedByHead);
        Rcu.FreeBarrier();
        reports.Single(RcuReportKind.DoubleFree);
        Assert.Equal(1, _cache.GetStatistics().AllocatedObjects);
        _cache.Free(item);
    }

    [Fact]
    public void An_object_that_is_freed_twice_by_its_head_is_reported_and_hangs_nobody()
    {
        using var reports = new Reports();
        Item* first = Take();
        Item* item = Take();
        Item* other = Take();
        NoBlocks();
        _reader.Do(() =>
        {
            // All on one CPU, or it might be no circle.
            for (int i = 0; i < 1000 && !reports.Any(RcuReportKind.DoubleFree); i++)
            {
                int cpu = Thread.GetCurrentProcessorId();
                Rcu.Free(first, &first->Head);
                Rcu.Free(item, &item->Head);
                Rcu.Free(other, &other->Head);
                Rcu.Free(item, &item->Head);
                Rcu.FreeBarrier();
                if (cpu == Thread.GetCurrentProcessorId()) break;
            }
        });
        Assert.True(reports.Any(RcuReportKind.DoubleFree) || reports.Any(RcuReportKind.FreeRefused));

        // In a circle, what lies behind it is lost.
        if (_cache.GetStatistics().AllocatedObjects == 1) _cache.Free(first);
        Assert.Equal(0, _cache.GetStatistics().AllocatedObjects);
    }

    /// <summary>On one CPU it makes a circle, and what was queued before it cannot be reached; on two, the object is on both lists. What is lost is lost, and not waited for.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_a_double_free_by_head_leaks_is_no_backlog(bool onTwo)
    {
        using var reports = new Reports();
        var items = new nint[6];
        for (int i = 0; i < items.Length; i++) items[i] = (nint)Take();
        NoBlocks();
        long before = Rcu.GetStatistics().RefusedFrees;
        bool pinned = false;
        _reader.Do(() =>
        {
            pinned = Pin(0) && (!onTwo || Pin(1)) && Pin(0);
            if (!pinned) return;

            // Nothing of it is drained before all of it is there.
            Add(0);
            Add(1);
            Add(2);
            if (onTwo) Pin(1);
            Add(3);
            Add(1);
            Add(4);
            Unpin();
        });
        if (!pinned)
        {
            // A machine that has no second CPU for us, or lets nobody choose.
            for (int i = 0; i < 5; i++) _cache.Free((void*)items[i]);
        }

        _cache.Free((void*)items[5]);
        Rcu.FreeBarrier();
        RcuStatistics after = Rcu.GetStatistics();
        Assert.Equal(after.FreesQueued, after.FreesDone);
        Assert.Equal(0, RcuWorker.Instance.Frees.Backlog);
        Assert.Equal(pinned ? 1 : 0, reports.All.Length);
        Assert.Equal(before, after.RefusedFrees);
        if (!pinned) return;
        reports.Single(RcuReportKind.DoubleFree);
        Assert.Equal(1, _cache.GetStatistics().AllocatedObjects);
        _cache.Free((void*)items[0]);

        void Add(int item) => Rcu.Free((void*)items[item], &((Item*)items[item])->Head);
    }

    [Fact]
    public void What_is_not_allocated_any_more_or_none_of_ours_is_refused_and_reported()
    {
        using var reports = new Reports();
        Item* item = Take();
        Rcu.Free(item, &item->Head);
        Rcu.FreeBarrier();
        Rcu.Free(item, &item->Head);
        Item foreign;
        Rcu.Free(&foreign, &foreign.Head);
        Item* good = Take();
        bool same = good == item;
        Rcu.Free(good, &good->Head);
        Rcu.FreeBarrier();
        Assert.Equal(same, reports.Any(RcuReportKind.DoubleFree));
        Assert.True(reports.Any(RcuReportKind.FreeRefused));
        if (same) _cache.Free(good);
        Assert.Equal(0, _cache.GetStatistics().AllocatedObjects);
    }

    // One of the first 64, for the calling thread.
    private static bool Pin(int cpu)
    {
        ulong mask = 1UL << cpu;
        return OperatingSystem.IsLinux() && SetAffinity(0, sizeof(ulong), &mask) == 0 && Thread.GetCurrentProcessorId() == cpu;
    }

    private static void Unpin()
    {
        ulong all = ulong.MaxValue;
        _ = SetAffinity(0, sizeof(ulong), &all);
    }

    [DllImport("libc", EntryPoint = "sched_setaffinity")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetAffinity(int thread, nuint size, ulong* mask);
}
