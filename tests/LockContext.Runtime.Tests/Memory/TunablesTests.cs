using System;
using Xunit;

namespace LockContext.Runtime.Tests;

public sealed class TunablesTests : PageAllocatorFixture
{
    [Fact]
    public void Marks_change_while_pages_are_out()
    {
        nint page = Alloc(GfpFlags.Kernel);
        Allocator.Tunables = Allocator.Tunables with { MinFreePages = 400, WatermarkScaleFactor = 500 };
        Assert.Equal((400, 502, 604), (Now.MinMark, Now.LowMark, Now.HighMark));
        LeaveFree(400);
        Assert.Equal(0, Alloc(GfpFlags.NoWait));
        Allocator.Tunables = Allocator.Tunables with { MinFreePages = 64, WatermarkScaleFactor = 10 };
        Assert.NotEqual(0, Alloc(GfpFlags.NoWait));
        Free(page);
    }

    [Fact]
    public void A_mark_above_what_is_free_closes_the_lists_to_no_locks_at_once()
    {
        Free(Alloc(GfpFlags.Kernel));
        Assert.NotEqual(0, Alloc(GfpFlags.NoLocks));
        Allocator.Tunables = Allocator.Tunables with { MinFreePages = 2040 };
        Assert.Equal(0, Alloc(GfpFlags.NoLocks));
    }

    [Fact]
    public void Batch_and_high_change_apart()
    {
        Allocator.Tunables = Allocator.Tunables with { CpuListBatch = 3 };
        Alloc(GfpFlags.Kernel);
        Assert.Equal(2048 - 6, Now.FreePages);
        Allocator.Tunables = Allocator.Tunables with { CpuListHighFraction = 128 };
        var pages = new nint[100];
        for (int i = 0; i < pages.Length; i++) pages[i] = Alloc(GfpFlags.Kernel);
        foreach (nint page in pages) Free(page);
        Assert.InRange(Now.CpuListPages, 1, 2 * 16);
    }

    [Fact]
    public void A_limit_holds_and_can_be_lifted()
    {
        Allocator.Tunables = Allocator.Tunables with { LimitPages = 1024 };
        Allocator.Trim();
        Assert.Equal(1024, Now.PresentPages);
        Assert.NotEqual(0, Alloc(GfpFlags.MemAlloc, PageAllocator.MaxOrder));
        Assert.Equal(0, Alloc(GfpFlags.MemAlloc, PageAllocator.MaxOrder));
        Allocator.Tunables = Allocator.Tunables with { LimitPages = null };
        Assert.NotEqual(0, Alloc(GfpFlags.MemAlloc, PageAllocator.MaxOrder));
    }

    [Fact]
    public void What_is_out_of_range_changes_nothing()
    {
        PageAllocatorTunables before = Allocator.Tunables;
        foreach (PageAllocatorTunables bad in new[]
        {
            before with { MinFreePages = -1 }, before with { MinFreePages = 2048 }, before with { WatermarkScaleFactor = 0 }, before with { WatermarkScaleFactor = 1001 },
            before with { CpuListBatch = -1 }, before with { CpuListBatch = 4097 }, before with { CpuListHighFraction = 7 }, before with { LimitPages = 0 }, before with { LimitPages = 2049 },
            before with { ReclaimPatience = -1 }, before with { IdleTrimDelay = 9 },
        })
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => Allocator.Tunables = bad);
            Assert.Same(before, Allocator.Tunables);
        }

        Assert.Throws<ArgumentNullException>(() => Allocator.Tunables = null!);
        Assert.Equal((64, 80, 96), (Now.MinMark, Now.LowMark, Now.HighMark));
    }
}
