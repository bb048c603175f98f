using System;
using System.Collections.Generic;
using Xunit;

namespace LockContext.Runtime.Tests;

/// <summary>Allocating and freeing without locks from inside the allocator's own locked regions: a trap, a signal, a tracepoint there may do so.</summary>
public sealed unsafe class ReentryTests
{
    [Theory]
    [InlineData(nameof(HookPoint.ZoneAllocate), NoLocksMode.ListsOnly)]
    [InlineData(nameof(HookPoint.ZoneFree), NoLocksMode.ListsOnly)]
    [InlineData(nameof(HookPoint.ThreadList), NoLocksMode.ListsOnly)]
    [InlineData(nameof(HookPoint.CpuList), NoLocksMode.ListsOnly)]
    [InlineData(nameof(HookPoint.ZoneAllocate), NoLocksMode.TryZoneLock)]
    [InlineData(nameof(HookPoint.ZoneFree), NoLocksMode.TryZoneLock)]
    [InlineData(nameof(HookPoint.ThreadList), NoLocksMode.TryZoneLock)]
    [InlineData(nameof(HookPoint.CpuList), NoLocksMode.TryZoneLock)]
    public void Is_legal_at(string place, NoLocksMode mode)
    {
        var point = Enum.Parse<HookPoint>(place);
        foreach (ZoneLockKind kind in Enum.GetValues<ZoneLockKind>())
        {
            using var allocator = new PageAllocator(new PageAllocatorOptions
            {
                Pages = 2048, CpuLists = 1, CpuListBatch = 8, CpuListHighFraction = 64, MinFreePages = 16, BackgroundReclaim = false, NoLocksMode = mode, ZoneLock = kind,
            });
            var kept = new Stack<(nint Page, int Order)>();
            int reached = 0, served = 0;
            bool inside = false;
            allocator.Hooks.Hook = at =>
            {
                if (at != point || inside) return;
                inside = true;
                reached++;
                int order = mode == NoLocksMode.TryZoneLock ? reached % 4 : 0;
                var page = (nint)allocator.AllocPages(GfpFlags.NoLocks, order);
                if (page != 0)
                {
                    served++;
                    kept.Push((page, order));
                }

                if (kept.Count > 3)
                {
                    (nint old, int oldOrder) = kept.Pop();
                    allocator.FreePagesNoLocks((void*)old, oldOrder);
                }

                inside = false;
            };

            var pages = new Stack<nint>();
            for (int round = 0; round < 20; round++)
            {
                for (int i = 0; i < 100; i++) pages.Push((nint)allocator.AllocPages(GfpFlags.Kernel, 0));
                while (pages.TryPop(out nint page)) allocator.FreePages((void*)page, 0);
                void* block = allocator.AllocPages(GfpFlags.Kernel, 5);
                allocator.FreePages(block, 5);
            }

            allocator.Hooks.Hook = null;
            Assert.True(reached > 0);

            // From inside the lists the zone can still be tried; from inside the zone, the lists.
            if (point is HookPoint.ZoneFree || mode == NoLocksMode.TryZoneLock) Assert.True(served > 0, $"{reached} calls, none served");
            while (kept.TryPop(out (nint Page, int Order) held)) allocator.FreePages((void*)held.Page, held.Order);
            allocator.Drain();
            Assert.Equal(2048, allocator.GetStatistics().FreePages);
            Assert.Equal(0, allocator.GetStatistics().RejectedFrees);
        }
    }
}
