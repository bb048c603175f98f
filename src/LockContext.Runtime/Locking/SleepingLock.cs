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
    private const int Free = 0;
    private const int Held = 1;
    private const int HeldWithSleepers = 2;

    /// <summary>
    /// The most looks at the lock before sleeping. Parking and waking costs about 5-10 µs, one look about 20-30 ns with its pause: spinning for longer than
    /// about the price of a sleep can never win back more than it spends.
    /// </summary>
    private const int MostSpins = 200;

    /// <summary>The fewest: enough to notice that sections have become short again after a time of long ones.</summary>
    private const int FewestSpins = 8;

    // Free (0): nobody holds it.
    // Held (1): held, and nobody has gone to sleep since it was last free.
    // HeldWithSleepers (2): held, and somebody may be asleep, so the release has to wake one. May be stale (nobody asleep), never missing.
    private int _state;

    // A hint, read and written without synchronisation: any value of it is right.
    private int _spinBudget = MostSpins / 4;

    private readonly Parking _parking = new();

    private readonly LockIdentity _identity;

    /// <summary>Makes a free lock.</summary>
    /// <param name="name">A name for reports of <see cref="Lockdep"/>. It is part of the class.</param>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    public SleepingLock(string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0) => _identity = LockIdentity.Create(LockTraits.SleepingLock, name, file, line);

    /// <summary>Whether somebody holds the lock, at some moment during the call. For assertions and statistics: by the time it returns, it may have changed.</summary>
    public bool IsHeld => Volatile.Read(ref _state) != Free;

    /// <summary>Takes the lock; spins for up to some microseconds and then sleeps while somebody has it. No managed allocation.</summary>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    [Acquires]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Enter([CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        if (LockdepSwitch.IsOn) Lockdep.Acquire(LockTraits.SleepingLock, _identity, AcquireHow.Wait, file, line);

        EnterUnwatched();
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
        EnterUnwatched();
    }

    /// <summary>Takes the lock if nobody holds it, this thread included. Never waits, so it may be called anywhere, a raw-atomic context included.</summary>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <returns>Whether the lock is now held by the caller.</returns>
    [Acquires(Try = true)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryEnter([CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        bool taken = TryEnterUnwatched();
        if (LockdepSwitch.IsOn && taken) Lockdep.Acquire(LockTraits.SleepingLock, _identity, AcquireHow.Tried, file, line);
        return taken;
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

        // Release: pairs with the atomic operations that take the lock. The exchange frees the lock and learns whether somebody may be asleep in one step;
        // with a read and a write, a thread that went to sleep in between would be forgotten.
        int previous = Interlocked.Exchange(ref _state, Free);
        if (previous != Held) ExitRarely(previous);
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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void EnterUnwatched()
    {
        // Acquire: a full fence that reads what the previous holder's exchange in Exit (a full fence too) wrote.
        if (Interlocked.CompareExchange(ref _state, Held, Free) != Free) EnterContended();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryEnterUnwatched() => Volatile.Read(ref _state) == Free && Interlocked.CompareExchange(ref _state, Held, Free) == Free;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void EnterContended()
    {
        if (TrySpin()) return;

        // From here on the lock is taken as HeldWithSleepers, although we may have been the last sleeper: we cannot know, and a needless wake-up is cheap.
        //
        // No wake-up is lost. We store 2 and then sleep only if, under the parking monitor, the word is still 2. The holder's Exit first takes the word to 0
        // and then pulses under that monitor. If its exchange came before our look, we see a value other than 2, or a 2 stored by a later sleeper whose holder
        // will pulse; if it came after, it read 2, and its pulse waits for the monitor that we give up only by sleeping.
        bool interrupted = false;
        while (Interlocked.Exchange(ref _state, HeldWithSleepers) != Free)
        {
            interrupted |= _parking.SleepWhile(ref _state, HeldWithSleepers);
        }

        if (interrupted) Interruption.Postpone();
    }

    private bool TrySpin()
    {
        if (Environment.ProcessorCount == 1) return false;

        int budget = _spinBudget;
        for (int spins = 0; spins < budget; spins++)
        {
            if (TryEnterUnwatched())
            {
                // Move an eighth of the way towards twice what it took this time, so that a lock whose sections are short keeps a budget that covers them.
                _spinBudget = Math.Clamp(budget + (2 * spins - budget) / 8, FewestSpins, MostSpins);
                return true;
            }

            // An interval that is not quite constant keeps two waiters from looking in lockstep.
            Thread.SpinWait(1 + (spins & 3));
        }

        // Spinning bought nothing: try a little less next time, but sometimes more, or a budget that has once become too small would stay so.
        _spinBudget = budget > FewestSpins ? Math.Max(FewestSpins, budget - budget / 8 - 1) : MostSpins / 4;
        return false;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void ExitRarely(int previous)
    {
        if (previous == Free) LockMisuse.ThrowNotHeld();
        _parking.WakeOne();
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
