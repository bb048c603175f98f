using System;
using System.Numerics;
using System.Threading;

namespace LockContext.Runtime;

/// <summary>A table of fixed size.</summary>
internal enum LockdepTable
{
    Classes,
    Dependencies,
    Chains,
    HeldLocks,
    Threads,
    Reports,
}

/// <summary>Decides which findings become reports, counts all of them, and hands reports out.</summary>
/// <remarks>
/// Whether a finding is the first of its kind about its classes is decided in a table without locks, as in <see cref="LockClasses"/>. Making a report may allocate, and calls a handler that may do anything;
/// the thread's own locks are not looked at meanwhile.
/// </remarks>
[RawAtomic]
[Trusted("a report may do what the code that it is about may not: something is wrong already, and saying so is worth more")]
internal static class LockdepReporter
{
    private const int Bits = 11;
    private const int Mask = (1 << Bits) - 1;
    private const int Most = (1 << Bits) / 4 * 3;

    private static readonly long[] s_made = new long[1 << Bits];
    private static readonly long[] s_counts = new long[(int)LockdepReportKind.TableFull + 1];
    private static int s_count;
    private static int s_full;
    private static Action<LockdepReport>? s_handler;

    internal static Action<LockdepReport>? Handler
    {
        get => Volatile.Read(ref s_handler);
        set => Volatile.Write(ref s_handler, value);
    }

    /// <summary>The reports made.</summary>
    internal static int Reports => Volatile.Read(ref s_count) + BitOperations.PopCount((uint)Volatile.Read(ref s_full));

    /// <summary>Findings of a kind, those included that were counted only.</summary>
    internal static long CountOf(LockdepReportKind kind) => Volatile.Read(ref s_counts[(int)kind]);

    internal static void Count(LockdepReportKind kind) => Interlocked.Increment(ref s_counts[(int)kind]);

    /// <summary>Counts a finding.</summary>
    /// <returns>Whether it is the first about these two, and is to be reported.</returns>
    internal static bool IsFirst(LockdepReportKind kind, int about, int context)
    {
        Count(kind);
        ulong x = ((uint)about | ((ulong)(uint)context << 32)) * 0x9E37_79B9_7F4A_7C15 + (uint)kind;
        x = (x ^ (x >> 30)) * 0xBF58_476D_1CE4_E5B9;
        long wanted = (long)((x ^ (x >> 27)) | 1);
        if (Volatile.Read(ref s_count) >= Most)
        {
            TableFull(LockdepTable.Reports);
            return false;
        }

        for (int index = (int)((ulong)wanted >> (64 - Bits)); ; index = (index + 1) & Mask)
        {
            long seen = Interlocked.CompareExchange(ref s_made[index], wanted, 0);
            if (seen == wanted) return false;
            if (seen != 0) continue;
            Interlocked.Increment(ref s_count);
            return true;
        }
    }

    internal static void Report(LockdepReportKind kind, HeldLocks held, string what)
    {
        held.Pause();
        try
        {
            var report = new LockdepReport(kind, LockdepText.Compose(kind, held, what));
            if (Handler is { } handler) handler(report);
            else Console.Error.WriteLine(report.Message);
        }
        finally
        {
            held.Resume();
        }
    }

    /// <summary>Says once that a table is full.</summary>
    internal static void TableFull(LockdepTable table)
    {
        Count(LockdepReportKind.TableFull);
        int bit = 1 << (int)table;
        if ((Interlocked.Or(ref s_full, bit) & bit) == 0) Report(LockdepReportKind.TableFull, HeldLocks.Current, LockdepText.Full(table));
    }

    /// <summary>Forgets what has been reported. For tests.</summary>
    internal static void Clear()
    {
        Array.Clear(s_made);
        Array.Clear(s_counts);
        Volatile.Write(ref s_count, 0);
        Volatile.Write(ref s_full, 0);
    }
}
