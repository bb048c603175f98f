using System;
using System.Threading;

namespace LockContext.Runtime;

/// <summary>
/// Gives a sample of all allocations of slab caches a page of their own between two inaccessible ones, at random and cheap enough to be on in production: an access past the end, or after the free, is then a
/// fault at once, in the code that does it. What KFENCE is to the kernel.
/// </summary>
/// <remarks>
/// <para>At most <see cref="Capacity"/> objects at a time. A page is used again only after all others, so that a use after the free has time to show. Objects lie at the end of their page, or, every
/// other one, at its beginning; the rest of the page is filled with a pattern, which is looked at when the object is freed.</para>
/// <para>Off by default, and then free. On, each interval costs each thread one operation that takes the slow path. Objects above 4 096 bytes are not sampled, nor those of caches with a constructor, nor allocations with
/// <see cref="GfpFlags.NoLocks"/>.</para>
/// <para><b>Source</b>: M. Elver, A. Potapenko, KFENCE (<c>mm/kfence</c> in Linux), after GWP-ASan.</para>
/// </remarks>
public static class GuardedObjects
{
    /// <summary>Objects that can be guarded at the same time.</summary>
    public const int Capacity = 255;

    private static readonly Lock s_lock = new();
    private static GuardedPool? s_pool;
    private static Timer? s_timer;
    private static int s_interval;

    /// <summary>After how many milliseconds another allocation is sampled; 0, the default, for none. 100 is what Linux has.</summary>
    /// <remarks>May be changed at any time by any thread. What is guarded stays so until it is freed.</remarks>
    /// <exception cref="ArgumentOutOfRangeException">Negative.</exception>
    public static int SampleInterval
    {
        get => Volatile.Read(ref s_interval);
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            lock (s_lock)
            {
                Volatile.Write(ref s_interval, value);
                s_pool ??= value == 0 ? null : new GuardedPool();
                s_timer ??= new Timer(static _ => RequestSample());
                s_timer.Change(value == 0 ? Timeout.Infinite : value, value == 0 ? Timeout.Infinite : value);
            }
        }
    }

    /// <summary>How many allocations have been sampled so far.</summary>
    public static long Sampled => Volatile.Read(ref s_pool)?.Sampled ?? 0;

    internal static GuardedPool? Pool => Volatile.Read(ref s_pool);

    /// <summary>Lets the next allocation that takes the slow path be sampled, and sends those that would not take it there once.</summary>
    internal static void RequestSample()
    {
        Pool?.RequestSample(null);
        foreach (SlabCache? cache in Owners.All) cache?.DivertOnce();
    }

    /// <summary>As <see cref="RequestSample()"/>, of one cache only.</summary>
    internal static void RequestSample(SlabCache cache)
    {
        Pool?.RequestSample(cache);
        cache.DivertOnce();
    }
}
