using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Threading;
using Xunit;

namespace LockContext.Runtime.Tests;

/// <summary>Callbacks and report handlers that call back into RCU.</summary>
[Collection(TortureRuns.Name)]
public sealed unsafe class RcuReentryTests : IDisposable
{
    private readonly Actor _reader = new("reader");

    public void Dispose()
    {
        Rcu.SetReportHandler(null);
        Rcu.Options = new RcuOptions();
        _reader.Dispose();
    }

    /// <summary>
    /// The report about a stalled reader is made in the middle of a grace period. One that begins inside it would end before it, and what is counted as completed would go back afterwards: a cookie that had
    /// elapsed would be open again.
    /// </summary>
    [Fact]
    public void Waiting_in_a_report_handler_is_refused()
    {
        Rcu.Options = new RcuOptions { StallTimeout = 20 };
        var refused = new ConcurrentQueue<Exception?>();
        Action[] waits =
        [
            Rcu.Synchronize, Rcu.SynchronizeExpedited, () => Rcu.Synchronize(Rcu.Snapshot()), Rcu.Barrier, Rcu.FreeBarrier,
            () => Rcu.FreeMightSleep(null),
        ];
        Rcu.SetReportHandler(report =>
        {
            if (report.Kind != RcuReportKind.ReaderStalled) return;
            foreach (Action wait in waits) refused.Enqueue(Record.Exception(wait));
        });
        _reader.Do(() => Rcu.ReadLock());
        var waiter = new Thread(Rcu.Synchronize) { IsBackground = true };
        waiter.Start();
        Deadline.Until(() => refused.Count >= waits.Length);
        _reader.Do(Rcu.ReadUnlock);
        Assert.True(waiter.Join(Deadline.Generous));
        Assert.All(refused, exception => Assert.IsType<InvalidOperationException>(exception));
        RcuCookie cookie = Rcu.Snapshot();
        Rcu.Synchronize();
        Assert.True(Rcu.Poll(cookie));
    }

    [Fact]
    public void Everything_else_may_be_done_in_a_report_handler()
    {
        Rcu.Options = new RcuOptions { StallTimeout = 20 };
        Exception? failure = null;
        int called = 0;
        using var done = new ManualResetEventSlim();
        var callback = new RcuCallback(_ => Interlocked.Increment(ref called));
        RcuCookie cookie = default;
        Rcu.SetReportHandler(report =>
        {
            if (report.Kind != RcuReportKind.ReaderStalled || done.IsSet) return;
            failure = Record.Exception(() =>
            {
                using (Rcu.Read())
                {
                }

                Rcu.Call(callback);
                void* memory = KernelMemory.Alloc(64, GfpFlags.NoWait);
                Rcu.Free(memory, (RcuHead*)memory);
                cookie = Rcu.StartPoll();
                Rcu.GetStatistics();
                Rcu.Options = Rcu.Options with { DrainDelay = 1 };
            });
            done.Set();
        });
        _reader.Do(() => Rcu.ReadLock());
        var waiter = new Thread(Rcu.Synchronize) { IsBackground = true };
        waiter.Start();
        Assert.True(done.Wait(Deadline.Generous));
        _reader.Do(Rcu.ReadUnlock);
        Assert.True(waiter.Join(Deadline.Generous));
        Assert.Null(failure);
        Rcu.Barrier();
        Rcu.FreeBarrier();
        Assert.Equal(1, called);
        Deadline.Until(() => Rcu.Poll(cookie));
    }

    /// <summary>A thread that reads for the first time looks for threads that have died, reports them, and the handler reads: it must neither begin to look again, however many they are, nor register the thread twice.</summary>
    [Fact]
    public void A_handler_that_reads_for_the_first_time_is_registered_once()
    {
        ReaderRegistry.Search();
        int before = Rcu.GetStatistics().Readers;
        var told = new List<RcuReport>();
        int deepest = 0;
        int depth = 0;
        Rcu.SetReportHandler(report =>
        {
            lock (told) told.Add(report);
            deepest = Math.Max(deepest, ++depth);
            using (Rcu.Read())
            {
            }

            depth--;
        });

        // Until somebody looks.
        const int Dying = 3000;
        for (int i = 0; i < Dying && told.Count < 100; i++)
        {
            var dying = new Thread(static () => Rcu.ReadLock(), 128 * 1024);
            dying.Start();
            dying.Join();
        }

        ReaderRegistry.Search();
        Assert.True(told.Count >= 100, $"{told.Count}");
        Assert.Equal(1, deepest);
        Assert.All(told, report => Assert.Equal(RcuReportKind.ReaderDied, report.Kind));
        Assert.InRange(Rcu.GetStatistics().Readers, 0, before + 2);
        Rcu.Synchronize();
    }

    [Fact]
    public void A_callback_may_do_what_it_likes_with_its_thread_and_the_others_run()
    {
        int ran = 0;
        for (int round = 0; round < 50; round++)
        {
            Rcu.Call(new RcuCallback(_ => Thread.CurrentThread.Interrupt()));
            Rcu.Call(new RcuCallback(_ => Interlocked.Increment(ref ran)));
            Rcu.Barrier();
        }

        Assert.Equal(50, ran);
    }

    [Fact]
    public void Callbacks_that_queue_callbacks_and_frees_and_cookies_all_run()
    {
        int ran = 0;
        RcuCallback? callback = null;
        RcuCookie cookie = default;
        callback = new RcuCallback(_ =>
        {
            void* memory = KernelMemory.Alloc(64, GfpFlags.NoWait);
            Rcu.Free(memory, (RcuHead*)memory);
            cookie = Rcu.StartPoll();
            using (Rcu.Read())
            {
                if (++ran < 20) Rcu.Call(callback!);
            }
        });
        long freed = Rcu.GetStatistics().FreesDone;
        Rcu.Call(callback);
        Deadline.Until(() => Volatile.Read(ref ran) == 20);
        Rcu.Barrier();
        Rcu.FreeBarrier();
        Assert.True(Rcu.GetStatistics().FreesDone >= freed + 20);
        Deadline.Until(() => Rcu.Poll(cookie));
        Assert.False(callback.IsPending);
    }
}
