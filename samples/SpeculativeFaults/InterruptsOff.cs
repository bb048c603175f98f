using System;
using System.Runtime.InteropServices;
using System.Threading;
using LockContext;

namespace SpeculativeFaults;

/// <summary>
/// Code that runs with interrupts off, and the interrupt that somebody sends to all processors and whose handling he waits for. A processor handles it when its interrupts are on again, so after that nobody is where he was
/// with interrupts off: what has been unlinked before may be freed at once, without a grace period. A kernel's <c>get_user_pages_fast</c> walks tables like this, and so did the first speculative faults.
/// </summary>
/// <remarks>
/// <para>A process has no interrupts to turn off. Here each thread is a processor, and has a word that is odd while its interrupts are off; the interrupt is a barrier on every processor that runs one of our threads
/// (<see cref="Interlocked.MemoryBarrierProcessWide"/>), and waiting for its handling is waiting for every word that was found odd to change.</para>
/// <para><b>Order.</b> A walker stores its word, then reads tables; whoever frees unlinks, has everybody execute a barrier, then reads the words. The barrier falls somewhere into the walker's program. If after the store of
/// the word, that store is visible to the reads of words, and the walker is waited for. If before, all that the walker reads comes after the barrier, and so after the unlinking: it does not find the table. The walker itself
/// needs nothing but that the compiler keeps the order, for which the read barrier is there (no instruction on x86). Leaving is a release, and pairs with the acquire of the look that sees it.</para>
/// <para>A thread that registers while somebody looks is not among those looked at: it has taken a lock since, and reads after that.</para>
/// </remarks>
[LockClass(Outer = WaitClass.Free, Inner = WaitClass.Spin, Reentrant = true)]
[Trusted("this is the section itself; only a thread's first one does more than store a word")]
internal static class InterruptsOff
{
    /// <summary>Looks without a system call, and then with the time slice offered: sections are some hundred instructions long.</summary>
    private const int Spins = 100, Yields = 200;

    private static readonly Lock s_registering = new();
    private static Processor[] s_processors = [];

    [ThreadStatic]
    private static Processor? t_current;

    /// <summary>Turns this thread's interrupts off; may be nested.</summary>
    [Acquires]
    internal static void Enter()
    {
        Processor processor = t_current ?? Register();
        if (processor.Depth++ != 0) return;
        Volatile.Write(ref processor.Word, processor.Word + 1);
        Volatile.ReadBarrier();
    }

    [Releases]
    internal static void Exit()
    {
        Processor processor = t_current!;
        if (--processor.Depth == 0) Volatile.Write(ref processor.Word, processor.Word + 1);
    }

    /// <summary>Sends the interrupt, and waits until all have handled it.</summary>
    [Sleepable]
    internal static void Broadcast()
    {
        Send();
        WaitUntilHandled();
    }

    // Apart, so that twins can leave one of them out.
    internal static void Send() => Interlocked.MemoryBarrierProcessWide();

    [Sleepable]
    internal static void WaitUntilHandled()
    {
        foreach (Processor processor in Volatile.Read(ref s_processors))
        {
            // Another section than the one seen here began after the barrier.
            uint word = Volatile.Read(ref processor.Word);
            if ((word & 1) == 0) continue;
            for (int looks = 0; Volatile.Read(ref processor.Word) == word && processor.Owner.IsAlive; looks++)
            {
                if (looks < Spins) Thread.SpinWait(4);
                else if (looks < Yields) Thread.Yield();
                else Thread.Sleep(1);
            }
        }
    }

    private static Processor Register()
    {
        var processor = new Processor(Thread.CurrentThread);
        lock (s_registering)
        {
            // In the place of one whose thread has ended, if there is any.
            Processor[] old = s_processors;
            int free = Array.FindIndex(old, other => !other.Owner.IsAlive);
            var processors = new Processor[free < 0 ? old.Length + 1 : old.Length];
            old.CopyTo(processors, 0);
            processors[free < 0 ? old.Length : free] = processor;
            Volatile.Write(ref s_processors, processors);
        }

        // Full: between being seen and the first section.
        Interlocked.MemoryBarrier();
        t_current = processor;
        return processor;
    }

    // Two cache lines, so that no walker writes what another one reads.
    [StructLayout(LayoutKind.Sequential, Size = 128)]
    private sealed class Processor(Thread owner)
    {
        internal readonly Thread Owner = owner;
        internal uint Word;
        internal int Depth;
    }
}
