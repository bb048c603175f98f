using System;
using System.Globalization;
using System.IO;
using System.Text;
using System.Threading;

namespace LockContext.Runtime;

/// <summary>The words of reports. Only called once something is to be said, so it may allocate.</summary>
[RawAtomic]
[Trusted("a report may do what the code that it is about may not")]
internal static class LockdepText
{
    internal static string Compose(LockdepReportKind kind, HeldLocks held, string what)
    {
        string title = $"BUG: {Title(kind)}";
        var text = new StringBuilder();
        text.Append('=', title.Length).Append('\n').Append(title).Append('\n').Append('-', title.Length).Append('\n');
        text.Append("Thread ").Append(Name(Thread.CurrentThread)).Append(' ').Append(what).Append('\n');
        text.Append(Table(held));
        text.Append("Stack:\n").Append(Environment.StackTrace);
        return text.ToString();
    }

    /// <summary>The rows of a thread, as they stand in reports.</summary>
    internal static string Table(HeldLocks held)
    {
        ReadOnlySpan<HeldLock> rows = held.Rows;
        if (rows.IsEmpty) return $"Thread {Name(held.Thread)} holds nothing.\n";
        var text = new StringBuilder($"Thread {Name(held.Thread)} holds, the latest last (limit {held.Limit}):\n");
        for (int index = 0; index < rows.Length; index++) text.Append(CultureInfo.InvariantCulture, $" #{index}: {Describe(rows[index])}{Where(rows[index])}\n");
        return text.ToString();
    }

    internal static string Taken(HeldLocks held, in HeldLock taken)
        => $"waits for {Describe(taken)}{At(taken)}: {LockTraits.Outer(taken.Traits)}, where {Because(held)}.";

    internal static string Called(HeldLocks held, string operation)
        => held.Limit < WaitLimit.Unlimited ? $"calls {operation}, where {Because(held)}." : $"calls {operation}, which a context of this thread forbids.";

    internal static string Recursion(in HeldLock first, in HeldLock second)
        => $"waits for {Describe(second)}{At(second)}, but holds {(first.Instance == second.Instance ? "it already" : "one of the same class")}, {Where(first).TrimStart(',', ' ')}. "
            + (first.Instance == second.Instance ? "It waits for itself." : "If their order is defined by something else, say so with EnterNested.");

    internal static string Released(in HeldLock released) => $"releases {Describe(released)}, which nobody holds.";

    internal static string ReleasedByOther(in HeldLock released, HeldLocks holder)
        => $"releases {Describe(released)}, which another thread has taken. A lock that is held across await is one; it belongs to the thread that took it.\n{Table(holder).TrimEnd()}";

    internal static string StillHeld(HeldLocks held, string operation)
        => operation.Length == 0 ? $"has found that a thread ended with something held.\n{Table(held).TrimEnd()}" : $"still holds something at {operation}.";

    internal static string Circle(in HeldLock first, in HeldLock second, ReadOnlySpan<ushort> way)
    {
        var text = new StringBuilder($"waits for {Describe(second)}{At(second)} while holding {Describe(first)}{Where(first)}. The other way round is known, step by step:");
        foreach (ushort row in way)
        {
            Dependency step = LockGraph.Row(row);
            text.Append(CultureInfo.InvariantCulture, $"\n {Describe(step.To)} was taken at {Place(step.TakenFile, step.TakenLine)} while {Describe(step.From)} was held, taken at {Place(step.HeldFile, step.HeldLine)}, by thread {step.Thread}");
            if (step.Stack is not null) text.Append('\n').Append(step.Stack);
        }

        return text.ToString();
    }

    internal static string Full(LockdepTable table) => table switch
    {
        LockdepTable.Classes => $"made a lock of a new class, but there are {LockClasses.Count} already. Locks of further classes have no order; everything else is still checked.",
        LockdepTable.Dependencies => $"took a lock in a new order, but {LockGraph.Capacity - 1} pairs are known already. Further pairs are not noted.",
        LockdepTable.Chains => $"took locks in a new sequence, but {LockChains.Count} are known already. Further ones are looked at each time, which is slower.",
        LockdepTable.HeldLocks => $"took its {HeldLocks.MaxDepth + 1}th lock. What it takes beyond that is not looked at.",
        LockdepTable.Threads => $"is one of more than {LockdepThreads.Capacity - 1} that take locks. Locks that it releases for another thread, or holds when it ends, are not noticed.",
        _ => "found something new, but too much has been reported already. From here on findings are counted only.",
    };

    /// <summary>The latest row that brought the limit to where it is, or -1.</summary>
    internal static int Strictest(HeldLocks held)
    {
        ReadOnlySpan<HeldLock> rows = held.Rows;
        for (int index = rows.Length - 1; index >= 0; index--)
        {
            if (rows[index].PreviousState.Limit > (uint)held.Limit) return index;
        }

        return -1;
    }

    internal static string Describe(int lockClass)
    {
        LockClass row = LockClasses.Of(lockClass);
        return Describe(row.Traits, row);
    }

    private static string Because(HeldLocks held)
    {
        int index = Strictest(held);
        return index < 0 ? $"the limit is {held.Limit}" : $"the limit is {held.Limit} because of #{index}, {Describe(held.Rows[index])}{Where(held.Rows[index])}";
    }

    private static string Describe(in HeldLock row) => Describe(row.Traits, row.Class != 0 ? LockClasses.Of(row.Class) : default);

    private static string Describe(uint traits, LockClass row)
    {
        string name = string.IsNullOrEmpty(row.Name) ? row.File is null ? "" : $" of {Place(row.File, row.Line)}" : $" \"{row.Name}\"";
        string subclass = row.Subclass == 0 ? "" : $"/{row.Subclass}";
        return $"{NameOf(LockTraits.Kind(traits))}{name}{subclass} [{LockTraits.Outer(traits)}:{LockTraits.Inner(traits)}]";
    }

    private static string NameOf(LockKind kind) => kind switch
    {
        LockKind.Custom => "lock",
        LockKind.Reclaim => "memory reclaim",
        LockKind.ReadSection => "read section",
        LockKind.SchedReadSection => "read section with preemption off",
        >= LockKind.FirstContext => $"context {(LockdepContext)(kind - LockKind.FirstContext)}",
        _ => kind.ToString(),
    };

    private static string Where(in HeldLock row)
    {
        string how = row.How switch { AcquireHow.WaitToRead or AcquireHow.TriedToRead => "taken for reading", _ when LockTraits.Kind(row.Traits) >= LockKind.Reclaim => "entered", _ => "taken" };
        return row.File is null or "" ? "" : $", {how} at {Place(row.File, row.Line)}";
    }

    private static string At(in HeldLock row) => row.File is null or "" ? "" : $" at {Place(row.File, row.Line)}";

    private static string Place(string? file, int line) => file is null or "" ? "an unknown place" : $"{Path.GetFileName(file)}:{line}";

    private static string Name(Thread thread) => string.IsNullOrEmpty(thread.Name) ? $"{thread.ManagedThreadId}" : $"{thread.ManagedThreadId} \"{thread.Name}\"";

    private static string Title(LockdepReportKind kind) => kind switch
    {
        LockdepReportKind.InvalidWaitContext => "Invalid wait context",
        LockdepReportKind.SchedulingWhileAtomic => "scheduling while atomic",
        LockdepReportKind.AllocationInInvalidContext => "allocation in an invalid wait context",
        LockdepReportKind.LockOrderCycle => "possible circular locking dependency",
        LockdepReportKind.RecursiveLock => "possible recursive locking",
        LockdepReportKind.ReleaseOfFreeLock => "bad unlock balance",
        LockdepReportKind.ReleaseByOtherThread => "lock released by another thread",
        LockdepReportKind.LockHeldAtThreadEnd => "lock held at the end of a thread",
        LockdepReportKind.LockHeldAcrossAwait => "lock held where there should be none",
        LockdepReportKind.InvalidGracePeriodWait => "wait for a grace period that waits for itself",
        LockdepReportKind.ReclaimInNoReclaim => "reclaim where it is forbidden",
        LockdepReportKind.ReservesInNoReclaim => "emergency reserves where they are forbidden",
        _ => "a table of lockdep is full",
    };
}
