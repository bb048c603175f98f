using System;
using System.Threading;

namespace LockContext.Runtime.Tests;

/// <summary>Two threads free the same page, at the same moment or one right after the other, again and again. Exactly one may succeed.</summary>
internal static class DoubleFreeTorture
{
    /// <param name="inTurn">The second free begins when the first has returned.</param>
    /// <returns>How often it was not exactly one.</returns>
    internal static int Run(ITorturePool pool, int rounds, bool inTurn = false)
    {
        int wrong = 0;
        int arrived = 0;
        nint page = 0;
        int accepted = 0;
        int round = 0;
        int freed = 0;

        void FreeTogether(int delay, bool isSecond)
        {
            int target = Interlocked.Increment(ref arrived);
            target += target & 1;
            WaitFor(ref arrived, target);
            if (inTurn && isSecond) WaitFor(ref freed, 1);
            for (int i = 0; i < delay; i++) Volatile.Read(ref page);
            if (pool.Free(page, 0, seed: 1)) Interlocked.Increment(ref accepted);
            Volatile.Write(ref freed, 1);
        }

        var other = new Thread(() =>
        {
            for (int next = 1; next <= rounds; next++)
            {
                WaitFor(ref round, next);
                FreeTogether(delay: 0, isSecond: true);
                Interlocked.Increment(ref arrived);
            }
        })
        { IsBackground = true };
        other.Start();

        for (int next = 1; next <= rounds; next++)
        {
            page = pool.Alloc(0, seed: 2);
            accepted = 0;
            freed = 0;
            Volatile.Write(ref round, next);

            // The one that arrives last leaves first: a changing delay finds the moment at which they meet.
            FreeTogether(delay: next % 64, isSecond: false);
            Interlocked.Increment(ref arrived);
            WaitFor(ref arrived, 4 * next);
            if (accepted != 1) wrong++;
        }

        other.Join();
        return wrong;
    }

    // A hand-made barrier without pauses: a real one sleeps, and then the two do not come at the same moment.
    private static void WaitFor(ref int word, int value)
    {
        for (int looks = 1; Volatile.Read(ref word) < value; looks++)
        {
            if (looks % 10_000 == 0) Thread.Yield();
        }
    }
}
