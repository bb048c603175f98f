using System.Runtime.CompilerServices;
using System.Threading;

namespace LockContext.Runtime;

/// <summary>Sequences of lock classes that have been found in order, so that each is looked at once.</summary>
/// <remarks>
/// A sequence is a number, folded from the classes held in the order they were taken. That two sequences have the same number has odds of about 2^-33 when the table is full; then
/// one of them goes unchecked. Rows are claimed by a compare-exchange from 0 and never change again.
/// Bounded: when it is full, new sequences are checked anew each time, which is slower and finds the same.
/// </remarks>
[RawAtomic]
[Trusted("the checker must not be checked: it takes no lock, and waits for nobody")]
internal static class LockChains
{
    private const int Bits = 16;
    private const int Most = (1 << Bits) / 4 * 3;
    private const int Mask = (1 << Bits) - 1;

    private static readonly long[] s_table = new long[1 << Bits];
    private static int s_count;

    internal static int Count => Volatile.Read(ref s_count);

    /// <summary>The number of a sequence with one class more. Never 0, which is the empty sequence.</summary>
    internal static ulong Next(ulong chain, int lockClass)
    {
        ulong x = (chain + (uint)lockClass) * 0x9E37_79B9_7F4A_7C15;
        return (x ^ (x >> 31)) | 1;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static bool Contains(ulong chain) => s_table[chain >> (64 - Bits)] == (long)chain || ContainsFurtherOn(chain);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool ContainsFurtherOn(ulong chain)
    {
        long[] table = s_table;
        for (int index = (int)(chain >> (64 - Bits)); ; index = (index + 1) & Mask)
        {
            long seen = table[index];
            if (seen == (long)chain) return true;
            if (seen == 0) return false;
        }
    }

    internal static void Add(ulong chain)
    {
        // The table never fills up, so every search ends at an empty row.
        if (Count >= Most)
        {
            LockdepReporter.TableFull(LockdepTable.Chains);
            return;
        }

        for (int index = (int)(chain >> (64 - Bits)); ; index = (index + 1) & Mask)
        {
            long seen = Interlocked.CompareExchange(ref s_table[index], (long)chain, 0);
            if (seen == 0) Interlocked.Increment(ref s_count);
            if (seen == 0 || seen == (long)chain) return;
        }
    }

    /// <summary>Forgets everything. For tests, while nobody else takes locks.</summary>
    internal static void Clear()
    {
        System.Array.Clear(s_table);
        Volatile.Write(ref s_count, 0);
    }
}
