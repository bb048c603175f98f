using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Microsoft.CodeAnalysis;

namespace LockContext.Analyzers.Flow;

/// <summary>One way a member can return: what it has taken and released of its caller's, what it returns, and under which conditions on its parameters.</summary>
internal sealed record Outcome
{
    public static readonly ImmutableDictionary<ISymbol, Value> NoValues = ImmutableDictionary.Create<ISymbol, Value>(SymbolEqualityComparer.Default);

    public static readonly Outcome Plain = new();

    public ImmutableArray<HeldLock> Acquired { get; init; } = ImmutableArray<HeldLock>.Empty;

    public ImmutableArray<Term> Released { get; init; } = ImmutableArray<Term>.Empty;

    /// <summary>Locks of which nothing is known after this way: taken or released on some of the ways that are one to the caller.</summary>
    public ImmutableArray<Term> Unsure { get; init; } = ImmutableArray<Term>.Empty;

    public Value? Return { get; init; }

    /// <summary>Values of <c>ref</c> and <c>out</c> parameters, by ordinal.</summary>
    public ImmutableSortedDictionary<int, Value> Outs { get; init; } = ImmutableSortedDictionary<int, Value>.Empty;

    /// <summary>What it left in the switches of its receiver; for a constructor, in all fields of the new object.</summary>
    public ImmutableDictionary<ISymbol, Value> Fields { get; init; } = NoValues;

    /// <summary>For a lambda or local function: what it left in the variables that it captures.</summary>
    public ImmutableDictionary<ISymbol, Value> Captured { get; init; } = NoValues;

    public ImmutableArray<Guard> Guards { get; init; } = ImmutableArray<Guard>.Empty;

    public bool ChangesLocks => !Acquired.IsEmpty || !Released.IsEmpty || !Unsure.IsEmpty;

    public bool HasSameLocks(Outcome other) => Acquired.SequenceEqual(other.Acquired) && Released.SequenceEqual(other.Released) && Unsure.SequenceEqual(other.Unsure);

    /// <summary>Whether what a caller knows, the result, the arguments or what the receiver is known to be, tells two ways apart.</summary>
    public bool CanBeToldFrom(Outcome other)
    {
        if (Differ(Return, other.Return) || Outs.Any(o => other.Outs.TryGetValue(o.Key, out var value) && Differ(o.Value, value)))
            return true;
        if (Carries(Return, Acquired) || Carries(other.Return, other.Acquired))
            return true;
        if (Fields.Any(f => other.Fields.TryGetValue(f.Key, out var value) && Differ(f.Value, value)) || Captured.Any(c => other.Captured.TryGetValue(c.Key, out var value) && Differ(c.Value, value)))
            return true;
        return Differ(Guards, other.Guards);
    }

    /// <summary>Whether a value is the guard of one of the locks.</summary>
    public static bool Carries(Value? value, ImmutableArray<HeldLock> held) =>
        value is not null && held.Any(h => h.Term.Equals(value.ScopeOf) || value.Fields.Values.Any(f => f.Term.Equals(h.Term)));

    /// <summary>Whether one of two values of the same place is surely not the other.</summary>
    public static bool Differ(Value? a, Value? b) => a is not null && b is not null && (a.Bits.Contradicts(b.Bits) || a.IsNull != b.IsNull);

    /// <summary>Whether what is true on one way is surely not on the other.</summary>
    public static bool Differ(ImmutableArray<Guard> a, ImmutableArray<Guard> b) =>
        a.Any(g => b.Any(h => SymbolEqualityComparer.Default.Equals(g.Subject, h.Subject) && ((g.Set & h.Clear) | (g.Clear & h.Set)) != 0));

    public Outcome WithUnsure(ICollection<Term> unsure) => unsure.Count == 0 ? this : this with
    {
        Acquired = Acquired.RemoveAll(a => unsure.Contains(a.Term)),
        Released = Released.RemoveAll(unsure.Contains),
        Unsure = Unsure.Union(unsure).OrderBy(t => t.ToString(), StringComparer.Ordinal).ToImmutableArray(),
    };

    /// <summary>Two ways that change the same locks become one that promises what both do.</summary>
    public static Outcome Merge(Outcome a, Outcome b)
    {
        var outs = ImmutableSortedDictionary.CreateBuilder<int, Value>();
        foreach (var pair in a.Outs)
        {
            if (b.Outs.TryGetValue(pair.Key, out var other))
                outs.Add(pair.Key, Value.Join(pair.Value, other, Term.Opaque(("out", pair.Key))));
        }

        var captured = NoValues;
        foreach (var variable in a.Captured.Keys.Union(b.Captured.Keys, SymbolEqualityComparer.Default).OfType<ISymbol>())
        {
            // Where one way leaves the variable alone, nothing is known of it.
            var unknown = Term.Opaque(("captured", variable.Name));
            captured = captured.Add(variable, a.Captured.TryGetValue(variable, out var x) && b.Captured.TryGetValue(variable, out var y) ? Value.Join(x, y, unknown) : new Value(unknown));
        }

        return new Outcome
        {
            Acquired = a.Acquired,
            Released = a.Released,
            Unsure = a.Unsure,
            Return = a.Return is null || b.Return is null ? null : Value.Join(a.Return, b.Return, Term.Opaque("return")),
            Outs = outs.ToImmutable(),
            Fields = a.Fields.RemoveRange(a.Fields.Where(p => !b.Fields.TryGetValue(p.Key, out var v) || !v.Equals(p.Value)).Select(p => p.Key)),
            Captured = captured,
            Guards = a.Guards.Where(b.Guards.Contains).ToImmutableArray(),
        };
    }

    public bool Equals(Outcome? other) => ReferenceEquals(this, other)
        || (other is not null && HasSameLocks(other) && Equals(Return, other.Return) && Guards.SequenceEqual(other.Guards)
            && Same(Outs, other.Outs) && Same(Fields, other.Fields) && Same(Captured, other.Captured));

    private static bool Same<TKey>(IReadOnlyDictionary<TKey, Value> a, IReadOnlyDictionary<TKey, Value> b) =>
        a.Count == b.Count && a.All(p => b.TryGetValue(p.Key, out var value) && value.Equals(p.Value));

    public override int GetHashCode() => Acquired.Length ^ (Released.Length << 4) ^ (Return?.GetHashCode() ?? 0);
}

/// <summary>
/// What a caller has to know of a member: its effects with their sites, and the ways it returns. Summaries are ordered by inclusion of both sets;
/// <see cref="Bottom"/>, which never returns and does nothing, is the start of the fixpoint, and the meaning of a member that only throws.
/// </summary>
internal sealed class Summary
{
    public static readonly IReadOnlyDictionary<Effect, ImmutableArray<EffectSite>> NoEffects = new Dictionary<Effect, ImmutableArray<EffectSite>>();

    public static readonly Summary Bottom = new(NoEffects, ImmutableArray<Outcome>.Empty);

    /// <summary>Nothing is known of the member: it returns, and that is all that is said.</summary>
    public static readonly Summary Unknown = new(NoEffects, ImmutableArray.Create(Outcome.Plain));

    /// <summary>The same, because it was too much to find out.</summary>
    public static readonly Summary GivenUp = new(Unknown.Effects, Unknown.Outcomes);

    public Summary(IReadOnlyDictionary<Effect, ImmutableArray<EffectSite>> effects, ImmutableArray<Outcome> outcomes)
    {
        Effects = effects;
        Outcomes = outcomes;
    }

    /// <summary>Calling an iterator does nothing; what its body does happens to whoever enumerates it.</summary>
    public static Summary OfIterator(IReadOnlyDictionary<Effect, ImmutableArray<EffectSite>> steps) => new(Bottom.Effects, Unknown.Outcomes) { Steps = steps };

    public IReadOnlyDictionary<Effect, ImmutableArray<EffectSite>> Effects { get; }

    /// <summary>For an iterator: the effects of its body.</summary>
    public IReadOnlyDictionary<Effect, ImmutableArray<EffectSite>> Steps { get; private init; } = NoEffects;

    public ImmutableArray<Outcome> Outcomes { get; }

    /// <summary>It has more effects than are kept.</summary>
    public bool IsPartial { get; private init; }

    public bool ChangesLocks => Outcomes.Any(o => o.ChangesLocks);

    /// <summary>Whether a caller could tell the two apart.</summary>
    public bool SameAs(Summary other) => ReferenceEquals(this, other)
        || (IsPartial == other.IsPartial && Outcomes.Length == other.Outcomes.Length && SameKeys(Effects, other.Effects) && SameKeys(Steps, other.Steps) && Outcomes.All(o => other.Outcomes.Contains(o)));

    private static bool SameKeys(IReadOnlyDictionary<Effect, ImmutableArray<EffectSite>> a, IReadOnlyDictionary<Effect, ImmutableArray<EffectSite>> b) =>
        ReferenceEquals(a, b) || (a.Count == b.Count && a.Keys.All(b.ContainsKey));

    /// <summary>Where an effect comes from, of a call or of the steps of an iterator.</summary>
    public bool TryGetSites(Effect effect, out ImmutableArray<EffectSite> sites) => Effects.TryGetValue(effect, out sites) || Steps.TryGetValue(effect, out sites);

    /// <summary>What either says, for recursion that would go back and forth between the two.</summary>
    public static Summary Join(Summary a, Summary b)
    {
        var outcomes = a.Outcomes.ToBuilder();
        foreach (var outcome in b.Outcomes)
        {
            var index = -1;
            for (var i = 0; i < outcomes.Count && index < 0; i++)
                index = outcomes[i].HasSameLocks(outcome) ? i : -1;
            if (index < 0)
                outcomes.Add(outcome);
            else
                outcomes[index] = Outcome.Merge(outcomes[index], outcome);
        }

        return new Summary(Union(a.Effects, b.Effects), outcomes.ToImmutable()) { Steps = Union(a.Steps, b.Steps), IsPartial = a.IsPartial || b.IsPartial };
    }

    /// <summary>With effects left out.</summary>
    public Summary AsPartial() => new(Effects, Outcomes) { Steps = Steps, IsPartial = true };

    /// <summary>Without what it returns.</summary>
    public Summary WithoutReturn() => new(Effects, Outcomes.Select(o => o with { Return = null }).ToImmutableArray()) { Steps = Steps, IsPartial = IsPartial };

    /// <summary>Without the effects that a condition holds for.</summary>
    public Summary Without(System.Func<Effect, bool> condition) => Effects.Keys.Concat(Steps.Keys).Any(condition)
        ? new Summary(Effects.Where(p => !condition(p.Key)).ToDictionary(p => p.Key, p => p.Value), Outcomes) { Steps = Steps.Where(p => !condition(p.Key)).ToDictionary(p => p.Key, p => p.Value), IsPartial = IsPartial }
        : this;

    private static IReadOnlyDictionary<Effect, ImmutableArray<EffectSite>> Union(IReadOnlyDictionary<Effect, ImmutableArray<EffectSite>> a, IReadOnlyDictionary<Effect, ImmutableArray<EffectSite>> b)
    {
        if (b.Count == 0)
            return a;
        var union = a.ToDictionary(p => p.Key, p => p.Value);
        foreach (var pair in b)
            union[pair.Key] = union.TryGetValue(pair.Key, out var sites) ? sites.Union(pair.Value).ToImmutableArray() : pair.Value;
        return union;
    }
}
