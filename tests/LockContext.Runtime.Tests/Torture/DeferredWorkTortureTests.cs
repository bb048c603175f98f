using System;
using System.Diagnostics;
using System.Threading;
using Xunit;

namespace LockContext.Runtime.Tests;

/// <summary>Several threads post as fast as they can, sometimes with nothing else to do for the queue: all runs once, in each thread's order, and none is slept through.</summary>
[Collection(TortureRuns.Name)]
public sealed class DeferredWorkTortureTests
{
    private const int Posters = 3;

    private static readonly TimeSpan s_duration = TimeSpan.FromSeconds(1.5);

    private delegate bool Post(Action<nint> work, nint argument);

    [Fact]
    public void Deferred_work_survives()
    {
        using var queue = new DeferredWork(16);
        Assert.Equal("good", Torment(queue.TryPost));
    }

    [Fact]
    public void Forgetting_to_look_before_sleeping_is_caught()
    {
        using var queue = new SleepsTooSoonQueue();
        Assert.Equal("slept through", Torment(queue.TryPost));
    }

    private static string Torment(Post post)
    {
        long[] last = new long[Posters];
        string verdict = "good";
        bool stop = false;
        Action<nint> work = argument =>
        {
            int poster = (int)(argument & 3);
            long number = argument >> 2;
            if (number != last[poster] + 1) Volatile.Write(ref verdict, "out of order, or twice");
            Volatile.Write(ref last[poster], number);
        };
        var threads = new Thread[Posters];
        for (int i = 0; i < Posters; i++)
        {
            int poster = i;
            threads[i] = new Thread(() =>
            {
                var random = new Random(poster);
                long number = 0;
                while (!Volatile.Read(ref stop))
                {
                    if (post(work, (nint)(((number + 1) << 2) | (long)poster))) number++;
                    if (random.Next(4) != 0) continue;

                    // Idle until everything of ours has run: if the queue sleeps on it, nobody else's post may come to the rescue for long.
                    long since = Stopwatch.GetTimestamp();
                    while (Volatile.Read(ref last[poster]) != number && verdict == "good")
                    {
                        Thread.Yield();
                        if (Stopwatch.GetElapsedTime(since) > TimeSpan.FromSeconds(5)) Volatile.Write(ref verdict, "slept through");
                    }
                }
            })
            { IsBackground = true };
            threads[i].Start();
        }

        long end = Stopwatch.GetTimestamp() + (long)(s_duration.TotalSeconds * Stopwatch.Frequency);
        while (Stopwatch.GetTimestamp() < end && Volatile.Read(ref verdict) == "good") Thread.Sleep(10);
        Volatile.Write(ref stop, true);
        foreach (Thread thread in threads)
        {
            if (!thread.Join(TimeSpan.FromSeconds(20))) return "hung";
        }

        return verdict;
    }

    /// <summary>Says that it sleeps and then sleeps, without a look in between: what is posted in that moment waits for the next post.</summary>
    private sealed class SleepsTooSoonQueue : IDisposable
    {
        private readonly System.Collections.Concurrent.ConcurrentQueue<(Action<nint>, nint)> _queue = new();
        private readonly AutoResetEvent _bell = new(false);
        private int _asleep;
        private bool _stop;

        internal SleepsTooSoonQueue() => new Thread(Run) { IsBackground = true }.Start();

        internal bool TryPost(Action<nint> work, nint argument)
        {
            _queue.Enqueue((work, argument));
            if (Interlocked.Exchange(ref _asleep, 0) == 1) _bell.Set();
            return true;
        }

        // The bell stays open for the thread that may still be waiting at it.
#pragma warning disable CA2213
        public void Dispose()
        {
            Volatile.Write(ref _stop, true);
            _bell.Set();
        }
#pragma warning restore CA2213

        private void Run()
        {
            while (!Volatile.Read(ref _stop))
            {
                while (_queue.TryDequeue(out (Action<nint> Work, nint Argument) item)) item.Work(item.Argument);
                Thread.Yield();
                Volatile.Write(ref _asleep, 1);
                _bell.WaitOne();
            }
        }
    }
}
