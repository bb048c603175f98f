using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Xunit;

namespace LockContext.Runtime.Tests;

[Collection(SlabHookRuns.Name)]
public sealed unsafe class SlabNoLocksTests : SlabCacheFixture
{
    [Fact]
    public void Takes_an_object_from_the_magazine()
    {
        SlabCache cache = Cache(64);
        void* item = cache.Alloc(GfpFlags.Kernel);
        cache.Free(item);
        Assert.True(item == cache.Alloc(GfpFlags.NoLocks));
        Assert.Equal(0, cache.GetStatistics().NoLocksFailures);
        cache.FreeNoLocks(item);
    }

    [Fact]
    public void Is_null_without_a_magazine_and_makes_no_slab()
    {
        SlabCache cache = Cache(64);
        int free = Pages.GetStatistics().FreePages;
        Assert.True(cache.Alloc(GfpFlags.NoLocks) == null);
        Assert.True(cache.Alloc(GfpFlags.NoLocks | GfpFlags.Kernel | GfpFlags.NoFail) == null);
        SlabCacheStatistics now = cache.GetStatistics();
        Assert.Equal(0, now.Slabs);
        Assert.Equal(2, now.NoLocksFailures);
        Assert.Equal(2, now.Failures);
        Assert.Equal(free, Pages.GetStatistics().FreePages);
    }

    [Fact]
    public void Is_null_when_the_magazines_are_empty_although_slabs_have_objects()
    {
        SlabCache cache = Cache(64);
        var items = new List<nint> { (nint)cache.Alloc(GfpFlags.Kernel) };
        nint item;
        while ((item = (nint)cache.Alloc(GfpFlags.NoLocks)) != 0) items.Add(item);
        SlabCacheStatistics now = cache.GetStatistics();
        Assert.Equal(1, now.Slabs);
        Assert.Equal(1, now.Refills);
        Assert.True(now.Objects > items.Count);
        Assert.Equal(items.Count, items.Distinct().Count());
        cache.FreeBulk(items.ToArray());
    }

    [Fact]
    public void A_thread_without_a_magazine_takes_from_the_barn()
    {
        SlabCache cache = Cache(64);
        cache.FreeBulk(Take(cache, 1000));
        var items = new List<nint>();
        OnNewThread(() =>
        {
            SlabSlot* own = Peek.Slots(cache).Current;
            Assert.Equal(0, own->Main->Capacity);
            nint item;
            while ((item = (nint)cache.Alloc(GfpFlags.NoLocks)) != 0) items.Add(item);
            Assert.Equal(0, Peek.Slots(cache).Current->Main->Capacity);
        });
        Assert.Equal(Barn.MostFull * Magazine.CapacityFor(64), items.Count);
        Assert.Equal(items.Count, items.Distinct().Count());
        Assert.Equal(items.Count, cache.GetStatistics().AllocatedObjects);
        cache.FreeBulk(items.ToArray());
    }

    [Fact]
    public void Never_throws_whatever_comes_with_it()
    {
        SlabCache cache = Cache(64);
        nint[] items = Take(cache, 3);
        cache.FreeBulk(items);
        void* first = cache.Alloc(GfpFlags.NoLocks | GfpFlags.Movable | GfpFlags.Reclaimable);
        void* second = cache.Alloc(GfpFlags.NoLocks | GfpFlags.NoFail | GfpFlags.NoRetry | (GfpFlags)0x80000000);
        Assert.True(first != null && second != null && first != second);
        cache.FreeNoLocks(first);
        cache.FreeNoLocks(second);
    }

    [Fact]
    public void Does_not_wait_for_the_caches_lock()
    {
        SlabCache cache = Cache(64);
        nint[] items = Take(cache, 200);
        SleepingLock held = Peek.Lock(cache);
        held.Enter();
        try
        {
            OnNewThread(() =>
            {
                foreach (nint item in items) cache.FreeNoLocks((void*)item);
                Assert.True(cache.Alloc(GfpFlags.NoLocks) == null);
            });
        }
        finally
        {
            held.Exit();
        }

        // That thread had no magazine; nor was there an empty one in the barn to be had by it.
        Assert.Equal(200, cache.GetStatistics().RemoteFrees);
        Assert.Equal(0, cache.GetStatistics().AllocatedObjects);
    }

    [Fact]
    public void Does_not_wait_for_a_barn_in_use()
    {
        SlabCache cache = Cache(64);
        cache.FreeBulk(Take(cache, 1000));
        ref RawSpinLock barn = ref Peek.Lock(ref Peek.Barn(cache));
        barn.Enter();
        var items = new List<nint>();
        nint item;
        while ((item = (nint)cache.Alloc(GfpFlags.NoLocks)) != 0) items.Add(item);
        Assert.True(items.Count <= 2 * Magazine.CapacityFor(64));
        foreach (nint one in items) cache.FreeNoLocks((void*)one);
        barn.Exit();
        void* more = cache.Alloc(GfpFlags.NoLocks);
        Assert.True(more != null);
        cache.Free(more);
    }

    [Fact]
    public void A_remote_free_comes_back_with_the_next_refill()
    {
        SlabCache cache = Cache(new SlabCacheOptions { ObjectSize = 4096, EmptySlabs = 0 });
        nint[] items = Take(cache, 100);
        OnNewThread(() =>
        {
            foreach (nint item in items) cache.FreeNoLocks((void*)item);
        });
        Assert.Equal(100, cache.GetStatistics().RemoteFrees);
        int slabs = cache.GetStatistics().Slabs;
        nint[] again = Take(cache, 100);
        Assert.Equal(slabs, cache.GetStatistics().Slabs);
        Assert.Empty(again.Except(items).Skip(16));
        cache.FreeBulk(again);
    }

    [Fact]
    public void Frees_without_locks_alone_leave_no_more_than_there_are_objects()
    {
        // Nobody puts remote frees back here but the refills that need them.
        SlabCache cache = Cache(64);
        for (int round = 0; round < 200; round++)
        {
            nint[] items = Take(cache, 300);
            OnNewThread(() =>
            {
                foreach (nint item in items) cache.FreeNoLocks((void*)item);
            });
        }

        Assert.True(cache.GetStatistics().Objects < 3000, cache.GetStatistics().ToString());
    }

    [Fact]
    public void May_be_called_from_inside_every_locked_region()
    {
        SlabCache cache = Cache(64);
        var reached = new HashSet<SlabHooks.Place>();
        var inside = new Stack<nint>();
        int served = 0;
        bool within = false;
        Thread self = Thread.CurrentThread;
        SlabHooks.Hook = place =>
        {
            if (within || Thread.CurrentThread != self) return;
            within = true;
            reached.Add(place);
            for (int i = 0; i < 3; i++)
            {
                var item = (nint)cache.Alloc(GfpFlags.NoLocks);
                if (item == 0) continue;
                served++;
                inside.Push(item);
            }

            while (inside.Count > 10) cache.FreeNoLocks((void*)inside.Pop());
            within = false;
        };
        try
        {
            for (int round = 0; round < 20; round++) cache.FreeBulk(Take(cache, 700));
        }
        finally
        {
            SlabHooks.Hook = null;
        }

        Assert.Equal(3, reached.Count);
        Assert.True(served > 10, $"{served}");
        Assert.Equal(inside.Count, inside.Distinct().Count());
        Assert.Equal(inside.Count, cache.GetStatistics().AllocatedObjects);
        while (inside.TryPop(out nint item)) cache.Free((void*)item);
        Assert.Equal(0, cache.GetStatistics().RejectedFrees);
    }

    [Fact]
    public void Is_one_object_or_null_for_every_size_of_kernel_memory()
    {
        using var heap = new KernelHeap(Pages);
        Assert.True(heap.Alloc(100, GfpFlags.NoLocks) == null);
        void* memory = heap.Alloc(100, GfpFlags.Kernel);
        KernelMemory.FreeNoLocks(memory);
        Assert.True(memory == heap.Alloc(100, GfpFlags.NoLocks));
        KernelMemory.FreeNoLocks(memory);
        Assert.True(heap.Alloc(KernelHeap.LargestClass + 1, GfpFlags.NoLocks) == null);
        Assert.True(heap.Alloc(nuint.MaxValue, GfpFlags.NoLocks) == null);
        Assert.True(heap.AllocVirtual(100, GfpFlags.NoLocks) == null);
    }
}

/// <summary>The hook is one for the process: tests that set it, and their neighbours, run one at a time.</summary>
[CollectionDefinition(Name)]
public sealed class SlabHookRuns
{
    public const string Name = "slab hooks";
}
