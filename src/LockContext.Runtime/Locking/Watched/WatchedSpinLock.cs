using System;
using System.Runtime.CompilerServices;
using System.Threading;

namespace LockContext.Runtime;

/// <summary>A <see cref="SpinLock"/> that <see cref="Lockdep"/> watches.</summary>
/// <remarks>
/// <para>While lockdep is off, the calls go straight to the lock.</para>
/// <para><b>Wait class</b>: outer and inner are <see cref="WaitClass.Spin"/>. The thread that has it must not take it again, and has to release it.</para>
/// <para><b>Thread-safety</b>: as <see cref="SpinLock"/>; this is a class, so it can be shared and kept in a <see langword="readonly"/> field.</para>
/// </remarks>
[LockClass(Outer = WaitTable.RawSpinLock, ThreadAffine = true, TracksOwner = true)]
[Trusted("hands each call on to the lock, of whose class it is")]
public sealed class WatchedSpinLock
{
    private readonly LockIdentity _identity;
    private SpinLock _lock = new(enableThreadOwnerTracking: true);

    /// <summary>Makes a free lock.</summary>
    /// <param name="name">A name for reports. It is part of the class.</param>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    public WatchedSpinLock(string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0) => _identity = LockIdentity.Create(LockTraits.WatchedSpinLock, name, file, line);

    /// <summary>Whether this thread holds it.</summary>
    [AssertsHeld]
    public bool IsHeldByCurrentThread => _lock.IsHeldByCurrentThread;

    /// <summary>Takes the lock; spins while another thread has it.</summary>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <exception cref="LockRecursionException">This thread has it.</exception>
    [Acquires]
    public void Enter([CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        bool taken = false;
        if (!LockdepSwitch.IsOn)
        {
            _lock.Enter(ref taken);
            return;
        }

        using WatchedWait wait = WatchedWait.Begin(LockTraits.WatchedSpinLock, _identity, Timeout.Infinite, AcquireHow.Wait, file, line);
        _lock.Enter(ref taken);
        wait.End(taken);
    }

    /// <summary>Takes the lock if nobody has it.</summary>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <returns>Whether the lock is now held by the caller.</returns>
    /// <exception cref="LockRecursionException">This thread has it.</exception>
    [Acquires(Try = true)]
    public bool TryEnter([CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        bool taken = false;
        _lock.TryEnter(ref taken);
        if (LockdepSwitch.IsOn && taken) Lockdep.Acquire(LockTraits.WatchedSpinLock, _identity, AcquireHow.Tried, file, line);
        return taken;
    }

    /// <summary>Releases the lock.</summary>
    /// <exception cref="SynchronizationLockException">This thread does not hold it.</exception>
    [Releases]
    public void Exit()
    {
        if (LockdepSwitch.IsOn) Lockdep.Release(LockTraits.WatchedSpinLock, _identity);
        _lock.Exit();
    }
}
