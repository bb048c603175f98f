using System;
using System.Threading;
using Xunit;

namespace LockContext.Runtime.Tests;

/// <summary>What pages cost besides time. Alone in the process, or the collections of other tests would count.</summary>
[Collection(TortureRuns.Name)]
public sealed unsafe class PageCostTests
{
    [Fact]
    public void Ten_million_operations_allocate_nothing_managed_and_collect_nothing()
    {
        using var allocator = new PageAllocator(new PageAllocatorOptions { Pages = 16_384, IdleTrimDelay = 3_600_000 });
        void** pages = stackalloc void*[64];
        Work(allocator, pages, 1000);
        GC.Collect();
        int collections = GC.CollectionCount(0);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Work(allocator, pages, 5_000_000 / 64);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(collections, GC.CollectionCount(0));
    }

    [Theory]
    [InlineData(2048)]
    [InlineData(65_536)]
    [InlineData(1_048_576)]
    public void Metadata_is_less_than_two_percent(int pages)
    {
        // The table, and what the allocator's own objects take: every list that there is after some threads have come and gone.
        long before = GC.GetTotalMemory(forceFullCollection: true);
        using var allocator = new PageAllocator(new PageAllocatorOptions { Pages = pages, BackgroundReclaim = false });
        for (int i = 0; i < 2; i++)
        {
            var thread = new Thread(() => allocator.FreePages(allocator.AllocPages(GfpFlags.Kernel, 0), 0));
            thread.Start();
            thread.Join();
        }

        long managed = GC.GetTotalMemory(forceFullCollection: true) - before;
        long table = (long)Peek.Frames(allocator).TableBytes;
        Assert.InRange(table + managed, 1, (long)pages * PageAllocator.PageSize / 50);
        GC.KeepAlive(allocator);
    }

    private static void Work(PageAllocator allocator, void** pages, int rounds)
    {
        for (int round = 0; round < rounds; round++)
        {
            GfpFlags flags = (round & 3) switch { 0 => GfpFlags.Kernel, 1 => GfpFlags.NoLocks, 2 => GfpFlags.Atomic, _ => GfpFlags.NoWait | GfpFlags.Movable };
            for (int i = 0; i < 64; i++) pages[i] = allocator.AllocPages(flags, 0);
            for (int i = 0; i < 64; i++)
            {
                if ((i & 1) == 0) allocator.FreePages(pages[i], 0);
                else allocator.FreePagesNoLocks(pages[i], 0);
            }
        }
    }
}
