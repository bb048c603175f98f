using System;
using System.Collections.Generic;
using Xunit;

namespace LockContext.Runtime.Tests;

/// <summary>A small allocator with one CPU list, lists of a fixed size and no thread of its own, so that what happens where is known; and a check at the end that nothing was lost.</summary>
public abstract unsafe class PageAllocatorFixture : IDisposable
{
    private readonly List<(nint Page, int Order)> _held = [];

    private protected PageAllocatorFixture(PageAllocatorOptions? options = null)
        => Allocator = new PageAllocator(options ?? Small);

    /// <summary>8 MiB: two page blocks. Marks at 64, 80 and 96 pages; a list holds up to 81.</summary>
    private protected static PageAllocatorOptions Small { get; } = new()
    {
        Pages = 2048,
        CpuLists = 1,
        CpuListBatch = 8,
        CpuListHighFraction = 25,
        MinFreePages = 64,
        ReclaimPatience = 50,
        BackgroundReclaim = false,
    };

    private protected PageAllocator Allocator { get; }

    private protected PageAllocatorStatistics Now => Allocator.GetStatistics();

    private protected nint Alloc(GfpFlags flags, int order = 0)
    {
        var page = (nint)Allocator.AllocPages(flags, order);
        if (page != 0) _held.Add((page, order));
        return page;
    }

    /// <summary>Frees a block at the end that was allocated by another way.</summary>
    private protected void Keep(nint page, int order) => _held.Add((page, order));

    private protected void Free(nint page, int order = 0)
    {
        Allocator.FreePages((void*)page, order);
        _held.Remove((page, order));
    }

    private protected void FreeNoLocks(nint page, int order = 0)
    {
        Allocator.FreePagesNoLocks((void*)page, order);
        _held.Remove((page, order));
    }

    private protected void FreeAll()
    {
        foreach ((nint page, int order) in _held) Allocator.FreePages((void*)page, order);
        _held.Clear();
    }

    /// <summary>Takes blocks from the zone until so many pages are free in it, and none on lists unless those are to be kept.</summary>
    private protected void LeaveFree(int pages, bool keepLists = false)
    {
        if (!keepLists) Allocator.Drain();
        for (int order = PageAllocator.MaxOrder; order >= 0; order--)
        {
            while (Now.FreePages - pages >= 1 << order)
            {
                int frame = Peek.Zone(Allocator).Allocate(order, MigrateType.Movable, -1);
                if (frame == PageFrames.None) break;
                _held.Add(((nint)Peek.Frames(Allocator).AddressOf(frame), order));
            }
        }

        Assert.Equal(pages, Now.FreePages);
        if (!keepLists) Assert.Equal(0, Now.CpuListPages);
    }

    public void Dispose()
    {
        FreeAll();
        Allocator.Drain();
        Assert.Equal(0, Now.AllocatedPages);
        Assert.Equal(Now.PresentPages, Now.FreePages);
        AssertMerged();
        Allocator.Dispose();
        GC.SuppressFinalize(this);
    }

    // With everything free, each page block is one block again: no buddy was overlooked.
    private void AssertMerged()
    {
        int whole = 0;
        foreach (BuddyZone zone in Allocator.Zones)
        {
            for (int type = 0; type < MigrateType.OfBlocks; type++) whole += zone.FreeBlocks(PageAllocator.MaxOrder, type);
        }

        Assert.Equal(Now.PresentPages >> PageAllocator.MaxOrder, whole);
    }
}
