using System;
using System.Collections.Generic;
using System.Threading;
using Xunit;

namespace LockContext.Runtime.Tests;

/// <summary>Constructors that call back into what calls them.</summary>
public sealed unsafe class SlabConstructorTests : SlabCacheFixture
{
    private SlabCache Constructed(Action<nint> constructor, int size = 64) => Cache(new SlabCacheOptions { ObjectSize = size, Constructor = constructor });

    [Theory]
    [InlineData(GfpFlags.Kernel)]
    [InlineData(GfpFlags.NoWait)]
    [InlineData(GfpFlags.Kernel | GfpFlags.NoFail)]
    public void One_that_allocates_from_its_own_cache_is_told_so(GfpFlags flags)
    {
        SlabCache? cache = null;
        int calls = 0;
        cache = Constructed(_ =>
        {
            calls++;
            cache!.Alloc(flags);
        });
        for (int round = 1; round <= 3; round++)
        {
            var refused = Assert.Throws<InvalidOperationException>(() => { cache.Alloc(GfpFlags.Kernel); });
            Assert.Contains("'test'", refused.Message, StringComparison.Ordinal);
            Assert.Equal(round, calls);
        }

        Assert.Equal((0, 0L), (cache.GetStatistics().Slabs, cache.GetStatistics().AllocatedObjects));
    }

    [Fact]
    public void Without_locks_it_is_null_as_everywhere()
    {
        SlabCache? cache = null;
        int nulls = 0;
        cache = Constructed(_ => nulls += cache!.Alloc(GfpFlags.NoLocks) == null ? 1 : 0);
        void* item = cache.Alloc(GfpFlags.Kernel);
        Assert.True(item != null);
        Assert.Equal(cache.GetStatistics().Objects, nulls);
        cache.Free(item);
    }

    [Fact]
    public void One_that_goes_on_without_it_makes_its_objects()
    {
        SlabCache? cache = null;
        int refused = 0;
        cache = Constructed(address =>
        {
            try
            {
                cache!.Alloc(GfpFlags.Kernel);
            }
            catch (InvalidOperationException)
            {
                refused++;
            }

            *(long*)address = 7;
        });
        nint[] items = Take(cache, 3000);
        Assert.All(items, item => Assert.Equal(7, *(long*)item));
        Assert.Equal(cache.GetStatistics().Objects, refused);
        cache.FreeBulk(items);
    }

    [Fact]
    public void Two_that_allocate_from_each_other_s_cache_are_told_so()
    {
        SlabCache? first = null;
        SlabCache? second = null;
        first = Constructed(_ => second!.Alloc(GfpFlags.Kernel));
        second = Constructed(_ => first.Alloc(GfpFlags.Kernel));
        Assert.Throws<InvalidOperationException>(() => { first.Alloc(GfpFlags.Kernel); });
        Assert.Throws<InvalidOperationException>(() => { second.Alloc(GfpFlags.Kernel); });
        Assert.Equal((0, 0), (first.GetStatistics().Slabs, second.GetStatistics().Slabs));
    }

    [Fact]
    public void Other_caches_are_free_to_use_and_so_is_its_own_for_what_there_is()
    {
        var inner = Constructed(address => *(long*)address = 1);
        var parts = new List<nint>();
        SlabCache? outer = null;
        nint spare = 0;
        outer = Constructed(address =>
        {
            parts.Add((nint)inner.Alloc(GfpFlags.Kernel));
            if (spare == 0) return;

            // Somebody frees one meanwhile: it is there for whoever comes, constructors included.
            outer!.Free((void*)spare);
            Assert.Equal(spare, (nint)outer.Alloc(GfpFlags.Kernel));
        });
        var items = new List<nint> { (nint)outer.Alloc(GfpFlags.Kernel) };
        spare = items[0];
        while (outer.GetStatistics().Slabs < 3) items.Add((nint)outer.Alloc(GfpFlags.Kernel));
        Assert.Equal(outer.GetStatistics().Objects, parts.Count);
        outer.FreeBulk(items.ToArray());
        inner.FreeBulk(parts.ToArray());
    }

    [Fact]
    public void Another_thread_makes_its_own_slab_meanwhile()
    {
        SlabCache? cache = null;
        int depth = 0;
        nint other = 0;
        cache = Constructed(_ =>
        {
            if (Interlocked.Increment(ref depth) == 1) OnNewThread(() => other = (nint)cache!.Alloc(GfpFlags.Kernel));
        });
        void* item = cache.Alloc(GfpFlags.Kernel);
        Assert.True(item != null && other != 0);
        cache.FreeBulk([(nint)item, other]);
    }

    [Fact]
    public void It_cannot_dispose_its_cache()
    {
        SlabCache? cache = null;
        cache = Constructed(_ => cache!.Dispose());
        Assert.Throws<InvalidOperationException>(() => { cache.Alloc(GfpFlags.Kernel); });
        Assert.Throws<InvalidOperationException>(() => { cache.Alloc(GfpFlags.Kernel); });
        Assert.Equal(0, cache.GetStatistics().Slabs);
    }

    [Fact]
    public void It_may_shrink_and_look_at_its_cache_and_cannot_free_what_it_makes()
    {
        SlabCache? cache = null;
        cache = Constructed(address =>
        {
            cache!.Shrink();
            cache.GetStatistics();
            Assert.False(cache.Owns((void*)address));
            Assert.Equal((nuint)0, KernelMemory.UsableSize((void*)address));
            Assert.Throws<ArgumentException>(() => cache.Free((void*)address));
            cache.FreeNoLocks((void*)address);
        });
        void* item = cache.Alloc(GfpFlags.Kernel);
        SlabCacheStatistics now = cache.GetStatistics();
        Assert.Equal((1L, now.Objects * 2), (now.AllocatedObjects, now.RejectedFrees));
        cache.Free(item);
    }

    /// <summary>A magazine was taken for what the slab would bring, and was forgotten when the constructor threw.</summary>
    [Fact]
    public void Throwing_again_and_again_costs_nothing()
    {
        bool throws = false;
        SlabCache cache = Constructed(_ =>
        {
            if (throws) throw new FormatException();
        });
        var items = new List<nint> { (nint)cache.Alloc(GfpFlags.Kernel) };
        while (cache.GetStatistics() is var now && now.AllocatedObjects < now.Objects) items.Add((nint)cache.Alloc(GfpFlags.Kernel));
        throws = true;
        long before = 0;
        for (int i = 0; i < 1000; i++)
        {
            Assert.Throws<FormatException>(() => { cache.Alloc(GfpFlags.Kernel); });
            if (i == 10) before = cache.GetStatistics().MetadataBytes;
        }

        Assert.Equal(before, cache.GetStatistics().MetadataBytes);
        throws = false;
        items.Add((nint)cache.Alloc(GfpFlags.Kernel));
        cache.FreeBulk(items.ToArray());
    }
}
