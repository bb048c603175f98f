using System;
using System.Threading;
using Xunit;

namespace LockContext.Runtime.Tests;

[Collection(TortureRuns.Name)]
public sealed class RcuGracePeriodTests : IDisposable
{
    private readonly Actor _reader = new("reader");
    private readonly Actor _updater = new("updater");

    public void Dispose()
    {
        _reader.Dispose();
        _updater.Dispose();
        Rcu.Options = new RcuOptions();
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(3, false)]
    [InlineData(1, true)]
    public void Synchronize_waits_for_an_open_section_and_all_around_it(int depth, bool expedited)
    {
        _reader.Do(() => Enter(depth));
        int over = 0;
        var waiter = new Thread(() =>
        {
            if (expedited) Rcu.SynchronizeExpedited();
            else Rcu.Synchronize();
            Volatile.Write(ref over, 1);
        });
        waiter.Start();
        for (int left = depth; left > 0; left--)
        {
            Assert.False(waiter.Join(30));
            Assert.Equal(0, Volatile.Read(ref over));
            _reader.Do(LeaveOne);
        }

        Assert.True(waiter.Join(Deadline.Generous));
    }

    [Fact]
    public void Synchronize_does_not_wait_for_sections_that_begin_later()
    {
        _reader.Do(() => Enter(1));
        var waiter = new Thread(Rcu.Synchronize);
        waiter.Start();
        Assert.False(waiter.Join(20));
        using var late = new Actor("late reader");
        late.Do(() => Enter(1));
        _reader.Do(LeaveOne);
        Assert.True(waiter.Join(Deadline.Generous));
        late.Do(LeaveOne);
    }

    [Fact]
    public void A_thread_that_is_parked_outside_a_section_holds_up_nobody()
    {
        _reader.Do(() =>
        {
            Enter(1);
            LeaveOne();
        });
        Rcu.Synchronize();
    }

    [Fact]
    public void Waiting_inside_a_section_is_refused_and_does_not_hang()
    {
        using (Rcu.Read())
        {
#pragma warning disable LCX1004, LCX1005 // what is tested
            Assert.Throws<InvalidOperationException>(Rcu.Synchronize);
            Assert.Throws<InvalidOperationException>(Rcu.SynchronizeExpedited);
            Assert.Throws<InvalidOperationException>(Rcu.Barrier);
            RcuCookie cookie = Rcu.StartPoll();
            Assert.Throws<InvalidOperationException>(() => Rcu.Synchronize(cookie));
            Assert.False(Rcu.Poll(cookie));
#pragma warning restore LCX1004, LCX1005
        }

        Rcu.Synchronize();
    }

    [Fact]
    public void A_thread_that_dies_inside_a_section_is_reported_and_holds_up_nobody()
    {
        using var reports = new Reports();
        long died = Rcu.GetStatistics().DeadReaders;
        using (var dying = new Actor("the dying one"))
        {
            dying.Do(() => Enter(2));
            dying.End();
        }

        Rcu.Synchronize();
        RcuReport report = reports.Single(RcuReportKind.ReaderDied);
        Assert.Contains("the dying one", report.Message, StringComparison.Ordinal);
        Assert.Equal(died + 1, Rcu.GetStatistics().DeadReaders);
    }

    [Fact]
    public void A_stalled_reader_is_reported_and_waited_for()
    {
        using var reports = new Reports();
        Rcu.Options = new RcuOptions { StallTimeout = 20 };
        _reader.Do(() => Enter(1));
        var waiter = new Thread(Rcu.Synchronize);
        waiter.Start();
        Deadline.Until(() => reports.Any(RcuReportKind.ReaderStalled));
        Assert.False(waiter.Join(20));
        Assert.Contains("(reader)", reports.All[0].Message, StringComparison.Ordinal);
        Assert.True(Rcu.GetStatistics().Stalls > 0);
        _reader.Do(LeaveOne);
        Assert.True(waiter.Join(Deadline.Generous));
    }

    [Fact]
    public void A_cookie_elapses_when_the_readers_before_it_have_left()
    {
        _reader.Do(() => Enter(1));
        RcuCookie cookie = Rcu.StartPoll();
        Thread.Sleep(20);
        Assert.False(Rcu.Poll(cookie));
        _reader.Do(LeaveOne);
        Deadline.Until(() => Rcu.Poll(cookie));
        Rcu.Synchronize(cookie);
        Assert.True(Rcu.Poll(default));
    }

    [Fact]
    public void A_snapshot_elapses_with_the_grace_period_of_somebody_else()
    {
        RcuCookie cookie = Rcu.Snapshot();
        Assert.False(Rcu.Poll(cookie));
        Rcu.Synchronize();
        Assert.True(Rcu.Poll(cookie));
        Assert.NotEqual(cookie, Rcu.Snapshot());
    }

    [Fact]
    public void A_cookie_taken_while_a_grace_period_runs_is_for_the_next_one()
    {
        _reader.Do(() => Enter(1));
        var waiter = new Thread(Rcu.Synchronize);
        long before = Rcu.GetStatistics().GracePeriods;
        RcuCookie first = Rcu.Snapshot();
        waiter.Start();

        // Begun, and waiting for the reader: a snapshot now is of another number.
        Deadline.Until(() => Rcu.Snapshot() != first);
        RcuCookie second = Rcu.Snapshot();
        _reader.Do(LeaveOne);
        Assert.True(waiter.Join(Deadline.Generous));
        Assert.True(Rcu.Poll(first));
        Assert.Equal(before + 1, Rcu.GetStatistics().GracePeriods);
        Assert.False(Rcu.Poll(second));
    }

    [Fact]
    public void Those_who_wait_at_the_same_time_share_grace_periods()
    {
        _reader.Do(() => Enter(1));
        long before = Rcu.GetStatistics().GracePeriods;
        var waiters = new Thread[20];
        for (int i = 0; i < waiters.Length; i++)
        {
            waiters[i] = new Thread(Rcu.Synchronize);
            waiters[i].Start();
        }

        Deadline.Until(() => Array.TrueForAll(waiters, waiter => (waiter.ThreadState & ThreadState.WaitSleepJoin) != 0));
        _reader.Do(LeaveOne);
        foreach (Thread waiter in waiters) Assert.True(waiter.Join(Deadline.Generous));
        Assert.InRange(Rcu.GetStatistics().GracePeriods - before, 1, 3);
    }

    [Fact]
    public void An_interrupted_thread_goes_on_waiting_and_is_interrupted_afterwards()
    {
        _reader.Do(() => Enter(1));
        bool interruptedLater = false;
        var waiter = new Thread(() =>
        {
            Rcu.Synchronize();
            try
            {
                Thread.Sleep(Deadline.Generous);
            }
            catch (ThreadInterruptedException)
            {
                interruptedLater = true;
            }
        });
        waiter.Start();
        Deadline.Until(() => (waiter.ThreadState & ThreadState.WaitSleepJoin) != 0);
        waiter.Interrupt();
        Assert.False(waiter.Join(30));
        _reader.Do(LeaveOne);
        Assert.True(waiter.Join(Deadline.Generous));
        Assert.True(interruptedLater);
    }

    [Fact]
    public void Grace_periods_allocate_nothing()
    {
        Rcu.Initialize();
        Rcu.Synchronize();
        Rcu.StartPoll();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++)
        {
            Rcu.Synchronize();
            Rcu.SynchronizeExpedited();
            RcuCookie cookie = Rcu.StartPoll();
            if (!Rcu.Poll(cookie)) Rcu.Synchronize(cookie);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Theory]
    [InlineData(0, 1, 1)]
    [InlineData(1, 0, 1)]
    [InlineData(1, 1, -1)]
    public void Options_are_validated(int highMark, int floodLimit, int stall)
    {
        var options = new RcuOptions { QueueHighMark = highMark, QueueFloodLimit = floodLimit, StallTimeout = stall };
        Assert.Throws<ArgumentOutOfRangeException>(() => Rcu.Options = options);
        Assert.Throws<ArgumentNullException>(() => Rcu.Options = null!);
        Assert.Equal(10_000, Rcu.Options.QueueHighMark);
    }

    private static void Enter(int depth)
    {
        for (int i = 0; i < depth; i++) Rcu.ReadLock();
    }

    private static void LeaveOne() => Rcu.ReadUnlock();
}
