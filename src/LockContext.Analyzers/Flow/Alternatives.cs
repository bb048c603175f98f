using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using LockContext.Analyzers.Model;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace LockContext.Analyzers.Flow;

/// <summary>
/// What is left of two ways that meet, where each has shown something else: behind <c>if (a || b)</c> the one knows <c>a</c>, the other <c>b</c> and that <c>a</c> is not, and both that one of the two is true.
/// </summary>
/// <remarks>
/// Ways part at a condition, which is true on the one and false on the other; "it, or whatever else the other way has shown" is true on both, and no other pair of what they know is worth
/// remembering. Each such alternative is weaker than what it stands for, so that merging comes to an end all the same.
/// </remarks>
internal static class Alternatives
{
    private const int MaxParts = 4;
    private const int MaxAdded = 8;

    /// <param name="facts">What both ways have shown.</param>
    /// <param name="joined">Variables of another value on each way, by the name that the merged value goes by.</param>
    public static Map<Term, BitValue> Add(Map<Term, BitValue> facts, State a, State b, List<(Term Name, Value A, Value B)> joined)
    {
        if (!a.Facts.IsSmall || !b.Facts.IsSmall)
            return facts;
        var (ofA, ofB) = (Shown(a, b), Shown(b, a));
        foreach (var (name, valueA, valueB) in joined)
        {
            AddValue(ofA, name, valueA);
            AddValue(ofB, name, valueB);
        }

        var added = 0;
        Pair(ofA, ofB, b);
        Pair(ofB, ofA, a);
        PairParts(ofA, b);
        PairParts(ofB, a);
        return facts;

        // The one way has shown all parts of what the other knows to be no more than an alternative.
        void PairParts(List<ImmutableArray<Term>> shown, State opposite)
        {
            foreach (var refuted in shown)
            {
                if (refuted.Length == 1 || !refuted.All(part => opposite.TruthOf(part) == false))
                    continue;
                foreach (var part in refuted)
                    AddTo(ImmutableArray.Create(Negated(part)), shown.Where(s => s != refuted));
            }
        }

        void Pair(List<ImmutableArray<Term>> those, List<ImmutableArray<Term>> others, State opposite)
        {
            foreach (var decided in those)
            {
                if (decided.All(part => opposite.TruthOf(part) == false))
                    AddTo(decided, others);
            }
        }

        void AddTo(ImmutableArray<Term> decided, IEnumerable<ImmutableArray<Term>> others)
        {
            foreach (var other in others)
            {
                if (added == MaxAdded)
                    return;
                if (other.Any(part => decided.Contains(Negated(part))) || Union(decided, other) is not { } either || facts.ContainsKey(either))
                    continue;
                facts = facts.SetItem(either, BitValue.True);
                added++;
            }
        }
    }

    /// <summary>Whether a way on which nothing was said of a condition has shown one part of it, if it is an alternative, or has the number that it asks for.</summary>
    public static bool Holds(Term condition, BitValue outcome, State state)
    {
        switch (condition)
        {
            case { Kind: TermKind.Operator, Data: "or" }:
                return outcome.IsNonZero && condition.Children.Any(part => state.TruthOf(part) == true);
            case { Kind: TermKind.Operator, Data: "<" or "==", Children: { Length: 2 } operands } when operands[0] is { Kind: TermKind.Local or TermKind.Parameter, Symbol: { } variable } && operands[1] is { Kind: TermKind.Constant, Data: ulong number }:
                return state.Variables.TryGetValue(variable, out var value) && value.Bits.IsConstant
                    && outcome.Equals(BitValue.Of(Equals(condition.Data, "<") ? (long)value.Bits.Set < (long)number : value.Bits.Set == number));
            default:
                return false;
        }
    }

    /// <summary>What one way knows and the other does not, as alternatives, most of one part only.</summary>
    private static List<ImmutableArray<Term>> Shown(State state, State other)
    {
        var shown = new List<ImmutableArray<Term>>();
        foreach (var fact in state.Facts)
        {
            if (!fact.Value.IsConstant || !IsCondition(fact.Key) || (other.TruthOf(fact.Key) is { } known && known != fact.Value.IsZero))
                continue;
            if (fact.Key is { Kind: TermKind.Operator, Data: "or" or "and" } several && fact.Value.IsZero == Equals(several.Data, "and"))
                shown.Add(fact.Value.IsZero ? several.Children.Select(Negated).ToImmutableArray() : several.Children);
            else
                shown.Add(ImmutableArray.Create(fact.Value.IsZero ? Negated(fact.Key) : fact.Key));
        }

        return shown;
    }

    private static void AddValue(List<ImmutableArray<Term>> shown, Term name, Value value)
    {
        if (value.Bits.IsConstant && (value.Bits.IsZero || value.Bits.Set == 1))
        {
            shown.Add(ImmutableArray.Create(value.Bits.IsZero ? Negated(name) : name));
        }
        else if (IsCondition(value.Term))
        {
            shown.Add(ImmutableArray.Create(Negated(name), value.Term));
            shown.Add(ImmutableArray.Create(name, Negated(value.Term)));
        }
    }

    private static Term? Union(ImmutableArray<Term> some, ImmutableArray<Term> others)
    {
        var parts = some.Union(others).ToArray();
        return parts.Length is < 2 or > MaxParts || parts.Any(p => parts.Contains(Negated(p))) ? null : Term.Operator("or", parts);
    }

    private static Term Negated(Term condition) => condition is { Kind: TermKind.Operator, Data: "not" } ? condition.Children[0] : Term.Operator("not", condition);

    /// <summary>Something that is true or false, and may be asked for again.</summary>
    private static bool IsCondition(Term term) => term switch
    {
        { Kind: TermKind.Operator, Data: string name } => name is "==" or "<" or "<u" or "<=" or "isnull" or "and" or "or" or "not",
        { Kind: TermKind.Operator, Data: Term.TypeObject } => true,
        { Symbol: IPropertySymbol { Type.SpecialType: SpecialType.System_Boolean } } => true,
        { Symbol: { } symbol } => Guard.TypeOf(symbol)?.SpecialType == SpecialType.System_Boolean,
        _ => false,
    };
}
