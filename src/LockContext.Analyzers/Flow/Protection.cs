using System;
using Microsoft.CodeAnalysis;

namespace LockContext.Analyzers.Flow;

/// <summary>
/// What keeps the object alive that a pointer leads to: a read section opened by this member, one that its caller may have opened, or nothing any more because the section has ended.
/// Where the section ended is for reports only and not part of its identity.
/// </summary>
internal sealed class Protection : IEquatable<Protection>
{
    private Protection(Term? section, string name, Location? enteredAt, Location? endedAt, bool hasEnded)
    {
        Section = section;
        Name = name;
        EnteredAt = enteredAt;
        EndedAt = endedAt;
        HasEnded = hasEnded;
    }

    /// <summary>Whatever section the caller is in.</summary>
    public static readonly Protection OfCaller = new(null, "", null, null, hasEnded: false);

    public static Protection By(HeldLock section) => new(section.Term, section.Display, section.TakenAt, null, hasEnded: false);

    /// <summary>The section, if this member has opened it.</summary>
    public Term? Section { get; }

    public string Name { get; }

    public Location? EnteredAt { get; }

    public Location? EndedAt { get; }

    public bool HasEnded { get; }

    public Protection Ended(Location at) => new(Section, Name, EnteredAt, at, hasEnded: true);

    /// <summary>What holds on both ways. Null is protected by anything, so it has no say.</summary>
    public static Protection? Join(Value a, Value b)
    {
        if (IsNull(a) || IsNull(b))
            return IsNull(a) ? b.Protection : a.Protection;
        return Equals(a.Protection, b.Protection) ? a.Protection : null;
    }

    private static bool IsNull(Value value) => value.Term is { Kind: TermKind.Constant, Data: "null" } || (value.Term.Kind == TermKind.Constant && value.Bits.IsZero);

    public bool Equals(Protection? other) => ReferenceEquals(this, other) || (other is not null && HasEnded == other.HasEnded && Equals(Section, other.Section));

    public override bool Equals(object? obj) => Equals(obj as Protection);

    public override int GetHashCode() => (Section?.GetHashCode() ?? 0) ^ (HasEnded ? 1 : 0);
}
