using System;
using System.Linq;
using System.Threading;
using LockContext.Runtime;
using Xunit;

namespace LockContext.Lockdep.Tests;

/// <summary>What it costs, and what happens when a table is full.</summary>
public sealed class Bounds
{
    [Fact]
    public void Watching_allocates_nothing()
    {
        using var watch = new Watch();
        IAnyLock[] locks = [.. LockKinds.All.Where(kind => kind.Key is not "raw" and not "SpinLock" and not "sleeping" and not "local").Select(kind => kind.Value(kind.Key))];
        IAnyLock sleeping = LockKinds.All["sleeping"]("S"), raw = LockKinds.All["raw"]("R"), spin = LockKinds.All["SpinLock"]("P");
        Action round = () =>
        {
            foreach (IAnyLock taken in locks) taken.Enter();
            sleeping.Enter();
            raw.Enter();
            using (AtomicSection.EnterScope())
            using (Runtime.Lockdep.EnterContext(LockdepContext.HardIrq)) spin.Enter();
            raw.Exit();
            spin.Exit();
            sleeping.Exit();
            foreach (IAnyLock taken in locks) taken.Exit();
            Runtime.Lockdep.AssertMaySleep("here");
            Runtime.Lockdep.AssertNothingHeld("here");
            Runtime.Lockdep.MightAlloc(GfpFlags.Kernel);
        };

        // The first round finds everything new: 20 classes or so, and their orders. Only the thread's table, made above, and the lists of the locks themselves may cost managed memory.
        round();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++) round();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        watch.None();
    }

    [Fact]
    public void New_orders_and_findings_seen_before_allocate_nothing()
    {
        using var watch = new Watch();
        var locks = Enumerable.Range(0, 20).Select(i => new SleepingLock($"new {i}")).ToArray();
        Nest(locks[0], locks[1]);
        Nest(locks[1], locks[0]);
        watch.Only(LockdepReportKind.LockOrderCycle);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 1; i < locks.Length; i++)
        {
            for (int j = i + 1; j < locks.Length; j++) Nest(locks[i], locks[j]);
        }

        Nest(locks[1], locks[0]);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(2, Runtime.Lockdep.CountOf(LockdepReportKind.LockOrderCycle));
        Assert.Equal(173, Runtime.Lockdep.GetStatistics().Dependencies);
    }

    [Fact]
    public void More_locks_than_a_thread_may_hold_are_reported_and_their_releases_are_not()
    {
        using var watch = new Watch();
        var maps = Enumerable.Range(0, HeldLocks.MaxDepth + 10).Select(i => new LockdepMap($"deep {i}", WaitClass.Sleep)).ToArray();
        foreach (LockdepMap map in maps) map.Acquire();
        Assert.Contains("49th lock", watch.Only(LockdepReportKind.TableFull).Message, StringComparison.Ordinal);
        foreach (LockdepMap map in maps.Reverse()) map.Release();
        watch.Only(LockdepReportKind.TableFull);
        Assert.Equal(0, HeldLocks.Current.Depth);
    }

    [Fact]
    public void More_orders_than_there_is_room_for()
    {
        using var watch = new Watch();
        var maps = Enumerable.Range(0, 200).Select(i => new LockdepMap($"order {i}", WaitClass.Sleep)).ToArray();
        for (int i = 0; i < maps.Length; i++)
        {
            for (int j = i + 1; j < maps.Length; j++) Nest(maps[i], maps[j]);
        }

        Assert.Contains("pairs are known already", watch.Only(LockdepReportKind.TableFull).Message, StringComparison.Ordinal);
        Assert.Equal(LockGraph.Capacity - 1, Runtime.Lockdep.GetStatistics().Dependencies);

        // What is known is still checked, and so is everything but orders.
        Nest(maps[1], maps[0]);
        Assert.Equal(LockdepReportKind.TableFull, Assert.Single(watch.Reports).Kind);
        using (AtomicSection.EnterScope()) maps[0].Acquire();
        maps[0].Release();
        Assert.Equal(LockdepReportKind.InvalidWaitContext, watch.Reports[^1].Kind);
    }

    [Fact]
    public void More_sequences_than_there_is_room_for_are_checked_each_time()
    {
        using var watch = new Watch();
        var maps = Enumerable.Range(0, 17).Select(i => new LockdepMap($"sequence {i}", WaitClass.Sleep)).ToArray();
        for (int subset = 0; subset < 1 << maps.Length; subset++)
        {
            for (int i = 0; i < maps.Length; i++)
            {
                if ((subset & (1 << i)) != 0) maps[i].Acquire();
            }

            for (int i = maps.Length - 1; i >= 0; i--)
            {
                if ((subset & (1 << i)) != 0) maps[i].Release();
            }
        }

        Assert.Contains("Further ones are looked at each time", watch.Only(LockdepReportKind.TableFull).Message, StringComparison.Ordinal);
        Nest(maps[5], maps[4]);
        Assert.Equal(LockdepReportKind.LockOrderCycle, watch.Reports[^1].Kind);
    }

    [Fact]
    public void More_findings_than_there_is_room_for_are_counted()
    {
        using var watch = new Watch();
        using (AtomicSection.EnterScope())
        {
            for (int i = 0; i < 3000; i++) Runtime.Lockdep.AssertMaySleep($"operation {i}");
        }

        Assert.Equal(3000, Runtime.Lockdep.CountOf(LockdepReportKind.SchedulingWhileAtomic));
        Assert.Equal(LockdepReportKind.TableFull, watch.Reports[^1].Kind);
        Assert.InRange(watch.Reports.Length, 1000, 2999);
    }

    [Fact]
    public void Enabling_is_allowed_when_it_is_on() => Runtime.Lockdep.Enable();

    private static void Nest(SleepingLock outer, SleepingLock inner)
    {
        outer.Enter();
        inner.Enter();
        inner.Exit();
        outer.Exit();
    }

    private static void Nest(LockdepMap outer, LockdepMap inner)
    {
        outer.Acquire();
        inner.Acquire();
        inner.Release();
        outer.Release();
    }
}
