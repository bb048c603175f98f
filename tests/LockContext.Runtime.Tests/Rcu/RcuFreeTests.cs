using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using System.Threading;
using Xunit;

namespace LockContext.Runtime.Tests;

[Collection(TortureRuns.Name)]
public sealed unsafe class RcuFreeTests : IDisposable
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

    /// <summary>What a rush has needed stays at hand as long as it lasts, and for a delay after; then all but a few blocks go back.</summary>
    [Fact]
    public void The_blocks_of_a_rush_are_kept_until_it_is_over()
    {
        ProvideBlocks();
        const int Blocks = 40;
        DeferredFree frees = RcuWorker.Instance.Frees;
        int few = Rcu.Options.SpareBlocks * Environment.ProcessorCount;
        Rush(Blocks);
        Assert.InRange(frees.SpareBlocks, Blocks / 2, Blocks + few + few);

        // Another one finds them: nobody has to allocate.
        long failures = Rcu.GetStatistics().FreeBlockFailures;
        long linked = Rcu.GetStatistics().FreesQueuedByHead;
        Rush(Blocks / 4);
        Assert.True(frees.SpareBlocks > few);
        Assert.Equal((failures, linked), (Rcu.GetStatistics().FreeBlockFailures, Rcu.GetStatistics().FreesQueuedByHead));

        // Over, when the delay has passed without one.
        Rcu.Options = Rcu.Options with { DrainDelay = 10 };
        Rush(Blocks);
        Deadline.Until(() => frees.SpareBlocks <= few);
        Assert.True(frees.SpareBlocks > 0);
    }

    [Fact]
    public void A_rush_leaves_no_more_than_a_megabyte_on_a_cpu()
    {
        ProvideBlocks();
        Rcu.Options = Rcu.Options with { BlocksMayTakeZoneLock = true };
        _reader.Do(() => Rcu.ReadLock());
        var objects = new nint[(DeferredFree.MostSpares + 20) * FreeBlock.Capacity * Environment.ProcessorCount];
        for (int i = 0; i < objects.Length; i++) objects[i] = (nint)Take();
        foreach (nint item in objects) Rcu.Free((void*)item, &((Item*)item)->Head);
        _reader.Do(() => Rcu.ReadUnlock());
        Rcu.FreeBarrier();
        int most = 0;
        for (int cpu = 0; cpu < Environment.ProcessorCount; cpu++) most = int.Max(most, RcuWorker.Instance.Frees.SpareBlocksOn(cpu));
        Assert.Equal(DeferredFree.MostSpares, most);
        RcuWorker.Instance.Frees.EndRush();
        Assert.InRange(RcuWorker.Instance.Frees.SpareBlocks, 0, Rcu.Options.SpareBlocks * Environment.ProcessorCount);
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
    public void An_object_that_is_freed_twice_is_leaked_and_reported()
    {
        using var reports = new Reports();
        Item* item = Take();
        Item* other = Take();

        // Into blocks all three: linked by their heads they would make a circle, which is another test.
        ProvideBlocks();
        long linked = Rcu.GetStatistics().FreesQueuedByHead;
        Rcu.Free(item, &item->Head);
        Rcu.Free(other, &other->Head);
        Rcu.Free(item, &item->Head);
        Assert.Equal(linked, Rcu.GetStatistics().FreesQueuedByHead);
        Rcu.FreeBarrier();
        reports.Single(RcuReportKind.DoubleFree);
        Assert.Equal(1, _cache.GetStatistics().AllocatedObjects);
        _cache.Free(item);
    }

    [Fact]
    public void An_object_that_is_freed_twice_by_its_head_is_reported_and_hangs_nobody()
    {
        using var reports = new Reports();
        Item* first = Take();
        Item* item = Take();
        Item* other = Take();
        NoBlocks();
        _reader.Do(() =>
        {
            // All on one CPU, or it might be no circle.
            for (int i = 0; i < 1000 && !reports.Any(RcuReportKind.DoubleFree); i++)
            {
                int cpu = Thread.GetCurrentProcessorId();
                Rcu.Free(first, &first->Head);
                Rcu.Free(item, &item->Head);
                Rcu.Free(other, &other->Head);
                Rcu.Free(item, &item->Head);
                Rcu.FreeBarrier();
                if (cpu == Thread.GetCurrentProcessorId()) break;
            }
        });
        Assert.True(reports.Any(RcuReportKind.DoubleFree) || reports.Any(RcuReportKind.FreeRefused));

        // In a circle, what lies behind it is lost.
        if (_cache.GetStatistics().AllocatedObjects == 1) _cache.Free(first);
        Assert.Equal(0, _cache.GetStatistics().AllocatedObjects);
    }

    /// <summary>On one CPU it makes a circle, and what was queued before it cannot be reached; on two, the object is on both lists. What is lost is lost, and not waited for.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_a_double_free_by_head_leaks_is_no_backlog(bool onTwo)
    {
        using var reports = new Reports();
        var items = new nint[6];
        for (int i = 0; i < items.Length; i++) items[i] = (nint)Take();
        NoBlocks();
        long before = Rcu.GetStatistics().RefusedFrees;
        bool pinned = false;
        _reader.Do(() =>
        {
            pinned = Pin(0) && (!onTwo || Pin(1)) && Pin(0);
            if (!pinned) return;

            // Nothing of it is drained before all of it is there.
            Add(0);
            Add(1);
            Add(2);
            if (onTwo) Pin(1);
            Add(3);
            Add(1);
            Add(4);
            Unpin();
        });
        if (!pinned)
        {
            // A machine that has no second CPU for us, or lets nobody choose.
            for (int i = 0; i < 5; i++) _cache.Free((void*)items[i]);
        }

        _cache.Free((void*)items[5]);
        Rcu.FreeBarrier();
        RcuStatistics after = Rcu.GetStatistics();
        Assert.Equal(after.FreesQueued, after.FreesDone);
        Assert.Equal(0, RcuWorker.Instance.Frees.Backlog);
        Assert.Equal(pinned ? 1 : 0, reports.All.Length);
        Assert.Equal(before, after.RefusedFrees);
        if (!pinned) return;
        reports.Single(RcuReportKind.DoubleFree);
        Assert.Equal(1, _cache.GetStatistics().AllocatedObjects);
        _cache.Free((void*)items[0]);

        void Add(int item) => Rcu.Free((void*)items[item], &((Item*)items[item])->Head);
    }

    /// <summary>Row 77: who has used up what he may take while memory is low frees all the same, and the block for it is RCU's.</summary>
    [Fact]
    public void Blocks_are_on_the_account_of_an_exempt_group()
    {
        // Neither the worker nor spares: this thread asks for the block, with the zone lock, where the budget counts.
        DeferredFree frees = RcuWorker.Instance.Frees;
        Rcu.Options = Rcu.Options with { BlocksMayTakeZoneLock = true, SpareRetreat = 100_000 };
        frees.GiveBackSpares();
        long charged = Rcu.MemoryGroup.ChargedPages;
        using var careless = new MemoryGroup("careless") { NonBlockingBudget = 0, LimitPages = 0 };
        PageAllocator pages = PageAllocator.Shared;
        Item* item = Take();
        Item* other = Take();
        long rides = Rcu.MemoryGroup.FreeRides;
        List<(nint Block, int Order)> taken = LeaveLow(pages);
        long linked = Rcu.GetStatistics().FreesQueuedByHead;
        using (careless.Enter())
        {
            Rcu.Free(item, &item->Head);
            Rcu.FreeMightSleep(other);
            Assert.Same(careless, MemoryGroup.Current);
        }

        foreach ((nint block, int order) in taken) pages.FreePages((void*)block, order);
        Assert.Equal(linked, Rcu.GetStatistics().FreesQueuedByHead);
        Assert.Equal((0, 0, 0), (careless.Debt, careless.BudgetFailures, careless.LimitFailures));
        Assert.True(Rcu.MemoryGroup.FreeRides > rides);
        Assert.InRange(Rcu.MemoryGroup.ChargedPages, charged + 1, charged + 2);
        Rcu.FreeBarrier();
        frees.GiveBackSpares();
        Rcu.Options = Rcu.Options with { SpareRetreat = 0 };
        frees.GiveBackSpares();
        Assert.Equal((MemoryGroup.Unlimited, MemoryGroup.Unlimited), (Rcu.MemoryGroup.LimitPages, Rcu.MemoryGroup.NonBlockingBudget));
    }

    [Fact]
    public void A_block_had_without_locks_is_charged_until_it_is_given_back()
    {
        DeferredFree frees = RcuWorker.Instance.Frees;
        Rcu.Options = Rcu.Options with { SpareRetreat = 100_000 };
        frees.GiveBackSpares();
        PageAllocator.Shared.FreePages(PageAllocator.Shared.AllocPages(GfpFlags.Kernel, 0), 0);
        long charged = Rcu.MemoryGroup.ChargedPages;
        long linked = Rcu.GetStatistics().FreesQueuedByHead;
        Item* item = Take();
        Item* refused = Take();
        Rcu.Free(item, &item->Head);
        Assert.Equal((linked, charged + 1), (Rcu.GetStatistics().FreesQueuedByHead, Rcu.MemoryGroup.ChargedPages));
        Rcu.FreeBarrier();
        Assert.Equal(charged, Rcu.MemoryGroup.ChargedPages);

        // With a limit there are heads.
        Rcu.MemoryGroup.LimitPages = 0;
        Rcu.Free(refused, &refused->Head);
        Rcu.MemoryGroup.LimitPages = MemoryGroup.Unlimited;
        Assert.Equal((linked + 1, charged), (Rcu.GetStatistics().FreesQueuedByHead, Rcu.MemoryGroup.ChargedPages));
        Rcu.FreeBarrier();
        Rcu.Options = Rcu.Options with { SpareRetreat = 0 };
        frees.GiveBackSpares();
    }

    [Fact]
    public void What_is_not_allocated_any_more_or_none_of_ours_is_refused_and_reported()
    {
        using var reports = new Reports();
        Item* item = Take();
        Rcu.Free(item, &item->Head);
        Rcu.FreeBarrier();
        Rcu.Free(item, &item->Head);
        Item foreign;
        Rcu.Free(&foreign, &foreign.Head);
        Item* good = Take();
        bool same = good == item;
        Rcu.Free(good, &good->Head);
        Rcu.FreeBarrier();
        Assert.Equal(same, reports.Any(RcuReportKind.DoubleFree));
        Assert.True(reports.Any(RcuReportKind.FreeRefused));
        if (same) _cache.Free(good);
        Assert.Equal(0, _cache.GetStatistics().AllocatedObjects);
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
    public void Spare_blocks_are_kept_and_given_back_and_not_made_again_for_a_while()
    {
        Rcu.Options = Rcu.Options with { SpareRetreat = 100_000 };
        RcuWorker.Instance.Frees.ProvideBlocks();
        Assert.True(RcuWorker.Instance.Frees.GiveBackSpares() >= Rcu.Options.SpareBlocks);
        Item* item = Take();
        Rcu.Free(item, &item->Head);
        Rcu.FreeBarrier();
        Assert.Equal(0, RcuWorker.Instance.Frees.GiveBackSpares());
        Rcu.Options = Rcu.Options with { SpareRetreat = 0 };
        RcuWorker.Instance.Frees.GiveBackSpares();
    }

    [Fact]
    public void When_memory_is_short_spare_blocks_go_and_everything_is_drained()
    {
        var shrinker = new FreeShrinker(RcuWorker.Instance, RcuWorker.Instance.Frees);
        Rcu.Options = Rcu.Options with { SpareRetreat = 0 };
        RcuWorker.Instance.Frees.GiveBackSpares();
        RcuWorker.Instance.Frees.ProvideBlocks();
        Item* item = Take();
        Rcu.Free(item, &item->Head);
        int spares = RcuWorker.Instance.Frees.SpareBlocks;
        Assert.True(spares > 0 && shrinker.Count(default) >= spares);
        Assert.True(shrinker.Scan(default) > 0);
        Deadline.Until(() => _cache.GetStatistics().AllocatedObjects == 0);
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

    // All at once, behind a reader, and freed.
    private void Rush(int blocks)
    {
        _reader.Do(() => Rcu.ReadLock());
        for (int i = 0; i < blocks * FreeBlock.Capacity; i++)
        {
            Item* item = Take();
            Rcu.Free(item, &item->Head);
        }

        _reader.Do(() => Rcu.ReadUnlock());
        Rcu.FreeBarrier();
    }

    // Blocks are at hand on every CPU, whatever the tests before have done to them.
    private static void ProvideBlocks()
    {
        Rcu.Options = Rcu.Options with { SpareRetreat = 0 };
        RcuWorker.Instance.Frees.GiveBackSpares();
        RcuWorker.Instance.Frees.ProvideBlocks();
        for (int cpu = 0; cpu < Environment.ProcessorCount; cpu++) Assert.True(RcuWorker.Instance.Frees.SpareBlocksOn(cpu) >= 2);
    }

    // Between the low mark and the min mark, with nothing in the lists; taken from the zone behind the allocator's back, who would do something about it.
    private static List<(nint Block, int Order)> LeaveLow(PageAllocator pages)
    {
        KernelMemory.Shrink();
        pages.Drain();
        var taken = new List<(nint, int)>();
        PageAllocatorStatistics marks = pages.GetStatistics();
        int left = (marks.LowMark + marks.MinMark) / 2;
        for (int order = PageAllocator.MaxOrder; order >= 0; order--)
        {
            while (pages.GetStatistics().FreePages - left >= 1 << order)
            {
                int frame = Peek.Zone(pages).Allocate(order, MigrateType.Movable, -1);
                if (frame == PageFrames.None) break;
                taken.Add(((nint)Peek.Frames(pages).AddressOf(frame), order));
            }
        }

        return taken;
    }

    // One of the first 64, for the calling thread.
    private static bool Pin(int cpu)
    {
        ulong mask = 1UL << cpu;
        return OperatingSystem.IsLinux() && SetAffinity(0, sizeof(ulong), &mask) == 0 && Thread.GetCurrentProcessorId() == cpu;
    }

    private static void Unpin()
    {
        ulong all = ulong.MaxValue;
        _ = SetAffinity(0, sizeof(ulong), &all);
    }

    [DllImport("libc", EntryPoint = "sched_setaffinity")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetAffinity(int thread, nuint size, ulong* mask);

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
