using System;
using System.Runtime.CompilerServices;
using System.Threading;

namespace LockContext.Runtime;

/// <summary>A <see cref="Monitor"/> on an object of its own that <see cref="Lockdep"/> watches.</summary>
/// <remarks>
/// <para>While lockdep is off, the calls go straight to the monitor.</para>
/// <para><b>Wait class</b>: outer and inner are <see cref="WaitClass.Sleep"/>. Re-entrant, and belongs to its thread.</para>
/// <para><b>Thread-safety</b>: as <see cref="Monitor"/>.</para>
/// </remarks>
[LockClass(Outer = WaitTable.Mutex, Reentrant = true, ThreadAffine = true)]
[Trusted("hands each call on to the monitor, of whose class it is")]
public sealed class WatchedMonitor
{
    private readonly object _monitor = new();
    private readonly LockIdentity _identity;

    /// <summary>Makes a free monitor.</summary>
    /// <param name="name">A name for reports. It is part of the class.</param>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    public WatchedMonitor(string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0) => _identity = LockIdentity.Create(LockTraits.WatchedMonitor, name, file, line);

    /// <summary>Whether this thread holds it.</summary>
    [AssertsHeld]
    public bool IsEntered => Monitor.IsEntered(_monitor);

    /// <summary>Takes the monitor; waits while another thread has it.</summary>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    [Acquires]
    public void Enter([CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        if (!LockdepSwitch.IsOn)
        {
            Monitor.Enter(_monitor);
            return;
        }

        using WatchedWait wait = WatchedWait.Begin(LockTraits.WatchedMonitor, _identity, Timeout.Infinite, AcquireHow.Wait, file, line);
        Monitor.Enter(_monitor);
        wait.End(taken: true);
    }

    /// <summary>Takes the monitor if no other thread has it.</summary>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <returns>Whether the monitor is now held by the caller.</returns>
    [Acquires(Try = true)]
    public bool TryEnter([CallerFilePath] string file = "", [CallerLineNumber] int line = 0) => TryEnter(0, file, line);

    /// <summary>Takes the monitor if that takes no longer than a time.</summary>
    /// <param name="milliseconds">The time; 0 does not wait, -1 waits for ever.</param>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <returns>Whether the monitor is now held by the caller.</returns>
    [Acquires(Try = true)]
    public bool TryEnter([Timeout] int milliseconds, [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        using WatchedWait wait = WatchedWait.Begin(LockTraits.WatchedMonitor, _identity, milliseconds, AcquireHow.Wait, file, line);
        return wait.End(Monitor.TryEnter(_monitor, milliseconds));
    }

    /// <summary>Releases the monitor.</summary>
    /// <exception cref="SynchronizationLockException">This thread does not hold it.</exception>
    [Releases]
    public void Exit()
    {
        if (LockdepSwitch.IsOn) Lockdep.Release(LockTraits.WatchedMonitor, _identity);
        Monitor.Exit(_monitor);
    }

    /// <summary>Gives the monitor up, sleeps until it is pulsed, and takes it again. What else is held stays held meanwhile.</summary>
    /// <param name="milliseconds">The longest time; -1 for none.</param>
    /// <returns>Whether it was pulsed.</returns>
    /// <exception cref="SynchronizationLockException">This thread does not hold it.</exception>
    [RequiresLock, Sleepable]
    public bool Wait([Timeout] int milliseconds = Timeout.Infinite)
    {
        Lockdep.MightSleep("Monitor.Wait");
        return Monitor.Wait(_monitor, milliseconds);
    }

    /// <summary>Wakes one thread that waits.</summary>
    /// <exception cref="SynchronizationLockException">This thread does not hold it.</exception>
    [RequiresLock]
    public void Pulse() => Monitor.Pulse(_monitor);

    /// <summary>Wakes all threads that wait.</summary>
    /// <exception cref="SynchronizationLockException">This thread does not hold it.</exception>
    [RequiresLock]
    public void PulseAll() => Monitor.PulseAll(_monitor);
}
