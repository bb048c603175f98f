using System;
using System.Threading;
using Xunit;

namespace LockContext.Runtime.Tests;

public sealed class SleepingLockTests
{
    private readonly SleepingLock _lock = new();

    [Fact]
    public void Enter_holds_and_exit_frees()
    {
        Assert.False(_lock.IsHeld);
        _lock.Enter();
        Assert.True(_lock.IsHeld);
        _lock.Exit();
        Assert.False(_lock.IsHeld);
    }

    [Fact]
    public void Try_enter_turns_its_own_holder_away()
    {
        Assert.True(_lock.TryEnter());
        Assert.False(_lock.TryEnter());
        _lock.Exit();
        Assert.True(_lock.TryEnter());
    }

    [Fact]
    public void Taken_says_what_happened()
    {
        bool first = false, second = false;
        _lock.Enter(ref first);
        _lock.TryEnter(ref second);
        Assert.True(first);
        Assert.False(second);
        Assert.Throws<ArgumentException>(() => _lock.Enter(ref first));
        Assert.Throws<ArgumentException>(() => _lock.TryEnter(ref first));
    }

    [Fact]
    public void Scope_releases_once()
    {
        SleepingLock.Scope scope = _lock.EnterScope();
        Assert.True(_lock.IsHeld);
        scope.Dispose();
        Assert.False(_lock.IsHeld);

        _lock.Enter();
        scope.Dispose();
        Assert.True(_lock.IsHeld);
        default(SleepingLock.Scope).Dispose();
    }

    [Fact]
    public void Releasing_a_free_lock_throws() => Assert.Throws<SynchronizationLockException>(_lock.Exit);

    [Fact]
    public void A_waiter_sleeps_until_the_release()
    {
        _lock.Enter();
        var waiter = new Thread(() =>
        {
            _lock.Enter();
            _lock.Exit();
        });
        waiter.Start();
        Assert.True(SpinWait.SpinUntil(() => waiter.ThreadState.HasFlag(ThreadState.WaitSleepJoin), 5000));
        _lock.Exit();
        Assert.True(waiter.Join(5000));
    }

    [Fact]
    public void All_sleepers_are_woken_in_turn()
    {
        _lock.Enter();
        var sleepers = new Thread[6];
        for (int i = 0; i < sleepers.Length; i++)
        {
            sleepers[i] = new Thread(() =>
            {
                _lock.Enter();
                _lock.Exit();
            });
            sleepers[i].Start();
        }

        foreach (Thread sleeper in sleepers)
            Assert.True(SpinWait.SpinUntil(() => sleeper.ThreadState.HasFlag(ThreadState.WaitSleepJoin), 5000));
        _lock.Exit();
        foreach (Thread sleeper in sleepers) Assert.True(sleeper.Join(5000));
    }

    [Fact]
    public void Interruption_does_not_end_the_wait_and_is_not_forgotten()
    {
        bool entered = false, interruptedLater = false;
        _lock.Enter();
        var waiter = new Thread(() =>
        {
            _lock.Enter();
            Volatile.Write(ref entered, true);
            _lock.Exit();
            try
            {
                Thread.Sleep(5000);
            }
            catch (ThreadInterruptedException)
            {
                interruptedLater = true;
            }
        });
        waiter.Start();
        Assert.True(SpinWait.SpinUntil(() => waiter.ThreadState.HasFlag(ThreadState.WaitSleepJoin), 5000));
        waiter.Interrupt();
        Thread.Sleep(50);
        Assert.False(Volatile.Read(ref entered));
        _lock.Exit();
        Assert.True(waiter.Join(5000));
        Assert.True(interruptedLater);
    }

    [Fact]
    public void Interruptions_lose_no_wake_up()
    {
        bool stop = false;
        var workers = new Thread[3];
        for (int i = 0; i < workers.Length; i++)
        {
            workers[i] = new Thread(() =>
            {
                while (!Volatile.Read(ref stop))
                {
                    _lock.Enter();
                    Thread.SpinWait(2000);
                    _lock.Exit();
                    try
                    {
                        Thread.Sleep(0);
                    }
                    catch (ThreadInterruptedException)
                    {
                    }
                }
            });
            workers[i].Start();
        }

        for (int i = 0; i < 300; i++)
        {
            workers[i % workers.Length].Interrupt();
            Thread.Sleep(1);
        }

        Volatile.Write(ref stop, true);
        foreach (Thread worker in workers) Assert.True(worker.Join(5000));
    }
}
