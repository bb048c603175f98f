using System;
using Xunit;

namespace LockContext.Runtime.Tests;

/// <summary>Nothing on a hot path allocates managed memory: that is .NET's own direct reclaim.</summary>
public sealed unsafe class ManagedAllocationTests
{
    private const int Rounds = 100_000;

    private readonly SleepingLock _sleeping = new();
    private RawSpinLock _spin;

    [Fact]
    public void Locks()
        => AssertNone(() =>
        {
            _spin.Enter();
            _spin.Exit();
            if (_spin.TryEnter()) _spin.Exit();
            using (_spin.EnterScope())
            {
            }

            _sleeping.Enter();
            _sleeping.TryEnter();
            _sleeping.Exit();
            using (_sleeping.EnterScope())
            {
            }
        });

    [Theory]
    [InlineData(GfpFlags.NoLocks, 0)]
    [InlineData(GfpFlags.NoWait, 0)]
    [InlineData(GfpFlags.Kernel | GfpFlags.Zero, 0)]
    [InlineData(GfpFlags.Kernel, 3)]
    [InlineData(GfpFlags.NoLocks, 3)]
    public void Allocating_and_freeing(GfpFlags flags, int order)
    {
        using var allocator = new PageAllocator(new PageAllocatorOptions { Pages = 2048 });
        allocator.FreePages(allocator.AllocPages(GfpFlags.Kernel, 0), 0);
        AssertNone(() =>
        {
            allocator.FreePages(allocator.AllocPages(flags, order), order);
            allocator.FreePagesNoLocks(allocator.AllocPages(flags, order), order);
        });
    }

    [Fact]
    public void Refilling_and_draining()
    {
        using var allocator = new PageAllocator(new PageAllocatorOptions { Pages = 2048, CpuListBatch = 1 });
        void** pages = stackalloc void*[200];
        nint held = (nint)pages;
        AssertNone(
            () =>
            {
                for (int i = 0; i < 200; i++) ((void**)held)[i] = allocator.AllocPages(GfpFlags.Kernel, 0);
                for (int i = 0; i < 200; i++) allocator.FreePages(((void**)held)[i], 0);
            },
            Rounds / 100);
    }

    [Fact]
    public void Failing_and_reclaiming()
    {
        using var allocator = new PageAllocator(new PageAllocatorOptions { Pages = 1024, ReclaimPatience = 0 });
        void* all = allocator.AllocPages(GfpFlags.MemAlloc, PageAllocator.MaxOrder);
        AssertNone(
            () =>
            {
                allocator.AllocPages(GfpFlags.NoLocks, 0);
                allocator.AllocPages(GfpFlags.NoWait, 0);
                allocator.AllocPages(GfpFlags.Kernel, 0);
                allocator.GetStatistics();
            },
            Rounds / 10);
        allocator.FreePages(all, PageAllocator.MaxOrder);
    }

    private static void AssertNone(Action body, int rounds = Rounds)
    {
        // Compiling is not free of allocations: warm up first. What is made once may still come late; what an operation allocates comes every time.
        for (int i = 0; i < 1000; i++) body();
        long allocated = Measure();
        Assert.Equal(0, allocated == 0 ? 0 : Measure());

        long Measure()
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < rounds; i++) body();
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }
}
