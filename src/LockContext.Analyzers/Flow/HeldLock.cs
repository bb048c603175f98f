using System;
using LockContext.Analyzers.Model;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace LockContext.Analyzers.Flow;

/// <summary>One lock or section that is held. Where it was taken is for reports only and not part of its identity.</summary>
internal sealed class HeldLock : IEquatable<HeldLock>
{
    public HeldLock(Term term, LockTraits traits, Location? takenAt, string typeName, bool ambient = false, string? releasedBy = null, TextSpan? scope = null)
    {
        Scope = scope;
        ReleasedBy = releasedBy;
        Term = term;
        Traits = traits;
        TakenAt = takenAt;
        TypeName = typeName;
        Ambient = ambient;
    }

    public Term Term { get; }

    public LockTraits Traits { get; }

    /// <summary>The acquire, in the member under analysis; <see langword="null"/> for what the caller holds.</summary>
    public Location? TakenAt { get; }

    /// <summary>What kind of lock it is, in the words of a report.</summary>
    public string TypeName { get; }

    /// <summary>The name of the member that releases it, for the advice in a report.</summary>
    public string? ReleasedBy { get; }

    /// <summary>The statement that it is held in, where the graph does not show the release (see <c>Walk.EnterLockStatement</c>).</summary>
    public TextSpan? Scope { get; }

    /// <summary>For a scope that changes the flags of allocations: how. Such a scope excludes nobody and limits nothing.</summary>
    public AllocationMask Masks { get; init; }

    /// <summary>Held by the caller on entry (a must-be-held declaration), so leaving the member with it held is right.</summary>
    public bool Ambient { get; }

    public HeldLock At(Location? location) => new(Term, Traits, location, TypeName, Ambient, ReleasedBy, Scope) { Masks = Masks };

    public HeldLock For(Term term, LockTraits traits) => new(term, traits, TakenAt, TypeName, Ambient, ReleasedBy, Scope) { Masks = Masks };

    public bool Equals(HeldLock? other) => other is not null && Term.Equals(other.Term) && Traits.Equals(other.Traits) && Ambient == other.Ambient && Masks == other.Masks;

    public override bool Equals(object? obj) => Equals(obj as HeldLock);

    public override int GetHashCode() => Term.GetHashCode();

    /// <summary>"SpinLock '_l'", or the type alone where the lock has no name.</summary>
    public string Display => Traits.ByShape ? $"'{Term.DisplayName}' ({(TypeName.Length > 0 ? TypeName + ", " : "")}a spin lock by its shape)" : Term.DisplayName is { Length: > 0 } name && name != TypeName ? $"{TypeName} '{name}'" : TypeName;
}
