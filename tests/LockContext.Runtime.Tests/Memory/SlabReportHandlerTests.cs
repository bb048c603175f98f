using System;
using System.Collections.Generic;
using Xunit;

namespace LockContext.Runtime.Tests;

/// <summary>Handlers of slab reports that throw, or call back into what calls them.</summary>
[Collection(SlabHookRuns.Name)]
public sealed unsafe class SlabReportHandlerTests : SlabCacheFixture, IDisposable
{
    private readonly List<SlabReport> _reports = [];

    private SlabCache Watched(int size = 40) => Cache(new SlabCacheOptions { ObjectSize = size, Debug = SlabDebug.Poison | SlabDebug.RedZones });

    private void Throws() => SlabReports.SetHandler(report =>
    {
        _reports.Add(report);
        throw new FormatException(report.Message);
    });

    void IDisposable.Dispose()
    {
        SlabReports.SetHandler(null);
        base.Dispose();
    }

    // All that is not allocated can be, without another slab.
    private static void AssertNothingLost(SlabCache cache, long allocated)
    {
        SlabReports.SetHandler(null);
        SlabCacheStatistics before = cache.GetStatistics();
        Assert.Equal(allocated, before.AllocatedObjects);
        nint[] rest = Take(cache, (int)(before.Objects - allocated));
        Assert.DoesNotContain(0, rest);
        Assert.Equal(before.Slabs, cache.GetStatistics().Slabs);
        cache.FreeBulk(rest);
    }

    [Fact]
    public void What_is_thrown_at_an_allocation_comes_out_and_the_object_stays_free()
    {
        SlabCache cache = Watched();
        void* keep = cache.Alloc(GfpFlags.Kernel);
        var item = (byte*)cache.Alloc(GfpFlags.Kernel);
        cache.Free(item);
        *item = 0;
        Throws();
        Assert.Throws<FormatException>(() => { cache.Alloc(GfpFlags.Kernel); });
        Assert.Equal(1, cache.GetStatistics().AllocatedObjects);

        // One mistake, one report: the object is as good as new.
        Assert.Equal((nint)item, (nint)cache.Alloc(GfpFlags.Kernel));
        Assert.Single(_reports);
        cache.Free(item);
        AssertNothingLost(cache, 1);
        cache.Free(keep);
    }

    [Fact]
    public void What_is_thrown_at_a_free_comes_out_and_the_object_is_free()
    {
        SlabCache cache = Watched();
        void* keep = cache.Alloc(GfpFlags.Kernel);
        var item = (byte*)cache.Alloc(GfpFlags.Kernel);
        item[40] = 0;
        Throws();
        Assert.Throws<FormatException>(() => cache.Free(item));
        Assert.Equal(1, cache.GetStatistics().AllocatedObjects);
        Assert.Equal((nint)item, (nint)cache.Alloc(GfpFlags.Kernel));
        Assert.Single(_reports);
        cache.Free(item);
        AssertNothingLost(cache, 1);
        cache.Free(keep);
    }

    [Fact]
    public void Without_locks_nothing_comes_out()
    {
        SlabCache cache = Watched();
        void* keep = cache.Alloc(GfpFlags.Kernel);
        var item = (byte*)cache.Alloc(GfpFlags.Kernel);
        Throws();
        item[40] = 0;
        cache.FreeNoLocks(item);
        cache.FreeNoLocks(item);
        KernelMemory.FreeNoLocks(item);
        Assert.Equal(3, _reports.Count);
        cache.Free(cache.Alloc(GfpFlags.Kernel));
        *item = 0;
        var again = (byte*)cache.Alloc(GfpFlags.NoLocks);
        Assert.True(again == item);
        Assert.Equal(4, _reports.Count);
        cache.FreeNoLocks(again);
        AssertNothingLost(cache, 1);
        cache.Free(keep);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void In_bulk_all_the_others_are_freed(bool byKernelMemory)
    {
        SlabCache cache = Watched();
        nint[] items = Take(cache, 20);
        cache.Free((void*)items[3]);
        ((byte*)items[5])[40] = 0;
        ((byte*)items[9])[-1] = 0;
        Throws();
        Assert.Throws<FormatException>(() =>
        {
            if (byKernelMemory) KernelMemory.FreeBulk(items);
            else cache.FreeBulk(items);
        });
        Assert.Equal(3, _reports.Count);
        Assert.Equal(0, cache.GetStatistics().AllocatedObjects);
        AssertNothingLost(cache, 0);
    }

    /// <summary>Frees the same object again, which is a mistake again, whose report would free it again, and so on without end.</summary>
    [Fact]
    public void It_is_not_called_inside_itself()
    {
        SlabCache cache = Watched();
        void* keep = cache.Alloc(GfpFlags.Kernel);
        void* item = cache.Alloc(GfpFlags.Kernel);
        cache.Free(item);
        long before = SlabReports.Count;
        SlabReports.SetHandler(report =>
        {
            _reports.Add(report);
            Assert.Throws<InvalidOperationException>(() => cache.Free(item));

            // Correct use is as good as anywhere.
            cache.Free(cache.Alloc(GfpFlags.Kernel));
        });
        Assert.Throws<InvalidOperationException>(() => cache.Free(item));
        Assert.Single(_reports);
        Assert.Equal(2, SlabReports.Count - before);
        Assert.Throws<InvalidOperationException>(() => cache.Free(item));
        Assert.Equal(2, _reports.Count);
        SlabReports.SetHandler(null);
        cache.Free(keep);
    }

    [Fact]
    public void A_guarded_page_is_not_lost_by_what_is_thrown()
    {
        GuardedObjects.SampleInterval = int.MaxValue;
        SlabCache cache = Cache(60, 64);
        Throws();
        for (int i = 0; i < GuardedObjects.Capacity + 20; i++)
        {
            GuardedObjects.RequestSample(cache);
            var item = (byte*)cache.Alloc(GfpFlags.Kernel);
            Assert.True(PageMap.Find(item)->Kind == (byte)ExtentKind.Guarded, $"{i}");
            bool atEnd = ((nint)item & (Environment.SystemPageSize - 1)) != 0;
            item[atEnd ? -1 : 60] = 0;
            if (i % 2 == 0)
            {
                Assert.Throws<FormatException>(() => cache.Free(item));
                continue;
            }

            // Found by the next sample, which the exception then comes out of.
            cache.FreeNoLocks(item);
            GuardedObjects.RequestSample(cache);
            Assert.Throws<FormatException>(() => { cache.Alloc(GfpFlags.Kernel); });
        }

        Assert.Equal(0, cache.GetStatistics().AllocatedObjects);
    }

    /// <summary>The thread that drains is not the one that made the mistake, and others' frees are waiting.</summary>
    [Fact]
    public void What_is_thrown_at_a_deferred_free_is_reported_and_the_others_are_done()
    {
        using var reports = new Reports();
        SlabCache cache = Watched();
        nint[] items = Take(cache, 20);
        ((byte*)items[5])[40] = 0;
        Throws();
        foreach (nint item in items) Rcu.FreeMightSleep((void*)item);
        Rcu.FreeBarrier();
        Assert.Single(_reports);
        Assert.IsType<FormatException>(reports.Single(RcuReportKind.FreeRefused).Exception);
        Assert.Equal(0, cache.GetStatistics().AllocatedObjects);
        AssertNothingLost(cache, 0);
    }
}
