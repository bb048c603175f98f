using System;
using System.Runtime.CompilerServices;
using System.Threading;

namespace LockContext.Runtime;

/// <summary>A lock for many readers or one writer that may be held for long, over files and waits included: the <c>rw_semaphore</c> of Linux.</summary>
/// <remarks>
/// <para><b>Wait class</b>: outer and inner are <see cref="WaitClass.Sleep"/>.</para>
/// <para><b>Fairness</b>: first come, first served. Who waits stands in a queue, and nobody passes it, readers included; so neither side starves the other. The lock is handed to the first of the queue,
/// and to all readers at its head together.</para>
/// <para><b>Not re-entrant</b>, for reading neither: between two reads of one thread a writer may have queued up, who waits for the first and is waited for by the second.</para>
/// <para><b>Belongs to its thread</b>: the thread that takes it has to release it.</para>
/// <para><b>Interruption</b>: <see cref="Thread.Interrupt"/> does not end the wait; it takes effect at the thread's next interruptible wait.</para>
/// <para><b>Costs</b>: one atomic operation to take and one to release when nobody competes; a thread's first wait allocates a little. The readers' count is one shared word, so reading does not scale as RCU does.</para>
/// <para><b>Lockdep</b>: watched while <see cref="Lockdep"/> is on.</para>
/// <para><b>Thread-safety</b>: every member may be called from any thread; only a holder may release.</para>
/// </remarks>
/// <example><code>
/// private readonly RwSemaphore _mappings = new();
///
/// using (_mappings.EnterReadScope()) return Find(address);
/// </code></example>
[LockClass(Outer = WaitClass.Sleep, ThreadAffine = true)]
public sealed class RwSemaphore
{
    // Bit 0: a writer holds it. Bit 1: somebody stands in the queue. From bit 2 on: how many readers hold it.
    //
    // While nobody queues, the word is changed by compare-exchange, by whoever comes. While somebody does, nobody takes the lock for himself: it is only released, by an atomic addition, and handed out by
    // Grant, under the monitor of the queue.
    private const int Writer = 1;
    private const int Queued = 2;
    private const int Reader = 4;
    private const int Holders = ~Queued;

    /// <summary>Looks at the lock before queueing up. About a microsecond: what a short section of another thread lasts, and far less than going to sleep and being woken.</summary>
    private const int Spins = 20;

    // A thread waits for one lock at a time, so one place in queues is enough for it.
    [ThreadStatic]
    private static Waiter? t_waiter;

    private readonly LockIdentity _identity;
    private readonly object _queue = new();
    private Waiter? _first;
    private Waiter? _last;
    private int _state;

    /// <summary>Makes a free lock.</summary>
    /// <param name="name">A name for reports of <see cref="Lockdep"/>. It is part of the class.</param>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    public RwSemaphore(string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0) => _identity = LockIdentity.Create(LockTraits.RwSemaphore, name, file, line);

    /// <summary>Takes the lock for reading; waits while a writer has it, or anybody stands in the queue.</summary>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    [Acquires]
    [Trusted("this is the lock itself")]
    public void EnterRead([CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        if (LockdepSwitch.IsOn) Lockdep.Acquire(LockTraits.RwSemaphore, _identity, AcquireHow.WaitToRead, file, line);
        if (!TryTakeRead()) Wait(isWriter: false);
    }

    /// <summary>Takes the lock for reading if that needs no waiting.</summary>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <returns>Whether the lock is now held by the caller.</returns>
    [Acquires(Try = true)]
    [Trusted("this is the lock itself")]
    public bool TryEnterRead([CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        if (!LockdepSwitch.IsOn) return TryTakeRead();
        if (!TryTakeRead()) return false;
        Lockdep.Acquire(LockTraits.RwSemaphore, _identity, AcquireHow.TriedToRead, file, line);
        return true;
    }

    /// <summary>Releases the lock after reading.</summary>
    /// <exception cref="SynchronizationLockException">Nobody holds it for reading.</exception>
    [Releases]
    [Trusted("this is the lock itself; the monitor of the queue is held for some instructions")]
    public void ExitRead()
    {
        if (LockdepSwitch.IsOn) Lockdep.Release(LockTraits.RwSemaphore, _identity);
        if (Volatile.Read(ref _state) < Reader) LockMisuse.ThrowNotHeld();

        // Release and, since it is a full fence, the first half of "free the lock, then look for waiters": see Wait.
        if (Interlocked.Add(ref _state, -Reader) == Queued) Grant();
    }

    /// <summary>Takes the lock for reading and returns a scope whose disposal releases it.</summary>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <returns>The scope, to be used with <see langword="using"/>.</returns>
    [Acquires(Scope = true)]
    public ReadScope EnterReadScope([CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        EnterRead(file, line);
        return new ReadScope(this);
    }

    /// <summary>Takes the lock for writing; waits while anybody has it or stands in the queue.</summary>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    [Acquires]
    [Trusted("this is the lock itself")]
    public void EnterWrite([CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        if (LockdepSwitch.IsOn) Lockdep.Acquire(LockTraits.RwSemaphore, _identity, AcquireHow.Wait, file, line);
        if (!TryTakeWrite()) Wait(isWriter: true);
    }

    /// <summary>Takes the lock for writing as one of a subclass of its class, for locks of one class that are taken inside each other in an order that something else defines.</summary>
    /// <param name="subclass">1 to 7; deeper ones have larger numbers. Means something to <see cref="Lockdep"/> only.</param>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    [Acquires]
    [Trusted("this is the lock itself")]
    public void EnterWriteNested(int subclass, [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        if (LockdepSwitch.IsOn) Lockdep.Acquire(LockTraits.RwSemaphore, _identity, AcquireHow.Wait, file, line, subclass);
        if (!TryTakeWrite()) Wait(isWriter: true);
    }

    /// <summary>Takes the lock for writing if that needs no waiting.</summary>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <returns>Whether the lock is now held by the caller.</returns>
    [Acquires(Try = true)]
    [Trusted("this is the lock itself")]
    public bool TryEnterWrite([CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        if (!LockdepSwitch.IsOn) return TryTakeWrite();
        if (!TryTakeWrite()) return false;
        Lockdep.Acquire(LockTraits.RwSemaphore, _identity, AcquireHow.Tried, file, line);
        return true;
    }

    /// <summary>Releases the lock after writing.</summary>
    /// <exception cref="SynchronizationLockException">Nobody holds it for writing.</exception>
    [Releases]
    [Trusted("this is the lock itself; the monitor of the queue is held for some instructions")]
    public void ExitWrite()
    {
        if (LockdepSwitch.IsOn) Lockdep.Release(LockTraits.RwSemaphore, _identity);
        if ((Volatile.Read(ref _state) & Writer) == 0) LockMisuse.ThrowNotHeld();
        if (Interlocked.Add(ref _state, -Writer) == Queued) Grant();
    }

    /// <summary>Takes the lock for writing and returns a scope whose disposal releases it.</summary>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <returns>The scope, to be used with <see langword="using"/>.</returns>
    [Acquires(Scope = true)]
    public WriteScope EnterWriteScope([CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        EnterWrite(file, line);
        return new WriteScope(this);
    }

    /// <summary>Makes a reader of the writer, without a moment in which somebody else could write. Readers at the head of the queue come in.</summary>
    /// <exception cref="SynchronizationLockException">Nobody holds it for writing.</exception>
    [RequiresLock]
    [Trusted("this is the lock itself; the monitor of the queue is held for some instructions")]
    public void DowngradeToRead()
    {
        if ((Volatile.Read(ref _state) & Writer) == 0) LockMisuse.ThrowNotHeld();
        if ((Interlocked.Add(ref _state, Reader - Writer) & Queued) != 0) Grant();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryTakeRead()
    {
        int state = Volatile.Read(ref _state);
        while ((state & (Writer | Queued)) == 0)
        {
            int seen = Interlocked.CompareExchange(ref _state, state + Reader, state);
            if (seen == state) return true;
            state = seen;
        }

        return false;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryTakeWrite() => Volatile.Read(ref _state) == 0 && Interlocked.CompareExchange(ref _state, Writer, 0) == 0;

    // No waiter is forgotten. We queue up, set Queued, and then let Grant look at the word, all under the monitor. A release changes the word first, an atomic addition, and looks at Queued in what that returns.
    // If it came before our setting of the bit, Grant sees the lock as it left it; if after, it sees the bit and calls Grant itself, which waits for the monitor.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Wait(bool isWriter)
    {
        if (TrySpin(isWriter)) return;

        Waiter waiter = t_waiter ??= new Waiter();
        waiter.Prepare(isWriter);
        bool interrupted = EnterQueue();
        if (_last is null) _first = waiter;
        else _last.Next = waiter;
        _last = waiter;
        Interlocked.Or(ref _state, Queued);
        GrantQueued();
        Monitor.Exit(_queue);

        interrupted |= waiter.Sleep();
        if (interrupted) Interruption.Postpone();
    }

    private bool TrySpin(bool isWriter)
    {
        if (Environment.ProcessorCount == 1) return false;
        for (int spins = 0; spins < Spins && (Volatile.Read(ref _state) & Queued) == 0; spins++)
        {
            if (isWriter ? TryTakeWrite() : TryTakeRead()) return true;
            Thread.SpinWait(4);
        }

        return false;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Grant()
    {
        bool interrupted = EnterQueue();
        GrantQueued();
        Monitor.Exit(_queue);
        if (interrupted) Interruption.Postpone();
    }

    /// <summary>Hands the lock to the head of the queue, as far as it is free. Under the monitor of the queue.</summary>
    private void GrantQueued()
    {
        while (_first is { } waiter)
        {
            // Others only release meanwhile, so what is free stays free until we hand it out.
            int state = Volatile.Read(ref _state);
            if ((state & (waiter.IsWriter ? Holders : Writer)) != 0) return;
            Interlocked.Add(ref _state, waiter.IsWriter ? Writer : Reader);
            _first = waiter.Next;
            if (_first is null) _last = null;
            waiter.Wake();
        }

        // Nobody is left. Cleared under the monitor, where it is set.
        Interlocked.And(ref _state, ~Queued);
    }

    private bool EnterQueue()
    {
        bool interrupted = false;
        while (true)
        {
            try
            {
                Monitor.Enter(_queue);
                return interrupted;
            }
            catch (ThreadInterruptedException)
            {
                interrupted = true;
            }
        }
    }

    /// <summary>Holds a <see cref="RwSemaphore"/> for reading until it is disposed. Do not copy: the copy would release once more.</summary>
    public ref struct ReadScope
    {
        private RwSemaphore? _lock;

        internal ReadScope(RwSemaphore heldLock) => _lock = heldLock;

        /// <summary>Releases the lock; a second call on the same variable does nothing.</summary>
        [Releases("_lock")]
        public void Dispose()
        {
            RwSemaphore? held = _lock;
            if (held is null) return;
            _lock = null;
            held.ExitRead();
        }
    }

    /// <summary>Holds a <see cref="RwSemaphore"/> for writing until it is disposed. Do not copy: the copy would release once more.</summary>
    public ref struct WriteScope
    {
        private RwSemaphore? _lock;

        internal WriteScope(RwSemaphore heldLock) => _lock = heldLock;

        /// <summary>Releases the lock; a second call on the same variable does nothing.</summary>
        [Releases("_lock")]
        public void Dispose()
        {
            RwSemaphore? held = _lock;
            if (held is null) return;
            _lock = null;
            held.ExitWrite();
        }
    }

    /// <summary>A thread's place in a queue, where it sleeps until the lock is its own.</summary>
    [Trusted("this is how the lock sleeps")]
    private sealed class Waiter
    {
        private bool _granted;

        internal bool IsWriter { get; private set; }

        internal Waiter? Next { get; set; }

        internal void Prepare(bool isWriter)
        {
            IsWriter = isWriter;
            Next = null;
            _granted = false;
        }

        internal void Wake()
        {
            bool interrupted = false;
            while (true)
            {
                try
                {
                    Monitor.Enter(this);
                    break;
                }
                catch (ThreadInterruptedException)
                {
                    interrupted = true;
                }
            }

            _granted = true;
            Monitor.Pulse(this);
            Monitor.Exit(this);
            if (interrupted) Interruption.Postpone();
        }

        /// <returns>Whether the thread was interrupted meanwhile.</returns>
        internal bool Sleep()
        {
            bool interrupted = false;
            while (true)
            {
                try
                {
                    lock (this)
                    {
                        while (!_granted) Monitor.Wait(this);
                        return interrupted;
                    }
                }
                catch (ThreadInterruptedException)
                {
                    interrupted = true;
                }
            }
        }
    }
}
