using System;
using System.Threading;
using LockContext.Runtime;
using Xunit;

namespace LockContext.Lockdep.Tests;

/// <summary>The rest of the library under lockdep: what it does itself is in order, and what is asked of it in the wrong place is reported, also when it would have gone well.</summary>
public sealed unsafe class RuntimeUnderLockdep
{
    [Theory]
    [InlineData(GfpFlags.NoLocks, false)]
    [InlineData(GfpFlags.NoWait, true)]
    [InlineData(GfpFlags.Kernel, true)]
    public void Pages_under_a_raw_lock(GfpFlags flags, bool isReported)
    {
        using var pages = new PageAllocator(new PageAllocatorOptions { Pages = 1024 });
        pages.FreePages(pages.AllocPages(GfpFlags.Kernel, 0), 0);
        using var watch = new Watch();
        var spin = new RawSpinLock("hot");
        spin.Enter();

        // There is a page on the list: nothing is taken that must not be. It is reported all the same.
        void* page = pages.AllocPages(flags, 0);
        spin.Exit();
        Assert.True(page != null);
        pages.FreePages(page, 0);
        Assert.Equal(isReported ? nameof(LockdepReportKind.AllocationInInvalidContext) : "", watch.Kinds);
    }

    [Fact]
    public void Pages_freed_under_a_raw_lock()
    {
        using var pages = new PageAllocator(new PageAllocatorOptions { Pages = 1024 });
        void* first = pages.AllocPages(GfpFlags.Kernel, 0), second = pages.AllocPages(GfpFlags.Kernel, 0);
        using var watch = new Watch();
        var spin = new RawSpinLock("hot");
        spin.Enter();
        pages.FreePagesNoLocks(first, 0);
        watch.None();
        pages.FreePages(second, 0);
        spin.Exit();
        watch.Only(LockdepReportKind.AllocationInInvalidContext);
    }

    [Fact]
    public void A_scope_changes_what_an_allocation_may_do()
    {
        using var pages = new PageAllocator(new PageAllocatorOptions { Pages = 1024 });
        using var watch = new Watch();
        Rcu.ReadLock();
        using (GfpScope.NoReclaim()) pages.FreePages(pages.AllocPages(GfpFlags.Kernel, 0), 0);
        watch.None();
        pages.FreePages(pages.AllocPages(GfpFlags.Kernel, 0), 0);
        Rcu.ReadUnlock();
        string message = watch.Only(LockdepReportKind.AllocationInInvalidContext).Message;
        Assert.Contains("read section [Free:Config], entered at RuntimeUnderLockdep.cs:", message, StringComparison.Ordinal);
    }

    // "Never sleep, never reclaim, leave emergency pools alone".
    [Theory]
    [InlineData(GfpFlags.NoWait | GfpFlags.NoMemAlloc | GfpFlags.NoWarn, "")]
    [InlineData(GfpFlags.Atomic, "ReservesInNoReclaim")]
    [InlineData(GfpFlags.Kernel, "AllocationInInvalidContext, ReclaimInNoReclaim")]
    public void The_rules_of_a_speculative_path(GfpFlags flags, string expected)
    {
        using var pages = new PageAllocator(new PageAllocatorOptions { Pages = 1024 });
        using var watch = new Watch();
        Rcu.ReadLock();
        using (Runtime.Lockdep.EnterContext(LockdepContext.NoReclaim)) pages.FreePages(pages.AllocPages(flags, 0), 0);
        Rcu.ReadUnlock();
        Assert.Equal(expected, watch.Kinds);
    }

    [Fact]
    public void The_allocator_never_waits_for_a_grace_period()
    {
        using var pages = new PageAllocator(new PageAllocatorOptions { Pages = 64 });
        bool asked = false;
        using var watch = new Watch();
        pages.Hooks.Hook = point =>
        {
            if (asked || HeldLocks.Current.Prohibitions == 0) return;
            asked = true;
            Runtime.Lockdep.MightWaitForGracePeriod("Synchronize");
        };
        pages.FreePages(pages.AllocPages(GfpFlags.Kernel, 4), 4);
        pages.Hooks.Hook = null;
        Assert.True(asked);
        Assert.Contains("NoGracePeriodWait", watch.Only(LockdepReportKind.InvalidGracePeriodWait).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Slab_objects_under_a_raw_lock()
    {
        using var cache = new SlabCache("objects", 64);
        void* item = cache.Alloc(GfpFlags.Kernel);
        cache.Free(item);
        using var watch = new Watch();
        using (AtomicSection.EnterScope())
        {
            item = cache.Alloc(GfpFlags.NoLocks);
            cache.FreeNoLocks(item);
            watch.None();
            item = cache.Alloc(GfpFlags.NoWait);
            cache.FreeNoLocks(item);
        }

        watch.Only(LockdepReportKind.AllocationInInvalidContext);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_free_is_deferred_under_a_raw_lock(bool withoutPages)
    {
        using var cache = new SlabCache("deferred", 64);
        nint* items = stackalloc nint[600];
        for (int i = 0; i < 600; i++) items[i] = (nint)cache.Alloc(GfpFlags.Kernel);
        Rcu.Initialize();
        FaultInjection? before = PageAllocator.Shared.FaultInjection;
        using var watch = new Watch();
        try
        {
            // More than a block holds. Without pages the objects wait by their heads.
            if (withoutPages) PageAllocator.Shared.FaultInjection = new FaultInjection { IgnoredFlags = GfpFlags.None };
            var spin = new RawSpinLock("hot");
            spin.Enter();
            for (int i = 0; i < 600; i++) Rcu.Free((void*)items[i], (RcuHead*)items[i]);
            spin.Exit();
        }
        finally
        {
            PageAllocator.Shared.FaultInjection = before;
        }

        Rcu.FreeBarrier();
        watch.None();
        Assert.Equal(0, cache.GetStatistics().AllocatedObjects);
    }

    [Fact]
    public void A_grace_period_in_a_reader_is_reported()
    {
        using var watch = new Watch();
        Runtime.Lockdep.SetHandler(report => throw new DeadlockException(report.Kind));
        Rcu.ReadLock();
        Assert.Equal(LockdepReportKind.InvalidGracePeriodWait, Assert.Throws<DeadlockException>(Rcu.Synchronize).Kind);
        Rcu.ReadUnlock();
        Assert.Equal(0, HeldLocks.Current.Depth);
    }

    [Fact]
    public void A_callback_may_take_a_sleeping_spin_lock_and_nothing_longer()
    {
        var spinning = new SleepingLock("spinning");
        var monitor = new WatchedMonitor("monitor");
        using var watch = new Watch();
        Rcu.Call(new RcuCallback(_ =>
        {
            using (spinning.EnterScope())
            {
            }
        }));
        Rcu.Barrier();
        watch.None();
        Rcu.Call(new RcuCallback(_ =>
        {
            monitor.Enter();
            monitor.Exit();
        }));
        Rcu.Barrier();
        watch.Only(LockdepReportKind.InvalidWaitContext);
    }

    [Fact]
    public void Calling_back_later_is_legal_under_a_raw_lock()
    {
        int ran = 0;
        var callback = new RcuCallback(_ => Interlocked.Increment(ref ran));
        using var watch = new Watch();
        var spin = new RawSpinLock("hot");
        spin.Enter();
        Rcu.Call(callback);
        spin.Exit();
        Rcu.Barrier();
        Assert.Equal(1, ran);
        watch.None();
    }

    // All of it at once, on several threads: allocation down to reclaim, readers, callbacks. Lockdep has nothing to say about the library itself.
    [Fact]
    public void The_library_itself_is_in_order()
    {
        using var watch = new Watch();
        using var pages = new PageAllocator(new PageAllocatorOptions { Pages = 512, ReclaimPatience = 5 });
        using var cache = new SlabCache("objects", 200, pages: pages);
        var threads = new Thread[4];
        for (int i = 0; i < threads.Length; i++)
        {
            int id = i;
            threads[i] = new Thread(() =>
            {
                var random = new Random(id);
                var held = new (nint Page, int Order)[40];
                for (int round = 0; round < 3000; round++)
                {
                    ref (nint Page, int Order) slot = ref held[random.Next(held.Length)];
                    if (slot.Page != 0)
                    {
                        pages.FreePages((void*)slot.Page, slot.Order);
                        slot = default;
                    }
                    else
                    {
                        int order = random.Next(4);
                        slot = ((nint)pages.AllocPages(random.Next(8) == 0 ? GfpFlags.Kernel : GfpFlags.NoWait, order), order);
                    }

                    cache.Free(cache.Alloc(GfpFlags.NoWait));
                    if (random.Next(16) != 0) continue;
                    using (Rcu.Read()) pages.FreePages(pages.AllocPages(GfpFlags.NoWait, 0), 0);
                    Rcu.Call(new RcuCallback(static _ => { }));
                }

                foreach ((nint page, int order) in held) pages.FreePages((void*)page, order);
            });
            threads[i].Start();
        }

        foreach (Thread thread in threads) thread.Join();
        Rcu.Barrier();
        pages.Drain();
        watch.None();
    }
}
