using System;
using System.Diagnostics;
using System.Threading;
using Xunit;

namespace LockContext.Runtime.Tests;

/// <summary>
/// The one transition that decides who frees a block: two threads go through the same states in the same order and try to take each. Contention keeps them close together, so that
/// they meet far more often than two frees ever would.
/// </summary>
[Collection(TortureRuns.Name)]
public sealed class ReturnTortureTests
{
    private const int Allocated = (int)PageState.Allocated;

    private delegate bool Return(ref int state, int seen);

    [Fact]
    public void Exactly_one_takes_each_block() => Assert.Equal(0, TakenTwice(PageFrame.TryReturn, TimeSpan.FromSeconds(2)));

    [Fact]
    public void Check_then_set_is_caught()
        => Assert.NotEqual(0, TakenTwice(
            static (ref int state, int seen) =>
            {
                if (Volatile.Read(ref state) != seen) return false;
                state = (int)PageState.Returned;
                return true;
            },
            TimeSpan.FromSeconds(20)));

    private static int TakenTwice(Return attempt, TimeSpan duration)
    {
        var states = new int[4096];
        long end = Stopwatch.GetTimestamp() + (long)(duration.TotalSeconds * Stopwatch.Frequency);
        int surplus = 0;
        bool stop = false;
        using var together = new Barrier(2);

        void Go(bool first)
        {
            while (true)
            {
                if (first) Array.Fill(states, Allocated);
                together.SignalAndWait();
                int taken = 0;
                for (int i = 0; i < states.Length; i++)
                {
                    if (attempt(ref states[i], Allocated)) taken++;
                }

                Interlocked.Add(ref surplus, taken);
                together.SignalAndWait();
                if (first)
                {
                    surplus -= states.Length;
                    stop = surplus != 0 || Stopwatch.GetTimestamp() >= end;
                }

                together.SignalAndWait();
                if (stop) return;
            }
        }

        var other = new Thread(() => Go(first: false));
        other.Start();
        Go(first: true);
        other.Join();
        return surplus;
    }
}
