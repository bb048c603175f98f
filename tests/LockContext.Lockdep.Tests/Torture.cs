using System;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Linq;
using System.Threading;
using LockContext.Runtime;
using Xunit;

namespace LockContext.Lockdep.Tests;

/// <summary>Many threads take many locks in one order, at random; in some runs one of them does it in the other order, once. It is found in those, and nothing in the others.</summary>
public sealed class Torture
{
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(10);

    // Threads, and as many locks that each round takes some of. Tables are filled from empty while they run, so that adding races with adding.
    private const int Threads = 4;
    private const int Locks = 24;

    [Fact]
    public void One_order_is_no_finding() => Assert.Equal("", Run(rounds: 40, plant: false));

    [Fact]
    public void A_planted_abba_is_found_every_time()
    {
        for (int run = 0; run < 20; run++) Assert.Equal(nameof(LockdepReportKind.LockOrderCycle), Run(rounds: 2, plant: true));
    }

    // Two threads close a circle at the same moment, each with one half: one of them at least has to see it. Each pair of classes is new, so that both halves are added, and not found.
    [Fact]
    public void Halves_of_a_circle_added_at_the_same_moment_are_found() => Assert.Equal(0, MissedCircles(AddThenSearch));

    // The twin: two threads that both search before either has added see nothing, both of them.
    [Fact]
    public void Searching_before_adding_is_caught() => Assert.NotEqual(0, MissedCircles(SearchThenAdd));

    private static bool AddThenSearch(HeldLock held, HeldLock taken)
    {
        LockGraph.Add(held, taken, out _);
        return LockGraph.FindWay(taken.Class, held.Class, new ushort[4]) != 0;
    }

    private static bool SearchThenAdd(HeldLock held, HeldLock taken)
    {
        bool found = LockGraph.FindWay(taken.Class, held.Class, new ushort[4]) != 0;
        LockGraph.Add(held, taken, out _);
        return found;
    }

    private static int MissedCircles(Func<HeldLock, HeldLock, bool> add)
    {
        const int Pairs = 1000, Rounds = 7;
        int missed = 0;
        for (int round = 0; round < Rounds && missed == 0; round++)
        {
            using var watch = new Watch();
            bool[][] found = [new bool[Pairs], new bool[Pairs]];
            int[] at = new int[2];
            var threads = new Thread[2];
            for (int side = 0; side < 2; side++)
            {
                int mine = side;
                threads[side] = new Thread(() =>
                {
                    for (int pair = 0; pair < Pairs; pair++)
                    {
                        // As close together as two processors can be.
                        Volatile.Write(ref at[mine], pair + 1);
                        while (Volatile.Read(ref at[1 - mine]) <= pair) Thread.SpinWait(1);
                        int outer = 1 + 2 * pair + mine, inner = 2 + 2 * pair - mine;
                        found[mine][pair] = add(new HeldLock(0, outer, 0), new HeldLock(0, inner, 0));
                    }
                });
                threads[side].Start();
            }

            foreach (Thread thread in threads) thread.Join();
            missed += Enumerable.Range(0, Pairs).Count(pair => !found[0][pair] && !found[1][pair]);
        }

        return missed;
    }

    private static string Run(int rounds, bool plant)
    {
        using var watch = new Watch();
        var locks = Enumerable.Range(0, Locks).Select(i => new SleepingLock($"torture {i}")).ToArray();
        var failures = new ConcurrentQueue<Exception>();
        long since = Stopwatch.GetTimestamp();
        int planted = plant ? Threads - 1 : -1;
        var threads = new Thread[Threads];
        for (int i = 0; i < Threads; i++)
        {
            int id = i;
            threads[i] = new Thread(() =>
            {
                try
                {
                    Work(id, id == planted);
                }
#pragma warning disable CA1031 // on its way to the test's own thread
                catch (Exception exception)
#pragma warning restore CA1031
                {
                    failures.Enqueue(exception);
                }
            });
            threads[i].Start();
        }

        foreach (Thread thread in threads) thread.Join();
        Assert.Empty(failures);
        return watch.Kinds;

        void Work(int id, bool plants)
        {
            var random = new Random(id);
            for (int round = 0; round < rounds && Stopwatch.GetElapsedTime(since) < s_longest; round++)
            {
                for (int i = 0; i < 50; i++)
                {
                    int[] chosen = [.. Enumerable.Range(0, Locks).Where(_ => random.Next(5) == 0)];
                    foreach (int which in chosen) locks[which].Enter();
                    if (random.Next(8) == 0) Thread.Yield();
                    foreach (int which in random.Next(2) == 0 ? chosen : chosen.Reverse()) locks[which].Exit();
                }

                // 0 before 1 is somebody's doing, 1 before 0 the plant's. Nothing waits long: the plant only tries what it must not wait for.
                if (id == 0)
                {
                    locks[0].Enter();
                    locks[1].Enter();
                    locks[1].Exit();
                    locks[0].Exit();
                }

                if (!plants || round > 0) continue;
                var order = new[] { locks[1], locks[0] };
                order[0].Enter();
                Runtime.Lockdep.Acquire(LockTraits.SleepingLock, Peek.IdentityOf(order[1]), AcquireHow.Wait, "Torture.cs", 1);
                Runtime.Lockdep.Release(LockTraits.SleepingLock, Peek.IdentityOf(order[1]));
                order[0].Exit();
            }
        }
    }
}
