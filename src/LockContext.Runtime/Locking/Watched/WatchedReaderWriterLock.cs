using System;
using System.Runtime.CompilerServices;
using System.Threading;

namespace LockContext.Runtime;

/// <summary>A <see cref="ReaderWriterLockSlim"/> that <see cref="Lockdep"/> watches.</summary>
/// <remarks>
/// <para>While lockdep is off, the calls go straight to the lock.</para>
/// <para><b>Wait class</b>: outer and inner are <see cref="WaitClass.Sleep"/>. Belongs to its thread, which may take it again only if it was made so, or to write while it is upgradeable.</para>
/// <para>A reader may have to wait behind a writer who waits, so reading has the same place in the order of locks as writing.</para>
/// <para><b>Thread-safety</b>: as <see cref="ReaderWriterLockSlim"/>.</para>
/// </remarks>
[LockClass(Outer = WaitTable.Mutex, Reentrant = true, ThreadAffine = true)]
[Trusted("hands each call on to the lock, of whose class it is")]
public sealed class WatchedReaderWriterLock : IDisposable
{
    private readonly ReaderWriterLockSlim _lock;
    private readonly LockIdentity _identity;
    private readonly uint _traits;

    /// <summary>Makes a free lock.</summary>
    /// <param name="name">A name for reports. It is part of the class.</param>
    /// <param name="recursive">Whether a thread that has it may take it again.</param>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    public WatchedReaderWriterLock(string name = "", bool recursive = false, [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        _lock = new ReaderWriterLockSlim(recursive ? LockRecursionPolicy.SupportsRecursion : LockRecursionPolicy.NoRecursion);
        _traits = LockTraits.WatchedReaderWriterLock | (recursive ? LockTraits.Reentrant : 0);
        _identity = LockIdentity.Create(_traits, name, file, line);
    }

    /// <summary>Takes the lock for reading.</summary>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    [Acquires]
    public void EnterRead([CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        if (LockdepSwitch.IsOn) EnterWatched(AcquireHow.WaitToRead, file, line);
        else _lock.EnterReadLock();
    }

    /// <summary>Takes the lock for reading if that needs no waiting.</summary>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <returns>Whether the lock is now held by the caller.</returns>
    [Acquires(Try = true)]
    public bool TryEnterRead([CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        bool taken = _lock.TryEnterReadLock(0);
        if (LockdepSwitch.IsOn && taken) Lockdep.Acquire(Traits, _identity, AcquireHow.TriedToRead, file, line);
        return taken;
    }

    /// <summary>Releases the lock after reading.</summary>
    /// <exception cref="SynchronizationLockException">This thread does not hold it for reading.</exception>
    [Releases]
    public void ExitRead()
    {
        if (LockdepSwitch.IsOn) Lockdep.Release(_traits, _identity);
        _lock.ExitReadLock();
    }

    /// <summary>Takes the lock for reading, with the right to write later.</summary>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    [Acquires]
    public void EnterUpgradeableRead([CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        using WatchedWait wait = WatchedWait.Begin(_traits, _identity, Timeout.Infinite, AcquireHow.Wait, file, line);
        _lock.EnterUpgradeableReadLock();
        wait.End(taken: true);
    }

    /// <summary>Gives up what <see cref="EnterUpgradeableRead"/> took.</summary>
    /// <exception cref="SynchronizationLockException">This thread does not hold it so.</exception>
    [Releases]
    public void ExitUpgradeableRead()
    {
        if (LockdepSwitch.IsOn) Lockdep.Release(_traits, _identity);
        _lock.ExitUpgradeableReadLock();
    }

    /// <summary>Takes the lock for writing.</summary>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    [Acquires]
    public void EnterWrite([CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        if (LockdepSwitch.IsOn) EnterWatched(AcquireHow.Wait, file, line);
        else _lock.EnterWriteLock();
    }

    /// <summary>Takes the lock for writing if that needs no waiting.</summary>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <returns>Whether the lock is now held by the caller.</returns>
    [Acquires(Try = true)]
    public bool TryEnterWrite([CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        bool taken = _lock.TryEnterWriteLock(0);
        if (LockdepSwitch.IsOn && taken) Lockdep.Acquire(Traits, _identity, AcquireHow.Tried, file, line);
        return taken;
    }

    /// <summary>Releases the lock after writing.</summary>
    /// <exception cref="SynchronizationLockException">This thread does not hold it for writing.</exception>
    [Releases]
    public void ExitWrite()
    {
        if (LockdepSwitch.IsOn) Lockdep.Release(_traits, _identity);
        _lock.ExitWriteLock();
    }

    /// <summary>Ends the lock.</summary>
    public void Dispose() => _lock.Dispose();

    // Who may upgrade has it already, and is let in again.
    private uint Traits => _lock.IsUpgradeableReadLockHeld ? _traits | LockTraits.Reentrant : _traits;

    private void EnterWatched(AcquireHow how, string file, int line)
    {
        using WatchedWait wait = WatchedWait.Begin(Traits, _identity, Timeout.Infinite, how, file, line);
        if (how == AcquireHow.WaitToRead) _lock.EnterReadLock();
        else _lock.EnterWriteLock();
        wait.End(taken: true);
    }
}
