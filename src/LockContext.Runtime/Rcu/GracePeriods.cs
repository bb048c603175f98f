using System.Threading;

namespace LockContext.Runtime;

/// <summary>Grace periods: each ends when every read section that was open at its beginning has been left.</summary>
/// <remarks>
/// <para>One at a time, by whoever needs one and gets the mutex; the others find on getting it that theirs has passed. Number k is</para>
/// <list type="number">
/// <item><description><b>S</b>: store k into the clock;</description></item>
/// <item><description><b>B</b>: a full barrier on this and on every running thread of the process;</description></item>
/// <item><description><b>W</b>: for every record, wait until no section is open or the open one began at clock k or later;</description></item>
/// <item><description><b>C</b>: store k as completed.</description></item>
/// </list>
/// <para>A reader: <b>R1</b> load the clock (acquire), <b>R2</b> store it into its record, <b>R3</b> read what is protected, <b>R4</b> store "no section" (release). There is no barrier between R2 and R3:
/// the processor may keep R2 in its store buffer while R3 reads. An updater: <b>U0</b> unpublish, full fence, <b>U1</b> load the clock, s; wait until grace period s + 1 has completed; free.</para>
/// <para><b>Why no R3 that sees what U0 removed is overlooked</b> by grace period k = s + 1, or by a later one that is waited for in its place. U1 read a value before S of k, so U0 comes before S. B
/// takes effect at one point of the reader's program order.</para>
/// <list type="bullet">
/// <item><description>R2 before that point: W sees it. If R1 read less than k, W waits, and R4, a release that W reads with acquire, puts R3 before C and so before the free. If R1 read k or more, R1
/// comes after S, hence after U0, and R3 comes after R1 (acquire): it does not see what U0 removed.</description></item>
/// <item><description>R2 after that point: so is R3, and B put U0 before it. It does not see what U0 removed; whether W sees the section does not matter.</description></item>
/// </list>
/// <para>So <b>one barrier per grace period</b> is enough, where schemes that flip a phase bit need two flips: a reader that was delayed between R1 and R2 stores an old number, never one that may be
/// mistaken for a new one, because numbers do not come back. The order of S and B matters to those who ask for grace periods: with B first, a clock read between B and S would promise
/// too early an end. Where the kernel offers no such barrier, readers have a full fence between R2 and R3, and B is a full fence here: the case distinction is then that of Dekker's algorithm.</para>
/// <para>All this is checked by a model with variants that must fail: <c>docs/rcu.md</c>.</para>
/// <para><b>Sources</b>: M. Desnoyers, P. E. McKenney, A. S. Stern, M. R. Dagenais and J. Walpole, "User-level implementations of read-copy update", IEEE TPDS 23(2), 2012; K. Fraser,
/// "Practical lock-freedom", 2004 (epochs); the numbering of grace periods as in Linux' <c>rcu_seq</c>.</para>
/// </remarks>
internal static unsafe class GracePeriods
{
    private static readonly object s_mutex = new();
    private static ulong s_completed = ReaderRecord.OneGracePeriod;
    private static long s_run;
    private static long s_expedited;

    // How many callers want their grace period at the price of processor time.
    private static int s_hurried;

    internal static long Run => Volatile.Read(ref s_run);

    internal static long Expedited => Volatile.Read(ref s_expedited);

    internal static bool IsHurried => Volatile.Read(ref s_hurried) != 0;

    /// <summary>The end of the first grace period that begins after everything this thread has done so far: steps "full fence" and U1 above.</summary>
    [RawAtomic]
    internal static ulong Snapshot()
    {
        Interlocked.MemoryBarrier();
        return (Volatile.Read(ref *GracePeriodClock.Word) & ~ReaderRecord.SectionMask) + ReaderRecord.OneGracePeriod;
    }

    /// <summary>Whether a grace period that <see cref="Snapshot"/> named is over. Acquire: pairs with C.</summary>
    [RawAtomic]
    internal static bool HasElapsed(ulong target) => (long)(Volatile.Read(ref s_completed) - target) >= 0;

    /// <summary>Waits until a grace period is over, and sees to it that there is one.</summary>
    [Sleepable]
    internal static void WaitFor(ulong target, bool expedited)
    {
        if (HasElapsed(target)) return;

        bool interrupted = false;
        if (expedited) Interlocked.Increment(ref s_hurried);
        while (!HasElapsed(target))
        {
            // Even that can be interrupted, and an updater that gives up half-way would free what is being read.
            interrupted |= Interruption.Enter(s_mutex);
            try
            {
                // Whoever had the mutex may have run ours. After a wait for it, one that began meanwhile may be: never more than two rounds.
                if (!HasElapsed(target)) interrupted |= RunOne();
            }
            finally
            {
                Monitor.Exit(s_mutex);
            }
        }

        if (expedited) Interlocked.Decrement(ref s_hurried);
        if (interrupted) Interruption.Postpone();
    }

    // Returns whether the thread was interrupted while waiting for readers.
    [Sleepable]
    private static bool RunOne()
    {
        ulong number = (Volatile.Read(ref *GracePeriodClock.Word) & ~ReaderRecord.SectionMask) + ReaderRecord.OneGracePeriod;

        Volatile.Write(ref *GracePeriodClock.Word, number | ReaderRecord.OneSection);   // S
        ReaderFence.Broadcast();                                                        // B
        bool interrupted = WaitForReaders(number);                                      // W
        s_run++;
        if (IsHurried) s_expedited++;
        Volatile.Write(ref s_completed, number);                                        // C
        ReaderRegistry.SearchNowAndThen();
        return interrupted;
    }

    [Sleepable]
    private static bool WaitForReaders(ulong number)
    {
        bool interrupted = false;
        for (ReaderChunk* chunk = ReaderRegistry.Chunks; chunk != null; chunk = chunk->Next)
        {
            ReaderRecord* first = &chunk->First;
            for (int i = 0; i < ReaderChunk.Records; i++)
            {
                if (!ReaderWait.HasPassed(first + i, number)) interrupted |= ReaderWait.Wait(first + i, number);
            }
        }

        return interrupted;
    }
}
