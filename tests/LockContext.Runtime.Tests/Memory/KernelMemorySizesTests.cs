using System;
using System.Collections.Generic;
using System.Linq;
using System.Numerics;
using Xunit;

namespace LockContext.Runtime.Tests;

/// <summary>Sizes at the edges of everything: of classes, of pages, of blocks, of what can be counted.</summary>
public sealed unsafe class KernelMemorySizesTests : IDisposable
{
    private readonly PageAllocator _pages = new(new PageAllocatorOptions { Pages = 16_384, BackgroundReclaim = false });
    private readonly KernelHeap _heap;

    public KernelMemorySizesTests() => _heap = new KernelHeap(_pages);

    public static TheoryData<bool> HeapOrMapping => new() { false, true };

    /// <summary>One less, exactly, and one more than each size at which something changes.</summary>
    private static IEnumerable<nuint> EdgeSizes(nuint most)
    {
        IEnumerable<nuint> edges = KernelHeap.ClassSizes.ToArray().Select(size => (nuint)size).Concat(Enumerable.Range(0, 11).Select(order => (nuint)PageAllocator.PageSize << order));
        return edges.SelectMany(edge => new[] { edge - 1, edge, edge + 1 }).Append(1u).Where(size => size > 0 && size <= most).Distinct().Order();
    }

    [Theory]
    [MemberData(nameof(HeapOrMapping))]
    public void All_that_is_usable_can_be_used(bool mapping)
    {
        // Neighbours at the same time, each filled to its last usable byte.
        var all = new List<(nint Memory, nuint Usable, byte Tag)>();
        foreach (nuint size in EdgeSizes((nuint)1 << (mapping ? 20 : 18)))
        {
            for (int i = 0; i < 3; i++)
            {
                void* memory = mapping ? _heap.AllocVirtual(size, GfpFlags.Kernel) : _heap.Alloc(size, GfpFlags.Kernel);
                Assert.True(memory != null, $"{size}");
                nuint usable = KernelMemory.UsableSize(memory);
                Assert.True(usable >= size, $"{size}: {usable}");
                byte tag = (byte)(all.Count | 1);
                new Span<byte>(memory, (int)usable).Fill(tag);
                all.Add(((nint)memory, usable, tag));
            }
        }

        foreach ((nint memory, nuint usable, byte tag) in all)
        {
            Assert.Equal(-1, new Span<byte>((void*)memory, (int)usable).IndexOfAnyExcept(tag));
            Assert.Equal(usable, KernelMemory.UsableSize((void*)memory));
            KernelMemory.Free((void*)memory);
            Assert.Equal((nuint)0, KernelMemory.UsableSize((void*)memory));
        }
    }

    [Theory]
    [InlineData(GfpFlags.Kernel)]
    [InlineData(GfpFlags.NoWait)]
    [InlineData(GfpFlags.NoLocks)]
    public void What_is_used_again_is_zeroed_to_its_last_usable_byte(GfpFlags flags)
    {
        foreach (nuint size in EdgeSizes(flags == GfpFlags.NoLocks ? (nuint)KernelHeap.LargestClass : 1 << 20))
        {
            // Dirty, several of them: magazines, slabs and lists all have some.
            var dirty = new List<nint>();
            for (int i = 0; i < 4; i++)
            {
                void* memory = _heap.Alloc(size, GfpFlags.Kernel);
                Assert.True(memory != null, $"{size}");
                new Span<byte>(memory, (int)KernelMemory.UsableSize(memory)).Fill(0xEE);
                dirty.Add((nint)memory);
            }

            foreach (nint memory in dirty) KernelMemory.Free((void*)memory);
            for (int i = 0; i < 4; i++)
            {
                void* memory = _heap.Alloc(size, flags | GfpFlags.Zero);
                Assert.True(memory != null, $"{size}");
                int at = new Span<byte>(memory, (int)KernelMemory.UsableSize(memory)).IndexOfAnyExcept((byte)0);
                Assert.True(at < 0, $"{size}: byte {at} of {KernelMemory.UsableSize(memory)}");
                dirty[i] = (nint)memory;
            }

            foreach (nint memory in dirty) KernelMemory.Free((void*)memory);
        }
    }

    [Fact]
    public void Powers_of_two_are_aligned_to_themselves_up_to_the_largest_block()
    {
        for (int shift = 0; shift <= BitOperations.Log2(KernelMemory.LargestSize); shift++)
        {
            nuint size = (nuint)1 << shift;
            nuint alignment = size <= PageAllocator.PageSize ? Math.Max(size, 16) : size <= KernelHeap.LargestClass ? PageAllocator.PageSize : size;
            var all = new List<nint>();
            for (int i = 0; i < 5; i++)
            {
                void* memory = _heap.Alloc(size, GfpFlags.Kernel);
                Assert.True(memory != null && (nuint)memory % alignment == 0, $"{size}: 0x{(nuint)memory:x}");
                all.Add((nint)memory);

                // Something odd in between.
                all.Add((nint)_heap.Alloc(size / 2 + 3, GfpFlags.Kernel));
            }

            KernelMemory.FreeBulk(all.ToArray());
            void* mapping = _heap.AllocVirtual(size, GfpFlags.Kernel);
            Assert.True(mapping != null && (nuint)mapping % (nuint)Environment.SystemPageSize == 0);
            KernelMemory.Free(mapping);
        }
    }

    /// <summary>Sizes that somebody has computed as count times size, or as a negative number: never a small block.</summary>
    [Fact]
    public void Sizes_that_cannot_be_are_null_and_harm_nothing()
    {
        nuint[] sizes =
        [
            nuint.MaxValue, nuint.MaxValue - 1, nuint.MaxValue - 15, nuint.MaxValue - 4094, nuint.MaxValue - 4095, nuint.MaxValue - 4096, nuint.MaxValue - (1 << 22),
            (nuint)1 << 63, ((nuint)1 << 63) - 1, ((nuint)1 << 47) + 1, (nuint)1 << 47, ((nuint)1 << 46) + 1, unchecked((nuint)(-1)), unchecked((nuint)int.MinValue), (nuint)1 << 33,
        ];
        int free = _pages.GetStatistics().FreePages;
        foreach (nuint size in sizes)
        {
            foreach (GfpFlags flags in new[] { GfpFlags.Kernel, GfpFlags.NoWait, GfpFlags.NoLocks, GfpFlags.Atomic, GfpFlags.Kernel | GfpFlags.Zero, GfpFlags.Kernel | GfpFlags.RetryMayFail })
                Assert.True(_heap.Alloc(size, flags | GfpFlags.NoWarn) == null, $"{size:x} {flags}");
            if (size > (nuint)1 << 46) Assert.True(_heap.AllocVirtual(size, GfpFlags.Kernel) == null, $"{size:x}");
        }

        Assert.Equal(free, _pages.GetStatistics().FreePages);
        Assert.Equal(0, _heap.VirtualBytes);
        KernelMemory.Free(_heap.Alloc(100, GfpFlags.Kernel));
    }

    /// <summary>As realloc would have it: larger and smaller, the contents carried along.</summary>
    [Fact]
    public void Growing_and_shrinking_by_copies_keeps_what_was_there()
    {
        var random = new Random(7);
        for (int round = 0; round < 30; round++)
        {
            nuint size = 1;
            var memory = (byte*)_heap.Alloc(size, GfpFlags.Kernel);
            memory[0] = 1;
            nuint filled = 1;
            for (int step = 0; step < 60; step++)
            {
                nuint next = Math.Max(1, step % 2 == 0 ? size + (nuint)random.Next((int)size + 200) : size - (nuint)random.Next((int)size / 2 + 1));
                if (next > 1 << 20) next = 1 << 12;
                var moved = (byte*)(next > 200_000 ? _heap.AllocVirtual(next, GfpFlags.Kernel) : _heap.Alloc(next, GfpFlags.Kernel));
                Assert.True(moved != null);
                nuint kept = Math.Min(Math.Min(filled, next), KernelMemory.UsableSize(moved));
                Buffer.MemoryCopy(memory, moved, KernelMemory.UsableSize(moved), kept);
                KernelMemory.Free(memory);
                for (nuint i = 0; i < kept; i++) Assert.Equal((byte)((i % 251) + 1), moved[i]);
                for (nuint i = kept; i < next; i++) moved[i] = (byte)((i % 251) + 1);
                memory = moved;
                size = filled = next;
            }

            KernelMemory.Free(memory);
        }
    }

    /// <summary>The classes rise, waste little, and each is what the sizes up to it use.</summary>
    [Fact]
    public void Classes_rise_and_no_size_gets_less_than_a_smaller_one()
    {
        nuint before = 0;
        for (nuint size = 1; size <= KernelHeap.LargestClass + 5000; size++)
        {
            void* memory = _heap.Alloc(size, GfpFlags.Kernel);
            nuint usable = KernelMemory.UsableSize(memory);
            KernelMemory.Free(memory);
            Assert.True(usable >= before && usable >= size, $"{size}: {usable} after {before}");
            before = usable;
        }
    }

    [Theory]
    [InlineData(SlabDebug.None)]
    [InlineData(SlabDebug.All)]
    public void Every_size_and_alignment_of_a_cache_fits(SlabDebug debug)
    {
        foreach (int size in new[] { 1, 2, 7, 8, 9, 15, 24, 63, 64, 65, 255, 256, 1000, 4095, 4096, 4097, 65_537, (1 << 20) - 1, 1 << 20 })
        {
            foreach (int alignment in new[] { 0, 1, 2, 4, 8, 16, 64, 128, 1024, 4096 })
            {
                foreach (bool constructed in new[] { false, true })
                {
                    int made = 0;
                    using var cache = new SlabCache(new SlabCacheOptions
                    {
                        Name = "shape", ObjectSize = size, Alignment = alignment, Pages = _pages, Debug = debug, Constructor = constructed ? _ => made++ : null,
                    });
                    nint[] items = [(nint)cache.Alloc(GfpFlags.Kernel), (nint)cache.Alloc(GfpFlags.Kernel), (nint)cache.Alloc(GfpFlags.Kernel)];
                    string what = $"{size} at {alignment}, {debug}, {constructed}";
                    Assert.True(items.All(item => item != 0 && item % Math.Max(8, alignment) == 0), what);
                    Array.Sort(items);
                    Assert.True(items[1] - items[0] >= size && items[2] - items[1] >= size, what);
                    for (int i = 0; i < 3; i++) new Span<byte>((void*)items[i], size).Fill((byte)(i + 1));
                    for (int i = 0; i < 3; i++) Assert.Equal(-1, new Span<byte>((void*)items[i], size).IndexOfAnyExcept((byte)(i + 1)));
                    Assert.Equal(constructed ? cache.GetStatistics().Objects : 0, made);
                    cache.FreeNoLocks((void*)items[0]);
                    cache.FreeBulk(items.AsSpan(1));
                    Assert.True(cache.GetStatistics() is { AllocatedObjects: 0, RejectedFrees: 0 }, what);
                }
            }
        }
    }

    public void Dispose()
    {
        _heap.Dispose();
        _pages.Drain();
        Assert.Equal(_pages.GetStatistics().PresentPages, _pages.GetStatistics().FreePages);
        _pages.Dispose();
    }
}
