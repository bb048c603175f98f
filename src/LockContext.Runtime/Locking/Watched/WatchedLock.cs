using System;
using System.Runtime.CompilerServices;
using System.Threading;

namespace LockContext.Runtime;

/// <summary>A <see cref="Lock"/> that <see cref="Lockdep"/> watches.</summary>
/// <remarks>
/// <para>While lockdep is off, the calls go straight to the lock.</para>
/// <para><b>Wait class</b>: outer and inner are <see cref="WaitClass.Sleep"/>. Re-entrant, and belongs to its thread.</para>
/// <para><b>Thread-safety</b>: as <see cref="Lock"/>.</para>
/// </remarks>
[LockClass(Outer = WaitTable.Mutex, Reentrant = true, ThreadAffine = true)]
[Trusted("hands each call on to the lock, of whose class it is")]
public sealed class WatchedLock
{
    private readonly Lock _lock = new();
    private readonly LockIdentity _identity;

    /// <summary>Makes a free lock.</summary>
    /// <param name="name">A name for reports. It is part of the class.</param>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    public WatchedLock(string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0) => _identity = LockIdentity.Create(LockTraits.WatchedLock, name, file, line);

    /// <summary>Whether this thread holds it.</summary>
    [AssertsHeld]
    public bool IsHeldByCurrentThread => _lock.IsHeldByCurrentThread;

    /// <summary>Takes the lock; waits while another thread has it.</summary>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    [Acquires]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Enter([CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        if (LockdepSwitch.IsOn) EnterWatched(file, line);
        else _lock.Enter();
    }

    /// <summary>Takes the lock if no other thread has it.</summary>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <returns>Whether the lock is now held by the caller.</returns>
    [Acquires(Try = true)]
    public bool TryEnter([CallerFilePath] string file = "", [CallerLineNumber] int line = 0) => TryEnter(0, file, line);

    /// <summary>Takes the lock if that takes no longer than a time.</summary>
    /// <param name="milliseconds">The time; 0 does not wait, -1 waits for ever.</param>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <returns>Whether the lock is now held by the caller.</returns>
    [Acquires(Try = true)]
    public bool TryEnter([Timeout] int milliseconds, [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        using WatchedWait wait = WatchedWait.Begin(LockTraits.WatchedLock, _identity, milliseconds, AcquireHow.Wait, file, line);
        return wait.End(_lock.TryEnter(milliseconds));
    }

    /// <summary>Releases the lock.</summary>
    /// <exception cref="SynchronizationLockException">This thread does not hold it.</exception>
    [Releases]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Exit()
    {
        if (LockdepSwitch.IsOn) Lockdep.Release(LockTraits.WatchedLock, _identity);
        _lock.Exit();
    }

    /// <summary>Takes the lock and returns a scope whose disposal releases it.</summary>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <returns>The scope, to be used with <see langword="using"/>.</returns>
    [Acquires(Scope = true)]
    public Scope EnterScope([CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        Enter(file, line);
        return new Scope(this);
    }

    private void EnterWatched(string file, int line)
    {
        using WatchedWait wait = WatchedWait.Begin(LockTraits.WatchedLock, _identity, Timeout.Infinite, AcquireHow.Wait, file, line);
        _lock.Enter();
        wait.End(taken: true);
    }

    /// <summary>Holds a <see cref="WatchedLock"/> until it is disposed. Do not copy: the copy would release once more.</summary>
    public ref struct Scope
    {
        private WatchedLock? _lock;

        internal Scope(WatchedLock heldLock) => _lock = heldLock;

        /// <summary>Releases the lock; a second call on the same variable does nothing.</summary>
        [Releases("_lock")]
        public void Dispose()
        {
            WatchedLock? held = _lock;
            if (held is null) return;
            _lock = null;
            held.Exit();
        }
    }
}
