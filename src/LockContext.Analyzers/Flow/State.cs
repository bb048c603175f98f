using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using LockContext.Analyzers.Model;
using Microsoft.CodeAnalysis;

namespace LockContext.Analyzers.Flow;

/// <summary>
/// One state of the property simulation. Its <em>key</em> is what is held and what of the caller's has been released; everything else is payload. Two states that
/// meet are merged only if their keys are equal, and then keep what is true of both. So <c>if (b) Enter(); ... if (b) Exit();</c> stays exact: the two ways are
/// two states, each of which remembers <c>b</c>.
/// </summary>
/// <remarks>
/// The payload only ever loses knowledge at merges (every map shrinks, every bit value goes up its lattice), and the number of keys is bounded by the cap on nesting,
/// so the simulation ends.
/// </remarks>
internal sealed class State
{
    private const int MaxFacts = 100;

    public static readonly State Initial = new(ImmutableArray<HeldLock>.Empty, ImmutableArray<Term>.Empty, ImmutableHashSet<Term>.Empty,
        new Map<object, Value>(VariableComparer.Instance), new Map<Term, BitValue>(EqualityComparer<Term>.Default),
        new Map<Term, Value>(EqualityComparer<Term>.Default), new Map<ISymbol, bool>(SymbolEqualityComparer.Default), untouched: true);

    private State(ImmutableArray<HeldLock> held, ImmutableArray<Term> released, ImmutableHashSet<Term> notHeld,
        Map<object, Value> variables, Map<Term, BitValue> facts, Map<Term, Value> stored,
        Map<ISymbol, bool> entry, bool untouched)
    {
        Entry = entry;
        Untouched = untouched;
        Held = held;
        Released = released;
        NotHeld = notHeld;
        Variables = variables;
        Facts = facts;
        Stored = stored;
    }

    /// <summary>What is held, in the order it was taken.</summary>
    public ImmutableArray<HeldLock> Held { get; }

    /// <summary>Locks of the caller that this member has released and not taken again.</summary>
    public ImmutableArray<Term> Released { get; }

    /// <summary>Locks that are surely not held: released here, or a try that failed.</summary>
    public ImmutableHashSet<Term> NotHeld { get; }

    /// <summary>Values of locals, parameters and the graph's own temporaries.</summary>
    public Map<object, Value> Variables { get; }

    /// <summary>What branches have shown of terms.</summary>
    public Map<Term, BitValue> Facts { get; }

    /// <summary>What was last stored in fields.</summary>
    public Map<Term, Value> Stored { get; }

    /// <summary>Switches among the receiver's fields, as this way through the member shows them to have been on entry.</summary>
    public Map<ISymbol, bool> Entry { get; }

    /// <summary>Whether the receiver's fields still are as they were on entry.</summary>
    public bool Untouched { get; }

    public bool HasSameKey(State other) => Held.SequenceEqual(other.Held) && Released.SequenceEqual(other.Released);

    public int KeyHash
    {
        get
        {
            var hash = 17;
            foreach (var held in Held)
                hash = unchecked((hash * 31) + held.GetHashCode());
            foreach (var released in Released)
                hash = unchecked((hash * 31) ^ released.GetHashCode());
            return hash;
        }
    }

    /// <summary>Merges two states of equal key: what holds on both ways. Where each lock was taken is taken from the earlier place, so reports do not depend on the order of merging.</summary>
    /// <param name="followsWays">Whether to remember what each of the ways has shown as well (see <see cref="Alternatives"/>).</param>
    /// <returns>The first state itself if the second adds nothing to it.</returns>
    public static State Merge(State a, State b, bool followsWays)
    {
        if (ReferenceEquals(a, b))
            return a;
        var held = a.Held;
        for (var i = 0; i < held.Length; i++)
        {
            if (!ReferenceEquals(held[i], b.Held[i]) && IsBefore(b.Held[i].TakenAt, held[i].TakenAt))
                held = held.SetItem(i, b.Held[i]);
        }

        List<(Term Name, Value A, Value B)>? joined = null;
        var variables = a.Variables;
        if (!ReferenceEquals(variables, b.Variables))
        {
            variables = variables.RemoveWhere(static (key, _, others) => key is not IOnSomeWay && !others.ContainsKey(key), b.Variables);
            foreach (var pair in variables)
            {
                if (b.Variables.TryGetValue(pair.Key, out var other) && !ReferenceEquals(pair.Value, other) && !pair.Value.Equals(other))
                {
                    var name = Variable(pair.Key);
                    variables = variables.SetItem(pair.Key, Value.Join(pair.Value, other, name));
                    if (followsWays && pair.Value.Bits.IsConstant != other.Bits.IsConstant)
                        (joined ??= new()).Add((name, pair.Value, other));
                }
            }

            foreach (var pair in b.Variables)
            {
                if (pair.Key is IOnSomeWay && !a.Variables.ContainsKey(pair.Key))
                    variables = variables.Add(pair.Key, pair.Value);
            }
        }

        var facts = a.Facts;
        if (!ReferenceEquals(facts, b.Facts))
        {
            facts = facts.RemoveWhere(static (term, value, other) => other.Facts.TryGetValue(term, out var known) ? BitValue.Join(value, known).IsUnknown : !Alternatives.Holds(term, value, other), b);
            foreach (var pair in facts)
            {
                if (b.Facts.TryGetValue(pair.Key, out var other) && BitValue.Join(pair.Value, other) is var common && !common.Equals(pair.Value))
                    facts = facts.SetItem(pair.Key, common);
            }
        }

        if (followsWays && !(ReferenceEquals(facts, a.Facts) && ReferenceEquals(variables, a.Variables)))
        {
            foreach (var pair in b.Facts)
            {
                if (!a.Facts.ContainsKey(pair.Key) && pair.Value.IsConstant && Alternatives.Holds(pair.Key, pair.Value, a))
                    facts = facts.SetItem(pair.Key, pair.Value);
            }

            facts = Alternatives.Add(facts, a, b, joined ?? new());
        }

        var stored = ReferenceEquals(a.Stored, b.Stored) ? a.Stored
            : a.Stored.RemoveWhere(static (field, value, others) => !others.TryGetValue(field, out var other) || !other.Equals(value), b.Stored);
        var entry = ReferenceEquals(a.Entry, b.Entry) ? a.Entry
            : a.Entry.RemoveWhere(static (field, value, others) => !others.TryGetValue(field, out var other) || other != value, b.Entry);
        var notHeld = a.NotHeld;
        if (!ReferenceEquals(notHeld, b.NotHeld))
        {
            foreach (var term in a.NotHeld)
                notHeld = b.NotHeld.Contains(term) ? notHeld : notHeld.Remove(term);
        }

        var untouched = a.Untouched && b.Untouched;
        return held == a.Held && ReferenceEquals(variables, a.Variables) && ReferenceEquals(facts, a.Facts) && ReferenceEquals(stored, a.Stored) && ReferenceEquals(entry, a.Entry)
            && ReferenceEquals(notHeld, a.NotHeld) && untouched == a.Untouched
                ? a
                : new State(held, a.Released, notHeld, variables, facts, stored, entry, untouched);
    }

    public State WithHeld(ImmutableArray<HeldLock> held) => new(held, Released, NotHeld, Variables, Facts, Stored, Entry, Untouched);

    public State WithVariable(object variable, Value value) => new(Held, Released, NotHeld, Variables.SetItem(variable, value), Facts, Stored, Entry, Untouched);

    public State WithVariables(Map<object, Value> variables) =>
        ReferenceEquals(variables, Variables) ? this : new(Held, Released, NotHeld, variables, Facts, Stored, Entry, Untouched);

    /// <summary>Records what a branch has shown. Beyond any number of conditions that later branches repeat (a switch of thousands of cases) nothing is added: to know less is always right.</summary>
    public State WithFact(Term term, BitValue value) => Facts.Count >= MaxFacts && !Facts.ContainsKey(term) ? this : new(Held, Released, NotHeld, Variables, Facts.SetItem(term, value), Stored,
        Untouched && value.IsConstant && IsSwitch(term) && term.Children[0].Kind == TermKind.This && !Stored.ContainsKey(term)
            ? Entry.SetItem(term.Symbol!, value.IsNonZero)
            : Untouched && value.IsConstant && term is { Kind: TermKind.Operator, Data: "isnull" } && term.Children[0] is { Kind: TermKind.Field, Symbol: IFieldSymbol { Type.IsReferenceType: true } owner } tested
                && tested.Children[0].Kind == TermKind.This && !Stored.ContainsKey(tested)
                ? Entry.SetItem(owner, value.IsZero)
                : Entry,
        Untouched);

    /// <summary>Whether a term is a truth value that an object keeps. What it does to locks often hangs on those: <c>if (_taken) _lock.Exit();</c>.</summary>
    public static bool IsSwitch(Term term) => term.Symbol switch
    {
        IFieldSymbol { Type.SpecialType: SpecialType.System_Boolean } => true,
        IPropertySymbol { Type.SpecialType: SpecialType.System_Boolean } property => FixedMemory.IsFixed(property),
        _ => false,
    } && term.Kind is TermKind.Field or TermKind.Property;

    public State WithStored(Term field, Value value) => new(Held, Released, NotHeld, Variables, Facts, Stored.SetItem(field, value), Entry, Untouched);

    public State WithNotHeld(Term term) => new(Held, Released, NotHeld.Add(term), Variables, Facts, Stored, Entry, Untouched);

    /// <summary>The state with other locks held, and a lock that is not known to be held, released or free.</summary>
    public State WithoutKnowledgeOf(ImmutableArray<HeldLock> held, Term term) => new(held, Released.RemoveAll(term.Equals), NotHeld.Remove(term), Variables, Facts, Stored, Entry, Untouched);

    public State WithFacts(Map<Term, BitValue> facts) => ReferenceEquals(facts, Facts) ? this : new(Held, Released, NotHeld, Variables, facts, Stored, Entry, Untouched);

    public bool Holds(Term term) => Held.Any(h => h.Term.Equals(term));

    /// <summary>Takes a lock: what was released of the caller's is simply held by the caller again.</summary>
    public State Acquire(HeldLock taken)
    {
        var notHeld = NotHeld.Remove(taken.Term);
        var index = Released.IndexOf(taken.Term);
        return index >= 0
            ? new State(Held, Released.RemoveAt(index), notHeld, Variables, Facts, Stored, Entry, Untouched)
            : new State(Held.Add(taken), Released, notHeld, Variables, Facts, Stored, Entry, Untouched);
    }

    /// <summary>Releases the lock at an index of <see cref="Held"/>.</summary>
    /// <param name="surely">It is known to be this one.</param>
    public State ReleaseAt(int index, bool surely = true)
    {
        var term = Held[index].Term;
        var held = Held.RemoveAt(index);
        var notHeld = !surely || held.Any(h => h.Term.Equals(term)) ? NotHeld : NotHeld.Add(term);
        return new State(held, Released, notHeld, Variables, Facts, Stored, Entry, Untouched);
    }

    /// <summary>The caller holds again what was released of its.</summary>
    public State TakeBack(Term term) => new(Held, Released.Remove(term), NotHeld, Variables, Facts, Stored, Entry, Untouched);

    /// <summary>Releases a lock that only the caller can hold.</summary>
    public State ReleaseCallers(Term term) => new(Held, Released.Add(term), NotHeld.Add(term), Variables, Facts, Stored, Entry, Untouched);

    /// <summary>
    /// Gives a variable a new value. Terms that mention its old value, the new one among them (<c>node = node.Next</c>), go on under a name of their own, so that a lock held through it is
    /// neither lost nor mistaken for the one the variable leads to from now on.
    /// </summary>
    public State Assign(ISymbol variable, Value? value, object site)
    {
        Term? old = null;
        Term Renamed(Term term) => term.Mentions(variable) ? term.Replace(variable, old ??= Term.Opaque((site, variable.Name))) : term;

        var held = Held;
        for (var i = 0; i < held.Length; i++)
        {
            if (Renamed(held[i].Term) is var term && !ReferenceEquals(term, held[i].Term))
                held = held.SetItem(i, held[i].For(term, held[i].Traits));
        }

        var released = Released;
        for (var i = 0; i < released.Length; i++)
        {
            if (Renamed(released[i]) is var term && !ReferenceEquals(term, released[i]))
                released = released.SetItem(i, term);
        }

        var facts = Facts.RemoveWhere(static (term, _, gone) => term.Mentions(gone), variable);
        var notHeld = NotHeld;
        foreach (var term in NotHeld)
            notHeld = term.Mentions(variable) ? notHeld.Remove(term) : notHeld;
        var stored = Stored.RemoveWhere(static (field, value, gone) => field.Mentions(gone) || value.Term.Mentions(gone), variable);
        var variables = value is null ? Variables.Remove(variable) : Variables;
        foreach (var pair in Variables)
        {
            if (pair.Key is IOnSomeWay { KnownBy: { } known } && known.Mentions(variable))
                variables = variables.Remove(pair.Key);
            else if (!VariableComparer.Same(pair.Key, variable) && Renamed(pair.Value.Term) is var term && !ReferenceEquals(term, pair.Value.Term))
                variables = variables.SetItem(pair.Key, pair.Value.WithTerm(term).WithOwn(null));
            else if (pair.Value.Own?.Mentions(variable) == true)
                variables = variables.SetItem(pair.Key, pair.Value.WithOwn(null));
        }

        // A value without a name of its own is known by its variable's.
        if (value is not null)
        {
            var term = Renamed(value.Term);
            if (value.Term.Kind is TermKind.Opaque or TermKind.Call)
            {
                term = Variable(variable);
                foreach (var pair in facts)
                {
                    if (pair.Key.Mentions(value.Term))
                        facts = facts.SetItem(pair.Key.Replace(value.Term, term), pair.Value);
                }
            }

            foreach (var pair in variables)
            {
                if (pair.Key is AllocationAttempt attempt && attempt.Named(value.Term, Variable(variable)) is { } named)
                    variables = variables.SetItem(named, pair.Value);
            }

            variables = variables.SetItem(variable, value.WithTerm(term).WithOwn(null));
        }

        return new State(held, released, notHeld, variables, facts, stored, Entry, Untouched);
    }

    /// <summary>Forgets what is known of a field, whoever's it is.</summary>
    public State ForgetField(ISymbol field) => Forget(term => term.Mentions(field));

    /// <summary>Forgets every fact about, and every value stored in, memory that other code can change.</summary>
    public State ForgetSharedMemory()
    {
        if (Facts.IsEmpty && Stored.IsEmpty && !Untouched)
            return this;
        if (Variables.ContainsKey(OwnObject))
            return Forget(term => term.CanChange && term.HasPart(t => t.IsMemoryThatChanges && !(t.Kind == TermKind.Field && t.Children[0].Kind == TermKind.This)));
        return Forget(term => term.CanChange);
    }

    /// <summary>In a constructor, for as long as nobody else has seen the object: a variable that is there or not.</summary>
    public const string OwnObject = "own";

    /// <summary>Others may have seen the receiver.</summary>
    public State WithSharedReceiver() => WithVariables(Variables.Remove(OwnObject));

    /// <summary>Forgets what was known of the result of an operation, before it produces a new one.</summary>
    public State ForgetOpaque(Term opaque) => Facts.IsEmpty ? this : WithFacts(Facts.RemoveWhere(static (term, _, forgotten) => term.Mentions(forgotten), opaque));

    /// <summary>Somebody has looked whether the result of an allocation is null, or may have.</summary>
    public State WithChecked(AllocationResult result)
    {
        var variables = Variables;
        foreach (var pair in Variables)
        {
            if (result.Equals(pair.Value.Unchecked))
                variables = variables.SetItem(pair.Key, pair.Value.WithUnchecked(null));
        }

        var stored = Stored;
        foreach (var pair in Stored)
        {
            if (result.Equals(pair.Value.Unchecked))
                stored = stored.SetItem(pair.Key, pair.Value.WithUnchecked(null));
        }

        return ReferenceEquals(variables, Variables) && ReferenceEquals(stored, Stored) ? this : new State(Held, Released, NotHeld, variables, Facts, stored, Entry, Untouched);
    }

    private State Forget(Func<Term, bool> predicate)
    {
        // What others can reach, others can check.
        foreach (var pair in Stored)
        {
            if (pair.Value.Unchecked is { } result && predicate(pair.Key))
                return WithChecked(result).Forget(predicate);
        }

        var facts = Facts.RemoveWhere(static (term, _, isForgotten) => isForgotten(term), predicate);
        var stored = Stored.RemoveWhere(static (field, _, isForgotten) => isForgotten(field), predicate);
        if (!Untouched && ReferenceEquals(facts, Facts) && ReferenceEquals(stored, Stored))
            return this;
        return new State(Held, Released, NotHeld, Variables, facts, stored, Entry, untouched: false);
    }

    /// <summary>Whether a condition is true, as far as branches have shown.</summary>
    public bool? TruthOf(Term condition)
    {
        if (condition is { Kind: TermKind.Operator, Data: "not" })
            return !TruthOf(condition.Children[0]);
        return Facts.TryGetValue(condition, out var known) && known.IsConstant ? !known.IsZero : null;
    }

    private static Term Variable(object key) => key switch
    {
        ILocalSymbol local => Term.Local(local),
        IParameterSymbol parameter => Term.Parameter(parameter),
        _ => Term.Opaque(("merged", key)),
    };

    private static bool IsBefore(Location? a, Location? b)
    {
        if (a is null || b is null)
            return false;
        var order = string.CompareOrdinal(a.SourceTree?.FilePath, b.SourceTree?.FilePath);
        return order != 0 ? order < 0 : a.SourceSpan.CompareTo(b.SourceSpan) < 0;
    }

    private sealed class VariableComparer : IEqualityComparer<object>
    {
        public static readonly VariableComparer Instance = new();

        public static bool Same(object x, object y) => ReferenceEquals(x, y) || (x is ISymbol a ? y is ISymbol b && SymbolEqualityComparer.Default.Equals(a, b) : x.Equals(y));

        bool IEqualityComparer<object>.Equals(object x, object y) => Same(x, y);

        int IEqualityComparer<object>.GetHashCode(object key) => key is ISymbol symbol ? SymbolEqualityComparer.Default.GetHashCode(symbol) : key.GetHashCode();
    }
}

/// <summary>A key among the variables of a state for something that counts if it has happened on one of the ways that meet, not on all.</summary>
internal interface IOnSomeWay
{
    /// <summary>The term that it is known by, if it is forgotten with the variables in it.</summary>
    Term? KnownBy { get; }
}
