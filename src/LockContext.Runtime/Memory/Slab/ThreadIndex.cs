using System;
using System.Runtime.CompilerServices;
using System.Threading;

namespace LockContext.Runtime;

/// <summary>A small number for each thread that uses slabs, 1 to <see cref="Most"/>; 0 for one that has none yet.</summary>
/// <remarks>
/// .NET tells nobody that a thread has ended. So nothing is done then: its number stays, with the magazines that belong to it, until a new thread takes over both, or until a cache collects what idle
/// threads have. A thread that dies owning magazines costs what is in them, until one of the two happens, and never more than there are threads at the same time.
/// </remarks>
internal static class ThreadIndex
{
    /// <summary>Threads above this number work without magazines.</summary>
    internal const int Most = 4095;

    // In a class of its own without a static constructor, or each access would first look whether that has run.
    private static class Slot
    {
        [ThreadStatic]
        internal static int t_index;
    }

    private static readonly Thread?[] s_threads = new Thread?[Most + 1];
    private static readonly SleepingLock s_lock = new();
    private static int s_used;

    /// <summary>The number of this thread, or 0.</summary>
    internal static uint Current
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (uint)Slot.t_index;
    }

    /// <summary>The highest number that has been given out.</summary>
    internal static int Used => Volatile.Read(ref s_used);

    /// <summary>Gives this thread a number, that of a thread that has ended if there is one.</summary>
    /// <returns>The number, or 0 if there are too many threads.</returns>
    [MethodImpl(MethodImplOptions.NoInlining)]
    [Trusted("takes a Config lock and looks at threads' states, which waits for nobody")]
    internal static int Register()
    {
        if (Slot.t_index != 0) return Slot.t_index;
        Thread self = Thread.CurrentThread;
        s_lock.Enter();
        int index = 1;

        // A thread that has ended wrote what is in its slots before its state changed, so before we saw it.
        while (index <= s_used && s_threads[index]!.IsAlive) index++;
        if (index > Most)
        {
            index = 0;
        }
        else
        {
            s_threads[index] = self;
            if (index > s_used) Volatile.Write(ref s_used, index);
        }

        s_lock.Exit();
        Slot.t_index = index;
        return index;
    }
}
