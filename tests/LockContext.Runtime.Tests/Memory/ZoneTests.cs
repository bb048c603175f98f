using System.Collections.Generic;
using Xunit;

namespace LockContext.Runtime.Tests;

public sealed unsafe class ZoneTests : PageAllocatorFixture
{
    [Fact]
    public void Splitting_leaves_one_block_of_each_smaller_order()
    {
        Alloc(GfpFlags.Kernel | GfpFlags.Movable, 4);
        BuddyZone zone = Peek.Zone(Allocator);
        for (int order = 4; order < PageAllocator.MaxOrder; order++) Assert.Equal(1, zone.FreeBlocks(order, MigrateType.Movable));
        Assert.Equal(1, zone.FreeBlocks(PageAllocator.MaxOrder, MigrateType.Movable));
    }

    [Fact]
    public void Types_are_kept_in_blocks_of_their_own()
    {
        nint unmovable = Alloc(GfpFlags.Kernel);
        nint movable = Alloc(GfpFlags.Kernel | GfpFlags.Movable);
        Assert.NotEqual(unmovable >> 22, movable >> 22);
        Assert.Equal(1, Now.TypeFallbacks);
    }

    [Fact]
    public void A_type_without_memory_borrows_from_others()
    {
        var pages = new List<nint>();
        while (Alloc(GfpFlags.MemAlloc | GfpFlags.Reclaimable) is var page and not 0) pages.Add(page);
        Assert.Equal(2048, pages.Count);
        Free(pages[0]);
        Allocator.Drain();
        Assert.NotEqual(0, Alloc(GfpFlags.MemAlloc | GfpFlags.Movable));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(1000)]
    [InlineData(1025)]
    [InlineData(2500)]
    public void Any_number_of_pages_will_do(int count)
    {
        using var odd = new PageAllocator(Small with { Pages = count, MinFreePages = 0 });
        var pages = new List<nint>();
        while ((nint)odd.AllocPages(GfpFlags.MemAlloc, 0) is var page and not 0) pages.Add(page);
        Assert.Equal(count, pages.Count);
        foreach (nint page in pages) odd.FreePages((void*)page, 0);
        odd.Drain();
        Assert.Equal(count, odd.GetStatistics().FreePages);
    }

    [Fact]
    public void Deferred_memory_joins_when_the_zone_is_short_but_never_for_no_locks()
    {
        using var lazy = new PageAllocator(Small with { Pages = 4096, DeferredPages = 3072 });
        Assert.Equal(1024, lazy.GetStatistics().PresentPages);
        lazy.AllocPages(GfpFlags.Kernel, 0);
        while (lazy.GetStatistics().FreePages > lazy.GetStatistics().LowMark) Assert.True(lazy.AllocPages(GfpFlags.NoWait, 0) != null);

        Assert.True(lazy.AllocPages(GfpFlags.NoLocks, 0) == null);
        Assert.Equal(1024, lazy.GetStatistics().PresentPages);
        Assert.Equal(0, lazy.GetStatistics().ZoneGrowths);

        // A block, for which no list can do.
        Assert.True(lazy.AllocPages(GfpFlags.NoWait, 1) != null);
        Assert.Equal(2048, lazy.GetStatistics().PresentPages);
        Assert.Equal(1, lazy.GetStatistics().ZoneGrowths);
        Assert.True(lazy.AllocPages(GfpFlags.None, PageAllocator.MaxOrder) != null);
    }
}
