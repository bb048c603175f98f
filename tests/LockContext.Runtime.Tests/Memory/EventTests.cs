using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Diagnostics.Tracing;
using System.Linq;
using System.Threading;
using Xunit;

namespace LockContext.Runtime.Tests;

/// <summary>The event source of the allocators. Alone in the process: writing events allocates, which other tests assert that nothing does.</summary>
[Collection(TortureRuns.Name)]
public sealed unsafe class EventTests() : PageAllocatorFixture(Small with { Pages = 3072, MovablePages = 1024 })
{
    private readonly string _name = $"traced-{Guid.NewGuid():N}";

    [Fact]
    public void Pages_have_flags_in_both_notations_and_nothing_without_locks_is_an_event()
    {
        Free(Alloc(GfpFlags.Kernel));
        Assert.Null(MemoryEvents.Log!.ConstructionException);
        using var listener = new Listener(EventKeywords.All);
        nint page = Alloc(GfpFlags.Kernel | GfpFlags.Zero);
        nint quiet = Alloc(GfpFlags.NoLocks);
        Free(page);
        LeaveInNormal(0);
        Alloc(GfpFlags.Kernel | GfpFlags.NoRetry);
        Assert.Contains($"PageAlloc({(ulong)page},0,GFP_KERNEL|__GFP_ZERO,K|Z)", listener.Events);
        Assert.Contains($"PageFree({(ulong)page},0)", listener.Events);
        Assert.Contains("DirectReclaimStart(0,GFP_KERNEL|__GFP_NORETRY,)", listener.Events);
        Assert.Contains("AllocationFailed(0,GFP_KERNEL|__GFP_NORETRY,K|NR,)", listener.Events);
        Assert.DoesNotContain(listener.Events, text => text.Contains($"{(ulong)quiet}", StringComparison.Ordinal));
    }

    [Fact]
    public void Slabs_and_refills_and_failures()
    {
        using var listener = new Listener(EventKeywords.All);
        using (var pages = new PageAllocator(Small with { Pages = 2048 }))
        using (var cache = new SlabCache(_name, 2048, 0, pages))
        {
            cache.Free(cache.Alloc(GfpFlags.Kernel | GfpFlags.Zero));
            cache.Shrink();
            var rest = new List<nint>();
            void* page;
            while ((page = pages.AllocPages(GfpFlags.MemAlloc, 0)) != null) rest.Add((nint)page);
            Assert.True(cache.Alloc(GfpFlags.KswapdReclaim) == null);
            foreach (nint one in rest) pages.FreePages((void*)one, 0);
        }

        Assert.Contains(listener.Events, text => text.StartsWith($"SlabAllocated({_name},3,", StringComparison.Ordinal));
        Assert.Contains(listener.Events, text => text.StartsWith($"SlabFreed({_name},3", StringComparison.Ordinal));
        Assert.Contains($"MagazineRefilled({_name},GFP_KERNEL|__GFP_ZERO,K|Z)", listener.Events);
        Assert.Contains(listener.Events, text => text.StartsWith($"SlabAllocationFailed({_name},2048,__GFP_KSWAPD_RECLAIM", StringComparison.Ordinal));
    }

    /// <summary>Whatever way they take, each is an event, in the order in which it happened; and nothing without locks is.</summary>
    [Fact]
    public void Every_object_allocated_and_freed_is_an_event_while_somebody_listens()
    {
        using var cache = new SlabCache(_name, 64);

        // The thread has a magazine already, from which it would take the fast path.
        cache.Free(cache.Alloc(GfpFlags.Kernel));
        nint[] items = new nint[300];
        List<string> expected = [];
        using (var listener = new Listener(MemoryEvents.Keywords.Objects))
        {
            for (int i = 0; i < items.Length; i++)
            {
                items[i] = (nint)cache.Alloc(i % 2 == 0 ? GfpFlags.Kernel : GfpFlags.Atomic | GfpFlags.Zero);
                expected.Add($"ObjectAlloc({_name},{(ulong)items[i]},64,{(i % 2 == 0 ? "GFP_KERNEL,K" : "GFP_ATOMIC|__GFP_ZERO,A|Z")})");
            }

            // A collector takes all slots and gives them back; the diversion stays.
            cache.Shrink();
            for (int i = 0; i < 100; i++)
            {
                cache.Free((void*)items[i]);
                expected.Add($"ObjectFree({_name},{(ulong)items[i]})");
            }

            void* quiet = cache.Alloc(GfpFlags.NoLocks);
            Assert.True(quiet != null);
            cache.FreeNoLocks(quiet);
            cache.FreeBulk(items.AsSpan(100));
            for (int i = 100; i < items.Length; i++) expected.Add($"ObjectFree({_name},{(ulong)items[i]})");
            var other = new Thread(() => cache.Free(cache.Alloc(GfpFlags.NoIo)));
            other.Start();
            other.Join();
            Assert.Equal(expected, listener.Events.Take(expected.Count));
            Assert.Equal(expected.Count + 2, listener.Events.Count);
            Assert.Contains(",64,GFP_NOIO,NI)", listener.Events.ElementAt(expected.Count), StringComparison.Ordinal);
        }

        // Nobody listens: the fast path again, after one operation that undoes the last diversion.
        cache.Free(cache.Alloc(GfpFlags.Kernel));
        long slow = cache.GetStatistics().Refills;
        for (int i = 0; i < 100; i++) cache.Free(cache.Alloc(GfpFlags.Kernel));
        Assert.Equal(slow, cache.GetStatistics().Refills);
        Assert.False(IsDiverted(cache));
    }

    [Fact]
    public void Memory_of_no_cache_is_an_event_too()
    {
        using var listener = new Listener(MemoryEvents.Keywords.Objects);
        void* small = KernelMemory.Alloc(100, GfpFlags.Kernel);
        void* large = KernelMemory.Alloc(20_000, GfpFlags.NoWait);
        void* mapping = KernelMemory.AllocVirtual(100_000, GfpFlags.Kernel);
        KernelMemory.Free(mapping);
        KernelMemory.Free(large);
        KernelMemory.Free(small);
        string[] expected =
        [
            $"ObjectAlloc(kmalloc-112,{(ulong)small},112,GFP_KERNEL,K)", $"ObjectAlloc(kmalloc-large,{(ulong)large},20000,GFP_NOWAIT,NW)", $"ObjectAlloc(vmalloc,{(ulong)mapping},100000,GFP_KERNEL,K)",
            $"ObjectFree(vmalloc,{(ulong)mapping})", $"ObjectFree(kmalloc-large,{(ulong)large})", $"ObjectFree(kmalloc-112,{(ulong)small})",
        ];
        Assert.Equal(expected, listener.Events.Where(text => new[] { (ulong)small, (ulong)large, (ulong)mapping }.Select(p => $"{p}").Any(p => text.Contains(p, StringComparison.Ordinal))));
    }

    private static bool IsDiverted(SlabCache cache) => Peek.Slots(cache).At((int)ThreadIndex.Current)->Revoked != 0;

    private void LeaveInNormal(int pages)
    {
        BuddyZone zone = Allocator.Zones[0];
        for (int order = PageAllocator.MaxOrder; order >= 0; order--)
        {
            while (zone.FreePages - pages >= 1 << order && zone.Allocate(order, MigrateType.Movable, -1) is var frame and not PageFrames.None)
                Keep((nint)Peek.Frames(Allocator).AddressOf(frame), order);
        }
    }

    /// <summary>Somebody who writes down what he is told in memory of the same kind would be told of that, too, and never come to an end.</summary>
    [Fact]
    public void What_a_listener_allocates_is_no_event()
    {
        using var listener = new Scribbler();
        void* item = KernelMemory.Alloc(64, GfpFlags.Kernel);
        void* block = KernelMemory.Alloc(40_000, GfpFlags.Kernel);
        KernelMemory.Free(item);
        KernelMemory.Free(block);
        PageAllocator.Shared.FreePages(PageAllocator.Shared.AllocPages(GfpFlags.Kernel, 0), 0);
        Assert.True(listener.Events >= 4);
    }

    private sealed unsafe class Scribbler : EventListener
    {
        private int _events;

        internal Scribbler() => EnableEvents(MemoryEvents.Log!, EventLevel.Verbose, EventKeywords.All);

        internal int Events => Volatile.Read(ref _events);

        protected override void OnEventWritten(EventWrittenEventArgs written)
        {
            Interlocked.Increment(ref _events);
            KernelMemory.Free(KernelMemory.Alloc(64, GfpFlags.Kernel));
            KernelMemory.Free(KernelMemory.Alloc(40_000, GfpFlags.Kernel));
            PageAllocator.Shared.FreePages(PageAllocator.Shared.AllocPages(GfpFlags.Kernel, 0), 0);
        }
    }

    private sealed class Listener : EventListener
    {
        internal Listener(EventKeywords keywords) => EnableEvents(MemoryEvents.Log!, EventLevel.Verbose, keywords);

        internal ConcurrentQueue<string> Events { get; } = new();

        // The base class may call before our fields are there.
        protected override void OnEventWritten(EventWrittenEventArgs written) => Events?.Enqueue($"{written.EventName}({string.Join(',', written.Payload!)})");
    }
}
