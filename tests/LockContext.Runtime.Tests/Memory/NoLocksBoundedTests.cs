using System;
using System.Collections.Generic;
using System.Threading;
using Xunit;

namespace LockContext.Runtime.Tests;

/// <summary>Without locks nobody waits, whatever lock of the allocator another thread holds, and however long: it is stopped inside, and let go only when everything without locks has been done.</summary>
public sealed unsafe class NoLocksBoundedTests : IDisposable
{
    private const int Many = 1000;

    private readonly ManualResetEventSlim _inside = new();
    private readonly ManualResetEventSlim _leave = new();

    public static TheoryData<string, NoLocksMode, ZoneLockKind> Places
    {
        get
        {
            var all = new TheoryData<string, NoLocksMode, ZoneLockKind>();
            foreach (HookPoint point in Enum.GetValues<HookPoint>())
            {
                foreach (NoLocksMode mode in Enum.GetValues<NoLocksMode>())
                {
                    foreach (ZoneLockKind kind in Enum.GetValues<ZoneLockKind>()) all.Add($"{point}", mode, kind);
                }
            }

            return all;
        }
    }

    public void Dispose()
    {
        _inside.Dispose();
        _leave.Dispose();
    }

    [Theory]
    [MemberData(nameof(Places))]
    public void While_another_thread_is_stopped_at(string place, NoLocksMode mode, ZoneLockKind kind)
    {
        var point = Enum.Parse<HookPoint>(place);
        using var allocator = new PageAllocator(new PageAllocatorOptions
        {
            Pages = 2048, CpuLists = 1, CpuListBatch = 8, CpuListHighFraction = 64, MinFreePages = 16, BackgroundReclaim = false, NoLocksMode = mode, ZoneLock = kind,
        });
        var holder = new Thread(() => Churn(allocator));
        allocator.Hooks.Hook = at =>
        {
            if (at != point || Thread.CurrentThread != holder || _leave.IsSet) return;
            _inside.Set();
            _leave.Wait();
        };

        // One that has a list with pages on it, and a block of its own to free; and one that is new.
        var given = new List<nint>();
        bool stillInside = false;
        PageAllocatorStatistics before = default, after = default;
        var other = new Thread(() =>
        {
            for (int i = 0; i < 4; i++) given.Add((nint)allocator.AllocPages(GfpFlags.Kernel, 0));
            var block = (nint)allocator.AllocPages(GfpFlags.Kernel, 5);
            holder.Start();
            _inside.Wait();
            before = allocator.GetStatistics();
            WithoutLocks(allocator);
            foreach (nint page in given) allocator.FreePagesNoLocks((void*)page, 0);
            allocator.FreePagesNoLocks((void*)block, 5);
            var fresh = new Thread(() => WithoutLocks(allocator));
            fresh.Start();
            fresh.Join();
            after = allocator.GetStatistics();
            stillInside = !_leave.IsSet && (point is HookPoint.CpuList or HookPoint.ThreadList || allocator.Zones[0].Lock.IsHeld);
        });
        other.Start();
        bool done = other.Join(Deadline.Generous);
        _leave.Set();
        Assert.True(done, "somebody waits");
        Assert.True(holder.Join(Deadline.Generous));
        Assert.True(stillInside);
        Assert.Equal((before.Refills, before.DirectReclaims, before.BackgroundWakeups), (after.Refills, after.DirectReclaims, after.BackgroundWakeups));
        Assert.True(after.NoLocksFailures - before.NoLocksFailures >= Many, $"{after}");
        Assert.True(after.NoLocksHits > before.NoLocksHits, $"{after}");
        allocator.Drain();
        Assert.Equal(2048, allocator.GetStatistics().FreePages);
    }

    // As many as there are, then misses, then back.
    private static void WithoutLocks(PageAllocator allocator)
    {
        var taken = new Stack<nint>();
        for (nint page; (page = (nint)allocator.AllocPages(GfpFlags.NoLocks, 0)) != 0;) taken.Push(page);
        for (int i = 0; i < Many; i++) Assert.True(allocator.AllocPages(GfpFlags.NoLocks, 1 + PageAllocator.MaxOrder) == null);
        while (taken.TryPop(out nint page)) allocator.FreePagesNoLocks((void*)page, 0);
    }

    // By way of every lock there is.
    private static void Churn(PageAllocator allocator)
    {
        var pages = new Stack<nint>();
        for (int i = 0; i < 200; i++) pages.Push((nint)allocator.AllocPages(GfpFlags.Kernel, 0));
        while (pages.TryPop(out nint page)) allocator.FreePages((void*)page, 0);
        void* block = allocator.AllocPages(GfpFlags.Kernel, 5);
        allocator.FreePages(block, 5);
    }
}
