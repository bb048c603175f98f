using System;
using LockContext.Runtime;
using Xunit;

namespace LockContext.Lockdep.Tests;

/// <summary>Allocations, by what their flags permit: the table of the analyzer's LCX1003, LCX1004, LCX1006, LCX1007 and LCX1011; and the order of locks through reclaim.</summary>
public sealed class Allocating
{
    [Theory]
    [InlineData(LockdepContext.RawAtomic, GfpFlags.NoLocks, "")]
    [InlineData(LockdepContext.RawAtomic, GfpFlags.NoLocks | GfpFlags.Kernel, "")]
    [InlineData(LockdepContext.RawAtomic, GfpFlags.None, "AllocationInInvalidContext")]
    [InlineData(LockdepContext.RawAtomic, GfpFlags.NoWait, "AllocationInInvalidContext")]
    [InlineData(LockdepContext.RawAtomic, GfpFlags.Atomic, "AllocationInInvalidContext")]
    [InlineData(LockdepContext.RawAtomic, GfpFlags.Kernel, "AllocationInInvalidContext")]
    [InlineData(LockdepContext.ThreadedIrq, GfpFlags.Atomic, "")]
    [InlineData(LockdepContext.ThreadedIrq, GfpFlags.Kernel, "AllocationInInvalidContext")]
    [InlineData(LockdepContext.NoReclaim, GfpFlags.Kernel, "ReclaimInNoReclaim")]
    [InlineData(LockdepContext.NoReclaim, GfpFlags.Atomic, "ReservesInNoReclaim")]
    [InlineData(LockdepContext.NoReclaim, GfpFlags.NoWait, "")]
    [InlineData(LockdepContext.NoReclaim, GfpFlags.NoWait | GfpFlags.MemAlloc, "ReservesInNoReclaim")]
    [InlineData(LockdepContext.NoReclaim, GfpFlags.NoWait | GfpFlags.MemAlloc | GfpFlags.NoMemAlloc, "")]
    public void Is_judged_by_its_flags(LockdepContext context, GfpFlags flags, string expected)
    {
        using var watch = new Watch();
        using (Runtime.Lockdep.EnterContext(context)) Runtime.Lockdep.MightAlloc(flags);
        Assert.Equal(expected, watch.Kinds);
    }

    [Fact]
    public void A_free_takes_the_allocators_lock()
    {
        using var watch = new Watch();
        using (Runtime.Lockdep.EnterContext(LockdepContext.SoftIrq)) Runtime.Lockdep.MightFree("FreePages");
        watch.None();
        using (Runtime.Lockdep.EnterContext(LockdepContext.HardIrq)) Runtime.Lockdep.MightFree("FreePages");
        watch.Only(LockdepReportKind.AllocationInInvalidContext);
    }

    // fs_reclaim, wrong nesting: the lock is held when an allocation may reclaim, and taken when reclaiming.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_lock_on_both_sides_of_reclaim_is_a_circle(bool reclaimFirst)
    {
        using var watch = new Watch();
        var inodes = new RwSemaphore("inodes");
        if (reclaimFirst) TakenInReclaim();
        HeldOverAllocation();
        if (!reclaimFirst) TakenInReclaim();
        string message = watch.Only(LockdepReportKind.LockOrderCycle).Message;
        Assert.Contains("memory reclaim", message, StringComparison.Ordinal);
        Assert.Contains("RwSemaphore \"inodes\"", message, StringComparison.Ordinal);

        void TakenInReclaim()
        {
            Runtime.Lockdep.BeginReclaim();
            inodes.EnterWrite();
            inodes.ExitWrite();
            Runtime.Lockdep.EndReclaim();
        }

        void HeldOverAllocation()
        {
            inodes.EnterWrite();
            Runtime.Lockdep.MightAlloc(GfpFlags.Kernel);
            inodes.ExitWrite();
        }
    }

    // fs_reclaim, right nesting: the allocation comes first, or its flags keep it away from what reclaim would take.
    [Theory]
    [InlineData(GfpFlags.NoFs)]
    [InlineData(GfpFlags.NoIo)]
    [InlineData(GfpFlags.NoWait)]
    [InlineData(GfpFlags.Kernel | GfpFlags.NoLockdep)]
    [InlineData(GfpFlags.Kernel | GfpFlags.MemAlloc)]
    public void Flags_that_stay_away_from_it_are_in_order(GfpFlags flags)
    {
        using var watch = new Watch();
        var inodes = new RwSemaphore("inodes");
        Runtime.Lockdep.BeginReclaim();
        inodes.EnterWrite();
        inodes.ExitWrite();
        Runtime.Lockdep.EndReclaim();
        inodes.EnterWrite();
        Runtime.Lockdep.MightAlloc(flags);
        inodes.ExitWrite();
        Runtime.Lockdep.MightAlloc(GfpFlags.Kernel);
        watch.None();
    }

    [Fact]
    public void Reclaim_that_may_reclaim_is_recursive()
    {
        using var watch = new Watch();
        Runtime.Lockdep.BeginReclaim();
        Runtime.Lockdep.MightAlloc(GfpFlags.Kernel | GfpFlags.NoLockdep);
        Runtime.Lockdep.MightAlloc(GfpFlags.Kernel | GfpFlags.MemAlloc);
        watch.None();
        Runtime.Lockdep.MightAlloc(GfpFlags.Kernel);
        watch.Only(LockdepReportKind.RecursiveLock);
        Runtime.Lockdep.EndReclaim();
    }

    // The circle may have several locks in it.
    [Fact]
    public void Two_locks_with_reclaim_between_them_are_a_circle()
    {
        using var watch = new Watch();
        var mappings = new RwSemaphore("mappings");
        var inodes = new WatchedMonitor("inodes");
        mappings.EnterRead();
        Runtime.Lockdep.MightAlloc(GfpFlags.Kernel);
        mappings.ExitRead();
        Runtime.Lockdep.BeginReclaim();
        inodes.Enter();
        inodes.Exit();
        Runtime.Lockdep.EndReclaim();
        watch.None();
        inodes.Enter();
        mappings.EnterRead();
        mappings.ExitRead();
        inodes.Exit();
        watch.Only(LockdepReportKind.LockOrderCycle);
    }

    [Theory]
    [InlineData("reader")]
    [InlineData("allocator")]
    [InlineData("callback")]
    public void A_wait_for_a_grace_period_that_waits_for_itself(string where)
    {
        using var watch = new Watch();
        if (where == "reader") Runtime.Lockdep.BeginRead(LockTraits.Reader, "", 0);
        else Runtime.Lockdep.BeginContext(where == "allocator" ? LockdepContext.NoGracePeriodWait : LockdepContext.Callback);
        Runtime.Lockdep.MightWaitForGracePeriod("Synchronize");
        if (where == "reader") Runtime.Lockdep.EndRead(LockTraits.Reader);
        else Runtime.Lockdep.EndContext(where == "allocator" ? LockdepContext.NoGracePeriodWait : LockdepContext.Callback);
        watch.Only(LockdepReportKind.InvalidGracePeriodWait);
        Runtime.Lockdep.MightWaitForGracePeriod("Synchronize");
        watch.Only(LockdepReportKind.InvalidGracePeriodWait);
    }

    [Fact]
    public void A_wait_for_a_grace_period_sleeps()
    {
        using var watch = new Watch();
        using (AtomicSection.EnterScope()) Runtime.Lockdep.MightWaitForGracePeriod("Synchronize");
        watch.Only(LockdepReportKind.SchedulingWhileAtomic);
    }
}
