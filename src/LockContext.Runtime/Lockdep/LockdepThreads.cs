using System;
using System.Threading;

namespace LockContext.Runtime;

/// <summary>The tables of all threads, for what concerns more than one: locks of threads that have ended, and locks released by another thread.</summary>
/// <remarks>
/// <para>
/// Nothing tells us that a thread ends, so each new thread looks at some others before it takes a slot: a hand goes round over the slots in use, and the first whose thread is dead is taken over. Only
/// after eight living ones in a row does the number of slots grow. So there are about as many slots as threads at a time, however many come and go.
/// </para>
/// <para>The slot of a thread that ended with locks held is not used again: its number may still stand in a lock.</para>
/// <para>A slot is taken by a compare-exchange from what was seen in it. Bounded: a thread that finds no slot has number 0, and its own table.</para>
/// </remarks>
[RawAtomic]
[Trusted("the checker must not be checked: it takes no lock, and waits for nobody")]
internal static class LockdepThreads
{
    internal const int Capacity = 1 << 16;

    private const int Looks = 8;

    private static readonly HeldLocks?[] s_slots = new HeldLocks?[Capacity];

    // Slots 1 to this are, or were, in use.
    private static int s_high;
    private static int s_hand;

    /// <summary>Slots in use, those of threads that have ended and were not noticed yet included.</summary>
    internal static int Slots => Math.Min(Volatile.Read(ref s_high), Capacity - 1);

    /// <summary>The table of the thread with a number; <see langword="null"/> for 0, which is nobody's.</summary>
    internal static HeldLocks? Of(int slot) => Volatile.Read(ref s_slots[slot]);

    /// <returns>The number of its slot.</returns>
    internal static int Register(HeldLocks created)
    {
        int high = Slots;
        for (int look = 0; look < Looks && look < high; look++)
        {
            int slot = 1 + (int)((uint)Interlocked.Increment(ref s_hand) % (uint)high);
            HeldLocks? seen = Volatile.Read(ref s_slots[slot]);
            if (seen is null || seen.Thread.IsAlive) continue;
            if (seen.Depth > 0) ReportEnded(created, seen);
            else if (Interlocked.CompareExchange(ref s_slots[slot], created, seen) == seen) return slot;
        }

        int last = Interlocked.Increment(ref s_high);
        if (last < Capacity)
        {
            Volatile.Write(ref s_slots[last], created);
            return last;
        }

        Volatile.Write(ref s_high, Capacity - 1);
        LockdepReporter.TableFull(LockdepTable.Threads);
        return 0;
    }

    /// <summary>Looks at all threads that have ended.</summary>
    /// <returns>How many had locks.</returns>
    internal static int CheckEnded(HeldLocks reporter)
    {
        int found = 0;
        for (int slot = 1; slot <= Slots; slot++)
        {
            HeldLocks? seen = Volatile.Read(ref s_slots[slot]);
            if (seen is null || seen.Thread.IsAlive || seen.Depth == 0) continue;
            ReportEnded(reporter, seen);
            found++;
        }

        return found;
    }

    /// <summary>The table of a thread that has a lock. A look without synchronisation: good enough for a report.</summary>
    internal static HeldLocks? FindHolder(int instance)
    {
        for (int slot = 1; slot <= Slots; slot++)
        {
            HeldLocks? seen = Volatile.Read(ref s_slots[slot]);
            if (seen is not null && seen.Holds(instance)) return seen;
        }

        return null;
    }

    private static void ReportEnded(HeldLocks reporter, HeldLocks ended)
    {
        LockdepChecks.Nothing(LockdepReportKind.LockHeldAtThreadEnd, reporter, ended, "");
        ended.Clear();
    }
}
