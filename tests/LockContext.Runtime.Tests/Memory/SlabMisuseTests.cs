using System;
using System.Linq;
using System.Runtime.InteropServices;
using Xunit;

namespace LockContext.Runtime.Tests;

/// <summary>The table of misuse in <c>docs/runtime-api.md</c>, row by row.</summary>
public sealed unsafe class SlabMisuseTests : SlabCacheFixture
{
    [Fact]
    public void Null_may_be_freed()
    {
        SlabCache cache = Cache(64);
        cache.Free(null);
        cache.FreeNoLocks(null);
        cache.FreeBulk([0, 0, 0]);
        cache.FreeBulk([]);
        KernelMemory.Free(null);
        KernelMemory.FreeNoLocks(null);
        KernelMemory.FreeBulk([]);
        Assert.Equal(0, cache.GetStatistics().RejectedFrees);
    }

    [Fact]
    public void Foreign_memory()
    {
        SlabCache cache = Cache(64);
        void* native = NativeMemory.AlignedAlloc(4096, 4096);
        void* page = Pages.AllocPages(GfpFlags.Kernel, 0);
        long local = 0;
        foreach (nint foreign in new[] { (nint)native, (nint)page, (nint)(&local), 1, -1, -4096, nint.MaxValue, nint.MinValue })
        {
            AssertRejected<ArgumentException>(cache, foreign);
            Assert.Throws<ArgumentException>(() => KernelMemory.Free((void*)foreign));
            long before = KernelMemory.ForeignFrees;
            KernelMemory.FreeNoLocks((void*)foreign);
            Assert.True(KernelMemory.ForeignFrees > before);
            Assert.Equal((nuint)0, KernelMemory.UsableSize((void*)foreign));
        }

        Pages.FreePages(page, 0);
        NativeMemory.AlignedFree(native);
    }

    [Fact]
    public void An_object_of_another_cache()
    {
        SlabCache cache = Cache(64);
        SlabCache other = Cache(64);
        void* item = other.Alloc(GfpFlags.Kernel);
        AssertRejected<ArgumentException>(cache, (nint)item);
        Assert.Equal(1, other.GetStatistics().AllocatedObjects);

        // KernelMemory takes it: whoever frees what he does not know the cache of has no other way.
        KernelMemory.Free(item);
        Assert.Equal(0, other.GetStatistics().AllocatedObjects);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(63)]
    [InlineData(-1)]
    public void Inside_of_an_object(int offset)
    {
        SlabCache cache = Cache(64);
        nint[] items = Take(cache, 10);
        AssertRejected<ArgumentException>(cache, items[5] + offset);
        cache.FreeBulk(items);
    }

    [Fact]
    public void Behind_the_last_object_of_a_slab()
    {
        SlabCache cache = Cache(1000, 8);
        var item = (nint)cache.Alloc(GfpFlags.Kernel);
        Extent* slab = PageMap.Find((void*)item);
        AssertRejected<ArgumentException>(cache, (nint)Extent.Object(slab, (uint)slab->Count));
        cache.Free((void*)item);
    }

    [Fact]
    public void A_second_free()
    {
        SlabCache cache = Cache(64);
        nint[] items = Take(cache, 100);
        cache.Free((void*)items[7]);
        AssertRejected<InvalidOperationException>(cache, items[7]);
        cache.FreeBulk(items.Where(item => item != items[7]).ToArray());
        foreach (nint item in items) AssertRejected<InvalidOperationException>(cache, item);
        Assert.Equal(0, cache.GetStatistics().AllocatedObjects);

        // Nothing has become double by it.
        nint[] all = Take(cache, 500);
        Assert.Equal(500, all.Distinct().Count());
        cache.FreeBulk(all);
    }

    [Fact]
    public void A_second_free_of_what_is_back_in_its_slab()
    {
        SlabCache cache = Cache(64);
        void* keep = cache.Alloc(GfpFlags.Kernel);
        void* item = cache.Alloc(GfpFlags.Kernel);
        cache.Free(item);
        cache.Shrink();
        AssertRejected<InvalidOperationException>(cache, (nint)item);
        cache.Free(keep);
        cache.Shrink();
        AssertRejected<ArgumentException>(cache, (nint)item);
    }

    [Fact]
    public void Bulk_with_bad_entries_frees_all_others_and_throws_for_the_first()
    {
        SlabCache cache = Cache(64);
        nint[] items = Take(cache, 300);
        cache.Free((void*)items[3]);
        nint[] bad = [.. items, items[10], 12345];
        Assert.Throws<InvalidOperationException>(() => cache.FreeBulk(bad));
        Assert.Equal(0, cache.GetStatistics().AllocatedObjects);
        Assert.Equal(3, cache.GetStatistics().RejectedFrees);

        items = Take(cache, 300);
        Assert.Throws<ArgumentException>(() => KernelMemory.FreeBulk([.. items, 12345, items[10]]));
        Assert.Equal(0, cache.GetStatistics().AllocatedObjects);
    }

    [Fact]
    public void A_second_copy_of_an_object_is_dropped_when_it_is_allocated()
    {
        // What two frees at the very same moment leave behind: the object is in the magazine twice.
        SlabCache cache = Cache(64);
        nint[] items = Take(cache, 10);
        cache.FreeBulk(items.AsSpan(0, 5));
        Magazine* magazine = Peek.Slots(cache).Current->Main;
        FreeObject* entries = Magazine.Entries(magazine);
        entries[magazine->Count] = entries[magazine->Count - 2];
        magazine->Count++;
        nint[] all = Take(cache, 400);
        Assert.Equal(400, all.Distinct().Count());
        Assert.Equal(1, cache.GetStatistics().RejectedFrees);
        cache.FreeBulk(all);
        cache.FreeBulk(items.AsSpan(5));
    }

    [Fact]
    public void A_second_copy_of_an_object_is_dropped_on_its_way_to_the_slab()
    {
        SlabCache cache = Cache(64);
        nint[] items = Take(cache, 10);
        cache.FreeBulk(items.AsSpan(0, 5));
        Magazine* magazine = Peek.Slots(cache).Current->Main;
        FreeObject* entries = Magazine.Entries(magazine);
        entries[magazine->Count] = entries[magazine->Count - 1];
        magazine->Count++;
        cache.FreeBulk(items.AsSpan(5));
        cache.Shrink();
        Assert.Equal(1, cache.GetStatistics().RejectedFrees);
        Assert.Equal(0, cache.GetStatistics().Slabs);
    }

    [Theory]
    [InlineData(GfpFlags.Kernel | (GfpFlags)0x80000000)]
    [InlineData(GfpFlags.Kernel | GfpFlags.Movable | GfpFlags.Reclaimable)]
    [InlineData(GfpFlags.NoFail)]
    [InlineData(GfpFlags.Atomic | GfpFlags.NoFail)]
    [InlineData(GfpFlags.Kernel | GfpFlags.NoFail | GfpFlags.NoRetry)]
    [InlineData(GfpFlags.Kernel | GfpFlags.NoFail | GfpFlags.RetryMayFail)]
    public void Contradictory_flags(GfpFlags flags)
    {
        SlabCache cache = Cache(64);
        using var heap = new KernelHeap(Pages);
        cache.Free(cache.Alloc(GfpFlags.Kernel));
        Assert.Throws<ArgumentException>(() => { cache.Alloc(flags); });
        foreach (nuint size in new nuint[] { 0, 64, 100_000, nuint.MaxValue }) Assert.Throws<ArgumentException>(() => { heap.Alloc(size, flags); });
        Assert.Throws<ArgumentException>(() => { heap.AllocVirtual(64, flags); });
    }

    [Fact]
    public void Flags_that_the_size_or_the_cache_do_not_allow()
    {
        SlabCache large = Cache(20_000);
        Assert.Throws<ArgumentException>(() => { large.Alloc(GfpFlags.Kernel | GfpFlags.NoFail); });
        SlabCache constructed = Cache(new SlabCacheOptions { ObjectSize = 64, Constructor = _ => { } });
        Assert.Throws<ArgumentException>(() => { constructed.Alloc(GfpFlags.Kernel | GfpFlags.Zero); });
        using var heap = new KernelHeap(Pages);
        Assert.Throws<ArgumentException>(() => { heap.Alloc(20_000, GfpFlags.Kernel | GfpFlags.NoFail); });
        Assert.Throws<ArgumentException>(() => { heap.AllocVirtual(20_000, GfpFlags.NoWait); });
        void* kept = large.Alloc(GfpFlags.Kernel);
        Assert.True(kept != null);
        large.Free(kept);
    }

    [Fact]
    public void Huge_and_overflowing_sizes()
    {
        using var heap = new KernelHeap(Pages);
        foreach (nuint size in new nuint[] { KernelMemory.LargestSize + 1, (nuint)1 << 40, nuint.MaxValue / 2, nuint.MaxValue - 4095, nuint.MaxValue - 15, nuint.MaxValue })
        {
            Assert.True(heap.Alloc(size, GfpFlags.Kernel) == null, $"{size}");
            if (size > (nuint)1 << 46) Assert.True(heap.AllocVirtual(size, GfpFlags.Kernel) == null, $"{size}");
        }

        Assert.True(heap.AllocVirtual((nuint)1 << 46, GfpFlags.Kernel) == null);
        Assert.True(heap.Failures >= 10);
    }

    [Fact]
    public void Blocks_and_mappings_inside_and_twice()
    {
        using var heap = new KernelHeap(Pages);
        var block = (byte*)heap.Alloc(50_000, GfpFlags.Kernel);
        var mapping = (byte*)heap.AllocVirtual(50_000, GfpFlags.Kernel);
        foreach (nint memory in new[] { (nint)block, (nint)mapping })
        {
            Assert.Throws<ArgumentException>(() => KernelMemory.Free((void*)(memory + 4096)));
            Assert.Throws<ArgumentException>(() => KernelMemory.Free((void*)(memory + 1)));
            Assert.Equal((nuint)0, KernelMemory.UsableSize((void*)(memory + 1)));
            KernelMemory.Free((void*)memory);
            Assert.Throws<ArgumentException>(() => KernelMemory.Free((void*)memory));
            KernelMemory.FreeNoLocks((void*)memory);
        }

        Assert.Equal(4, heap.RejectedFrees);
        Assert.Equal(2, heap.LargeFrees);
    }

    [Fact]
    public void Use_after_dispose()
    {
        var cache = new SlabCache("short", 64, 0, Pages);
        void* item = cache.Alloc(GfpFlags.Kernel);
        void* other = cache.Alloc(GfpFlags.Kernel);
        *(long*)item = 7;
        cache.Dispose();
        cache.Dispose();
        Assert.Throws<ObjectDisposedException>(() => { cache.Alloc(GfpFlags.Kernel); });
        Assert.True(cache.Alloc(GfpFlags.NoLocks) == null);

        // Objects stay valid and may be freed; the last one takes the slab along.
        Assert.Equal(7, *(long*)item);
        Assert.Equal(1, cache.GetStatistics().Slabs);
        cache.Free(item);
        AssertRejected<InvalidOperationException>(cache, (nint)item);
        KernelMemory.Free(other);
        Assert.Equal(0, cache.GetStatistics().Slabs);
        AssertRejected<ArgumentException>(cache, (nint)item);
        Assert.Equal(0, cache.GetStatistics().AllocatedObjects);
    }

    [Theory]
    [InlineData(0, 0, 0, 2)]
    [InlineData(-1, 0, 0, 2)]
    [InlineData((1 << 20) + 1, 0, 0, 2)]
    [InlineData(64, -1, 0, 2)]
    [InlineData(64, 3, 0, 2)]
    [InlineData(64, 8192, 0, 2)]
    [InlineData(64, 0, 1, 2)]
    [InlineData(64, 0, 501, 2)]
    [InlineData(64, 0, -5, 2)]
    [InlineData(64, 0, 0, -1)]
    [InlineData(64, 0, 0, 5000)]
    public void Options_out_of_range(int size, int alignment, int capacity, int empty)
        => Assert.Throws<ArgumentOutOfRangeException>(() => new SlabCache(new SlabCacheOptions { Name = "bad", ObjectSize = size, Alignment = alignment, MagazineCapacity = capacity, EmptySlabs = empty, Pages = Pages }));

    [Fact]
    public void No_name_and_no_options()
    {
        Assert.Throws<ArgumentNullException>(() => new SlabCache(null!, 64));
        Assert.Throws<ArgumentNullException>(() => new SlabCache(null!));
    }

    private static void AssertRejected<TException>(SlabCache cache, nint item)
        where TException : Exception
    {
        SlabCacheStatistics before = cache.GetStatistics();
        Assert.Throws<TException>(() => cache.Free((void*)item));
        cache.FreeNoLocks((void*)item);
        Assert.Throws<TException>(() => cache.FreeBulk([item]));
        Assert.Equal(before with { RejectedFrees = before.RejectedFrees + 3 }, cache.GetStatistics());
    }
}
