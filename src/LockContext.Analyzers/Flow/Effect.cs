using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using LockContext.Analyzers.Model;
using Microsoft.CodeAnalysis;

namespace LockContext.Analyzers.Flow;

/// <summary>
/// A condition under which an effect or outcome exists, on a parameter, on a field of the receiver or on a captured variable as it was on entry: certain bits set and clear, or (for a timeout) any value but zero.
/// </summary>
internal readonly record struct Guard(ISymbol Subject, ulong Set, ulong Clear, bool NonZero)
{
    /// <summary>An order that is the same in every run.</summary>
    public static IComparer<Guard> Order { get; } = Comparer<Guard>.Create((a, b) =>
    {
        var order = DeclarationOrder.Instance.Compare(a.Subject, b.Subject);
        if (order == 0)
            order = a.Set.CompareTo(b.Set);
        if (order == 0)
            order = a.Clear.CompareTo(b.Clear);
        return order != 0 ? order : a.NonZero.CompareTo(b.NonZero);
    });

    public ITypeSymbol? Type => TypeOf(Subject);

    public static ITypeSymbol? TypeOf(ISymbol subject) => subject switch
    {
        IParameterSymbol parameter => parameter.Type,
        IFieldSymbol field => field.Type,
        IPropertySymbol property => property.Type,
        ILocalSymbol local => local.Type,
        _ => null,
    };

    public bool Equals(Guard other) => Set == other.Set && Clear == other.Clear && NonZero == other.NonZero && SymbolEqualityComparer.Default.Equals(Subject, other.Subject);

    public override int GetHashCode() => SymbolEqualityComparer.Default.GetHashCode(Subject) ^ Set.GetHashCode();
}

/// <summary>
/// Something a member may do to whoever calls it, in the member's own terms: the element of the effect lattice, which is the powerset of these ordered by inclusion. Why it
/// does so is not part of it; sites are kept beside, and the path for a report is chosen after the fixpoint.
/// </summary>
internal sealed class Effect : IEquatable<Effect>
{
    public Effect(EffectKind kind, WaitClass needs)
    {
        Kind = kind;
        Needs = needs;
    }

    private Effect(Effect from)
    {
        Kind = from.Kind;
        Needs = from.Needs;
        Lock = from.Lock;
        Traits = from.Traits;
        OrderClass = from.OrderClass;
        Flags = from.Flags;
        FlagsType = from.FlagsType;
        Answered = from.Answered;
        Guards = from.Guards;
        Released = from.Released;
        Delegate = from.Delegate;
        Under = from.Under;
        InRawAtomic = from.InRawAtomic;
        Chosen = from.Chosen;
    }

    public EffectKind Kind { get; }

    /// <summary>The wait class that the context has to allow.</summary>
    public WaitClass Needs { get; init; }

    /// <summary>The lock taken, where it can be named outside of the member.</summary>
    public Term? Lock { get; init; }

    public LockTraits Traits { get; init; }

    /// <summary>For a lock that is waited for: its class in the order of locks, which outlives its name.</summary>
    public ISymbol? OrderClass { get; init; }

    /// <summary>For an allocation: the flags it runs with, as far as they matter.</summary>
    public BitValue Flags { get; init; }

    public AllocationFlags? FlagsType { get; init; }

    /// <summary>A member on the way promises by <c>[NoReclaim]</c> that this does not happen, and is reported if it does.</summary>
    public bool Answered { get; init; }

    public ImmutableArray<Guard> Guards { get; init; } = ImmutableArray<Guard>.Empty;

    /// <summary>Locks of the caller's that have been released at that point, so that they do not count.</summary>
    public ImmutableArray<Term> Released { get; init; } = ImmutableArray<Term>.Empty;

    /// <summary>For <see cref="EffectKind.RunsDelegate"/>: the parameter.</summary>
    public Term? Delegate { get; init; }

    /// <summary>For <see cref="EffectKind.RunsDelegate"/>: what the member itself holds while it runs it.</summary>
    public ImmutableArray<HeldLock> Under { get; init; } = ImmutableArray<HeldLock>.Empty;

    /// <summary>For <see cref="EffectKind.ManagedAllocation"/>: it happens in a member that is raw-atomic by contract, and is reported there.</summary>
    public bool InRawAtomic { get; private init; }

    /// <summary>For an allocation: its flags are one choice of several, by the guards; where nobody knows which, they are unknown.</summary>
    public bool Chosen { get; private init; }

    public Effect WithChosen() => Chosen ? this : new(this) { Chosen = true };

    public Effect WithInRawAtomic() => InRawAtomic ? this : new(this) { InRawAtomic = true };

    public Effect With(ImmutableArray<Guard> guards, ImmutableArray<Term> released) =>
        guards == Guards && released == Released ? this : new(this) { Guards = guards, Released = released };

    public Effect WithNeeds(WaitClass needs) => new(this) { Needs = needs };

    public Effect WithAnswered() => Answered ? this : new(this) { Answered = true };

    public Effect WithFlags(BitValue flags) => new(this) { Flags = flags };

    public Effect WithLock(Term? term, LockTraits traits) => new(this) { Lock = term, Traits = traits, Needs = traits.Outer };

    public Effect WithOrderClass(ISymbol? orderClass) => new(this) { OrderClass = orderClass };

    public Effect WithDelegate(Term? term, ImmutableArray<HeldLock> under) => new(this) { Delegate = term, Under = under };

    public bool Equals(Effect? other) => ReferenceEquals(this, other)
        || (other is not null && Kind == other.Kind && Needs == other.Needs && Equals(Lock, other.Lock) && Traits.Equals(other.Traits)
            && SymbolEqualityComparer.Default.Equals(OrderClass, other.OrderClass) && Flags.Equals(other.Flags) && ReferenceEquals(FlagsType, other.FlagsType) && Answered == other.Answered && Guards.SequenceEqual(other.Guards)
            && Released.SequenceEqual(other.Released) && Equals(Delegate, other.Delegate) && Under.SequenceEqual(other.Under)
            && InRawAtomic == other.InRawAtomic && Chosen == other.Chosen);

    public override bool Equals(object? obj) => Equals(obj as Effect);

    public override int GetHashCode() => ((int)Kind * 31) ^ (int)Needs ^ (Lock?.GetHashCode() ?? 0) ^ (Delegate?.GetHashCode() ?? 0) ^ Flags.GetHashCode();
}

/// <summary>One place in a member that has an effect: either the cause itself, or a call of something that has it.</summary>
/// <param name="At">The place.</param>
/// <param name="Name">What is called there, as in a path.</param>
/// <param name="Callee">The member to follow, or <see langword="null"/> if the place is the cause.</param>
/// <param name="CalleeEffect">The callee's effect this one comes from.</param>
/// <param name="Instead">What could be called there instead.</param>
internal sealed record EffectSite(Location At, string Name, IMethodSymbol? Callee, Effect? CalleeEffect, string? Instead = null)
{
    /// <summary>What the type parameters of the callee are known to be.</summary>
    public TypeArguments Types { get; init; } = TypeArguments.None;

    /// <summary>For a call with unknown effects: why nothing is known, in the words of a report.</summary>
    public string? Why { get; init; }

    /// <summary>For a managed allocation: what is allocated.</summary>
    public ManagedAllocation? Allocated { get; init; }
}
