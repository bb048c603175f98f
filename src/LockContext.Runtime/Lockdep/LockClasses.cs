using System.Runtime.CompilerServices;
using System.Threading;

namespace LockContext.Runtime;

/// <summary>The table of lock classes. A class stands for all locks made at one place in the source: what is learnt of one of them goes for all.</summary>
/// <remarks>
/// <para>
/// An open hash table whose index is the number of the class. A row is claimed by a compare-exchange of its key from 0, and never given up; the rest of the row is written afterwards by the
/// claimer, and matters to reports only. A report that comes in between finds the name missing, and says so. So nobody ever waits here.
/// </para>
/// <para>The key is a 64-bit hash. Two places that had the same would be one class: with 3072 of them, the odds are one in 10^12.</para>
/// <para>Bounded: when it is full, a report says so once, and further locks have class 0. They still have wait classes, but no order.</para>
/// </remarks>
[RawAtomic]
[Trusted("the checker must not be checked: it takes no lock, and waits for nobody")]
internal static class LockClasses
{
    internal const int Bits = 12;
    internal const int Capacity = 1 << Bits;

    /// <summary>Subclasses that a class can have; 0 is the class itself.</summary>
    internal const int Subclasses = 8;

    /// <summary>Above three quarters, searching would take long.</summary>
    private const int Most = Capacity / 4 * 3;

    private static readonly long[] s_keys = new long[Capacity];
    private static readonly LockClass[] s_rows = new LockClass[Capacity];
    private static int s_count;

    internal static int Count => Volatile.Read(ref s_count);

    internal static LockClass Of(int lockClass) => s_rows[lockClass];

    /// <summary>The class of locks made at a place; a new one, if it is the first.</summary>
    internal static int Register(uint traits, string name, string file, int line)
        => Find(Mix(Mix(Mix(Hash(file), Hash(name)), (ulong)line), traits >> LockTraits.KindShift), new LockClass(name, file, line, traits, 0));

    /// <summary>A class beside another one, for locks of the same place that are taken inside each other in an order of their own.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static int Subclass(int lockClass, int subclass) => subclass == 0 || lockClass == 0 ? lockClass : FindSubclass(lockClass, subclass);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int FindSubclass(int lockClass, int subclass)
    {
        LockClass row = s_rows[lockClass];
        return Find(Mix((ulong)s_keys[lockClass], (ulong)subclass), row with { Subclass = subclass });
    }

    private static int Find(ulong key, in LockClass row)
    {
        long wanted = (long)(key | 1);

        // Row 0 is nobody's: 0 means "no class".
        for (int index = (int)(key >> (64 - Bits)), steps = 0; steps < Capacity; index = (index + 1) & (Capacity - 1), steps++)
        {
            if (index == 0) continue;
            long seen = Volatile.Read(ref s_keys[index]);
            if (seen == 0)
            {
                if (Volatile.Read(ref s_count) >= Most) break;
                seen = Interlocked.CompareExchange(ref s_keys[index], wanted, 0);
                if (seen == 0)
                {
                    Interlocked.Increment(ref s_count);
                    s_rows[index] = row;
                    return index;
                }
            }

            if (seen == wanted) return index;
        }

        LockdepReporter.TableFull(LockdepTable.Classes);
        return 0;
    }

    private static ulong Hash(string text)
    {
        // FNV-1a. File names differ at their ends, which the final mix spreads over all bits.
        ulong hash = 14695981039346656037;
        foreach (char c in text) hash = (hash ^ c) * 1099511628211;
        return hash;
    }

    private static ulong Mix(ulong a, ulong b)
    {
        ulong x = (a ^ b) * 0x9E37_79B9_7F4A_7C15 + b;
        x ^= x >> 29;
        x *= 0xBF58_476D_1CE4_E5B9;
        return x ^ (x >> 32);
    }
}

/// <summary>What is known of a class of locks.</summary>
/// <param name="Name">The name it was given, or nothing.</param>
/// <param name="File">Where its locks are made, or first taken.</param>
/// <param name="Line">The line there.</param>
/// <param name="Traits">See <see cref="LockTraits"/>.</param>
/// <param name="Subclass">0 for the class itself.</param>
internal readonly record struct LockClass(string? Name, string? File, int Line, uint Traits, int Subclass);
