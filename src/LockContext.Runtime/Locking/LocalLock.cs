using System;
using System.Runtime.CompilerServices;
using System.Threading;

namespace LockContext.Runtime;

/// <summary>
/// Guards per-CPU data: taking it names the slot whose data the holder may use, and keeps others out of that slot only. The <c>local_lock_t</c> of Linux as a real-time kernel builds it.
/// </summary>
/// <remarks>
/// <para>What must not be disturbed is the data of one CPU, not the CPU: turning interrupts or preemption off for it is a detail of one implementation, and one that a process does not have. So each slot has a lock of
/// its own. Threads of different CPUs do not meet; two threads of one CPU do when the first is descheduled inside its section, or is moved to another CPU, where it keeps its slot.</para>
/// <para><b>Wait class</b>: outer and inner are <see cref="WaitClass.Config"/>, as for <see cref="SleepingLock"/>.</para>
/// <para><b>Not re-entrant</b>: a thread that takes it again waits for ever, or gets another slot if it has been moved meanwhile.</para>
/// <para><b>Lockdep</b>: all slots are of one class, so taking it again is reported whichever slot that would give.</para>
/// <para><b>Costs</b>: as <see cref="SleepingLock"/>, and asking for the current CPU. 256 bytes a slot, so that slots do not share cache lines. No managed allocation after construction.</para>
/// <para><b>Thread-safety</b>: every member may be called from any thread; only the holder of a slot may release it.</para>
/// <para><b>Source</b>: T. Gleixner, "local_lock: introduce local_lock infrastructure", Linux 5.8, 2020.</para>
/// </remarks>
/// <example><code>
/// private readonly LocalLock _lock = new();
/// private readonly Block?[] _blocks;   // one for each slot
///
/// using LocalLock.Scope scope = _lock.EnterScope();
/// Append(ref _blocks[scope.Slot], pointer);
/// </code></example>
[LockClass(Outer = WaitClass.Config)]
[Trusted("each slot is the lock inside a SleepingLock, and of its class")]
public sealed class LocalLock
{
    private readonly LockIdentity _identity;
    private readonly Entry[] _slots;

    /// <summary>Makes a lock with a free slot for each processor.</summary>
    /// <param name="name">A name for reports of <see cref="Lockdep"/>. It is part of the class.</param>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    public LocalLock(string name = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        _identity = LockIdentity.Create(LockTraits.LocalLock, name, file, line);
        _slots = new Entry[Environment.ProcessorCount];
        for (int slot = 0; slot < _slots.Length; slot++) _slots[slot] = new Entry();
    }

    /// <summary>The number of slots: that of processors when the lock was made.</summary>
    public int SlotCount => _slots.Length;

    /// <summary>Takes the slot of the current CPU; waits while another thread has it.</summary>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <returns>The slot, 0 to <see cref="SlotCount"/> - 1. Its data belongs to the caller until <see cref="Exit"/>.</returns>
    [Acquires]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Enter([CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        if (LockdepSwitch.IsOn) Lockdep.Acquire(LockTraits.LocalLock, _identity, AcquireHow.Wait, file, line);
        int slot = CurrentSlot();
        _slots[slot].Word.Enter();
        return slot;
    }

    /// <summary>Takes the slot of the current CPU if nobody has it. Never waits, so it may be called anywhere, a raw-atomic context included.</summary>
    /// <param name="slot">The slot, if it was taken; -1 otherwise.</param>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <returns>Whether the slot is now held by the caller.</returns>
    [Acquires(Try = true)]
    public bool TryEnter(out int slot, [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        slot = CurrentSlot();
        if (!_slots[slot].Word.TryEnter())
        {
            slot = -1;
            return false;
        }

        if (LockdepSwitch.IsOn) Lockdep.Acquire(LockTraits.LocalLock, _identity, AcquireHow.Tried, file, line);
        return true;
    }

    /// <summary>Releases a slot.</summary>
    /// <param name="slot">What <see cref="Enter"/> returned.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="slot"/> is none of the slots.</exception>
    /// <exception cref="SynchronizationLockException">Nobody holds the slot.</exception>
    [Releases]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Exit(int slot)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)slot, (uint)_slots.Length, nameof(slot));
        if (LockdepSwitch.IsOn) Lockdep.Release(LockTraits.LocalLock, _identity);
        _slots[slot].Word.Exit();
    }

    /// <summary>Takes the slot of the current CPU and returns a scope that names it, and whose disposal releases it.</summary>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <returns>The scope, to be used with <see langword="using"/>.</returns>
    [Acquires(Scope = true)]
    public Scope EnterScope([CallerFilePath] string file = "", [CallerLineNumber] int line = 0) => new(this, Enter(file, line));

    // The number may be stale, and larger than that of processors: good enough for choosing a slot, since it is the slot's lock that keeps others out.
    private int CurrentSlot() => (int)((uint)Thread.GetCurrentProcessorId() % (uint)_slots.Length);

    /// <summary>Holds a slot of a <see cref="LocalLock"/> until it is disposed. Do not copy: the copy would release once more.</summary>
    public ref struct Scope
    {
        private LocalLock? _lock;

        internal Scope(LocalLock heldLock, int slot)
        {
            _lock = heldLock;
            Slot = slot;
        }

        /// <summary>The slot that is held.</summary>
        public int Slot { get; }

        /// <summary>Releases the slot; a second call on the same variable does nothing.</summary>
        [Releases("_lock")]
        public void Dispose()
        {
            LocalLock? held = _lock;
            if (held is null) return;
            _lock = null;
            held.Exit(Slot);
        }
    }

    // Two slots at least a pair of cache lines apart; processors fetch lines in pairs.
    private struct Entry
    {
        internal SleepingWord Word = new();
#pragma warning disable CS0169, IDE0051, CA1823 // never read: it only takes up room
        private readonly Room _room;
#pragma warning restore CS0169, IDE0051, CA1823

        public Entry()
        {
        }

        [InlineArray(240)]
        private struct Room
        {
            private byte _first;
        }
    }
}
