using System;
using System.Threading;

namespace LockContext.Runtime;

/// <summary>Waiting for one reader to leave the section it is in. Readers wake nobody, which would cost them; so this looks again and again, less and less often.</summary>
internal static unsafe class ReaderWait
{
    /// <summary>Looks without a system call: some microseconds together, the length of an ordinary section. On a single processor none, since the reader is not running while we look.</summary>
    private const int Spins = 100;

    /// <summary>Looks after each of which the time slice is offered, to a reader that was preempted.</summary>
    private const int Yields = 20;

    /// <summary>The same for those in a hurry: up to about a millisecond.</summary>
    private const int HurriedYields = 1000;

    /// <summary>The longest sleep between looks, in milliseconds: a reader that has been in its section for so long that we sleep may stay for somewhat longer.</summary>
    private const int LongestSleep = 10;

    /// <summary>Whether the grace period need not wait for this reader (any longer). Acquire: pairs with the store that leaves a section.</summary>
    internal static bool HasPassed(ReaderRecord* record, ulong number)
    {
        ulong word = Volatile.Read(ref record->Word);
        return (word & ReaderRecord.SectionMask) == 0 || (long)((word & ~ReaderRecord.SectionMask) - number) >= 0;
    }

    /// <summary>Waits until the reader has passed, or its thread is found to have ended. For however long it takes: a grace period that gives up is a use after free.</summary>
    /// <returns>Whether the waiting thread was interrupted.</returns>
    [Sleepable]
    internal static bool Wait(ReaderRecord* record, ulong number)
    {
        int spins = Environment.ProcessorCount > 1 ? Spins : 0;
        for (int i = 0; i < spins; i++)
        {
            Thread.SpinWait(1 + (i >> 4));
            if (HasPassed(record, number)) return false;
        }

        for (int i = 0; i < (GracePeriods.IsHurried ? HurriedYields : Yields); i++)
        {
            Thread.Yield();
            if (HasPassed(record, number)) return false;
        }

        return WaitLong(record, number);
    }

    [Sleepable]
    private static bool WaitLong(ReaderRecord* record, ulong number)
    {
        bool interrupted = false;
        long began = Environment.TickCount64;
        long report = Rcu.Options.StallTimeout;
        for (int looks = 0; !HasPassed(record, number); looks++)
        {
            if (ReaderRegistry.BuryIfDead(record)) continue;

            long waited = Environment.TickCount64 - began;
            if (waited >= report)
            {
                Interlocked.Increment(ref s_stalls);
                RcuReports.Report(RcuReportKind.ReaderStalled, $"{ReaderRegistry.Describe(record)} has held up a grace period for {waited} ms.");

                // As often as a kernel does: the news is old after a while, but must not be drowned in the log.
                report = waited * 3;
            }

            try
            {
                Thread.Sleep(Math.Clamp(looks / 4, 1, GracePeriods.IsHurried ? 1 : LongestSleep));
            }
            catch (ThreadInterruptedException)
            {
                interrupted = true;
            }
        }

        return interrupted;
    }

    private static long s_stalls;

    internal static long Stalls => Volatile.Read(ref s_stalls);
}
