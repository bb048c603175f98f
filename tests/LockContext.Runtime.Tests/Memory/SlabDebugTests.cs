using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Threading;
using Xunit;

namespace LockContext.Runtime.Tests;

[Collection(SlabHookRuns.Name)]
public sealed unsafe class SlabDebugTests : SlabCacheFixture
{
    private readonly List<SlabReport> _reports = [];

    public SlabDebugTests() => SlabReports.SetHandler(_reports.Add);

    private SlabCache Watched(SlabDebug modes, int size = 40) => Cache(new SlabCacheOptions { ObjectSize = size, Debug = modes });

    [Fact]
    public void Good_use_is_not_reported()
    {
        SlabCache cache = Watched(SlabDebug.All);
        for (int round = 0; round < 3; round++)
        {
            nint[] items = Take(cache, 200);
            Assert.Equal(200, items.Distinct().Count());
            foreach (nint item in items) new Span<byte>((void*)item, 40).Fill(0xFF);
            foreach (nint item in items.Take(50)) cache.FreeNoLocks((void*)item);
            cache.FreeBulk(items.AsSpan(50));
        }

        void* kept = cache.Alloc(GfpFlags.Kernel);
        void* without = cache.Alloc(GfpFlags.NoLocks | GfpFlags.Zero);
        Assert.True(without != null);
        Assert.Equal(40, new Span<byte>(without, 40).Count((byte)0));
        cache.Free(without);
        cache.Free(kept);
        Assert.Empty(_reports);
    }

    [Fact]
    public void New_objects_hold_the_kernels_pattern()
    {
        SlabCache cache = Watched(SlabDebug.Poison);
        void* item = cache.Alloc(GfpFlags.Kernel);
        Assert.Equal(40, new Span<byte>(item, 40).Count((byte)0x5A));
        cache.Free(item);
        Assert.Equal(39, new Span<byte>(item, 40).Count((byte)0x6B));
        Assert.Equal(0xA5, ((byte*)item)[39]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(17)]
    [InlineData(39)]
    public void A_write_after_the_free_is_found_at_the_next_allocation(int offset)
    {
        SlabCache cache = Watched(SlabDebug.Poison | SlabDebug.Track);
        void* keep = cache.Alloc(GfpFlags.Kernel);
        var item = (byte*)cache.Alloc(GfpFlags.Kernel);
        cache.Free(item);
        item[offset] = 1;
        nint[] all = Take(cache, 100);
        SlabReport report = Assert.Single(_reports);
        Assert.Equal(SlabReportKind.PoisonOverwritten, report.Kind);
        Assert.Equal((nint)item, report.Address);
        Assert.Contains($"byte {offset} ", report.Message, StringComparison.Ordinal);
        Assert.Contains("Allocated by:", report.Message, StringComparison.Ordinal);
        Assert.Contains("Freed by:", report.Message, StringComparison.Ordinal);
        Assert.Contains(nameof(A_write_after_the_free_is_found_at_the_next_allocation), report.Message, StringComparison.Ordinal);
        cache.FreeBulk(all);
        cache.Free(keep);
        Assert.Single(_reports);
    }

    [Theory]
    [InlineData(40, "end")]
    [InlineData(55, "end")]
    [InlineData(-1, "beginning")]
    [InlineData(-16, "beginning")]
    public void A_write_past_either_end_is_found_at_the_free(int offset, string end)
    {
        SlabCache cache = Watched(SlabDebug.RedZones);
        nint[] items = Take(cache, 5);
        ((byte*)items[2])[offset] = 0;
        cache.FreeBulk(items);
        SlabReport report = Assert.Single(_reports);
        Assert.Equal(SlabReportKind.RedZoneOverwritten, report.Kind);
        Assert.Equal(items[2], report.Address);
        Assert.Contains($"past its {end} while it was allocated", report.Message, StringComparison.Ordinal);
        cache.FreeBulk(Take(cache, 5));
        Assert.Single(_reports);
    }

    [Fact]
    public void A_double_free_names_both_stacks()
    {
        SlabCache cache = Watched(SlabDebug.Track);
        void* item = cache.Alloc(GfpFlags.Kernel);
        FreeHere(cache, item);
        var refused = Assert.Throws<InvalidOperationException>(() => cache.Free(item));
        Assert.Contains("Allocated by:", refused.Message, StringComparison.Ordinal);
        Assert.Contains(nameof(FreeHere), refused.Message, StringComparison.Ordinal);
        SlabReport report = Assert.Single(_reports);
        Assert.Equal(SlabReportKind.DoubleFree, report.Kind);
        Assert.Contains(nameof(FreeHere), report.Message, StringComparison.Ordinal);
        Assert.Contains("Freed now:", report.Message, StringComparison.Ordinal);

        // Where nothing may be thrown, it is told all the same.
        cache.FreeNoLocks(item);
        Assert.Equal(2, _reports.Count);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void FreeHere(SlabCache cache, void* item) => cache.Free(item);

    [Fact]
    public void The_wrong_cache_is_named_with_the_right_one()
    {
        SlabCache cache = Cache(new SlabCacheOptions { ObjectSize = 40, Debug = SlabDebug.Track });
        using var other = new SlabCache(new SlabCacheOptions { Name = "the other", ObjectSize = 40, Debug = SlabDebug.Track, Pages = Pages });
        void* item = other.Alloc(GfpFlags.Kernel);
        Assert.Throws<ArgumentException>(() => cache.Free(item));
        SlabReport report = Assert.Single(_reports);
        Assert.Equal(SlabReportKind.WrongFree, report.Kind);
        Assert.Contains("is of the cache 'the other'", report.Message, StringComparison.Ordinal);
        Assert.Contains("Allocated by:", report.Message, StringComparison.Ordinal);
        other.Free(item);
    }

    [Fact]
    public void Leaks_are_counted_by_stack()
    {
        SlabCache cache = Watched(SlabDebug.Track);
        var items = new List<nint>();
        for (int i = 0; i < 30; i++) items.Add(AllocHere(cache));
        for (int i = 0; i < 10; i++) items.Add(AllocThere(cache));
        foreach (nint item in items.Take(5)) cache.Free((void*)item);
        string report = cache.GetLeakReport();
        Assert.StartsWith("25 objects of 40 bytes in 'test', allocated by:", report, StringComparison.Ordinal);
        Assert.Contains(nameof(AllocHere), report, StringComparison.Ordinal);
        Assert.Contains("10 objects", report, StringComparison.Ordinal);
        Assert.True(report.IndexOf(nameof(AllocHere), StringComparison.Ordinal) < report.IndexOf(nameof(AllocThere), StringComparison.Ordinal));
        foreach (nint item in items.Skip(5)) cache.Free((void*)item);
        Assert.Equal("", cache.GetLeakReport());
        Assert.Equal("", Cache(40).GetLeakReport());
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static nint AllocHere(SlabCache cache) => (nint)cache.Alloc(GfpFlags.Kernel);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static nint AllocThere(SlabCache cache) => (nint)cache.Alloc(GfpFlags.Kernel);

    [Fact]
    public void A_generation_tells_a_reused_object_from_the_one_before()
    {
        SlabCache cache = Cache(64);
        void* item = cache.Alloc(GfpFlags.Kernel);
        int first = cache.GenerationOf(item);
        Assert.InRange(first, 0, 63);
        Assert.Equal(first, KernelMemory.GenerationOf(item));
        cache.Free(item);
        Assert.Equal(-1, cache.GenerationOf(item));
        Assert.True(item == cache.Alloc(GfpFlags.Kernel));
        Assert.Equal((first + 1) % 64, cache.GenerationOf(item));
        Assert.Equal(-1, cache.GenerationOf((byte*)item + 1));
        Assert.Equal(-1, cache.GenerationOf(&first));
        Assert.Equal(-1, KernelMemory.GenerationOf(&first));
        cache.Free(item);
    }

    [Fact]
    public void Of_two_frees_at_the_same_moment_one_is_accepted()
    {
        SlabCache cache = Watched(SlabDebug.ExactFrees);
        int accepted = 0;
        int round = 0;
        nint item = 0;
        const int Rounds = 2000;
        void FreeIt()
        {
            try
            {
                cache.Free((void*)item);
                Interlocked.Increment(ref accepted);
            }
            catch (InvalidOperationException)
            {
            }
        }

        using var barrier = new Barrier(2);
        var other = new Thread(() =>
        {
            while (true)
            {
                barrier.SignalAndWait();
                if (Volatile.Read(ref round) == Rounds) return;
                FreeIt();
                barrier.SignalAndWait();
            }
        });
        other.Start();
        for (; round < Rounds; round++)
        {
            item = (nint)cache.Alloc(GfpFlags.Kernel);
            barrier.SignalAndWait();
            FreeIt();
            barrier.SignalAndWait();
        }

        barrier.SignalAndWait();
        other.Join();
        Assert.Equal(Rounds, accepted);
        Assert.Equal(Rounds, cache.GetStatistics().RejectedFrees);
    }

    [Theory]
    [InlineData(SlabDebug.Poison)]
    [InlineData(SlabDebug.RedZones)]
    [InlineData(SlabDebug.All)]
    public void Objects_keep_their_alignment_and_do_not_overlap(SlabDebug modes)
    {
        foreach ((int size, int alignment) in new[] { (1, 0), (24, 0), (64, 64), (100, 32), (5000, 128), (4096, 4096) })
        {
            SlabCache cache = Cache(new SlabCacheOptions { ObjectSize = size, Alignment = alignment, Debug = modes });
            nint[] items = Take(cache, 50);
            Assert.All(items, item => Assert.Equal(0, item % Math.Max(8, alignment)));
            foreach (nint item in items) new Span<byte>((void*)item, size).Fill(0x77);
            cache.FreeBulk(items);
        }

        Assert.Empty(_reports);
    }

    [Fact]
    public void A_watched_heap_serves_every_class()
    {
        using var heap = new KernelHeap(Pages, SlabDebug.All);
        var items = new List<nint>();
        foreach (int size in KernelHeap.ClassSizes) items.Add((nint)heap.Alloc((nuint)size, GfpFlags.Kernel));
        Assert.DoesNotContain(0, items);
        Assert.Contains("kmalloc-64", heap.Leaks(), StringComparison.Ordinal);
        KernelMemory.FreeBulk(items.ToArray());
        Assert.Equal("", heap.Leaks());
        Assert.Empty(_reports);
    }
}
