using System;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Threading;

namespace LockContext.Runtime;

/// <summary>
/// A lock that waits by spinning and never sleeps: the <c>raw_spinlock_t</c> of Linux. While it is held the code is <em>raw-atomic</em>: it may take other
/// raw spin locks and nothing that can sleep.
/// </summary>
/// <remarks>
/// <para><b>Wait class</b>: outer and inner are <see cref="WaitClass.Spin"/>, so it may be taken anywhere, and limits what runs inside to spinning.</para>
/// <para><b>Not re-entrant, owner not recorded</b>: <see cref="Enter(string, int)"/> on a lock that this thread already holds waits for ever, and <see cref="TryEnter(string, int)"/> returns
/// <see langword="false"/>. A re-entrant try would let code that interrupts the holder walk into half-updated data.</para>
/// <para><b>Fairness</b>: none. A ticket or queue lock is fair, but hands the lock to a thread that may have been descheduled, and a process cannot turn preemption off;
/// so whoever is running takes it. Keep sections to some tens of instructions.</para>
/// <para><b>Use</b>: a mutable field, never <see langword="readonly"/> (the compiler would lock a copy) and never copied. The default value is a free lock. 4 bytes.</para>
/// <para><b>Lockdep</b>: watched while <see cref="Lockdep"/> is on. The class of a lock is its name with the place where it is made; that of a default value is the place where it is first taken.</para>
/// <para><b>Thread-safety</b>: every member may be called from any thread; only the holder may release.</para>
/// <para><b>Source</b>: test-and-test-and-set with exponential backoff, T. E. Anderson, "The performance of spin lock alternatives for shared-memory multiprocessors",
/// IEEE TPDS 1(1), 1990.</para>
/// </remarks>
/// <example><code>
/// private RawSpinLock _lock;
///
/// using (_lock.EnterScope())
/// {
///     _count++;
/// }
/// </code></example>
[LockClass(Outer = WaitClass.Spin)]
[Trusted("this is the raw lock itself: the loop below is what the wait class Spin means")]
public partial struct RawSpinLock
{
    private const int Free = 0;
    private const int Held = 1;

    /// <summary>
    /// The longest pause between two looks at the lock, in <see cref="Thread.SpinWait"/> iterations (about 10 ns each on current processors, so under a microsecond).
    /// Longer than a section should last, and the waiter would sleep through the release; much shorter, and the waiters' reads slow the holder's writes.
    /// </summary>
    private const int LongestPause = 64;

    /// <summary>
    /// Looks at the lock before the waiter assumes that the holder is not running and offers its time slice: the sum of the pauses is about 10 µs, more than any
    /// sensible section and far less than a time slice.
    /// </summary>
    private const int LooksBeforeYield = 24;

    // Bit 0: held. The only writes are the compare-exchange from free to held by whoever takes the lock, and the store of free by its holder.
    // The other bits are zero while lockdep is off; see RawSpinLock.Watched.cs.
    private int _state;

    /// <summary>Makes a free lock with a name, for reports of <see cref="Lockdep"/>.</summary>
    /// <param name="name">The name. It is part of the class.</param>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    public RawSpinLock(string name, [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
        => _state = LockdepSwitch.IsOn ? WatchedState(LockClasses.Register(LockTraits.RawSpinLock, name, file, line)) : Free;

    /// <summary>Whether somebody holds the lock, at some moment during the call. For assertions and statistics: by the time it returns, it may have changed.</summary>
    public readonly bool IsHeld => (Volatile.Read(in _state) & Held) != 0;

    /// <summary>Takes the lock; waits, spinning, while somebody has it. No managed allocation.</summary>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    [Acquires]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Enter([CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        if (LockdepSwitch.IsOn)
        {
            EnterWatched(HeldLocks.Current, file, line);
            return;
        }

        // Acquire: the compare-exchange is a full fence, and it reads the value that the previous holder's Exit stored with release semantics, so all that
        // holder wrote inside the section is visible from here on.
        if (Interlocked.CompareExchange(ref _state, Held, Free) != Free) EnterContended();
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
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void EnterNested(int subclass, [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        if (LockdepSwitch.IsOn) EnterNestedWatched(subclass, file, line);
        else Enter(file, line);
    }

    /// <summary>Takes the lock if nobody holds it, this thread included. Never waits.</summary>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <returns>Whether the lock is now held by the caller.</returns>
    [Acquires(Try = true)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryEnter([CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        if (LockdepSwitch.IsOn) return TryEnterWatched(file, line);

        // The plain test first: a failed compare-exchange would still take the cache line away from the holder.
        return Volatile.Read(ref _state) == Free && Interlocked.CompareExchange(ref _state, Held, Free) == Free;
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

    /// <summary>Releases the lock. Wakes nobody: waiters are looking at it.</summary>
    /// <exception cref="SynchronizationLockException">Nobody holds the lock. (A release by a thread that is not the holder cannot be told from a rightful one here.)</exception>
    [Releases]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Exit()
    {
        if (LockdepSwitch.IsOn)
        {
            ExitWatched(HeldLocks.Current);
            return;
        }

        if (_state == Free) LockMisuse.ThrowNotHeld();

        // Release: pairs with the compare-exchange in Enter and TryEnter. Nothing of the section moves below this store.
        Volatile.Write(ref _state, Free);
    }

    /// <summary>Takes the lock and returns a scope whose disposal releases it.</summary>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <returns>The scope, to be used with <see langword="using"/>.</returns>
    [Acquires(Scope = true)]
    [UnscopedRef]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Scope EnterScope([CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        Enter(file, line);
        return new Scope(ref this);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void EnterContended()
    {
        // With one processor the holder cannot be running while we are: pausing would only delay it.
        int looks = Environment.ProcessorCount > 1 ? 0 : LooksBeforeYield;
        int pause = 1;
        do
        {
            WaitWhileHeld(ref looks, ref pause);
        }
        while (Interlocked.CompareExchange(ref _state, Held, Free) != Free);
    }

    private readonly void WaitWhileHeld(ref int looks, ref int pause)
    {
        while (IsHeld)
        {
            if (looks < LooksBeforeYield)
            {
                Thread.SpinWait(pause);
                pause = Math.Min(pause * 2, LongestPause);
                looks++;
            }
            else if ((looks++ & 1) == 0)
            {
                Thread.Yield();
            }
            else
            {
                // On Windows, Yield only considers threads queued on this very processor; Sleep(0) considers all of them. Neither gives up being runnable.
                Thread.Sleep(0);
            }
        }
    }

    /// <summary>Holds a <see cref="RawSpinLock"/> until it is disposed. Do not copy: the copy would release once more.</summary>
    public ref struct Scope
    {
        private ref RawSpinLock _lock;

        internal Scope(ref RawSpinLock heldLock) => _lock = ref heldLock;

        /// <summary>Releases the lock; a second call on the same variable does nothing.</summary>
        [Releases("_lock")]
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Dispose()
        {
            if (Unsafe.IsNullRef(ref _lock)) return;
            ref RawSpinLock held = ref _lock;
            _lock = ref Unsafe.NullRef<RawSpinLock>();
            held.Exit();
        }
    }
}
