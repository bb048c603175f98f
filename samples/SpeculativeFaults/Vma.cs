using System.Threading;
using LockContext;
using LockContext.Runtime;

namespace SpeculativeFaults;

/// <summary>A range of addresses that somebody has mapped. What it says never changes; a range that changes is replaced.</summary>
public sealed class Vma(nuint start, nuint end, bool isAnonymous)
{
    private int _isDetached;

    /// <summary>Advances while the range is torn down, for faults that go by this range alone.</summary>
    internal SequenceCount Sequence;

    public nuint Start { get; } = start;

    public nuint End { get; } = end;

    /// <summary>Memory of its own, not that of a file. The others are left to the classical way: reading a file takes what a fast path must not do.</summary>
    public bool IsAnonymous { get; } = isAnonymous;

    /// <summary>Taken after the address space's lock where both are held, and by faults alone, without it.</summary>
    internal RwSemaphore Lock { get; } = new("vma");

    /// <summary>Whether it is unmapped. Set under <see cref="Lock"/>; a fault that has got the lock has to look.</summary>
    internal bool IsDetached
    {
        [RawAtomic]
        get => Volatile.Read(ref _isDetached) != 0;
        set => Volatile.Write(ref _isDetached, value ? 1 : 0);
    }

    [RawAtomic]
    internal bool Covers(nuint address) => address >= Start && address < End;

    /// <summary>What a fault needs of it, at one moment: a fault that is not under a lock believes nothing that it reads twice.</summary>
    [RawAtomic]
    internal VmaSnapshot Copy() => new(Start, End, IsAnonymous);
}

/// <summary>A copy of what faults need of a <see cref="Vma"/>.</summary>
internal readonly record struct VmaSnapshot(nuint Start, nuint End, bool IsAnonymous);
