using System.Threading;

namespace LockContext.Runtime.Tests;

// Each mistake is real without the pauses in its window. They spare the torture a long wait for bad luck on a machine that has something else to do.

/// <summary>Looks, and then takes: two threads that look at the same time both get in.</summary>
internal sealed class CheckThenSetLock : ITortureLock
{
    private int _state;
    private int _looks;

    public void Enter()
    {
        while (!TryEnter()) Thread.Yield();
    }

    public bool TryEnter()
    {
        if (Volatile.Read(ref _state) != 0) return false;
        if ((_looks++ & 63) == 0) Thread.Yield();
        Volatile.Write(ref _state, 1);
        return true;
    }

    public void Exit() => Volatile.Write(ref _state, 0);
}

/// <summary>Lets its holder in again, as a monitor does: the mistake that a no-locks path must not make.</summary>
internal sealed class ReentrantLock : ITortureLock
{
    private readonly Lock _lock = new();

    public void Enter() => _lock.Enter();

    public bool TryEnter() => _lock.TryEnter();

    public void Exit() => _lock.Exit();
}

/// <summary>The three-state mutex, but it goes to sleep without looking at the word once more: a release in between wakes nobody.</summary>
internal sealed class SleepsWithoutLookingLock : ITortureLock
{
    private readonly object _monitor = new();
    private int _state;

    public void Enter()
    {
        if (TryEnter()) return;
        while (Interlocked.Exchange(ref _state, 2) != 0)
        {
            Thread.Yield();
            Thread.SpinWait(1000);
            lock (_monitor) Monitor.Wait(_monitor);
        }
    }

    public bool TryEnter() => Interlocked.CompareExchange(ref _state, 1, 0) == 0;

    public void Exit()
    {
        if (Interlocked.Exchange(ref _state, 0) != 2) return;
        lock (_monitor) Monitor.Pulse(_monitor);
    }
}

/// <summary>The three-state mutex, but whoever was woken takes the lock as if nobody else slept: with two sleepers, the second is forgotten.</summary>
internal sealed class ForgetsOtherSleepersLock : ITortureLock
{
    private readonly object _monitor = new();
    private int _state;

    public void Enter()
    {
        while (Interlocked.CompareExchange(ref _state, 1, 0) != 0)
        {
            lock (_monitor)
            {
                if (Interlocked.CompareExchange(ref _state, 2, 1) != 0) Monitor.Wait(_monitor);
            }
        }
    }

    public bool TryEnter() => Interlocked.CompareExchange(ref _state, 1, 0) == 0;

    public void Exit()
    {
        if (Interlocked.Exchange(ref _state, 0) != 2) return;
        lock (_monitor) Monitor.Pulse(_monitor);
    }
}
