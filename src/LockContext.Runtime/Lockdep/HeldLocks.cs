using System;
using System.Runtime.CompilerServices;
using System.Threading;

namespace LockContext.Runtime;

/// <summary>What one thread holds and is in: the table that all checks look at. Only its own thread writes it.</summary>
/// <remarks>
/// <para>
/// <b>The fast path</b> of an acquire is a comparison of wait classes, a look whether this sequence of classes has been found in order before, and the writing of a row; that of a release is a
/// comparison and the restoring of what the row has kept. Both are inlined into the locks, and write as few words as they can: six and two. No managed allocation, no lock; a thread's first lock allocates its table.
/// </para>
/// <para>An acquire is noted before the lock is waited for, and a release before the lock is free, so that a report comes out before its deadlock.</para>
/// <para>Bounded: more than <see cref="MaxDepth"/> rows are reported once and then counted only, so that their releases are not taken for errors.</para>
/// </remarks>
[RawAtomic]
[Trusted("the checker must not be checked: it takes no lock, and waits for nobody")]
internal sealed class HeldLocks
{
    /// <summary>As many locks as a thread of Linux may hold.</summary>
    internal const int MaxDepth = 48;

    // In a class without a static constructor: access is then a load from the thread's own storage.
    [ThreadStatic]
    private static HeldLocks? t_current;

    // In the object itself: one load less to get there.
    private HeldRows _rows;
    private HeldState _state = HeldState.Empty;

    // The number of the sequence of classes held since the start, or since what interrupts; 0 for none.
    private ulong _chain;
    private int _lost;
    private int _paused;
    private Dropped? _dropped;

    private HeldLocks(Thread thread) => Thread = thread;

    /// <summary>The table of the calling thread.</summary>
    internal static HeldLocks Current => t_current ?? Create();

    internal Thread Thread { get; }

    /// <summary>The thread's number in <see cref="LockdepThreads"/>, which a <see cref="RawSpinLock"/> has room for; 0 if there was none left.</summary>
    internal int Slot { get; private set; }

    internal int Depth => State.Depth;

    internal WaitClass Limit => (WaitClass)_state.Limit;

    internal uint Prohibitions => _state.Prohibitions;

    /// <summary>A report is being made on this thread: what that takes and releases is not looked at.</summary>
    internal bool IsPaused => _paused != 0;

    internal ReadOnlySpan<HeldLock> Rows => AllRows[..Depth];

    private ReadOnlySpan<HeldLock> AllRows => _rows;

    // For other threads: of one moment.
    private HeldState State => new(Volatile.Read(ref Unsafe.As<HeldState, ulong>(ref _state)));

    /// <summary>Takes a lock.</summary>
    /// <param name="traits">What it is.</param>
    /// <param name="lockClass">Its class, or 0.</param>
    /// <param name="instance">Which it is.</param>
    /// <param name="how">Whether it is waited for.</param>
    /// <param name="file">Where.</param>
    /// <param name="line">Where in it.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Acquire(uint traits, int lockClass, int instance, AcquireHow how, string? file, int line)
    {
        bool isKnown = how < AcquireHow.Tried && TryAcquireKnown(traits, lockClass, instance, how, file, line);
        if (!isKnown) AcquireRarely(traits, lockClass, instance, how, file, line);
    }

    /// <summary>Takes a lock that is waited for, if that is allowed by what the thread holds, and has been found in order before.</summary>
    /// <returns>Whether it is in the table now.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal bool TryAcquireKnown(uint traits, int lockClass, int instance, AcquireHow how, string? file, int line)
    {
        HeldState state = _state;
        if ((traits & LockTraits.Reentrant) != 0 || lockClass == 0 || _paused != 0 || state.Depth >= MaxDepth || Lockdep.Effective(traits & LockTraits.ClassMask) > state.Limit) return false;

        ulong chain = _chain;
        ulong next = LockChains.Next(chain, lockClass);
        if (chain != 0 && !LockChains.Contains(next)) return false;
        Push(state, chain, traits, lockClass, instance, how, file, line, next);
        return true;
    }

    /// <summary>Enters a context, or a read section: something that always may be entered and has no order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Enter(uint traits, int instance, string? file, int line)
    {
        if (_paused == 0) Push(traits, 0, instance, AcquireHow.Tried, file, line, (traits & LockTraits.Interrupts) != 0 ? 0 : _chain);
    }

    /// <summary>Releases a lock or leaves a context.</summary>
    /// <returns>Whether it was in the table. If not, a report has been made.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal bool Release(int instance, uint traits, int lockClass = 0) => TryReleaseLatest(instance) || ReleaseRarely(instance, traits, lockClass);

    /// <summary>Releases a lock if it is the one taken last.</summary>
    /// <returns>Whether it was.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal bool TryReleaseLatest(int instance)
    {
        int top = _state.Depth - 1;
        if (top < 0 || _paused != 0) return false;
        ref HeldLock row = ref RowAt(top);
        if (row.Instance != instance || row.Nesting != 0) return false;
        Pop(in row);
        return true;
    }

    /// <summary>Whether this thread has it.</summary>
    internal bool Holds(int instance) => IndexOf(instance) >= 0;

    /// <summary>Stops looking at what this thread does, until <see cref="Resume"/>. Nests.</summary>
    internal void Pause() => _paused++;

    internal void Resume() => _paused--;

    /// <summary>Makes the thread take rows out of its table that another thread has released. May be called by any thread.</summary>
    internal void DropLater(int instance)
    {
        // A report has just been made, so an allocation is no worry any more. Pushed one by one and taken as a whole: no ABA.
        var dropped = new Dropped(instance);
        do
        {
            dropped.Next = Volatile.Read(ref _dropped);
        }
        while (Interlocked.CompareExchange(ref _dropped, dropped, dropped.Next) != dropped.Next);
    }

    /// <summary>Takes out what others have released.</summary>
    internal void Settle()
    {
        if (Volatile.Read(ref _dropped) is null) return;
        for (Dropped? dropped = Interlocked.Exchange(ref _dropped, null); dropped is not null; dropped = dropped.Next)
        {
            int index = IndexOf(dropped.Instance);
            if (index >= 0) Remove(index);
        }
    }

    /// <summary>Empties the table. For tests, and for threads that have been reported for holding something at their end.</summary>
    internal void Clear()
    {
        _rows = default;
        _state = HeldState.Empty;
        _lost = 0;
        _chain = 0;
        _dropped = null;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static HeldLocks Create()
    {
        var created = new HeldLocks(Thread.CurrentThread);
        t_current = created;

        // Registering may report a thread that has ended, for which this one needs its table.
        created.Slot = LockdepThreads.Register(created);
        return created;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void AcquireRarely(uint traits, int lockClass, int instance, AcquireHow how, string? file, int line)
    {
        if (_paused != 0) return;
        if ((traits & LockTraits.Reentrant) != 0 && TryNest(instance)) return;

        ulong chain = lockClass != 0 ? LockChains.Next(_chain, lockClass) : _chain;
        if (how < AcquireHow.Tried)
        {
            bool isAllowed = Lockdep.Effective(traits & LockTraits.ClassMask) <= _state.Limit;
            if (!isAllowed || (lockClass != 0 && _chain != 0 && !LockChains.Contains(chain)))
            {
                LockdepChecks.Acquire(this, new HeldLock(traits, lockClass, instance, how, file, line), chain);

                // What others have released meanwhile may be gone from the table.
                chain = lockClass != 0 ? LockChains.Next(_chain, lockClass) : _chain;
            }
        }

        Push(traits, lockClass, instance, how, file, line, chain);
    }

    private void Push(uint traits, int lockClass, int instance, AcquireHow how, string? file, int line, ulong chain)
    {
        HeldState state = _state;
        if (state.Depth < MaxDepth)
        {
            Push(state, _chain, traits, lockClass, instance, how, file, line, chain);
            return;
        }

        _lost++;
        LockdepReporter.TableFull(LockdepTable.HeldLocks);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Push(HeldState state, ulong previousChain, uint traits, int lockClass, int instance, AcquireHow how, string? file, int line, ulong chain)
    {
        ref HeldLock row = ref RowAt(state.Depth);
        row.Set(traits, lockClass, instance, how, file, line);
        row.PreviousChain = previousChain;
        row.PreviousState = state;
        _chain = chain;
        _state = state.With(Lockdep.Effective((traits >> LockTraits.InnerShift) & LockTraits.ClassMask), traits & LockTraits.Prohibitions);
    }

    private void Pop(in HeldLock row)
    {
        _chain = row.PreviousChain;
        _state = row.PreviousState;
    }

    // An index that has been compared with the depth, which is never more than there are rows.
    private ref HeldLock RowAt(int index) => ref Unsafe.Add(ref Unsafe.As<HeldRows, HeldLock>(ref _rows), index);

    private bool TryNest(int instance)
    {
        int index = IndexOf(instance);
        if (index < 0) return false;
        RowAt(index).Nesting++;
        return true;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool ReleaseRarely(int instance, uint traits, int lockClass)
    {
        if (_paused != 0) return true;
        Settle();
        int index = IndexOf(instance);
        if (index >= 0)
        {
            if (RowAt(index).Nesting > 0) RowAt(index).Nesting--;
            else Remove(index);
            return true;
        }

        if (_lost > 0)
        {
            _lost--;
            return true;
        }

        LockdepChecks.ReleaseOfNotHeld(this, instance, traits, lockClass);
        return false;
    }

    private int IndexOf(int instance)
    {
        for (int index = Depth - 1; index >= 0; index--)
        {
            if (RowAt(index).Instance == instance) return index;
        }

        return -1;
    }

    // Out of order: those above move down, as if they had been taken without it. What they are next to now may be new.
    private void Remove(int index)
    {
        int depth = _state.Depth;
        Pop(in RowAt(index));
        for (int above = index + 1; above < depth; above++)
        {
            HeldLock moved = RowAt(above);
            RowAt(above).Nesting = 0;
            ulong chain = (moved.Traits & LockTraits.Interrupts) != 0 ? 0 : moved.Class != 0 ? LockChains.Next(_chain, moved.Class) : _chain;
            if (moved.Class != 0 && moved.How < AcquireHow.Tried && _chain != 0 && !LockChains.Contains(chain)) LockdepChecks.Order(this, moved, chain);
            Push(moved.Traits, moved.Class, moved.Instance, moved.How, moved.File, moved.Line, chain);
            RowAt(_state.Depth - 1).Nesting = moved.Nesting;
        }
    }

    [InlineArray(MaxDepth)]
    private struct HeldRows
    {
        private HeldLock _first;
    }

    private sealed class Dropped(int instance)
    {
        internal int Instance { get; } = instance;

        internal Dropped? Next { get; set; }
    }
}
