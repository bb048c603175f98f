using System;
using System.Runtime.CompilerServices;

namespace LockContext.Runtime;

/// <summary>The checks behind the fast path: what has not been seen before, and what is wrong.</summary>
[RawAtomic]
[Trusted("the checker must not be checked: it takes no lock, and waits for nobody before it reports")]
internal static class LockdepChecks
{
    private const int LongestWay = 16;

    /// <summary>An acquire that exceeds the limit, or follows on a sequence that is new.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static void Acquire(HeldLocks held, in HeldLock taken, ulong chain)
    {
        held.Settle();
        if (Lockdep.Effective(taken.Traits & LockTraits.ClassMask) > (uint)held.Limit)
        {
            if (LockdepReporter.IsFirst(LockdepReportKind.InvalidWaitContext, Key(taken), StrictestKey(held))) LockdepReporter.Report(LockdepReportKind.InvalidWaitContext, held, LockdepText.Taken(held, taken));
        }

        if (taken.Class != 0) Order(held, taken, chain);
    }

    /// <summary>Whether a lock may be taken after those that are held: none of its class among them, and no way from it back to one of them.</summary>
    internal static void Order(HeldLocks held, in HeldLock taken, ulong chain)
    {
        ReadOnlySpan<HeldLock> rows = held.Rows;
        for (int index = rows.Length - 1; index >= 0 && !IsInterrupt(rows[index]); index--)
        {
            if (rows[index].Class != taken.Class) continue;
            if (LockdepReporter.IsFirst(LockdepReportKind.RecursiveLock, taken.Class, 0)) LockdepReporter.Report(LockdepReportKind.RecursiveLock, held, LockdepText.Recursion(rows[index], taken));
            return;
        }

        // Down to the first that was waited for: those below it were connected to it when it was taken. What was merely tried has no way in, so it has not been.
        bool isInOrder = true;
        for (int index = rows.Length - 1; index >= 0 && !IsInterrupt(rows[index]); index--)
        {
            if (rows[index].Class == 0) continue;
            isInOrder &= Connect(held, rows[index], taken);
            if (rows[index].How < AcquireHow.Tried) break;
        }

        // What is wrong is looked at again each time, to be counted.
        if (isInOrder) LockChains.Add(chain);
    }

    /// <summary>A release of what this thread does not hold.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static void ReleaseOfNotHeld(HeldLocks held, int instance, uint traits, int lockClass)
    {
        var released = new HeldLock(traits, lockClass, instance);
        HeldLocks? holder = instance > 0 ? LockdepThreads.FindHolder(instance) : null;
        if (holder is null)
        {
            if (LockdepReporter.IsFirst(LockdepReportKind.ReleaseOfFreeLock, Key(released), 0)) LockdepReporter.Report(LockdepReportKind.ReleaseOfFreeLock, held, LockdepText.Released(released));
            return;
        }

        ReleaseByOther(held, holder, released);
    }

    /// <summary>A release of what another thread holds: it was carried over to this one, by <see langword="await"/> for example.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static void ReleaseByOther(HeldLocks held, HeldLocks holder, in HeldLock released)
    {
        if (LockdepReporter.IsFirst(LockdepReportKind.ReleaseByOtherThread, Key(released), 0)) LockdepReporter.Report(LockdepReportKind.ReleaseByOtherThread, held, LockdepText.ReleasedByOther(released, holder));
        holder.DropLater(released.Instance);
    }

    /// <summary>Something that may sleep and is not a lock.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static void Sleep(HeldLocks held, string operation)
    {
        held.Settle();
        if (held.Limit >= WaitLimit.Unlimited || held.IsPaused) return;
        if (IsFirst(LockdepReportKind.SchedulingWhileAtomic, operation, StrictestKey(held))) LockdepReporter.Report(LockdepReportKind.SchedulingWhileAtomic, held, LockdepText.Called(held, operation));
    }

    /// <summary>A wait for a grace period.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static void GracePeriod(HeldLocks held, string operation)
    {
        held.Settle();
        if (held.IsPaused) return;
        if ((held.Prohibitions & (LockTraits.ReadSection | LockTraits.NoGracePeriodWait)) == 0)
            Sleep(held, operation);
        else if (IsFirst(LockdepReportKind.InvalidGracePeriodWait, operation, (int)held.Prohibitions))
            LockdepReporter.Report(LockdepReportKind.InvalidGracePeriodWait, held, LockdepText.Called(held, operation));
    }

    /// <summary>An allocation, by what its flags permit it to do.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static void Allocation(HeldLocks held, GfpFlags flags)
    {
        held.Settle();
        if (held.IsPaused || (flags & GfpFlags.NoLocks) != 0) return;

        bool reclaims = (flags & GfpFlags.DirectReclaim) != 0;
        if (Lockdep.Effective((uint)(reclaims ? WaitTable.Reclaim : WaitTable.Allocation)) > (uint)held.Limit) Allocation(held, LockdepReportKind.AllocationInInvalidContext, flags);
        if ((held.Prohibitions & LockTraits.NoReclaim) != 0)
        {
            if (reclaims) Allocation(held, LockdepReportKind.ReclaimInNoReclaim, flags);
            bool takesReserves = (flags & GfpFlags.High) != 0 || (flags & (GfpFlags.MemAlloc | GfpFlags.NoMemAlloc)) == GfpFlags.MemAlloc;
            if (takesReserves) Allocation(held, LockdepReportKind.ReservesInNoReclaim, flags);
        }

        // An allocation that may reclaim is a place where everything may be taken that reclaiming takes. Memory that is needed to free memory, and flags that say so, are not.
        if (reclaims && (flags & GfpFlags.Fs) != 0 && (flags & (GfpFlags.NoLockdep | GfpFlags.MemAlloc)) == 0)
        {
            held.Acquire(LockTraits.ReclaimMap, ReclaimMap.Class, LockdepInstance.Of(LockKind.Reclaim), AcquireHow.Wait, null, 0);
            held.Release(LockdepInstance.Of(LockKind.Reclaim), LockTraits.ReclaimMap);
        }
    }

    /// <summary>A free that may take the allocator's lock.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static void Free(HeldLocks held, string operation)
    {
        held.Settle();
        if (held.IsPaused || Lockdep.Effective((uint)WaitTable.Allocation) <= (uint)held.Limit) return;
        if (IsFirst(LockdepReportKind.AllocationInInvalidContext, operation, StrictestKey(held))) LockdepReporter.Report(LockdepReportKind.AllocationInInvalidContext, held, LockdepText.Called(held, operation));
    }

    /// <summary>A place where nothing may be held: the end of a thread, of a piece of work, or before an <see langword="await"/>.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static void Nothing(LockdepReportKind kind, HeldLocks reporter, HeldLocks held, string operation)
    {
        if (reporter.IsPaused) return;
        if (reporter == held) held.Settle();
        if (held.Depth == 0) return;
        if (LockdepReporter.IsFirst(kind, Key(held.Rows[^1]), 0)) LockdepReporter.Report(kind, reporter, LockdepText.StillHeld(held, operation));
    }

    private static bool Connect(HeldLocks held, in HeldLock first, in HeldLock second)
    {
        int row = LockGraph.Add(first, second, out bool isNew);
        if (row == 0) return true;
        if (isNew)
        {
            Span<ushort> way = stackalloc ushort[LongestWay];
            int length = LockGraph.FindWay(second.Class, first.Class, way);
            if (length == 0) return true;
            LockGraph.Row(row).ClosesCircle = true;
            if (LockdepReporter.IsFirst(LockdepReportKind.LockOrderCycle, first.Class, second.Class)) LockdepReporter.Report(LockdepReportKind.LockOrderCycle, held, LockdepText.Circle(first, second, way[..length]));
            return false;
        }

        if (!LockGraph.Row(row).ClosesCircle) return true;
        LockdepReporter.Count(LockdepReportKind.LockOrderCycle);
        return false;
    }

    private static void Allocation(HeldLocks held, LockdepReportKind kind, GfpFlags flags)
    {
        if (LockdepReporter.IsFirst(kind, (int)flags, StrictestKey(held))) LockdepReporter.Report(kind, held, LockdepText.Called(held, $"an allocation with {flags.ToTraceString()}"));
    }

    private static bool IsFirst(LockdepReportKind kind, string operation, int context) => LockdepReporter.IsFirst(kind, operation.GetHashCode(StringComparison.Ordinal), context);

    private static bool IsInterrupt(in HeldLock row) => (row.Traits & LockTraits.Interrupts) != 0;

    private static int Key(in HeldLock row) => row.Class != 0 ? row.Class : row.Instance;

    // What sets the limit that is in force: the latest of those that lowered it.
    private static int StrictestKey(HeldLocks held)
    {
        int index = LockdepText.Strictest(held);
        return index < 0 ? 0 : Key(held.Rows[index]);
    }
}
