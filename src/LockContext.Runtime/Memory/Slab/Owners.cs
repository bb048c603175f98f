using System;
using System.Runtime.CompilerServices;
using System.Threading;

namespace LockContext.Runtime;

/// <summary>From the number in an extent's header to the cache that it belongs to.</summary>
internal static class Owners
{
    /// <summary>Caches that may exist at the same time.</summary>
    internal const int Most = ushort.MaxValue;

    // The array is replaced as a whole when it grows; numbers of live caches stay where they are in either.
    private static SlabCache?[] s_caches = new SlabCache?[64];
    private static readonly SleepingLock s_lock = new();

    internal static SlabCache?[] All => Volatile.Read(ref s_caches);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static SlabCache Of(int number) => s_caches[number]!;

    /// <summary>Gives a cache a number from 1 up.</summary>
    /// <exception cref="InvalidOperationException">There are too many.</exception>
    internal static ushort Add(SlabCache cache)
    {
        s_lock.Enter();
        try
        {
            SlabCache?[] caches = s_caches;
            int number = 1;
            while (number < caches.Length && caches[number] is not null) number++;
            if (number > Most) throw new InvalidOperationException($"There are {Most} slab caches already.");
            if (number == caches.Length)
            {
                Array.Resize(ref caches, caches.Length * 2);
                Volatile.Write(ref s_caches, caches);
            }

            caches[number] = cache;
            return (ushort)number;
        }
        finally
        {
            s_lock.Exit();
        }
    }

    internal static void Remove(ushort number)
    {
        s_lock.Enter();
        s_caches[number] = null;
        s_lock.Exit();
    }
}
