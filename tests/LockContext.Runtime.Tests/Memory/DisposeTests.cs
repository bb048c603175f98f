using System;
using Xunit;

namespace LockContext.Runtime.Tests;

public sealed unsafe class DisposeTests
{
    private static readonly PageAllocatorOptions s_options = new() { Pages = 1024, CpuLists = 1 };

    [Fact]
    public void Gives_the_memory_back_when_everything_is_free()
    {
        var allocator = new PageAllocator(s_options);
        void* page = allocator.AllocPages(GfpFlags.Kernel, 0);
        allocator.FreePages(page, 0);
        allocator.Dispose();
        allocator.Dispose();
        Assert.False(allocator.Owns(page));
        Assert.Throws<ArgumentException>(() => allocator.FreePages(page, 0));
        Assert.Throws<ObjectDisposedException>(() => allocator.AllocPages(GfpFlags.Kernel, 0));
        Assert.Throws<ObjectDisposedException>(() => allocator.AllocPages(GfpFlags.MemAlloc, 3));
        Assert.True(allocator.AllocPages(GfpFlags.NoLocks, 0) == null);
    }

    [Fact]
    public void Pages_still_in_use_stay_valid()
    {
        var allocator = new PageAllocator(s_options);
        byte* page = (byte*)allocator.AllocPages(GfpFlags.Kernel, 0);
        allocator.Dispose();
        *page = 1;
        Assert.Equal(1, allocator.GetStatistics().AllocatedPages);
        Assert.Throws<ObjectDisposedException>(() => allocator.AllocPages(GfpFlags.Kernel, 0));
        Assert.True(allocator.AllocPages(GfpFlags.NoLocks, 0) == null);
        allocator.FreePages(page, 0);
        Assert.Throws<InvalidOperationException>(() => allocator.FreePages(page, 0));
        Assert.Equal(0, allocator.GetStatistics().AllocatedPages);
    }
}
