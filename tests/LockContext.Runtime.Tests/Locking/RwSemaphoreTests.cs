using System;
using System.Threading;
using Xunit;

namespace LockContext.Runtime.Tests;

public sealed class RwSemaphoreTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    private readonly RwSemaphore _semaphore = new();

    [Fact]
    public void Readers_share_and_writers_do_not()
    {
        _semaphore.EnterRead();
        Assert.True(_semaphore.TryEnterRead());
        Assert.False(_semaphore.TryEnterWrite());
        _semaphore.ExitRead();
        _semaphore.ExitRead();
        Assert.True(_semaphore.TryEnterWrite());
        Assert.False(_semaphore.TryEnterRead());
        Assert.False(_semaphore.TryEnterWrite());
        _semaphore.ExitWrite();
        Assert.True(_semaphore.TryEnterRead());
        _semaphore.ExitRead();
    }

    [Fact]
    public void A_reader_does_not_pass_a_waiting_writer()
    {
        _semaphore.EnterRead();
        Thread writer = Start(() =>
        {
            _semaphore.EnterWrite();
            _semaphore.ExitWrite();
        });
        Sleeps(writer);
        Assert.False(_semaphore.TryEnterRead());
        _semaphore.ExitRead();
        Assert.True(writer.Join(s_patience));
        Assert.True(_semaphore.TryEnterRead());
        _semaphore.ExitRead();
    }

    [Fact]
    public void First_come_first_served_and_readers_at_the_head_together()
    {
        string order = "";
        _semaphore.EnterWrite();
        using var bothReading = new CountdownEvent(2);
        Thread reader1 = Start(Read);
        Sleeps(reader1);
        Thread reader2 = Start(Read);
        Sleeps(reader2);
        Thread writer = Start(() =>
        {
            _semaphore.EnterWrite();
            order += "w";
            _semaphore.ExitWrite();
        });
        Sleeps(writer);
        _semaphore.ExitWrite();
        Assert.True(reader1.Join(s_patience) && reader2.Join(s_patience) && writer.Join(s_patience));
        Assert.Equal("w", order);

        void Read()
        {
            _semaphore.EnterRead();
            bothReading.Signal();
            Assert.True(bothReading.Wait(s_patience));
            Assert.Equal("", order);
            _semaphore.ExitRead();
        }
    }

    [Fact]
    public void Downgrading_lets_readers_in_and_writers_not()
    {
        _semaphore.EnterWrite();
        Thread reader = Start(() =>
        {
            _semaphore.EnterRead();
            _semaphore.ExitRead();
        });
        Sleeps(reader);
        _semaphore.DowngradeToRead();
        Assert.True(reader.Join(s_patience));
        Assert.False(_semaphore.TryEnterWrite());
        Assert.True(_semaphore.TryEnterRead());
        _semaphore.ExitRead();
        _semaphore.ExitRead();
    }

    [Fact]
    public void Scopes_release_once()
    {
        RwSemaphore.ReadScope read = _semaphore.EnterReadScope();
        read.Dispose();
        read.Dispose();
        RwSemaphore.WriteScope write = _semaphore.EnterWriteScope();
        write.Dispose();
        write.Dispose();
        Assert.True(_semaphore.TryEnterWrite());
        _semaphore.ExitWrite();
    }

    [Fact]
    public void Misuse_is_refused()
    {
        Assert.Throws<SynchronizationLockException>(_semaphore.ExitRead);
        Assert.Throws<SynchronizationLockException>(_semaphore.ExitWrite);
        Assert.Throws<SynchronizationLockException>(_semaphore.DowngradeToRead);
        _semaphore.EnterRead();
        Assert.Throws<SynchronizationLockException>(_semaphore.ExitWrite);
        _semaphore.ExitRead();
        _semaphore.EnterWrite();
        Assert.Throws<SynchronizationLockException>(_semaphore.ExitRead);
        _semaphore.ExitWrite();
    }

    [Fact]
    public void Interruption_does_not_end_the_wait_and_is_not_forgotten()
    {
        bool entered = false, interruptedLater = false;
        _semaphore.EnterWrite();
        Thread waiter = Start(() =>
        {
            _semaphore.EnterRead();
            Volatile.Write(ref entered, true);
            _semaphore.ExitRead();
            try
            {
                Thread.Sleep(s_patience);
            }
            catch (ThreadInterruptedException)
            {
                interruptedLater = true;
            }
        });
        Sleeps(waiter);
        waiter.Interrupt();
        Thread.Sleep(50);
        Assert.False(Volatile.Read(ref entered));
        _semaphore.ExitWrite();
        Assert.True(waiter.Join(s_patience));
        Assert.True(interruptedLater);
    }

    private static Thread Start(Action work)
    {
        var thread = new Thread(() => work()) { IsBackground = true };
        thread.Start();
        return thread;
    }

    private static void Sleeps(Thread thread) => Assert.True(SpinWait.SpinUntil(() => thread.ThreadState.HasFlag(ThreadState.WaitSleepJoin), s_patience));
}
