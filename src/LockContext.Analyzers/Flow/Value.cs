using System;
using System.Collections.Immutable;
using System.Linq;
using LockContext.Analyzers.Model;
using Microsoft.CodeAnalysis;

namespace LockContext.Analyzers.Flow;

/// <summary>A function that a delegate value may stand for: a lambda, a local function or a method with its receiver.</summary>
internal sealed record FunctionReference(IMethodSymbol Method, Term? Receiver, TypeArguments Types)
{
    public bool Equals(FunctionReference? other) => other is not null && SymbolEqualityComparer.Default.Equals(Method, other.Method) && Equals(Receiver, other.Receiver) && Types.Equals(other.Types);

    public override int GetHashCode() => SymbolEqualityComparer.Default.GetHashCode(Method);
}

/// <summary>
/// What is known of one value: its term, its bits, the lock that disposing it releases, the functions it may be, and what the fields of an object just made hold.
/// Immutable; <see cref="Join"/> keeps what both have.
/// </summary>
internal sealed class Value : IEquatable<Value>
{
    private static readonly ImmutableDictionary<ISymbol, Value> NoFields = ImmutableDictionary.Create<ISymbol, Value>(SymbolEqualityComparer.Default);

    private readonly Details _details;

    public Value(Term term, BitValue bits = default)
        : this(term, bits, false, Details.None)
    {
    }

    private Value(Term term, BitValue bits, bool notNull, Details details)
    {
        Term = term;
        Bits = bits;
        NotNull = notNull;
        _details = details;
    }

    public Term Term { get; }

    public BitValue Bits { get; }

    /// <summary>Surely not <see langword="null"/>: an object just made.</summary>
    public bool NotNull { get; }

    /// <summary>
    /// The same value by the names of the locals that keep it, where <see cref="Term"/> names memory that others can change: <c>n == 0</c> still says the same of <c>n</c> when the field that <c>n</c> was read
    /// from has got another value. What branches show is asked for by this name.
    /// </summary>
    public Term? Own => _details.Own;

    /// <summary>The lock that is released when the value is disposed.</summary>
    public Term? ScopeOf => _details.ScopeOf;

    /// <summary>For a pointer that read sections protect: what keeps it alive.</summary>
    public Protection? Protection => _details.Protection;

    /// <summary>What it owes to a speculative read.</summary>
    public Speculation Speculation => _details.Speculation;

    /// <summary>The cookie of the speculative read that begins at a position.</summary>
    public int? Cookie => _details.Cookie;

    /// <summary>The result of an allocation that may have failed, and nobody has looked yet.</summary>
    public AllocationResult? Unchecked => _details.Unchecked;

    /// <summary>For an object just made, whatever it is called by since: its class.</summary>
    public INamedTypeSymbol? MadeAs => _details.MadeAs;

    /// <summary>It is the value that the term names if that is of this type, and else null: <c>value as Type</c>.</summary>
    public ITypeSymbol? TriedAs => _details.TriedAs;

    /// <summary>The iterator that enumerating the value runs.</summary>
    public Iteration? Iteration => _details.Iteration;

    /// <summary>The allocation that it comes from, whether or not somebody has looked since. On ways that meet, null counts as the failure of the other's.</summary>
    public AllocationResult? Allocated => _details.Allocated;

    /// <summary>For what a member returns: null for no other reason than that this allocation has failed.</summary>
    public AllocationResult? NullBecauseOf => _details.NullBecauseOf;

    public ImmutableArray<FunctionReference> Functions => _details.Functions;

    public ImmutableDictionary<ISymbol, Value> Fields => _details.Fields;

    public static Value Constant(ulong bits) => new(Term.Constant(bits), BitValue.Constant(bits));

    public Value WithBits(BitValue bits) => new(Term, bits, NotNull, _details);

    public Value WithTerm(Term term) => new(term, Bits, NotNull, _details);

    public Value WithOwn(Term? own) => ReferenceEquals(own, Own) ? this : With(_details with { Own = own });

    public Value WithNotNull(bool notNull) => notNull == NotNull ? this : new(Term, Bits, notNull, _details);

    public Value WithScope(Term? held) => Equals(held, ScopeOf) ? this : With(_details with { ScopeOf = held });

    public Value WithProtection(Protection? protection) => Equals(protection, Protection) ? this : With(_details with { Protection = protection });

    public Value WithSpeculation(Speculation speculation) => speculation == Speculation ? this : With(_details with { Speculation = speculation });

    public Value WithCookie(int? begin) => begin == Cookie ? this : With(_details with { Cookie = begin });

    public Value WithMadeAs(INamedTypeSymbol? type) => SymbolEqualityComparer.Default.Equals(type, MadeAs) ? this : With(_details with { MadeAs = type });

    public Value WithTriedAs(ITypeSymbol? type) => SymbolEqualityComparer.Default.Equals(type, TriedAs) ? this : new(Term, Bits, NotNull && type is null, _details with { TriedAs = type });

    public Value WithIteration(Iteration? iteration) => ReferenceEquals(iteration, Iteration) ? this : With(_details with { Iteration = iteration });

    public Value WithUnchecked(AllocationResult? result) => result is null && Unchecked is null ? this : With(_details with { Unchecked = result, Allocated = result ?? Allocated });

    public Value WithAllocated(AllocationResult? result) => Equals(result, Allocated) ? this : With(_details with { Allocated = result });

    public Value WithNullBecauseOf(AllocationResult? result) => Equals(result, NullBecauseOf) ? this : With(_details with { NullBecauseOf = result });

    public bool IsNull => Term is { Kind: TermKind.Constant, Data: "null" };

    public Value WithFunctions(ImmutableArray<FunctionReference> functions) => functions == Functions ? this : With(_details with { Functions = functions });

    public Value WithField(ISymbol field, Value value) => WithFields(Fields.SetItem(field.OriginalDefinition, value.WithSpeculation(default)));

    public Value WithFields(ImmutableDictionary<ISymbol, Value> fields) => ReferenceEquals(fields, Fields) ? this : With(_details with { Fields = fields });

    private Value With(Details details) => new(Term, Bits, NotNull, details);

    /// <summary>What few values have.</summary>
    private sealed record Details
    {
        public static readonly Details None = new();

        public Term? Own { get; init; }

        public Term? ScopeOf { get; init; }

        public Protection? Protection { get; init; }

        public Speculation Speculation { get; init; }

        public int? Cookie { get; init; }

        public AllocationResult? Unchecked { get; init; }

        public AllocationResult? Allocated { get; init; }

        public AllocationResult? NullBecauseOf { get; init; }

        public INamedTypeSymbol? MadeAs { get; init; }

        public ITypeSymbol? TriedAs { get; init; }

        public Iteration? Iteration { get; init; }

        public ImmutableArray<FunctionReference> Functions { get; init; } = ImmutableArray<FunctionReference>.Empty;

        public ImmutableDictionary<ISymbol, Value> Fields { get; init; } = NoFields;

        public bool Equals(Details? other) => ReferenceEquals(this, other)
            || (other is not null && Equals(Own, other.Own) && Equals(ScopeOf, other.ScopeOf) && Equals(Unchecked, other.Unchecked) && Equals(Allocated, other.Allocated) && Equals(NullBecauseOf, other.NullBecauseOf)
                && Equals(Protection, other.Protection) && Speculation == other.Speculation && Cookie == other.Cookie && Equals(Iteration, other.Iteration) && SymbolEqualityComparer.Default.Equals(MadeAs, other.MadeAs)
                && SymbolEqualityComparer.Default.Equals(TriedAs, other.TriedAs)
                && Functions.SequenceEqual(other.Functions) && SameFields(Fields, other.Fields));

        public override int GetHashCode() => (ScopeOf?.GetHashCode() ?? 0) ^ (int)Speculation.State;
    }

    public static Value Join(Value a, Value b, Term otherwise) => a.Equals(b)
        ? a
        : new Value(a.Term.Equals(b.Term) && SymbolEqualityComparer.Default.Equals(a.TriedAs, b.TriedAs) ? a.Term : otherwise, BitValue.Join(a.Bits, b.Bits), a.NotNull && b.NotNull, JoinDetails(a, b));

    private static Details JoinDetails(Value a, Value b)
    {
        if (ReferenceEquals(a._details, b._details))
            return a._details;
        var functions = a.Functions.IsEmpty || b.Functions.IsEmpty
            ? ImmutableArray<FunctionReference>.Empty
            : a.Functions.Union(b.Functions).Take(8).ToImmutableArray();
        var fields = NoFields;
        foreach (var pair in a.Fields)
        {
            if (b.Fields.TryGetValue(pair.Key, out var other) && other.Equals(pair.Value))
                fields = fields.Add(pair.Key, other);
        }

        return new Details
        {
            Own = Equals(a.Own, b.Own) ? a.Own : null,
            ScopeOf = Equals(a.ScopeOf, b.ScopeOf) ? a.ScopeOf : null,
            Protection = Protection.Join(a, b),
            Speculation = Speculation.Join(a.Speculation, b.Speculation),
            Cookie = a.Cookie == b.Cookie ? a.Cookie : null,
            Unchecked = a.IsNull ? b.Unchecked : b.IsNull || Equals(a.Unchecked, b.Unchecked) ? a.Unchecked : null,
            NullBecauseOf = Equals(a.NullBecauseOf, b.NullBecauseOf) || b.NotNull ? a.NullBecauseOf : a.NotNull ? b.NullBecauseOf : null,
            Allocated = a.IsNull ? b.Allocated : b.IsNull || Equals(a.Allocated, b.Allocated) ? a.Allocated : null,
            Iteration = Equals(a.Iteration, b.Iteration) ? a.Iteration : null,
            MadeAs = SymbolEqualityComparer.Default.Equals(a.MadeAs, b.MadeAs) ? a.MadeAs : null,
            TriedAs = a.Term.Equals(b.Term) && SymbolEqualityComparer.Default.Equals(a.TriedAs, b.TriedAs) ? a.TriedAs : null,
            Functions = functions,
            Fields = fields,
        };
    }

    public bool Equals(Value? other) => ReferenceEquals(this, other)
        || (other is not null && Term.Equals(other.Term) && Bits.Equals(other.Bits) && NotNull == other.NotNull && _details.Equals(other._details));

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
