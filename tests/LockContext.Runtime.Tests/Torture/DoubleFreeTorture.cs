using System;
using System.Threading;

namespace LockContext.Runtime.Tests;

/// <summary>Two threads free the same page at the same moment, again and again. Exactly one may succeed.</summary>
internal static class DoubleFreeTorture
{
    /// <returns>How often it was not exactly one.</returns>
    internal static int Run(ITorturePool pool, int rounds)
    {
        int wrong = 0;
        int arrived = 0;
        nint page = 0;
        int accepted = 0;
        int round = 0;

        void FreeTogether()
        {
            // A hand-made barrier: a real one sleeps, and then the two do not come at the same moment.
            int target = Interlocked.Increment(ref arrived);
            target += target & 1;
            var wait = new SpinWait();
            while (Volatile.Read(ref arrived) < target) wait.SpinOnce(sleep1Threshold: -1);
            if (pool.Free(page, 0, seed: 1)) Interlocked.Increment(ref accepted);
        }

        var other = new Thread(() =>
        {
            for (int next = 1; next <= rounds; next++)
            {
                var wait = new SpinWait();
                while (Volatile.Read(ref round) < next) wait.SpinOnce(sleep1Threshold: -1);
                FreeTogether();
                Interlocked.Increment(ref arrived);
            }
        }) { IsBackground = true };
        other.Start();

        for (int next = 1; next <= rounds; next++)
        {
            page = pool.Alloc(0, seed: 2);
            accepted = 0;
            Volatile.Write(ref round, next);
            FreeTogether();
            Interlocked.Increment(ref arrived);
            var wait = new SpinWait();
            while (Volatile.Read(ref arrived) < 4 * next) wait.SpinOnce(sleep1Threshold: -1);
            if (accepted != 1) wrong++;
        }

        other.Join();
        return wrong;
    }
}
