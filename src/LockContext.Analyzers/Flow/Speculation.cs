using System;

namespace LockContext.Analyzers.Flow;

/// <summary>How far a value read under a sequence count can be relied on. The order is that of the danger: the worse of two is what holds where two ways meet.</summary>
internal enum SpeculationState
{
    None,

    /// <summary>A validation has run since; its answer has not been looked at.</summary>
    Checked,

    /// <summary>The validation said no.</summary>
    Failed,

    /// <summary>Nobody has asked yet.</summary>
    Unvalidated,
}

/// <summary>What a value owes to a speculative read: which one it was read in, by the position of its beginning, and whether that has been validated.</summary>
internal readonly record struct Speculation(SpeculationState State, int Begin) : IComparable<Speculation>
{
    public int CompareTo(Speculation other) => State != other.State ? State.CompareTo(other.State) : Begin.CompareTo(other.Begin);

    public static Speculation Join(Speculation a, Speculation b) => a.CompareTo(b) >= 0 ? a : b;
}
