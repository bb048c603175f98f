using System;
using System.Collections.Generic;
using System.Linq;
using Xunit;

namespace LockContext.Runtime.Tests;

public sealed unsafe class SlabCacheTests : SlabCacheFixture
{
    [Theory]
    [InlineData(1, 0)]
    [InlineData(8, 0)]
    [InlineData(24, 0)]
    [InlineData(64, 64)]
    [InlineData(100, 32)]
    [InlineData(1000, 8)]
    [InlineData(4096, 4096)]
    [InlineData(5000, 128)]
    [InlineData(200_000, 4096)]
    [InlineData(1 << 20, 0)]
    public void Objects_do_not_overlap_and_are_aligned(int size, int alignment)
    {
        SlabCache cache = Cache(size, alignment);
        int count = Math.Min(3000, (4 << 20) / size);
        nint[] items = Take(cache, count);
        Assert.DoesNotContain(0, items);
        Assert.All(items, item => Assert.Equal(0, item % Math.Max(alignment, 8)));
        nint[] sorted = [.. items.Order()];
        for (int i = 1; i < count; i++) Assert.True(sorted[i] - sorted[i - 1] >= size);
        for (int i = 0; i < count; i++) new Span<byte>((void*)items[i], size).Fill((byte)i);
        for (int i = 0; i < count; i++) Assert.Equal(size, new Span<byte>((void*)items[i], size).Count((byte)i));
        Assert.All(items, item => Assert.True(cache.Owns((void*)item)));
        Assert.Equal(count, cache.GetStatistics().AllocatedObjects);
        foreach (nint item in items) cache.Free((void*)item);
        Assert.Equal(0, cache.GetStatistics().AllocatedObjects);
    }

    [Fact]
    public void The_last_freed_is_the_next_allocated()
    {
        SlabCache cache = Cache(64);
        void* item = cache.Alloc(GfpFlags.Kernel);
        cache.Free(item);
        Assert.True(item == cache.Alloc(GfpFlags.Kernel));
        cache.Free(item);
    }

    [Fact]
    public void Most_allocations_are_magazine_hits()
    {
        SlabCache cache = Cache(64);
        for (int round = 0; round < 1000; round++)
        {
            nint[] items = Take(cache, 10);
            cache.FreeBulk(items);
        }

        SlabCacheStatistics now = cache.GetStatistics();
        Assert.Equal(10_000, now.Allocations);
        Assert.Equal(10_000, now.Frees);
        Assert.Equal(1, now.Refills);
        Assert.Equal(9_999, now.MagazineHits);
    }

    [Fact]
    public void Zero_clears_the_whole_object()
    {
        SlabCache cache = Cache(40);
        void* item = cache.Alloc(GfpFlags.Kernel);
        new Span<byte>(item, 40).Fill(0xFF);
        cache.Free(item);
        void* again = cache.Alloc(GfpFlags.Kernel | GfpFlags.Zero);
        Assert.True(item == again);
        Assert.Equal(40, new Span<byte>(again, 40).Count((byte)0));
        cache.Free(again);
        again = cache.Alloc(GfpFlags.NoLocks | GfpFlags.Zero);
        Assert.Equal(40, new Span<byte>(again, 40).Count((byte)0));
        cache.Free(again);
    }

    [Fact]
    public void What_a_constructor_made_stays_through_frees_of_every_kind()
    {
        int made = 0;
        SlabCache cache = Cache(new SlabCacheOptions
        {
            ObjectSize = 20,
            Constructor = item =>
            {
                made++;
                new Span<byte>((void*)item, 20).Fill(0x11);
            },
        });
        for (int round = 0; round < 3; round++)
        {
            nint[] items = Take(cache, 500);
            foreach (nint item in items) Assert.Equal(20, new Span<byte>((void*)item, 20).Count((byte)0x11));
            for (int i = 0; i < items.Length; i++)
            {
                if (i % 2 == 0) cache.Free((void*)items[i]);
                else OnThreadWithoutMagazine(cache, items[i]);
            }
        }

        Assert.Equal(cache.GetStatistics().Objects, made);
        Assert.True(cache.GetStatistics().RemoteFrees > 0);
    }

    // Its slot is in use, as in a call from inside: the object has to go to the list of remote frees, whose link must not lie in it.
    private static void OnThreadWithoutMagazine(SlabCache cache, nint item)
    {
        SlabSlot* slot = Peek.Slots(cache).Current;
        Assert.True(SlabSlot.TryEnter(slot));
        cache.FreeNoLocks((void*)item);
        SlabSlot.Exit(slot);
    }

    [Fact]
    public void A_constructor_that_throws_gives_the_slab_back()
    {
        int calls = 0;
        SlabCache cache = Cache(new SlabCacheOptions { ObjectSize = 64, Constructor = _ => throw new FormatException($"{++calls}") });
        Assert.Throws<FormatException>(() => { cache.Alloc(GfpFlags.Kernel); });
        Assert.Throws<FormatException>(() => { cache.Alloc(GfpFlags.Kernel); });
        Assert.Equal(2, calls);
        Assert.Equal(0, cache.GetStatistics().Slabs);
    }

    [Fact]
    public void Empty_slabs_go_back_and_shrink_keeps_none()
    {
        SlabCache cache = Cache(new SlabCacheOptions { ObjectSize = 64, EmptySlabs = 3 });
        cache.FreeBulk(Take(cache, 20_000));
        SlabCacheStatistics now = cache.GetStatistics();
        Assert.Equal(3, now.EmptySlabs);
        Assert.True(now.Slabs < 10, now.ToString());
        Assert.Equal(now.Pages, cache.Shrink());
        Assert.Equal(0, cache.GetStatistics().Slabs);
        Assert.Equal(0, cache.GetStatistics().CachedObjects);
    }

    [Fact]
    public void Shrink_collects_magazines_of_other_threads()
    {
        SlabCache cache = Cache(64);
        OnNewThread(() => cache.FreeBulk(Take(cache, 100)));
        Assert.True(cache.GetStatistics().CachedObjects >= 100);
        Assert.True(cache.Shrink() > 0);
        Assert.Equal(0, cache.GetStatistics().Slabs);
    }

    [Fact]
    public void A_new_thread_takes_over_what_a_dead_one_left()
    {
        SlabCache cache = Cache(64);
        for (int i = 0; i < 50; i++) OnNewThread(() => cache.FreeBulk(Take(cache, 40)));
        SlabCacheStatistics now = cache.GetStatistics();
        Assert.Equal(2000, now.Allocations);

        // Other tests' threads may be in between, but not fifty of them.
        Assert.True(now.Refills < 25, now.ToString());
    }

    [Fact]
    public void An_exhausted_page_allocator_is_null_and_nothing_is_lost()
    {
        SlabCache cache = Cache(256);
        var items = new List<nint>();
        nint item;
        while ((item = (nint)cache.Alloc(GfpFlags.Kernel | GfpFlags.NoRetry)) != 0) items.Add(item);
        Assert.True(items.Count > 20_000);
        Assert.Equal(items.Count, items.Distinct().Count());
        Assert.True(cache.Alloc(GfpFlags.NoWait) == null);
        Assert.True(cache.GetStatistics().Failures >= 2);
        cache.FreeBulk(items.ToArray());
        Assert.True(cache.Alloc(GfpFlags.Kernel) is var again && again != null);
        cache.Free(again);
    }

    [Fact]
    public void What_lies_in_other_threads_magazines_is_found_before_giving_up()
    {
        SlabCache cache = Cache(new SlabCacheOptions { ObjectSize = 4096, MagazineCapacity = 100 });
        OnNewThread(() => cache.FreeBulk(Take(cache, 150)));
        void* rest;
        var blocks = new List<nint>();
        while ((rest = Pages.AllocPages(GfpFlags.MemAlloc, 0)) != null) blocks.Add((nint)rest);
        void* item = cache.Alloc(GfpFlags.Kernel | GfpFlags.NoRetry);
        Assert.True(item != null);
        cache.Free(item);
        foreach (nint block in blocks) Pages.FreePages((void*)block, 0);
    }

    [Fact]
    public void A_shortage_of_pages_collects_what_caches_do_not_need()
    {
        SlabCache idle = Cache(64);
        OnNewThread(() => idle.FreeBulk(Take(idle, 3000)));
        Assert.True(idle.GetStatistics().Slabs > 1);
        var blocks = new List<nint>();
        void* page;
        while ((page = Pages.AllocPages(GfpFlags.Kernel, 0)) != null) blocks.Add((nint)page);
        Assert.Equal(0, idle.GetStatistics().Slabs);
        foreach (nint block in blocks) Pages.FreePages((void*)block, 0);
    }

    [Fact]
    public void Every_layout_finds_the_index_of_every_object()
    {
        // The reciprocal is exact: no address inside of a slab is taken for another.
        for (uint stride = 8; stride <= 1 << 20; stride += stride < 5000 ? 8u : stride / 97 * 8)
        {
            ulong reciprocal = Extent.ReciprocalOf(stride);
            for (ulong offset = 0; offset < 1 << 20; offset += 4001)
            {
                Assert.Equal(offset / stride, (offset * reciprocal) >> Extent.ReciprocalShift);
            }

            ulong last = ((1 << 20) / stride * stride) - 1;
            Assert.Equal(last / stride, (last * reciprocal) >> Extent.ReciprocalShift);
            Assert.Equal((last + 1) / stride, ((last + 1) * reciprocal) >> Extent.ReciprocalShift);
        }
    }

    [Fact]
    public void A_cache_for_a_type_has_its_size_and_alignment()
    {
        using var cache = SlabCache.ForType<Pair>(Pages);
        Assert.Equal(sizeof(Pair), cache.ObjectSize);
        Assert.Equal("Pair", cache.Name);
        void* item = cache.Alloc(GfpFlags.Kernel);
        Assert.Equal(0, (nint)item % 8);
        cache.Free(item);
    }

    private record struct Pair(byte First, long Second);
}
