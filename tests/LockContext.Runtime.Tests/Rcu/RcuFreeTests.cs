using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using System.Threading;
using Xunit;

namespace LockContext.Runtime.Tests;

[Collection(TortureRuns.Name)]
public sealed unsafe partial class RcuFreeTests : IDisposable
{
    private readonly SlabCache _cache = new("deferred", sizeof(Item));
    private readonly Actor _reader = new("reader");

    public RcuFreeTests()
    {
        Rcu.FreeBarrier();
        Rcu.Options = new RcuOptions { DrainDelay = 60_000 };
    }

    public void Dispose()
    {
        PageAllocator.Shared.FaultInjection = null;
        _reader.Dispose();
        Rcu.FreeBarrier();
        Rcu.Options = new RcuOptions();
        _cache.Dispose();
    }

    [Fact]
    public void An_object_is_freed_when_the_readers_before_it_have_left()
    {
        _reader.Do(() => Rcu.ReadLock());
        Item* item = Take();
        Rcu.Free(item, &item->Head);
        RcuWorker.Instance.DrainSoon();
        Thread.Sleep(30);
        Assert.Equal(1, _cache.GetStatistics().AllocatedObjects);
        _reader.Do(() => Rcu.ReadUnlock());
        Rcu.FreeBarrier();
        Assert.Equal(0, _cache.GetStatistics().AllocatedObjects);
    }

    [Fact]
    public void All_kinds_of_memory_go_through_their_channels()
    {
        RcuStatistics before = Rcu.GetStatistics();
        Item* item = Take();
        void* mapping = KernelMemory.AllocVirtual(100_000, GfpFlags.Kernel);
        void* pages = KernelMemory.Alloc(20_000, GfpFlags.Kernel);
        Assert.Equal(FreeChannel.Slab, FreeChannel.Of(item));
        Assert.Equal(FreeChannel.Mapping, FreeChannel.Of(mapping));
        Assert.Equal(FreeChannel.Slab, FreeChannel.Of(pages));
        Rcu.Free(item, &item->Head);
        Rcu.Free(mapping, (RcuHead*)((byte*)mapping + 50_000));
        Rcu.Free(pages, (RcuHead*)pages);
        Rcu.FreeMightSleep(KernelMemory.Alloc(8, GfpFlags.Kernel));
        Rcu.Free(null, null);
        Rcu.FreeMightSleep(null);
        Rcu.FreeBarrier();
        RcuStatistics after = Rcu.GetStatistics();
        Assert.Equal(before.FreesDone + 4, after.FreesDone);
        Assert.False(KernelMemory.IsVirtual(mapping));
        Assert.Equal((nuint)0, KernelMemory.UsableSize(item));
        Assert.Equal(before.RefusedFrees, after.RefusedFrees);
    }

    [Fact]
    public void A_full_block_goes_at_once_and_others_wait_for_the_delay()
    {
        ProvideBlocks();
        long blocks = Rcu.GetStatistics().FreeBlocks;
        long done = Rcu.GetStatistics().FreesDone;

        // On a thread that may move between CPUs: one of them gets a full block at the latest then.
        int many = (FreeBlock.Capacity * Environment.ProcessorCount) + 1;
        for (int i = 0; i < many; i++)
        {
            Item* item = Take();
            Rcu.Free(item, &item->Head);
        }

        Deadline.Until(() => Rcu.GetStatistics().FreeBlocks > blocks);
        Thread.Sleep(30);
        RcuStatistics now = Rcu.GetStatistics();
        Assert.True(now.FreesDone - done < many, $"{now.FreesDone} - {done}, {now}");
        Assert.Equal(0, (now.FreesDone - done) % FreeBlock.Capacity);
        Rcu.Options = Rcu.Options with { DrainDelay = 0 };
        Item* last = Take();
        Rcu.Free(last, &last->Head);
        Rcu.FreeBarrier();
        Assert.Equal(done + many + 1, Rcu.GetStatistics().FreesDone);
    }

    [Fact]
    public void The_delay_ends()
    {
        Rcu.Options = new RcuOptions { DrainDelay = 10 };
        long done = Rcu.GetStatistics().FreesDone;
        Item* item = Take();
        Rcu.Free(item, &item->Head);
        Deadline.Until(() => Rcu.GetStatistics().FreesDone == done + 1);
    }

    [Fact]
    public void Under_a_raw_lock_with_empty_lists_it_takes_no_zone_lock_and_does_not_allocate_or_block()
    {
        NoBlocks();
        Item* item = Take();
        Item* second = Take();
        RcuStatistics before = Rcu.GetStatistics();
        PageAllocatorStatistics pages = PageAllocator.Shared.GetStatistics();
        var raw = new RawSpinLock();
        long managed = -1;
        var freed = new Thread(() =>
        {
            using (raw.EnterScope())
            {
                // The first one compiles.
                Rcu.Free(item, &item->Head);
                managed = GC.GetAllocatedBytesForCurrentThread();
                Rcu.Free(second, &second->Head);
                managed = GC.GetAllocatedBytesForCurrentThread() - managed;
            }
        });

        // While somebody else has the zone lock: who needs it would wait.
        Rcu.Initialize();
        ZoneLock zone = Peek.Zone(PageAllocator.Shared).Lock;
        zone.Enter();
        freed.Start();
        bool done = freed.Join(Deadline.Generous);
        zone.Exit();
        Assert.True(done);
        Assert.Equal(0, managed);

        RcuStatistics after = Rcu.GetStatistics();
        PageAllocatorStatistics nowPages = PageAllocator.Shared.GetStatistics();
        Assert.Equal(before.FreesQueuedByHead + 2, after.FreesQueuedByHead);
        Assert.Equal(pages.Refills, nowPages.Refills);
        Assert.Equal(pages.DirectReclaims, nowPages.DirectReclaims);
        Assert.Equal(pages.BackgroundWakeups, nowPages.BackgroundWakeups);
        Rcu.FreeBarrier();
        Assert.Equal(0, _cache.GetStatistics().AllocatedObjects);
    }

    /// <summary>RCU's own allocations are those of blocks: where an object is freed, with and without a head, and where the worker fills up what is at hand.</summary>
    [Theory]
    [InlineData(nameof(Rcu.Free))]
    [InlineData(nameof(Rcu.FreeMightSleep))]
    [InlineData(nameof(DeferredFree.ProvideBlocks))]
    public void An_allocation_failure_at_every_n_changes_nothing_but_the_way(string operation)
    {
        DeferredFree frees = RcuWorker.Instance.Frees;
        Rcu.Options = Rcu.Options with { SpareRetreat = 100_000 };
        PageAllocator.Shared.FaultInjection = new FaultInjection { Probability = 0, IgnoredFlags = GfpFlags.None };
        bool failed = true;
        int n = 1;
        for (; failed; n++)
        {
            // Nothing at hand, and the worker keeps away: each block is asked for by this thread.
            frees.GiveBackSpares();
            Item* items = null;
            for (int i = 0; i < 20; i++) Push(ref items);
            FaultInjection.FailNth = n;
            if (operation == nameof(DeferredFree.ProvideBlocks)) frees.ProvideBlocks();
            while (items != null)
            {
                Item* item = items;
                items = (Item*)item->Value;
                if (operation == nameof(Rcu.FreeMightSleep)) Rcu.FreeMightSleep(item);
                else Rcu.Free(item, &item->Head);
            }

            failed = FaultInjection.FailNth == 0;
            FaultInjection.FailNth = 0;
            Rcu.FreeBarrier();
            Assert.Equal(0, _cache.GetStatistics().AllocatedObjects);
        }

        // It came through without one failing, after it has failed at least once.
        Assert.True(n > 2);
        Assert.True(PageAllocator.Shared.FaultInjection.Failures >= n - 2);
        Rcu.Options = Rcu.Options with { SpareRetreat = 0 };
        frees.GiveBackSpares();

        void Push(ref Item* first)
        {
            Item* item = Take();
            item->Value = (nint)first;
            first = item;
        }
    }

    [Fact]
    public void Without_a_block_an_object_without_head_waits_for_readers()
    {
        Item* item = Take();
        NoBlocks();
        PageAllocator.Shared.FaultInjection!.IgnoredFlags = GfpFlags.None;
        long before = Rcu.GetStatistics().FreesBySynchronize;
        Rcu.FreeMightSleep(item);
        Assert.Equal(before + 1, Rcu.GetStatistics().FreesBySynchronize);
        Assert.Equal(0, _cache.GetStatistics().AllocatedObjects);
    }

    [Fact]
    public void What_might_sleep_is_refused_inside_a_section()
    {
        Item* item = Take();
        using (Rcu.Read()) Assert.Throws<InvalidOperationException>(() => Rcu.FreeMightSleep(item));
        using (Rcu.Read()) Assert.Throws<InvalidOperationException>(Rcu.FreeBarrier);
        Assert.Throws<ArgumentNullException>(() => Rcu.Free(item, null));
        _cache.Free(item);
    }

    [Fact]
    public void By_call_is_the_same_with_a_callback_for_each()
    {
        Rcu.Options = Rcu.Options with { FreeByCall = true };
        RcuStatistics before = Rcu.GetStatistics();
        for (int i = 0; i < 100; i++)
        {
            Item* item = Take();
            Rcu.Free(item, &item->Head);
        }

        Rcu.FreeBarrier();
        RcuStatistics after = Rcu.GetStatistics();
        Assert.Equal(before.CallbacksInvoked + 100, after.CallbacksInvoked);
        Assert.Equal(before.FreesQueued, after.FreesQueued);
        Assert.Equal(0, _cache.GetStatistics().AllocatedObjects);
    }

    [Fact]
    public void The_allocator_does_not_wait_for_grace_periods()
    {
        _reader.Do(() => Rcu.ReadLock());
        Item* waiting = Take();
        Rcu.Free(waiting, &waiting->Head);
        RcuWorker.Instance.DrainSoon();

        // A reader that stays: everything that allocates or frees goes on.
        using var pages = new PageAllocator(new PageAllocatorOptions { Pages = 1024, ReclaimPatience = 1 });
        void* all = pages.AllocPages(GfpFlags.MemAlloc, PageAllocator.MaxOrder);
        Assert.True(pages.AllocPages(GfpFlags.Kernel, 0) == null);
        pages.FreePages(all, PageAllocator.MaxOrder);
        for (int i = 0; i < 10_000; i++) KernelMemory.Free(KernelMemory.Alloc((nuint)(i % 5000), GfpFlags.Kernel));
        KernelMemory.Shrink();
        Assert.Equal(1, _cache.GetStatistics().AllocatedObjects);
        _reader.Do(() => Rcu.ReadUnlock());
    }

    [Fact]
    public void A_cache_disposed_with_a_backlog_harms_nobody()
    {
        var cache = new SlabCache("backlog", sizeof(Item));
        _reader.Do(() => Rcu.ReadLock());
        using var reports = new Reports();
        RcuStatistics before = Rcu.GetStatistics();
        for (int i = 0; i < 1000; i++)
        {
            var item = (Item*)cache.Alloc(GfpFlags.Kernel);
            Rcu.Free(item, &item->Head);
        }

        cache.Dispose();
        _reader.Do(() => Rcu.ReadUnlock());
        Rcu.FreeBarrier();
        RcuStatistics after = Rcu.GetStatistics();
        Assert.Equal(before.FreesQueued + 1000, after.FreesQueued);
        Assert.Equal(before.FreesDone + 1000, after.FreesDone);
    }

    [Fact]
    public void Freeing_allocates_no_managed_memory()
    {
        Rcu.Initialize();
        for (int i = 0; i < 100; i++) Rcu.FreeMightSleep(Take());
        Rcu.FreeBarrier();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 10_000; i++)
        {
            Item* item = Take();
            if ((i & 1) == 0) Rcu.Free(item, &item->Head);
            else Rcu.FreeMightSleep(item);
        }

        Rcu.FreeBarrier();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    // Blocks are at hand on every CPU, whatever the tests before have done to them.
    private static void ProvideBlocks()
    {
        Rcu.Options = Rcu.Options with { SpareRetreat = 0 };
        RcuWorker.Instance.Frees.GiveBackSpares();
        RcuWorker.Instance.Frees.ProvideBlocks();
        for (int cpu = 0; cpu < Environment.ProcessorCount; cpu++) Assert.True(RcuWorker.Instance.Frees.SpareBlocksOn(cpu) >= 2);
    }

    // No page for a block from anywhere.
    private static void NoBlocks()
    {
        PageAllocator.Shared.FaultInjection = new FaultInjection { IgnoredFlags = GfpFlags.None, MinOrder = 0 };
        RcuWorker.Instance.Frees.GiveBackSpares();
    }

    private Item* Take()
    {
        var item = (Item*)_cache.Alloc(GfpFlags.Kernel | GfpFlags.NoFail);
        Assert.True(item != null);
        return item;
    }

    private struct Item
    {
        internal long Value;
        internal RcuHead Head;
        internal fixed long More[5];
    }
}
