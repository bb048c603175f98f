using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Xunit;

namespace LockContext.Runtime.Tests;

/// <summary>Samples are asked for by hand here, and of one cache, so that tests that run at the same time get none; the timer of <see cref="GuardedObjects.SampleInterval"/> asks for one of any.</summary>
[Collection(SlabHookRuns.Name)]
public sealed unsafe class GuardedObjectsTests : SlabCacheFixture
{
    private readonly List<SlabReport> _reports = [];

    public GuardedObjectsTests()
    {
        SlabReports.SetHandler(_reports.Add);
        GuardedObjects.SampleInterval = int.MaxValue;
    }

    private static nint Guarded(SlabCache cache)
    {
        GuardedObjects.RequestSample(cache);
        var item = (nint)cache.Alloc(GfpFlags.Kernel);
        Assert.Equal((byte)ExtentKind.Guarded, PageMap.Find((void*)item)->Kind);
        return item;
    }

    [Fact]
    public void A_sample_has_inaccessible_pages_around_it_and_is_inaccessible_after_its_free()
    {
        SlabCache cache = Cache(100, 4);
        nint item = Guarded(cache);
        nint page = item & -Environment.SystemPageSize;
        new Span<byte>((void*)item, 100).Fill(1);
        Assert.Equal((nuint)100, KernelMemory.UsableSize((void*)item));
        Assert.True(cache.Owns((void*)item));
        AssertAccess(page, "rw");
        AssertAccess(page - Environment.SystemPageSize, "--");
        AssertAccess(page + Environment.SystemPageSize, "--");
        cache.Free((void*)item);
        AssertAccess(page, "--");
        Assert.Equal((nuint)0, KernelMemory.UsableSize((void*)item));
        Assert.Empty(_reports);
    }

    [Fact]
    public void An_object_that_is_all_of_the_rest_of_its_page_ends_where_the_page_ends()
    {
        SlabCache cache = Cache(64, 64);
        nint[] items = [Guarded(cache), Guarded(cache)];
        Assert.All(items, item => Assert.Contains((int)(item & (Environment.SystemPageSize - 1)), new[] { 0, Environment.SystemPageSize - 64 }));
        Assert.Equal(2, items.Select(item => item & (Environment.SystemPageSize - 1)).Distinct().Count());
        foreach (nint item in items) KernelMemory.Free((void*)item);
    }

    [Fact]
    public void A_hot_thread_is_sampled_too()
    {
        SlabCache cache = Cache(64);
        long before = GuardedObjects.Sampled;
        for (int i = 0; i < 10_000; i++)
        {
            if (i % 100 == 0) GuardedObjects.RequestSample(cache);
            cache.Free(cache.Alloc(GfpFlags.Kernel));
        }

        Assert.True(GuardedObjects.Sampled > before);
        Assert.True(cache.GetStatistics().MagazineHits > 9_000);
        Assert.Equal(0, cache.GetStatistics().RejectedFrees);
    }

    [Fact]
    public void A_second_free_names_all_stacks()
    {
        SlabCache cache = Cache(64);
        nint item = Guarded(cache);
        cache.Free((void*)item);
        var refused = Assert.Throws<InvalidOperationException>(() => cache.Free((void*)item));
        Assert.Contains("Allocated by:", refused.Message, StringComparison.Ordinal);
        Assert.Contains("Freed by:", refused.Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => KernelMemory.Free((void*)item));
        Assert.Throws<ArgumentException>(() => cache.Free((void*)(item + 1)));
        Assert.Throws<ArgumentException>(() => KernelMemory.Free((void*)(item + 1)));
        cache.FreeNoLocks((void*)item);
        Assert.Equal(3, cache.GetStatistics().RejectedFrees);
    }

    [Fact]
    public void A_write_on_the_page_beside_the_object_is_found_at_the_free()
    {
        SlabCache cache = Cache(60, 64);
        nint item = Guarded(cache);
        bool atEnd = (item & (Environment.SystemPageSize - 1)) != 0;
        ((byte*)item)[atEnd ? -1 : 60] = 0;
        cache.Free((void*)item);
        SlabReport report = Assert.Single(_reports);
        Assert.Equal(SlabReportKind.RedZoneOverwritten, report.Kind);
        Assert.Contains(atEnd ? "past its beginning" : "past its end", report.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_locks_the_page_is_closed_by_the_next_sample()
    {
        SlabCache cache = Cache(64);
        nint item = Guarded(cache);
        KernelMemory.FreeNoLocks((void*)item);
        AssertAccess(item & -Environment.SystemPageSize, "rw");
        nint next = Guarded(cache);
        AssertAccess(item & -Environment.SystemPageSize, "--");
        cache.FreeBulk([next]);
    }

    [Fact]
    public void What_is_used_again_is_zeroed_where_asked_for_and_full_of_a_pattern_where_not()
    {
        SlabCache cache = Cache(100, 4);
        for (int i = 0; i <= GuardedObjects.Capacity; i++)
        {
            nint item = Guarded(cache);
            Assert.Equal(-1, new Span<byte>((void*)item, 100).IndexOfAnyExcept((byte)0xAA));
            new Span<byte>((void*)item, 100).Fill(0x77);
            cache.Free((void*)item);
            GuardedObjects.RequestSample(cache);
            var zeroed = (nint)cache.Alloc(GfpFlags.Kernel | GfpFlags.Zero);
            Assert.Equal((byte)ExtentKind.Guarded, PageMap.Find((void*)zeroed)->Kind);
            Assert.Equal(-1, new Span<byte>((void*)zeroed, 100).IndexOfAnyExcept((byte)0));
            cache.Free((void*)zeroed);
        }

        Assert.Empty(_reports);
    }

    /// <summary>Objects of caches with a constructor are not sampled: their contents are to stay.</summary>
    [Fact]
    public void What_has_a_constructor_or_no_time_is_not_sampled()
    {
        SlabCache constructed = Cache(new SlabCacheOptions { ObjectSize = 64, Constructor = _ => { } });
        GuardedObjects.RequestSample(constructed);
        void* item = constructed.Alloc(GfpFlags.Kernel);
        Assert.Equal((byte)ExtentKind.Slab, PageMap.Find(item)->Kind);
        constructed.Free(item);

        SlabCache plain = Cache(64);
        plain.Free(plain.Alloc(GfpFlags.Kernel));
        GuardedObjects.RequestSample(plain);
        item = plain.Alloc(GfpFlags.NoLocks);
        Assert.Equal((byte)ExtentKind.Slab, PageMap.Find(item)->Kind);
        plain.FreeNoLocks(item);
    }

    [Fact]
    public void A_deferred_free_closes_the_page_too()
    {
        using var reports = new Reports();
        SlabCache cache = Cache(64);
        nint first = Guarded(cache);
        nint second = Guarded(cache);
        Rcu.Free((void*)first, (RcuHead*)first);
        Rcu.FreeMightSleep((void*)second);
        Rcu.FreeBarrier();
        AssertAccess(first & -Environment.SystemPageSize, "--");
        AssertAccess(second & -Environment.SystemPageSize, "--");
        Assert.Empty(reports.All);
        Assert.Empty(_reports);
    }

    [Fact]
    public void When_all_pages_are_in_use_allocations_are_ordinary()
    {
        SlabCache cache = Cache(64);
        var items = new List<nint>();
        for (int i = 0; i < GuardedObjects.Capacity + 50; i++)
        {
            GuardedObjects.RequestSample(cache);
            items.Add((nint)cache.Alloc(GfpFlags.Kernel));
        }

        Assert.Equal(items.Count, items.Distinct().Count());
        Assert.Contains(items, item => PageMap.Find((void*)item)->Kind == (byte)ExtentKind.Slab);
        KernelMemory.FreeBulk(items.ToArray());
        Assert.Empty(_reports);
    }

    [Fact]
    public void An_interval_below_zero() => Assert.Throws<ArgumentOutOfRangeException>(() => GuardedObjects.SampleInterval = -1);

    private static void AssertAccess(nint page, string expected)
    {
        if (!OperatingSystem.IsLinux()) return;
        foreach (string line in File.ReadLines("/proc/self/maps"))
        {
            string[] words = line.Split(' ', '-');
            if (page < Convert.ToInt64(words[0], 16) || page >= Convert.ToInt64(words[1], 16)) continue;
            Assert.StartsWith(expected, line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..], StringComparison.Ordinal);
            return;
        }

        Assert.Fail($"0x{page:x} is not mapped");
    }
}
