using System.Collections.Immutable;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.FlowAnalysis;

namespace LockContext.Analyzers.Flow;

internal enum ContinuationKind
{
    None,
    Branch,
    Propagate,
    FilterProbe,
}

/// <summary>What happens after the <c>finally</c> region being walked: the rest of a branch, the way of an exception further out, or, for a filter, nothing.</summary>
internal sealed record Continuation(ContinuationKind Kind, int Destination, ImmutableArray<int> Pending, ControlFlowRegion? Region, Location? At, Continuation? Outer)
{
    public static readonly Continuation None = new(ContinuationKind.None, -1, ImmutableArray<int>.Empty, null, null, null);

    /// <summary>For an exception on its way: what is known of it.</summary>
    public Thrown? Thrown { get; init; }

    public bool Equals(Continuation? other) => ReferenceEquals(this, other)
        || (other is not null && Kind == other.Kind && Destination == other.Destination && ReferenceEquals(Region, other.Region)
            && Equals(At, other.At) && Equals(Thrown, other.Thrown) && Pending.SequenceEqual(other.Pending) && Equals(Outer, other.Outer));

    public override int GetHashCode() => ((int)Kind * 31) ^ (Destination * 397) ^ Pending.Length ^ (Outer?.GetHashCode() ?? 0);
}
