using System;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Threading;

namespace LockContext.Runtime;

/// <summary>Why ordinary allocations and frees of single pages must not take the shortest way.</summary>
[Flags]
internal enum Detour
{
    None = 0,

    /// <summary>The allocator is disposed.</summary>
    Closed = 1 << 0,

    /// <summary>Somebody waits for pages: frees have to reach him.</summary>
    Waiters = 1 << 1,

    /// <summary>Allocations may be made to fail.</summary>
    Faults = 1 << 2,

    /// <summary>Each block is written down with its owner.</summary>
    Owners = 1 << 3,

    /// <summary>Allocations and frees are traced.</summary>
    Trace = 1 << 4,

    /// <summary>Frees are told apart by compare-exchange only.</summary>
    CheckedFrees = 1 << 5,

    /// <summary>Allocations are counted by flag.</summary>
    Counts = 1 << 6,

    /// <summary>What closes the short way for allocations, and what for frees.</summary>
    Allocations = Closed | Faults | Owners | Trace | Counts,

    Frees = Closed | Waiters | Owners | Trace | CheckedFrees,
}

/// <summary>The words of a <see cref="PathGate"/>, in memory that does not move.</summary>
[StructLayout(LayoutKind.Sequential, Size = 16)]
internal struct GateWords
{
    /// <summary>Whether blocks lie parked: changed without a lock, and therefore a word of its own.</summary>
    internal int Parked;

    /// <summary>What speaks against the shortest way of a free.</summary>
    internal int FreesDetour;

    /// <summary>A byte for each migrate type: which of a thread's lists serves it.</summary>
    internal uint AllocTable;

    /// <summary>The two words that a free looks at, as one.</summary>
    [UnscopedRef]
    internal ref long Frees => ref Unsafe.As<int, long>(ref Parked);
}

/// <summary>
/// One word that the shortest way of an allocation reads, and one that the shortest way of a free reads, so that neither asks one question after the other. Everything that has a say in
/// it changes the words.
/// </summary>
/// <remarks>
/// A type that must not be served from a list, because its zone is below the low mark or because
/// of a <see cref="Detour"/>, is sent to a list that is always empty. The words are read inside a thread's region, see <see cref="ThreadPageList"/>.
/// </remarks>
[RawAtomic]
internal sealed unsafe class PathGate
{
    /// <summary>The list that is always empty.</summary>
    internal const int EmptyList = ListKind.Count * ListKind.Orders;

    private const uint AllEmpty = EmptyList | (EmptyList << 8) | (EmptyList << 16) | ((uint)EmptyList << 24);

    // Pinned, and kept by whoever keeps the gate. The words have two pairs of cache lines for themselves: what every allocation reads, and what changes when a CPU's list becomes empty or ceases to be.
    private readonly GateWords[] _memory = GC.AllocateArray<GateWords>(24, pinned: true);
    private readonly bool _hasMovableZone;
    private RawSpinLock _lock;
    private Detour _detours;
    private int _lowZones;

    /// <param name="hasMovableZone">Whether there is a zone of movable memory.</param>
    /// <param name="listsOnly">Whether an allocation without locks that finds nothing on a list has failed.</param>
    internal PathGate(bool hasMovableZone, bool listsOnly)
    {
        _hasMovableZone = hasMovableZone;

        // In the middle, so that nothing else shares its cache line.
        Words = (GateWords*)Unsafe.AsPointer(ref _memory[4]);
        FilledCpuLists = (int*)(Words + 8);
        OpenTable = listsOnly ? TableFor(Detour.None, lowZones: 0) : uint.MaxValue;
        Compute();
    }

    internal GateWords* Words { get; }

    /// <summary>
    /// How many of the CPUs' lists have pages. Zero means what a look at every one of them would have found: a list changes it under its own lock, after it gets its first page and before the
    /// lock is released, and with its last page; so whatever happened before a look at it is in it.
    /// </summary>
    internal int* FilledCpuLists { get; }

    /// <summary>What <see cref="GateWords.AllocTable"/> is while nothing speaks against any type; a value that it never has if an allocation without locks may look further than lists.</summary>
    internal uint OpenTable { get; }

    internal Detour Detours => (Detour)Volatile.Read(ref Unsafe.As<Detour, int>(ref _detours));

    internal void Set(Detour detour, bool on)
    {
        _lock.Enter();
        _detours = on ? _detours | detour : _detours & ~detour;
        Compute();
        _lock.Exit();
    }

    /// <summary>A zone has gone below its low mark, or has come back. Called under its lock.</summary>
    internal void SetLow(int zone, bool low)
    {
        _lock.Enter();
        _lowZones = low ? _lowZones | (1 << zone) : _lowZones & ~(1 << zone);
        Compute();
        _lock.Exit();
    }

    /// <summary>Whether blocks lie parked.</summary>
    internal void SetParked(bool parked)
    {
        // A full fence: whoever says that nothing is parked looks once more after that.
        Interlocked.Exchange(ref Words->Parked, parked ? 1 : 0);
    }

    internal bool HasParked => Volatile.Read(ref Words->Parked) != 0;

    /// <summary>A CPU's list has its first page, or has lost its last. Called under its lock.</summary>
    internal void SetFilled(bool filled)
    {
        if (filled) Interlocked.Increment(ref *FilledCpuLists);
        else Interlocked.Decrement(ref *FilledCpuLists);
    }

    private void Compute()
    {
        Volatile.Write(ref Words->AllocTable, TableFor(_detours, _lowZones));
        Volatile.Write(ref Words->FreesDetour, (int)(_detours & Detour.Frees));
    }

    private uint TableFor(Detour detours, int lowZones)
    {
        if ((detours & Detour.Allocations) != 0) return AllEmpty;
        bool normal = (lowZones & 1) == 0;
        uint movable = _hasMovableZone
            ? (lowZones & 2) == 0 ? List(ListKind.MovableZone) : EmptyList
            : normal ? List(MigrateType.Movable) : EmptyList;
        uint unmovable = normal ? List(MigrateType.Unmovable) : EmptyList;
        uint reclaimable = normal ? List(MigrateType.Reclaimable) : EmptyList;
        return unmovable | (movable << 8) | (reclaimable << 16) | ((uint)EmptyList << 24);
    }

    private static uint List(int kind) => (uint)ListKind.Index(kind, 0);
}
