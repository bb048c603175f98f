using System;
using System.Numerics;
using System.Threading;

namespace LockContext.Runtime;

/// <summary>A bounded queue of work for a thread of its own. Work may be posted where it could not be done: under a raw spin lock, in a read section, with preemption off.</summary>
/// <remarks>
/// <para>Work runs in the order in which it was posted, one after the other, with nothing held and no limit: it may sleep. An exception in it goes to the handler that the queue was made with, and the rest runs; without a handler it
/// is unhandled and ends the process, as on any thread.</para>
/// <para><b>Wait class</b>: <see cref="TryPost"/> is legal everywhere: it takes no lock, allocates nothing and waits for nobody. <see cref="Flush"/> and <see cref="Dispose"/> sleep.</para>
/// <para><b>Bounded</b>, because what is posted faster than it is done would end as memory that is nowhere accounted for. Who is turned away decides himself what is next.</para>
/// <para><b>Thread-safety</b>: every member may be called from any thread, <see cref="Flush"/> and <see cref="Dispose"/> not from work of this queue.</para>
/// <para><b>Source</b>: the bounded queue of D. Vyukov, 2010: each cell has a number that says whose turn it is.</para>
/// </remarks>
/// <example><code>
/// _lock.Enter();
/// bool posted = DeferredWork.Shared.TryPost(s_log, (nint)code);
/// _lock.Exit();
/// if (!posted) Log(code);
/// </code></example>
public sealed class DeferredWork : IDisposable
{
    /// <summary>Of the queue that all share.</summary>
    private const int SharedCapacity = 4096;

    // In the number of the next cell to post to: nothing is posted any more.
    private const long Closed = 1L << 62;

    private readonly Cell[] _cells;
    private readonly Doorbell _bell = new();
    private readonly object _flushed = new();
    private readonly Action<Exception>? _failed;
    private readonly Thread _thread;
    private readonly bool _isShared;
    private long _tail;
    private long _head;
    private int _awake;
    private int _flushers;

    /// <summary>Makes a queue and its thread.</summary>
    /// <param name="capacity">How much can wait at a time; rounded up to a power of two, 2 at least.</param>
    /// <param name="failed">Is given the exceptions of work, on the queue's thread. It must not throw.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="capacity"/> is not 1 to 2^24.</exception>
    public DeferredWork(int capacity, Action<Exception>? failed = null)
        : this(capacity, failed, isShared: false)
    {
    }

    private DeferredWork(int capacity, Action<Exception>? failed, bool isShared)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(capacity, 1 << 24);

        // Two at least: with one, "posted" and "the turn of the next post" would be the same number, and a second post would take the place of the first.
        _cells = new Cell[BitOperations.RoundUpToPowerOf2((uint)Math.Max(capacity, 2))];
        for (int cell = 0; cell < _cells.Length; cell++) _cells[cell].Turn = cell;
        _failed = failed;
        _isShared = isShared;
        _thread = new Thread(Run) { IsBackground = true, Name = "LockContext deferred work" };
        _thread.Start();
    }

    /// <summary>A queue for everybody. It holds 4096 pieces of work, and cannot be disposed.</summary>
    /// <remarks>The very first use makes it, and its thread; have it where that may take a moment.</remarks>
    public static DeferredWork Shared
    {
        [RawAtomic]
        [Trusted("reads a field that is set once; only the very first use does more, and the documentation says where to have it")]
        get => SharedQueue.Instance;
    }

    /// <summary>Posts work.</summary>
    /// <param name="work">What is to be done; keep the delegate, so that posting allocates nothing.</param>
    /// <param name="argument">Its argument.</param>
    /// <returns><see langword="false"/> when the queue is full or disposed: nothing was posted.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="work"/> is <see langword="null"/>; nothing was posted.</exception>
    [RawAtomic]
    public bool TryPost([RunsLater] Action<nint> work, nint argument)
    {
        ArgumentNullException.ThrowIfNull(work);
        Cell[] cells = _cells;
        while (true)
        {
            long tail = Volatile.Read(ref _tail);
            if ((tail & Closed) != 0) return false;
            ref Cell cell = ref cells[tail & (cells.Length - 1)];
            long turn = Volatile.Read(ref cell.Turn);

            // The cell is full of what was posted a whole round ago.
            if (turn < tail) return false;
            if (turn != tail || Interlocked.CompareExchange(ref _tail, tail + 1, tail) != tail) continue;

            // Ours until the turn moves on. The release pairs with the read in Run: who sees the turn sees the work.
            cell.Work = work;
            cell.Argument = argument;
            Volatile.Write(ref cell.Turn, tail + 1);
            break;
        }

        // No post is slept through. The thread takes its "awake" back (an exchange, so a full fence) before it looks at the queue for the last time and sleeps. If ours comes before that, the look comes after our
        // work was there; if after, we find 0 and ring.
        if (Interlocked.Exchange(ref _awake, 1) == 0) _bell.Ring();
        return true;
    }

    /// <summary>Waits until everything posted before the call has run.</summary>
    /// <exception cref="InvalidOperationException">It was called by work of this queue, which would wait for itself.</exception>
    [Sleepable]
    public void Flush()
    {
        Lockdep.MightSleep(nameof(Flush));
        ThrowIfOwnThread();
        WaitFor(Volatile.Read(ref _tail) & ~Closed);
    }

    /// <summary>Takes no more work, does what has been posted, and ends the thread.</summary>
    /// <exception cref="InvalidOperationException">It was called by work of this queue, or the queue is <see cref="Shared"/>.</exception>
    [Sleepable]
    public void Dispose()
    {
        Lockdep.MightSleep(nameof(Dispose));
        ThrowIfOwnThread();
        if (_isShared) throw new InvalidOperationException("The shared queue is everybody's, and cannot be disposed.");

        // From here on no compare-exchange of a post succeeds; what has succeeded before is counted in the number, and the thread does not end before it.
        Interlocked.Or(ref _tail, Closed);
        _bell.Ring();
        _thread.Join();
    }

    private void Run()
    {
        while (true)
        {
            long head = _head;
            ref Cell cell = ref _cells[head & (_cells.Length - 1)];
            if (Volatile.Read(ref cell.Turn) == head + 1)
            {
                Action<nint> work = cell.Work!;
                nint argument = cell.Argument;
                cell.Work = null;
                Volatile.Write(ref cell.Turn, head + _cells.Length);
                Do(work, argument);

                // A full fence between "one more is done" and the look whether somebody waits for it; Flush has the other.
                Interlocked.Exchange(ref _head, head + 1);
                if (Volatile.Read(ref _flushers) != 0) TellFlushers();
                continue;
            }

            if (Volatile.Read(ref _tail) == (head | Closed)) return;
            Interlocked.Exchange(ref _awake, 0);
            if (Volatile.Read(ref cell.Turn) != head + 1 && Volatile.Read(ref _tail) != (head | Closed)) _bell.Wait(Timeout.Infinite);
        }
    }

    private void Do(Action<nint> work, nint argument)
    {
        try
        {
            work(argument);
        }
#pragma warning disable CA1031 // whatever it is, the handler gets it
        catch (Exception exception) when (_failed is not null)
#pragma warning restore CA1031
        {
            _failed(exception);
        }

        Lockdep.AssertNothingHeld("the end of deferred work");
    }

    [Sleepable]
    private void WaitFor(long end)
    {
        Interlocked.Increment(ref _flushers);
        try
        {
            lock (_flushed)
            {
                while (Volatile.Read(ref _head) < end) Monitor.Wait(_flushed);
            }
        }
        finally
        {
            Interlocked.Decrement(ref _flushers);
        }
    }

    private void TellFlushers()
    {
        // Work may have interrupted the thread that it ran on.
        bool interrupted = Interruption.Enter(_flushed);
        Monitor.PulseAll(_flushed);
        Monitor.Exit(_flushed);
        if (interrupted) Interruption.Postpone();
    }

    private void ThrowIfOwnThread()
    {
        if (Thread.CurrentThread == _thread) throw new InvalidOperationException("Work of this queue would wait for itself.");
    }

    private struct Cell
    {
        /// <summary>n: it is the turn of the post with number n. n + 1: that has been made, and it is the thread's turn.</summary>
        internal long Turn;
        internal nint Argument;
        internal Action<nint>? Work;
    }

    private static class SharedQueue
    {
        internal static readonly DeferredWork Instance = new(SharedCapacity, failed: null, isShared: true);
    }
}
