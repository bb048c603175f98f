using System;
using System.Runtime.CompilerServices;
using System.Threading;

namespace LockContext.Runtime;

/// <summary>"The second was taken while the first was held", for classes of locks, and the search for circles in it.</summary>
/// <remarks>
/// <para>
/// <b>Two threads that close a circle together do not miss it.</b> A dependency is first made visible, by a compare-exchange, which is a full fence, and only then is the way back searched for. Of
/// two threads that add the two halves of a circle at the same time, at least one starts its search after both halves are visible.
/// </para>
/// <para>
/// A dependency that has closed a circle is marked, so that it is counted whenever it is seen again. It is followed like others: what closes a circle through it is one more circle.
/// </para>
/// <para>Bounded: when it is full, a report says so once, and new dependencies are not noted.</para>
/// <para><b>Source</b>: the dependency graph and breadth-first search of the validator in <c>kernel/locking/lockdep.c</c>, from its documentation in <c>lockdep-design.rst</c>.</para>
/// </remarks>
[RawAtomic]
[Trusted("the checker must not be checked: it takes no lock, and waits for nobody")]
internal static class LockGraph
{
    internal const int Capacity = 16_384;

    private static readonly Dependency[] s_rows = new Dependency[Capacity];

    // The first row of each class's list; 0 for none, so row 0 is not used.
    private static readonly int[] s_first = new int[LockClasses.Capacity];
    private static int s_count;

    /// <summary>The number of dependencies.</summary>
    internal static int Count => Math.Min(Volatile.Read(ref s_count), Capacity - 1);

    internal static ref Dependency Row(int row) => ref s_rows[row];

    /// <summary>Notes a dependency.</summary>
    /// <param name="held">What is held.</param>
    /// <param name="taken">What is being taken.</param>
    /// <param name="isNew">Whether it was not known.</param>
    /// <returns>Its row, or 0 if there is no room.</returns>
    internal static int Add(in HeldLock held, in HeldLock taken, out bool isNew)
    {
        isNew = false;
        int first = Volatile.Read(ref s_first[held.Class]);
        int known = Find(first, 0, taken.Class);
        if (known != 0) return known;
        if (Volatile.Read(ref s_count) >= Capacity - 1)
        {
            LockdepReporter.TableFull(LockdepTable.Dependencies);
            return 0;
        }

        int row = Interlocked.Increment(ref s_count);
        if (row >= Capacity)
        {
            LockdepReporter.TableFull(LockdepTable.Dependencies);
            return 0;
        }

        ref Dependency dependency = ref s_rows[row];
        dependency = new Dependency
        {
            To = taken.Class,
            From = held.Class,
            HeldFile = held.File,
            HeldLine = held.Line,
            TakenFile = taken.File,
            TakenLine = taken.Line,
            Thread = Environment.CurrentManagedThreadId,
            Stack = Lockdep.RecordStacks ? Environment.StackTrace : null,
        };
        while (true)
        {
            dependency.Next = first;
            int seen = Interlocked.CompareExchange(ref s_first[held.Class], row, first);
            if (seen == first) break;

            // Somebody else has added one: it may be this one. Then our row stays unused, which is rare enough.
            known = Find(seen, first, taken.Class);
            if (known != 0) return known;
            first = seen;
        }

        isNew = true;
        return row;
    }

    /// <summary>Searches for a way from one class to another, the shortest.</summary>
    /// <param name="from">Where it starts.</param>
    /// <param name="to">Where it ends.</param>
    /// <param name="way">Room for the rows of the way, from its start to its end.</param>
    /// <returns>Its length; 0 if there is none.</returns>
    [SkipLocalsInit]
    internal static unsafe int FindWay(int from, int to, Span<ushort> way)
    {
        // By which row each class was reached first; 0 for not at all. About 24 KiB of stack, for a moment, and only when a dependency is new.
        ushort* reachedBy = stackalloc ushort[LockClasses.Capacity];
        ushort* queue = stackalloc ushort[LockClasses.Capacity];
        new Span<ushort>(reachedBy, LockClasses.Capacity).Clear();
        int head = 0, tail = 0;
        queue[tail++] = (ushort)from;
        while (head < tail)
        {
            int current = queue[head++];
            for (int row = Volatile.Read(ref s_first[current]); row != 0; row = s_rows[row].Next)
            {
                ref Dependency dependency = ref s_rows[row];
                int next = dependency.To;
                if (next == from || reachedBy[next] != 0) continue;
                reachedBy[next] = (ushort)row;
                if (next == to) return Unroll(reachedBy, from, to, way);
                queue[tail++] = (ushort)next;
            }
        }

        return 0;
    }

    /// <summary>Forgets everything. For tests, while nobody else takes locks.</summary>
    internal static void Clear()
    {
        Array.Clear(s_first);
        Array.Clear(s_rows);
        Volatile.Write(ref s_count, 0);
    }

    private static unsafe int Unroll(ushort* reachedBy, int from, int to, Span<ushort> way)
    {
        int length = 0;
        for (int at = to; at != from; at = s_rows[reachedBy[at]].From) length++;

        // A way longer than there is room for keeps its end.
        int place = length;
        for (int at = to; at != from; at = s_rows[reachedBy[at]].From)
        {
            if (--place < way.Length) way[place] = reachedBy[at];
        }

        return Math.Min(length, way.Length);
    }

    private static int Find(int first, int end, int to)
    {
        for (int row = first; row != end && row != 0; row = s_rows[row].Next)
        {
            if (s_rows[row].To == to) return row;
        }

        return 0;
    }
}

/// <summary>One class was taken while another was held: where, and by whom for the first time.</summary>
internal struct Dependency
{
    internal int From;
    internal int To;
    internal int Next;

    /// <summary>It has been reported: with it, the graph has a circle.</summary>
    internal bool ClosesCircle;
    internal int Thread;
    internal int HeldLine;
    internal int TakenLine;
    internal string? HeldFile;
    internal string? TakenFile;
    internal string? Stack;
}
