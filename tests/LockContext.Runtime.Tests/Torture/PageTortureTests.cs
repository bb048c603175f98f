using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Threading;
using Xunit;

namespace LockContext.Runtime.Tests;

/// <summary>Everything at once: orders, flags, groups with limits, shrinkers, failures on purpose, tunables that change, trims, reports.</summary>
[Collection(TortureRuns.Name)]
public sealed unsafe class PageTortureTests
{
    private static readonly TimeSpan s_least = TimeSpan.FromSeconds(3);

    [Theory]
    [InlineData(ZoneLockKind.Sleeping, NoLocksMode.ListsOnly)]
    [InlineData(ZoneLockKind.Raw, NoLocksMode.TryZoneLock)]
    public void Everything_at_once(ZoneLockKind zoneLock, NoLocksMode noLocks)
    {
        var allocator = new PageAllocator(new PageAllocatorOptions
        {
            Pages = 4096 + 300, MovablePages = 1024, DeferredPages = 1024, CpuLists = 2, CpuListBatch = 7, MinFreePages = 64, ReclaimPatience = 2, IdleTrimDelay = 10, ZoneLock = zoneLock, NoLocksMode = noLocks,
        });
        var cache = new PageCache(allocator);
        using var group = new MemoryGroup("tortured") { LimitPages = 600, NonBlockingBudget = 100 };
        using var tormentor = new Tormentor(allocator, cache);
        PoolVerdict verdict = PoolTorture.Run(new GroupedPool(allocator, group), TortureRuns.Duration(s_least), maxOrder: 6, threads: 6);
        string? trouble = tormentor.Stop();
        Assert.Null(trouble);
        Assert.True(verdict.IsGood, verdict.ToString());
        Assert.True(verdict.Rounds > 500, verdict.ToString());

        // Nothing was lost, the sums are right, and what belongs together is together again.
        cache.Empty();
        allocator.Tunables = new PageAllocatorTunables();
        allocator.Drain();
        Assert.Equal(0, *Peek.Gate(allocator).FilledCpuLists);
        PageAllocatorStatistics end = allocator.GetStatistics();
        Assert.Equal((0, 0L, 0L), (end.AllocatedPages, end.RejectedFrees, end.ChargedPages));
        Assert.Equal(0, group.ChargedPages);
        Assert.Equal(end.Allocations, end.Frees);
        Assert.Equal(end.PresentPages, end.FreePages);
        foreach (BuddyZone zone in allocator.Zones)
        {
            int whole = 0;
            for (int type = 0; type < MigrateType.OfBlocks; type++) whole += zone.FreeBlocks(PageAllocator.MaxOrder, type);
            Assert.Equal(zone.PresentPages >> PageAllocator.MaxOrder, whole);
        }

        allocator.Dispose();
    }

    [Fact]
    public void The_small_twin_is_right()
    {
        var pool = new TinyBuddy(4);
        PoolVerdict verdict = PoolTorture.Run(pool, TimeSpan.FromSeconds(1), maxOrder: 6);
        Assert.True(verdict.IsGood, verdict.ToString());
    }

    [Fact]
    public void A_refill_without_the_lock_is_caught()
    {
        var pool = new UnlockedRefill(4);
        Assert.False(PoolTorture.Run(pool, TimeSpan.FromSeconds(10), maxOrder: 6).IsGood);
    }

    [Fact]
    public void A_wrong_merge_is_caught()
    {
        var pool = new WrongMerge(4);
        Assert.False(PoolTorture.Run(pool, TimeSpan.FromSeconds(10), maxOrder: 6).IsGood);
    }

    [Fact]
    public void Owner_and_revoker_are_never_both_inside() => Assert.Equal(0, RegionTorture.Run(new RegionTorture(), TimeSpan.FromSeconds(2)));

    [Fact]
    public void A_revoker_without_a_barrier_is_caught() => Assert.True(RegionTorture.Run(new WithoutBarrier(), TimeSpan.FromSeconds(10)) > 0);

    [Fact]
    public void An_owner_who_does_not_look_is_caught() => Assert.True(RegionTorture.Run(new WithoutLook(), TimeSpan.FromSeconds(10)) > 0);

    [Fact]
    public void Nobody_is_told_that_all_lists_are_empty_while_one_is_not() => Assert.Equal(0, FilledListsTorture.Run(new FilledListsTorture(), TimeSpan.FromSeconds(1)));

    [Fact]
    public void A_count_of_filled_lists_without_atomics_is_caught() => Assert.True(FilledListsTorture.Run(new CountedWithoutAtomics(), TimeSpan.FromSeconds(10)) > 0);

    [Fact]
    public void A_count_of_filled_lists_that_comes_too_late_is_caught() => Assert.True(FilledListsTorture.Run(new CountedTooLate(), TimeSpan.FromSeconds(10)) > 0);

    /// <summary>A thousand threads come and go while others work: no page stays behind with the dead.</summary>
    [Fact]
    public void Threads_that_end_leave_nothing_behind()
    {
        using var allocator = new PageAllocator(new PageAllocatorOptions { Pages = 8192, BackgroundReclaim = false });
        for (int i = 0; i < 200; i++)
        {
            var threads = new Thread[5];
            for (int t = 0; t < threads.Length; t++)
            {
                threads[t] = new Thread(() =>
                {
                    void* first = allocator.AllocPages(GfpFlags.Kernel, 0);
                    void* second = allocator.AllocPages(GfpFlags.Kernel | GfpFlags.Movable, 1);
                    allocator.FreePages(first, 0);
                    allocator.FreePages(second, 1);
                });
                threads[t].Start();
            }

            foreach (Thread thread in threads) thread.Join();
            if (i % 10 == 0) Peek.Reclaim(allocator).DrainIdle();
        }

        Peek.Reclaim(allocator).DrainIdle();
        Assert.Equal(0, Peek.Threads(allocator).Pages);
        Assert.True(Peek.Threads(allocator).All.Length < 200, $"{Peek.Threads(allocator).All.Length} lists for at most 50 threads at a time");
        allocator.Drain();
        Assert.Equal(8192, allocator.GetStatistics().FreePages);
    }

    /// <summary>Each allocation of a third of the threads is on a group's account.</summary>
    private sealed class GroupedPool(PageAllocator allocator, MemoryGroup group) : ITorturePool
    {
        private readonly TorturedPageAllocator _pool = new(allocator);

        public nint Alloc(int order, int seed)
        {
            if (seed % 3 != 0) return _pool.Alloc(order, seed);
            using (group.Enter()) return (nint)allocator.AllocPages(GfpFlags.Account | (seed % 2 == 0 ? GfpFlags.NoWait : GfpFlags.Kernel | GfpFlags.Movable | GfpFlags.NoRetry), order);
        }

        public bool Free(nint block, int order, int seed) => _pool.Free(block, order, seed);
    }

    private sealed class Tormentor : IDisposable
    {
        private readonly PageAllocator _allocator;
        private readonly PageCache _cache;
        private readonly Thread _thread;
        private string? _trouble;
        private bool _stop;

        internal Tormentor(PageAllocator allocator, PageCache cache)
        {
            _allocator = allocator;
            _cache = cache;
            _thread = new Thread(Run) { IsBackground = true };
            _thread.Start();
        }

        internal string? Stop()
        {
            Volatile.Write(ref _stop, true);
            if (!_thread.Join(TimeSpan.FromSeconds(30))) return "hangs";
            return _trouble;
        }

        public void Dispose() => Stop();

        private void Run()
        {
            try
            {
                var random = new Random(1);
                while (!Volatile.Read(ref _stop)) Torment(random);
                _allocator.FaultInjection = null;
                _allocator.Unregister(_cache);
            }
            catch (Exception exception)
            {
                _trouble = exception.ToString();
            }
        }

        private void Torment(Random random)
        {
            switch (random.Next(12))
            {
                case 0:
                    _allocator.Tunables = new PageAllocatorTunables
                    {
                        MinFreePages = random.Next(10, 200), CpuListBatch = random.Next(1, 64), CpuListHighFraction = random.Next(2) * random.Next(8, 200), WatermarkScaleFactor = random.Next(1, 300),
                        LimitPages = random.Next(3) == 0 ? random.Next(2500, 4396) : null, ReclaimPatience = random.Next(3), IdleTrimDelay = random.Next(10, 100), CountFlags = random.Next(4) == 0,
                    };
                    break;
                case 1:
                    _allocator.FaultInjection = random.Next(2) == 0 ? null : new FaultInjection { Probability = random.Next(30), IgnoredFlags = GfpFlags.None };
                    break;
                case 2:
                    if (!_allocator.Unregister(_cache)) _allocator.Register(_cache);
                    break;
                case 3:
                    _cache.Fill(GfpFlags.NoWait, random.Next(300));
                    break;
                case 4:
                    _allocator.Trim();
                    break;
                case 5:
                    _allocator.Drain();
                    break;
                case 6:
                    _allocator.Reclaim(GfpFlags.Kernel);
                    break;
                case 7:
                    using (var text = new StringWriter(CultureInfo.InvariantCulture)) _allocator.WriteZoneInfo(text);
                    break;
                case 8:
                    Peek.Reclaim(_allocator).DrainIdle();
                    break;
                default:
                    _allocator.GetStatistics();
                    Thread.Sleep(random.Next(3));
                    break;
            }
        }
    }
}
