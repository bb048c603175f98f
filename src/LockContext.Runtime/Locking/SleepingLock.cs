using System;
using System.Runtime.CompilerServices;
using System.Threading;

namespace LockContext.Runtime;

/// <summary>
/// A lock for short sections that spins for a moment and then sleeps: the <c>spinlock_t</c> of Linux as a real-time kernel builds it. It may be taken inside read
/// sections and inside other sleeping locks, but not under a <see cref="RawSpinLock"/>.
/// </summary>
/// <remarks>
/// <para><b>Wait class</b>: outer and inner are <see cref="WaitClass.Config"/>. What runs inside may take raw and sleeping spin locks; it may not wait for anything longer,
/// such as a monitor or a file.</para>
/// <para><b>Not re-entrant, owner not recorded</b>: <see cref="Enter(string, int)"/> by the holder waits for ever; <see cref="TryEnter(string, int)"/> by the holder returns
/// <see langword="false"/>, where <see cref="Monitor"/> and <see cref="Lock"/> would let it in. An allocator that is entered again from within itself has to be turned away.</para>
/// <para><b>Fairness</b>: none while threads spin; sleepers are woken one at a time, in about the order they came, and compete with newcomers.</para>
/// <para><b>Interruption</b>: <see cref="Thread.Interrupt"/> does not end the wait, as a signal does not end the wait for a spin lock; it takes effect at the thread's next
/// interruptible wait.</para>
/// <para><b>Costs</b>: one atomic operation to take and one to release when nobody competes. No managed allocation after construction.</para>
/// <para><b>Lockdep</b>: watched while <see cref="Lockdep"/> is on. Its class is its name with the place where it is made.</para>
/// <para><b>Thread-safety</b>: every member may be called from any thread; only the holder may release.</para>
/// <para><b>Source</b>: the three-state mutex of U. Drepper, "Futexes are tricky", 2011 (mutex3), over a monitor in place of a futex; the spin budget is a moving average
/// of what paid off lately, as in adaptive mutexes since Solaris.</para>
/// </remarks>
/// <example><code>
/// private readonly SleepingLock _zone = new();
///
/// using (_zone.EnterScope())
/// {
///     Merge(page);
/// }
/// </code></example>
[LockClass(Outer = WaitClass.Config)]
[Trusted("this is the sleeping lock itself: spinning first and then parking is what the wait class Config means")]
public sealed class SleepingLock
{
    private SleepingWord _word = new();

    private readonly LockIdentity _identity;

    /// <summary>Makes a free lock.</summary>
    /// <param name="name">A name for reports of <see cref="Lockdep"/>. It is part of the class.</param>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    public SleepingLock(string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0) => _identity = LockIdentity.Create(LockTraits.SleepingLock, name, file, line);

    /// <summary>Whether somebody holds the lock, at some moment during the call. For assertions and statistics: by the time it returns, it may have changed.</summary>
    public bool IsHeld => _word.IsHeld;

    /// <summary>Takes the lock; spins for up to some microseconds and then sleeps while somebody has it. No managed allocation.</summary>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    [Acquires]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Enter([CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        if (LockdepSwitch.IsOn) Lockdep.Acquire(LockTraits.SleepingLock, _identity, AcquireHow.Wait, file, line);

        _word.Enter();
    }

    /// <summary>Takes the lock, and says through a variable that it did, so that a <see langword="finally"/> block knows what to do.</summary>
    /// <param name="taken">Set once the lock is held. Has to be <see langword="false"/>.</param>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <exception cref="ArgumentException"><paramref name="taken"/> is <see langword="true"/>; the lock has not been taken.</exception>
    [Acquires]
    public void Enter([LockTaken] ref bool taken, [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        if (taken) LockMisuse.ThrowAlreadyTaken();
        Enter(file, line);
        taken = true;
    }

    /// <summary>Takes the lock as one of a subclass of its class, for locks of one class that are taken inside each other in an order that something else defines. Otherwise as <see cref="Enter(string, int)"/>.</summary>
    /// <param name="subclass">1 to 7; deeper ones have larger numbers. Means something to <see cref="Lockdep"/> only.</param>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    [Acquires]
    public void EnterNested(int subclass, [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        if (LockdepSwitch.IsOn) Lockdep.Acquire(LockTraits.SleepingLock, _identity, AcquireHow.Wait, file, line, subclass);
        _word.Enter();
    }

    /// <summary>Takes the lock if nobody holds it, this thread included. Never waits, so it may be called anywhere, a raw-atomic context included.</summary>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <returns>Whether the lock is now held by the caller.</returns>
    [Acquires(Try = true)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryEnter([CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        // A way of its own: a look at the switch after the attempt, even one that is compiled away, keeps the JIT from merging the result with the caller's test of it.
        if (LockdepSwitch.IsOn) return TryEnterWatched(file, line);
        return _word.TryEnter();
    }

    /// <summary>Takes the lock if nobody holds it, this thread included. Never waits.</summary>
    /// <param name="taken">Set if the lock is now held by the caller. Has to be <see langword="false"/>.</param>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <exception cref="ArgumentException"><paramref name="taken"/> is <see langword="true"/>; the lock has not been taken.</exception>
    [Acquires(Try = true)]
    public void TryEnter([LockTaken] ref bool taken, [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        if (taken) LockMisuse.ThrowAlreadyTaken();
        taken = TryEnter(file, line);
    }

    /// <summary>Releases the lock and wakes one sleeper, if there may be one.</summary>
    /// <exception cref="SynchronizationLockException">Nobody holds the lock. (A release by a thread that is not the holder cannot be told from a rightful one here.)</exception>
    [Releases]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Exit()
    {
        if (LockdepSwitch.IsOn) Lockdep.Release(LockTraits.SleepingLock, _identity);

        _word.Exit();
    }

    /// <summary>Takes the lock and returns a scope whose disposal releases it.</summary>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <returns>The scope, to be used with <see langword="using"/>.</returns>
    [Acquires(Scope = true)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Scope EnterScope([CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        Enter(file, line);
        return new Scope(this);
    }

    private bool TryEnterWatched(string file, int line)
    {
        if (!_word.TryEnter()) return false;
        Lockdep.Acquire(LockTraits.SleepingLock, _identity, AcquireHow.Tried, file, line);
        return true;
    }

    /// <summary>Holds a <see cref="SleepingLock"/> until it is disposed. Do not copy: the copy would release once more.</summary>
    public ref struct Scope
    {
        private SleepingLock? _lock;

        internal Scope(SleepingLock heldLock) => _lock = heldLock;

        /// <summary>Releases the lock; a second call on the same variable does nothing.</summary>
        [Releases("_lock")]
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Dispose()
        {
            SleepingLock? held = _lock;
            if (held is null) return;
            _lock = null;
            held.Exit();
        }
    }
}
