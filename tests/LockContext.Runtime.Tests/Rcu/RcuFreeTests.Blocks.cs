using System;
using System.Collections.Generic;
using Xunit;

namespace LockContext.Runtime.Tests;

/// <summary>The blocks of pointers: whose account they are on, how many are kept, and when they go.</summary>
public sealed unsafe partial class RcuFreeTests
{
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
}
