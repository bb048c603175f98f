using System;
using System.Collections.Immutable;
using System.Linq;
using LockContext.Analyzers.Model;
using Microsoft.CodeAnalysis;

namespace LockContext.Analyzers.Flow;

/// <summary>A function that a delegate value may stand for: a lambda, a local function or a method with its receiver.</summary>
internal sealed record FunctionReference(IMethodSymbol Method, Term? Receiver)
{
    public bool Equals(FunctionReference? other) => other is not null && SymbolEqualityComparer.Default.Equals(Method, other.Method) && Equals(Receiver, other.Receiver);

    public override int GetHashCode() => SymbolEqualityComparer.Default.GetHashCode(Method);
}

/// <summary>
/// What is known of one value: its term, its bits, the lock that disposing it releases, the functions it may be, and what the fields of an object just made hold.
/// Immutable; <see cref="Join"/> keeps what both have.
/// </summary>
internal sealed class Value : IEquatable<Value>
{
    public Value(Term term, BitValue bits = default)
    {
        Term = term;
        Bits = bits;
    }

    private Value(Value from)
    {
        Term = from.Term;
        Bits = from.Bits;
        ScopeOf = from.ScopeOf;
        NotNull = from.NotNull;
        Unchecked = from.Unchecked;
        Allocated = from.Allocated;
        NullBecauseOf = from.NullBecauseOf;
        Functions = from.Functions;
        Fields = from.Fields;
        Protection = from.Protection;
        Speculation = from.Speculation;
        Cookie = from.Cookie;
        Iteration = from.Iteration;
        MadeAs = from.MadeAs;
    }

    public Term Term { get; private init; }

    public BitValue Bits { get; private init; }

    /// <summary>The lock that is released when the value is disposed.</summary>
    public Term? ScopeOf { get; private init; }

    /// <summary>Surely not <see langword="null"/>: an object just made.</summary>
    public bool NotNull { get; private init; }

    /// <summary>For a pointer that read sections protect: what keeps it alive.</summary>
    public Protection? Protection { get; private init; }

    /// <summary>What it owes to a speculative read.</summary>
    public Speculation Speculation { get; private init; }

    /// <summary>The cookie of the speculative read that begins at a position.</summary>
    public int? Cookie { get; private init; }

    /// <summary>The result of an allocation that may have failed, and nobody has looked yet.</summary>
    public AllocationResult? Unchecked { get; private init; }

    /// <summary>For an object just made, whatever it is called by since: its class.</summary>
    public INamedTypeSymbol? MadeAs { get; private init; }

    /// <summary>The iterator that enumerating the value runs.</summary>
    public Iteration? Iteration { get; private init; }

    /// <summary>The allocation that it comes from, whether or not somebody has looked since. On ways that meet, null counts as the failure of the other's.</summary>
    public AllocationResult? Allocated { get; private init; }

    /// <summary>For what a member returns: null for no other reason than that this allocation has failed.</summary>
    public AllocationResult? NullBecauseOf { get; private init; }

    public ImmutableArray<FunctionReference> Functions { get; private init; } = ImmutableArray<FunctionReference>.Empty;

    public ImmutableDictionary<ISymbol, Value> Fields { get; private init; } = NoFields;

    private static readonly ImmutableDictionary<ISymbol, Value> NoFields = ImmutableDictionary.Create<ISymbol, Value>(SymbolEqualityComparer.Default);

    public static Value Constant(ulong bits) => new(Term.Constant(bits), BitValue.Constant(bits));

    public Value WithBits(BitValue bits) => new(this) { Bits = bits };

    public Value WithTerm(Term term) => new(this) { Term = term };

    public Value WithScope(Term? held) => new(this) { ScopeOf = held };

    public Value WithNotNull(bool notNull) => notNull == NotNull ? this : new(this) { NotNull = notNull };

    public Value WithProtection(Protection? protection) => Equals(protection, Protection) ? this : new(this) { Protection = protection };

    public Value WithSpeculation(Speculation speculation) => speculation == Speculation ? this : new(this) { Speculation = speculation };

    public Value WithCookie(int? begin) => begin == Cookie ? this : new(this) { Cookie = begin };

    public Value WithMadeAs(INamedTypeSymbol? type) => SymbolEqualityComparer.Default.Equals(type, MadeAs) ? this : new(this) { MadeAs = type };

    public Value WithIteration(Iteration? iteration) => ReferenceEquals(iteration, Iteration) ? this : new(this) { Iteration = iteration };

    public Value WithUnchecked(AllocationResult? result) => result is null && Unchecked is null ? this : new(this) { Unchecked = result, Allocated = result ?? Allocated };

    public Value WithAllocated(AllocationResult? result) => Equals(result, Allocated) ? this : new(this) { Allocated = result };

    public Value WithNullBecauseOf(AllocationResult? result) => Equals(result, NullBecauseOf) ? this : new(this) { NullBecauseOf = result };

    public bool IsNull => Term is { Kind: TermKind.Constant, Data: "null" };

    public Value WithFunctions(ImmutableArray<FunctionReference> functions) => new(this) { Functions = functions };

    public Value WithField(ISymbol field, Value value) => new(this) { Fields = Fields.SetItem(field.OriginalDefinition, value.WithSpeculation(default)) };

    public Value WithFields(ImmutableDictionary<ISymbol, Value> fields) => new(this) { Fields = fields };

    public static Value Join(Value a, Value b, Term otherwise)
    {
        if (a.Equals(b))
            return a;
        var functions = a.Functions.IsEmpty || b.Functions.IsEmpty
            ? ImmutableArray<FunctionReference>.Empty
            : a.Functions.Union(b.Functions).Take(8).ToImmutableArray();
        var fields = NoFields;
        foreach (var pair in a.Fields)
        {
            if (b.Fields.TryGetValue(pair.Key, out var other) && other.Equals(pair.Value))
                fields = fields.Add(pair.Key, other);
        }

        return new Value(a.Term.Equals(b.Term) ? a.Term : otherwise, BitValue.Join(a.Bits, b.Bits))
        {
            ScopeOf = Equals(a.ScopeOf, b.ScopeOf) ? a.ScopeOf : null,
            NotNull = a.NotNull && b.NotNull,
            Protection = Protection.Join(a, b),
            Speculation = Speculation.Join(a.Speculation, b.Speculation),
            Cookie = a.Cookie == b.Cookie ? a.Cookie : null,
            Unchecked = a.IsNull ? b.Unchecked : b.IsNull || Equals(a.Unchecked, b.Unchecked) ? a.Unchecked : null,
            NullBecauseOf = Equals(a.NullBecauseOf, b.NullBecauseOf) || b.NotNull ? a.NullBecauseOf : a.NotNull ? b.NullBecauseOf : null,
            Allocated = a.IsNull ? b.Allocated : b.IsNull || Equals(a.Allocated, b.Allocated) ? a.Allocated : null,
            Iteration = Equals(a.Iteration, b.Iteration) ? a.Iteration : null,
            MadeAs = SymbolEqualityComparer.Default.Equals(a.MadeAs, b.MadeAs) ? a.MadeAs : null,
            Functions = functions,
            Fields = fields,
        };
    }

    public bool Equals(Value? other) => ReferenceEquals(this, other)
        || (other is not null && Term.Equals(other.Term) && Bits.Equals(other.Bits) && Equals(ScopeOf, other.ScopeOf) && NotNull == other.NotNull && Equals(Unchecked, other.Unchecked) && Equals(Allocated, other.Allocated) && Equals(NullBecauseOf, other.NullBecauseOf) && Equals(Protection, other.Protection)
            && Speculation == other.Speculation && Cookie == other.Cookie && Equals(Iteration, other.Iteration) && SymbolEqualityComparer.Default.Equals(MadeAs, other.MadeAs)
            && Functions.SequenceEqual(other.Functions) && SameFields(Fields, other.Fields));

    private static bool SameFields(ImmutableDictionary<ISymbol, Value> a, ImmutableDictionary<ISymbol, Value> b)
    {
        if (ReferenceEquals(a, b))
            return true;
        if (a.Count != b.Count)
            return false;
        foreach (var pair in a)
        {
            if (!b.TryGetValue(pair.Key, out var other) || !other.Equals(pair.Value))
                return false;
        }

        return true;
    }

    public override bool Equals(object? obj) => Equals(obj as Value);

    public override int GetHashCode() => Term.GetHashCode() ^ Bits.GetHashCode();

    public override string ToString() => $"{Term} {Bits}";
}
