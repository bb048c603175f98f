using System.Collections.Generic;
using System.Runtime.InteropServices;
using Xunit;

namespace LockContext.Runtime.Tests;

public sealed unsafe class PageAllocatorTests : PageAllocatorFixture
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(PageAllocator.MaxOrder)]
    public void Blocks_are_aligned_to_their_size_and_can_be_written(int order)
    {
        nint block = Alloc(GfpFlags.Kernel, order);
        nint bytes = (nint)PageAllocator.PageSize << order;
        Assert.NotEqual(0, block);
        Assert.Equal(0, block % bytes);
        NativeMemory.Fill((void*)block, (nuint)bytes, 0x5A);
        Assert.True(Allocator.Owns((void*)block));
        Assert.True(Allocator.Owns((void*)(block + bytes - 1)));
    }

    [Fact]
    public void Every_page_is_handed_out_once()
    {
        var seen = new HashSet<nint>();
        while (Alloc(GfpFlags.MemAlloc | GfpFlags.NoWarn) is var page and not 0) Assert.True(seen.Add(page));
        Assert.Equal(2048, seen.Count);
    }

    [Fact]
    public void Zeroed_memory_is_zero()
    {
        nint block = Alloc(GfpFlags.Kernel, 1);
        NativeMemory.Fill((void*)block, 2 * PageAllocator.PageSize, 0xFF);
        Free(block, 1);
        Allocator.Drain();
        nint zeroed = Alloc(GfpFlags.Kernel | GfpFlags.Zero, 1);
        foreach (byte value in new System.ReadOnlySpan<byte>((void*)zeroed, 2 * PageAllocator.PageSize)) Assert.Equal(0, value);
    }

    [Fact]
    public void A_page_freed_last_is_handed_out_first()
    {
        nint first = Alloc(GfpFlags.Kernel);
        nint second = Alloc(GfpFlags.Kernel);
        Free(first);
        Free(second);
        Assert.Equal(second, Alloc(GfpFlags.Kernel));
        Assert.Equal(first, Alloc(GfpFlags.Kernel));
    }

    [Fact]
    public void A_miss_moves_a_batch_from_the_zone_to_the_list()
    {
        Alloc(GfpFlags.Kernel);
        Assert.Equal(1, Now.Refills);

        // One for the thread's list, and one for the CPU's because that is empty.
        Assert.Equal(7 + 8, Now.CpuListPages);
        Assert.Equal(2048 - 16, Now.FreePages);
        for (int i = 0; i < 15; i++) Alloc(GfpFlags.Kernel);
        Assert.Equal(1, Now.Refills);
        Assert.Equal(15, Now.CpuListHits);
        Alloc(GfpFlags.Kernel);
        Assert.Equal(2, Now.Refills);
    }

    [Fact]
    public void A_list_that_is_full_gives_a_batch_back()
    {
        var pages = new List<nint>();
        for (int i = 0; i < 200; i++) pages.Add(Alloc(GfpFlags.Kernel));
        foreach (nint page in pages) Free(page);

        // The thread's list may hold 81 pages, and the CPU's as many.
        Assert.InRange(Now.CpuListPages, 2 * 81 - 8, 2 * 81);
        Assert.Equal(2048 - Now.CpuListPages, Now.FreePages);
    }

    [Fact]
    public void Null_is_freed_in_silence()
    {
        Allocator.FreePages(null, 0);
        Allocator.FreePagesNoLocks(null, 0);
        Assert.Equal(0, Now.RejectedFrees);
        Assert.Equal(0, Now.Frees);
    }

    [Fact]
    public void Shared_is_one_and_survives_dispose()
    {
        PageAllocator shared = PageAllocator.Shared;
        shared.Dispose();
        void* page = shared.AllocPages(GfpFlags.Kernel, 0);
        Assert.True(page != null);
        shared.FreePages(page, 0);
        Assert.Same(shared, PageAllocator.Shared);
    }
}
