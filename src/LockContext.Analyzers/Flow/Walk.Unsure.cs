using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Microsoft.CodeAnalysis;

namespace LockContext.Analyzers.Flow;

/// <summary>
/// Locks that a callee has taken or released on some ways and not on others, where nothing tells its caller which: <c>void Leave() { if (--_depth == 0) Monitor.Exit(_gate); }</c>. What hangs on a counter, a
/// state or the lock itself is right more often than not, and whoever followed both ways would find the lock held where it never is, in every caller up to the root. So from there on such a lock is neither
/// held nor surely not held: nothing is reported of it until it is taken again.
/// </summary>
internal sealed partial class Walk
{
    private const int MaxOverrides = 16;

    /// <summary>A lock that is neither held nor surely not held.</summary>
    private sealed record UnsureLock(Term Term) : IOnSomeWay
    {
        public Term KnownBy => Term;
    }

    private static bool IsUnsure(State state, Term term)
    {
        foreach (var variable in state.Variables)
        {
            if (variable.Key is UnsureLock unsure && (unsure.Term.Equals(term) || (unsure.Term.IsWeak && term.IsWeak) || (IsAnybodys(unsure.Term) && Same(unsure.Term.Symbol, term.Symbol))))
                return true;
        }

        return false;
    }

    private static State WithUnsure(State state, Term term)
    {
        var held = state.Held;
        for (var i = held.Length - 1; i >= 0; i--)
        {
            if (!held[i].Term.Equals(term) && !(IsAnybodys(term) && !held[i].Ambient && Same(held[i].Term.Symbol, term.Symbol)))
                continue;
            held = held.RemoveAt(i);
            if (IsAnybodys(term))
                break;
        }

        return state.WithoutKnowledgeOf(held, term).WithVariable(new UnsureLock(term), Value.Constant(1));
    }

    private ImmutableArray<Term> UnsureIn(State state)
    {
        var terms = ImmutableArray<Term>.Empty;
        foreach (var variable in state.Variables)
        {
            if (variable.Key is UnsureLock unsure && IsExportable(unsure.Term))
                terms = terms.Add(unsure.Term);
        }

        return terms.Length < 2 ? terms : terms.Sort(static (a, b) => string.CompareOrdinal(a.ToString(), b.ToString()));
    }

    /// <summary>What an override gives back may be what is held here: which override it is, and by which name it knows the lock, nobody can tell.</summary>
    private State AfterOverrides(State state, IMethodSymbol callee)
    {
        if (!(callee.IsVirtual || callee.IsAbstract || callee.IsOverride) || !_summaries.MayChangeLocks(callee))
            return state;
        foreach (var target in _bodies.Hierarchy.KnownOverridesOf(callee).Take(MaxOverrides))
        {
            if (!_summaries.MayChangeLocks(target))
                continue;
            foreach (var outcome in _summaries.Of(target, TypeArguments.None, withEffects: false).Outcomes)
            {
                foreach (var released in outcome.Released.Concat(outcome.Unsure))
                {
                    if (released.Kind == TermKind.Field && released.Symbol is { } field)
                        state = WithUnsure(state, Term.Field(Term.Any, field));
                }
            }
        }

        return state;
    }

    /// <summary>Takes out of the ways to return what a caller could not tell apart.</summary>
    private static ImmutableArray<Outcome> Told(List<Outcome> outcomes)
    {
        if (outcomes.Count < 2)
            return outcomes.ToImmutableArray();
        var unsure = new HashSet<Term>[outcomes.Count];
        for (var i = 0; i < outcomes.Count; i++)
            unsure[i] = new HashSet<Term>();
        for (var i = 0; i < outcomes.Count; i++)
        {
            for (var j = i + 1; j < outcomes.Count; j++)
            {
                if (outcomes[i].CanBeToldFrom(outcomes[j]))
                    continue;
                var differing = Differing(outcomes[i].Acquired.Select(a => a.Term), outcomes[j].Acquired.Select(a => a.Term))
                    .Concat(Differing(outcomes[i].Released, outcomes[j].Released)).Concat(outcomes[i].Unsure).Concat(outcomes[j].Unsure).ToArray();
                unsure[i].UnionWith(differing);
                unsure[j].UnionWith(differing);
            }
        }

        var told = new List<Outcome>(outcomes.Count);
        for (var i = 0; i < outcomes.Count; i++)
        {
            var outcome = outcomes[i].WithUnsure(unsure[i]);
            var same = told.FindIndex(o => o.HasSameLocks(outcome));
            if (same < 0)
                told.Add(outcome);
            else
                told[same] = Outcome.Merge(told[same], outcome);
        }

        return told.ToImmutableArray();
    }

    /// <summary>
    /// The ways a callee can return as this caller can tell them: a switch of another object that anybody may have changed since tells nothing. (What is asked of the own receiver before anything has happened
    /// is told apart by this member's own callers.)
    /// </summary>
    private ImmutableArray<Outcome> ToldHere(State state, ImmutableArray<Outcome> outcomes, Binding binding)
    {
        var told = new List<Outcome>(outcomes.Length);
        var any = false;
        foreach (var outcome in outcomes)
        {
            var telling = outcome.Guards.RemoveAll(g => !Tells(g));
            any |= telling.Length < outcome.Guards.Length;
            told.Add(outcome with { Guards = telling });
        }

        return any ? Told(told) : outcomes;

        bool Tells(Guard guard) => guard.Subject is not (IFieldSymbol or IPropertySymbol) || guard.Type?.SpecialType != SpecialType.System_Boolean || FixedMemory.IsFixed(guard.Subject)
            || (state.Untouched && (binding.Receiver is null || binding.Receiver.Term.Kind == TermKind.This))
            || Subject(guard, binding, state) is not { Bits.IsConstant: false };
    }

    private static IEnumerable<Term> Differing(IEnumerable<Term> a, IEnumerable<Term> b)
    {
        var (left, right) = (a.ToList(), b.ToList());
        foreach (var term in left.ToArray())
        {
            if (right.Remove(term))
                left.Remove(term);
        }

        // A loop that takes many may find none to take, and has them all with that.
        return left.Concat(right).Where(t => !t.IsMany);
    }
}
