using System;
using System.Collections.Generic;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Threading;
using Xunit;

namespace LockContext.Runtime.Tests;

[Collection(TortureRuns.Name)]
public sealed unsafe class RcuCallbackTests : IDisposable
{
    private static readonly List<nint> s_order = [];
    private static long s_count;
    private static int s_again;

    private readonly Actor _reader = new("reader");
    private readonly RcuHead* _heads = (RcuHead*)NativeMemory.AllocZeroed(1000, (nuint)sizeof(RcuHead));

    public RcuCallbackTests()
    {
        Rcu.Barrier();
        s_order.Clear();
        s_count = 0;
        s_again = 0;
    }

    public void Dispose()
    {
        _reader.Dispose();
        Rcu.Barrier();
        Rcu.Options = new RcuOptions();
        NativeMemory.Free(_heads);
    }

    [Fact]
    public void A_callback_runs_when_the_readers_before_it_have_left()
    {
        _reader.Do(() => Rcu.ReadLock());
        Rcu.Call(_heads, &Count);
        Thread.Sleep(30);
        Assert.Equal(0, Volatile.Read(ref s_count));
        _reader.Do(Rcu.ReadUnlock);
        Rcu.Barrier();
        Assert.Equal(1, s_count);
    }

    /// <summary>What is queued twice makes the queue shorter than it should be, or endless. Nobody waits for what is lost, nothing runs for ever, and what comes later runs.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    public void A_head_that_is_queued_twice_is_reported_and_hangs_nobody(int between)
    {
        using var reports = new Reports();
        long runs = 0;
        int rounds = 0;

        // If both are on one CPU, and before the batch is taken.
        for (; rounds < 1000 && !reports.Any(RcuReportKind.QueuedTwice); rounds++)
        {
            Rcu.Call(_heads, &Count);
            for (int i = 1; i <= between; i++) Rcu.Call(_heads + i, &Count);
            Rcu.Call(_heads, &Count);
            Rcu.Call(_heads + 10, &Count);
            BarrierWithin(Deadline.Generous);
            runs += between + 3;
        }

        Assert.True(reports.Any(RcuReportKind.QueuedTwice));
        Assert.InRange(s_count, 1, runs - 1);
        Assert.Equal(0, Rcu.GetStatistics().Backlog);
        long before = s_count;
        Rcu.Call(_heads + 20, &Count);
        BarrierWithin(Deadline.Generous);
        Assert.Equal(before + 1, s_count);

        static void BarrierWithin(TimeSpan most)
        {
            var barrier = new Thread(Rcu.Barrier) { IsBackground = true };
            barrier.Start();
            Assert.True(barrier.Join(most), "a callback that is lost is waited for");
        }
    }

    [Fact]
    public void Barrier_waits_for_all_that_was_queued()
    {
        for (int round = 1; round <= 20; round++)
        {
            for (int i = 0; i < 1000; i++) Rcu.Call(_heads + i, &Count);
            Rcu.Barrier();
            Assert.Equal(1000 * round, s_count);
        }
    }

    [Fact]
    public void Callbacks_queued_on_one_cpu_run_in_order()
    {
        for (int i = 0; i < 1000; i++) Rcu.Call(_heads + i, &Note);
        Rcu.Barrier();
        Assert.Equal(1000, s_order.Count);

        // The thread may have moved: then there are a few places where another queue takes over.
        int breaks = 0;
        for (int i = 1; i < s_order.Count; i++) breaks += s_order[i] - s_order[i - 1] == sizeof(RcuHead) ? 0 : 1;
        Assert.InRange(breaks, 0, 50);
    }

    [Fact]
    public void A_callback_that_throws_is_reported_and_the_others_run()
    {
        using var reports = new Reports();
        long failed = Rcu.GetStatistics().CallbacksFailed;
        Rcu.Call(_heads, &Throw);
        Rcu.Call(_heads + 1, &Count);
        Rcu.Call(_heads + 2, &Throw);
        Rcu.Call(_heads + 3, &Count);
        Rcu.Barrier();
        Assert.Equal(2, s_count);
        Assert.Equal(2, Array.FindAll(reports.All, report => report is { Kind: RcuReportKind.CallbackThrew, Exception: NotSupportedException }).Length);
        Assert.Equal(failed + 2, Rcu.GetStatistics().CallbacksFailed);
    }

    [Fact]
    public void A_report_handler_that_throws_does_no_harm()
    {
        Rcu.SetReportHandler(static _ => throw new NotSupportedException("the handler, too"));
        Rcu.Call(_heads, &Throw);
        Rcu.Call(_heads + 1, &Count);
        Rcu.Barrier();
        Rcu.SetReportHandler(null);
        Assert.Equal(1, s_count);
    }

    [Fact]
    public void A_callback_may_queue_itself_again()
    {
        s_again = 5;
        Rcu.Call(_heads, &CountAgain);
        for (int i = 0; i <= 5; i++) Rcu.Barrier();
        Assert.Equal(6, s_count);
    }

    [Fact]
    public void A_callback_that_blocks_holds_up_callbacks_and_nothing_else()
    {
        using var release = new ManualResetEventSlim();
        using var inside = new ManualResetEventSlim();
        var blocking = new RcuCallback(_ =>
        {
            inside.Set();
#pragma warning disable LCX1011 // what is tested
            release.Wait();
#pragma warning restore LCX1011
        });
        Rcu.Call(blocking);
        Assert.True(inside.Wait(Deadline.Generous));
        Rcu.Call(_heads, &Count);
        Rcu.Synchronize();
        RcuCookie cookie = Rcu.StartPoll();
        Deadline.Until(() => Rcu.Poll(cookie));
        Assert.Equal(0, Volatile.Read(ref s_count));
        release.Set();
        Rcu.Barrier();
        Assert.Equal(1, s_count);
    }

    [Fact]
    public void Waiting_in_a_callback_is_refused_and_does_not_hang()
    {
        using var reports = new Reports();
#pragma warning disable LCX1005, LCX1011 // what is tested
        Rcu.Call(new RcuCallback(_ => Rcu.Barrier()));
        Rcu.Call(new RcuCallback(_ => Rcu.Synchronize()));
#pragma warning restore LCX1005, LCX1011
        Rcu.Barrier();
        Assert.Equal(2, Array.FindAll(reports.All, report => report is { Kind: RcuReportKind.CallbackThrew, Exception: InvalidOperationException }).Length);
    }

    [Fact]
    public void A_callback_that_leaves_a_section_open_is_reported_and_hangs_nobody()
    {
        using var reports = new Reports();
        Rcu.Call(_heads, &Open);
        Rcu.Barrier();
        Rcu.Call(_heads, &Count);
        Rcu.Barrier();
        Assert.Equal(1, s_count);
        reports.Single(RcuReportKind.SectionLeftOpen);
    }

    [Fact]
    public void Queueing_is_legal_under_a_raw_lock_and_inside_a_section()
    {
        var raw = new RawSpinLock();
        using (raw.EnterScope())
        {
            using (Rcu.Read()) Rcu.Call(_heads, &Count);
        }

        Rcu.Barrier();
        Assert.Equal(1, s_count);
    }

    [Fact]
    public void Queueing_allocates_nothing()
    {
        var callback = new RcuCallback(static _ => s_count++);
        Rcu.Initialize();
        Rcu.Call(callback);
        Rcu.Barrier();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 500; i++)
        {
            Rcu.Call(_heads + i, &Count);
            if (!callback.IsPending) Rcu.Call(callback);
        }

        Rcu.Barrier();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Arguments_are_checked()
    {
        Assert.Throws<ArgumentNullException>(() => Rcu.Call(null, &Count));
        Assert.Throws<ArgumentNullException>(() => Rcu.Call(_heads, null));
        Assert.Throws<ArgumentNullException>(() => Rcu.Call(null!));
        Assert.Throws<ArgumentNullException>(() => new RcuCallback(null!));
    }

    [Fact]
    public void A_managed_callback_is_queued_once_at_a_time()
    {
        long sum = 0;
        _reader.Do(() => Rcu.ReadLock());
        var callback = new RcuCallback(argument => sum += argument, 7);
        Rcu.Call(callback);
        Assert.True(callback.IsPending);
        Assert.Throws<InvalidOperationException>(() => Rcu.Call(callback));
        _reader.Do(Rcu.ReadUnlock);
        Rcu.Barrier();
        Assert.False(callback.IsPending);
        Rcu.Call(callback);
        Rcu.Barrier();
        Assert.Equal(14, sum);
    }

    [Fact]
    public void A_managed_callback_may_queue_itself_again()
    {
        int runs = 0;
        RcuCallback? callback = null;
        callback = new RcuCallback(_ =>
        {
            if (++runs < 4) Rcu.Call(callback!);
        });
        Rcu.Call(callback);
        for (int i = 0; i < 4; i++) Rcu.Barrier();
        Assert.Equal(4, runs);
    }

    [Fact]
    public void A_managed_callback_lives_while_it_is_queued_and_no_longer()
    {
        _reader.Do(() => Rcu.ReadLock());
        WeakReference queued = QueueAndForget();
        Collect();
        Assert.True(queued.IsAlive);
        _reader.Do(Rcu.ReadUnlock);
        Rcu.Barrier();
        Assert.Equal(1, s_count);

        // Once something else has taken its place on the stack of the thread that runs callbacks.
        Rcu.Call(_heads, &Count);
        Rcu.Barrier();
        Collect();
        Assert.False(queued.IsAlive);

        [MethodImpl(MethodImplOptions.NoInlining)]
        static WeakReference QueueAndForget()
        {
            var callback = new RcuCallback(static _ => s_count++);
            Rcu.Call(callback);
            return new WeakReference(callback);
        }
    }

    [Fact]
    public void Above_the_high_mark_grace_periods_are_hurried_and_in_a_flood_callers_pause()
    {
        Rcu.Options = new RcuOptions { QueueHighMark = 100, QueueFloodLimit = 500 };
        RcuStatistics before = Rcu.GetStatistics();
        _reader.Do(() => Rcu.ReadLock());
        using var batch = new ManualResetEventSlim();

        // All of them on one queue or on two: at least one gets 2000.
        const int Many = 4000;
        var heads = (RcuHead*)NativeMemory.AllocZeroed(Many, (nuint)sizeof(RcuHead));
        for (int i = 0; i < Many; i++) Rcu.Call(heads + i, &Count);
        RcuStatistics flooded = Rcu.GetStatistics();
        Assert.True(flooded.QueueHighs > before.QueueHighs);
        Assert.True(flooded.FloodPauses > before.FloodPauses);
        Assert.True(flooded.Backlog >= Many);
        _reader.Do(Rcu.ReadUnlock);
        Rcu.Barrier();
        Assert.Equal(Many, s_count);
        RcuStatistics after = Rcu.GetStatistics();
        Assert.Equal(0, after.Backlog);
        Assert.True(after.LargestBatch >= Many / 2);
        Assert.InRange(after.CallbackBatches - before.CallbackBatches, 1, 50);
        NativeMemory.Free(heads);
    }

    private static void Collect()
    {
        for (int i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
    }

    private static void Count(RcuHead* head) => Interlocked.Increment(ref s_count);

    private static void Note(RcuHead* head) => s_order.Add((nint)head);

    private static void Throw(RcuHead* head) => throw new NotSupportedException("thrown on purpose");

    private static void Open(RcuHead* head) => Rcu.ReadLock();

    private static void CountAgain(RcuHead* head)
    {
        s_count++;
        if (s_again-- > 0) Rcu.Call(head, &CountAgain);
    }
}
