using System;
using System.Collections.Generic;
using System.Linq;
using System.Numerics;
using Xunit;

namespace LockContext.Runtime.Tests;

public sealed unsafe class KernelMemoryTests : IDisposable
{
    private readonly PageAllocator _pages = new(new PageAllocatorOptions { Pages = 8192, BackgroundReclaim = false });
    private readonly KernelHeap _heap;

    public KernelMemoryTests() => _heap = new KernelHeap(_pages);

    [Fact]
    public void Every_size_up_to_the_largest_is_usable_and_aligned()
    {
        for (nuint size = 1; size <= KernelMemory.LargestSize; size += size < 10_000 ? 7 : size / 3)
        {
            var memory = (byte*)_heap.Alloc(size, GfpFlags.Kernel);
            Assert.True(memory != null, $"{size}");
            nuint usable = KernelMemory.UsableSize(memory);
            Assert.True(usable >= size, $"{size}: {usable}");
            Assert.True(size < 64 || size > KernelHeap.LargestClass || usable <= (size * 5 / 4) + 16, $"{size}: {usable}");
            Assert.Equal((nuint)0, (nuint)memory % 16);
            if (BitOperations.IsPow2(size)) Assert.Equal((nuint)0, (nuint)memory % Math.Max(16, Math.Min(size, PageAllocator.PageSize)));
            memory[0] = memory[usable - 1] = 1;
            Assert.False(KernelMemory.IsVirtual(memory));
            KernelMemory.Free(memory);
            Assert.Equal((nuint)0, KernelMemory.UsableSize(memory));
        }
    }

    [Fact]
    public void No_bytes_are_an_address_that_may_be_freed()
    {
        void* nothing = _heap.Alloc(0, GfpFlags.Kernel);
        Assert.True(nothing != null);
        Assert.True(nothing == _heap.Alloc(0, GfpFlags.NoLocks));
        Assert.True(nothing == _heap.AllocVirtual(0, GfpFlags.Kernel));
        Assert.Equal((nuint)0, KernelMemory.UsableSize(nothing));
        KernelMemory.Free(nothing);
        KernelMemory.FreeNoLocks(nothing);
        KernelMemory.FreeBulk([(nint)nothing, 0]);
    }

    [Fact]
    public void The_classifier_tells_slab_block_mapping_and_others_apart()
    {
        void* slab = _heap.Alloc(100, GfpFlags.Kernel);
        var block = (byte*)_heap.Alloc(100_000, GfpFlags.Kernel);
        var mapping = (byte*)_heap.AllocVirtual(100_000, GfpFlags.Kernel);
        int local = 0;
        Assert.Equal((nuint)112, KernelMemory.UsableSize(slab));
        Assert.Equal((nuint)131_072, KernelMemory.UsableSize(block));
        Assert.Equal((nuint)102_400, KernelMemory.UsableSize(mapping));
        Assert.Equal((nuint)0, KernelMemory.UsableSize(&local));
        Assert.False(KernelMemory.IsVirtual(slab));
        Assert.False(KernelMemory.IsVirtual(block));
        Assert.True(KernelMemory.IsVirtual(mapping));
        Assert.True(KernelMemory.IsVirtual(mapping + 102_399));
        Assert.False(KernelMemory.IsVirtual(&local));
        Assert.False(KernelMemory.IsVirtual((void*)-1));
        Assert.False(KernelMemory.IsVirtual(null));
        KernelMemory.FreeBulk([(nint)slab, (nint)block, (nint)mapping]);
        Assert.False(KernelMemory.IsVirtual(mapping));
    }

    [Fact]
    public void A_mapping_is_zeroed_and_can_be_larger_than_the_page_allocator()
    {
        const int Size = 64 << 20;
        var mapping = (byte*)_heap.AllocVirtual(Size, GfpFlags.Kernel);
        Assert.True(mapping != null);
        Assert.Equal(0, mapping[0] | mapping[Size / 2] | mapping[Size - 1]);
        mapping[Size - 1] = 1;
        Assert.Equal(Size, _heap.VirtualBytes);
        KernelMemory.Free(mapping);
        Assert.Equal(0, _heap.VirtualBytes);
    }

    [Fact]
    public void Bulk_frees_any_mixture_of_kinds_classes_and_caches()
    {
        using var cache = new SlabCache("other", 48, 0, _pages);
        var random = new Random(1);
        var all = new List<nint>();
        for (int i = 0; i < 3000; i++)
        {
            all.Add(random.Next(20) switch
            {
                0 => (nint)_heap.AllocVirtual((nuint)random.Next(1, 20_000), GfpFlags.Kernel),
                1 => (nint)_heap.Alloc((nuint)random.Next(8193, 40_000), GfpFlags.Kernel),
                2 => 0,
                < 8 => (nint)cache.Alloc(GfpFlags.Kernel),
                _ => (nint)_heap.Alloc((nuint)random.Next(1, 8192), GfpFlags.Kernel),
            });
        }

        Assert.True(cache.GetStatistics().AllocatedObjects > 500);
        KernelMemory.FreeBulk(all.ToArray());
        Assert.Equal(0, cache.GetStatistics().AllocatedObjects);
        Assert.All(_heap.Classes.ToArray(), c => Assert.Equal(0, c.GetStatistics().AllocatedObjects));
        Assert.Equal(_heap.LargeAllocations, _heap.LargeFrees);
    }

    [Fact]
    public void Freeing_without_locks_takes_every_kind()
    {
        void*[] all = [_heap.Alloc(100, GfpFlags.Kernel), _heap.Alloc(100_000, GfpFlags.Kernel), _heap.AllocVirtual(100_000, GfpFlags.Kernel)];
        foreach (void* memory in all) KernelMemory.FreeNoLocks(memory);
        foreach (void* memory in all) Assert.Equal((nuint)0, KernelMemory.UsableSize(memory));

        // The mapping waits for somebody who may make a system call.
        Assert.NotEqual(0, _heap.VirtualBytes);
        _heap.Shrink();
        Assert.Equal(0, _heap.VirtualBytes);
    }

    [Fact]
    public void The_shared_heap_works_and_shrinks()
    {
        void* memory = KernelMemory.Alloc(1000, GfpFlags.Kernel | GfpFlags.Zero);
        Assert.Equal(1000, new Span<byte>(memory, 1000).Count((byte)0));
        KernelMemory.Free(memory);
        Assert.True(KernelMemory.Shrink() >= 0);
    }

    [Fact]
    public void Classes_are_what_sizes_round_up_to()
    {
        int previous = 0;
        foreach (int size in KernelHeap.ClassSizes)
        {
            Assert.Equal(size, _heap.ClassOf((nuint)size).ObjectSize);
            Assert.Equal(size, _heap.ClassOf((nuint)previous + 1).ObjectSize);
            previous = size;
        }

        Assert.Equal(KernelHeap.LargestClass, previous);
    }

    public void Dispose()
    {
        _heap.Dispose();
        _pages.Drain();
        Assert.Equal(_pages.GetStatistics().PresentPages, _pages.GetStatistics().FreePages);
        _pages.Dispose();
    }
}
