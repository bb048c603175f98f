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
        ImmutableDictionary<object, Value>.Empty.WithComparers(VariableComparer.Instance), ImmutableDictionary<Term, BitValue>.Empty,
        ImmutableDictionary<Term, Value>.Empty, ImmutableDictionary.Create<ISymbol, bool>(SymbolEqualityComparer.Default), untouched: true);

    private State(ImmutableArray<HeldLock> held, ImmutableArray<Term> released, ImmutableHashSet<Term> notHeld,
        ImmutableDictionary<object, Value> variables, ImmutableDictionary<Term, BitValue> facts, ImmutableDictionary<Term, Value> stored,
        ImmutableDictionary<ISymbol, bool> entry, bool untouched)
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
    public ImmutableDictionary<object, Value> Variables { get; }

    /// <summary>What branches have shown of terms.</summary>
    public ImmutableDictionary<Term, BitValue> Facts { get; }

    /// <summary>What was last stored in fields.</summary>
    public ImmutableDictionary<Term, Value> Stored { get; }

    /// <summary>Switches among the receiver's fields, as this way through the member shows them to have been on entry.</summary>
    public ImmutableDictionary<ISymbol, bool> Entry { get; }

    /// <summary>Whether the receiver's fields still are as they were on entry.</summary>
    private bool Untouched { get; }

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
    public static State Merge(State a, State b)
    {
        if (ReferenceEquals(a, b))
            return a;
        var held = a.Held;
        for (var i = 0; i < held.Length; i++)
        {
            if (IsBefore(b.Held[i].TakenAt, held[i].TakenAt))
                held = held.SetItem(i, b.Held[i]);
        }

        var variables = a.Variables;
        foreach (var pair in ReferenceEquals(a.Variables, b.Variables) ? None<object, Value>() : a.Variables)
        {
            if (!b.Variables.TryGetValue(pair.Key, out var other))
                variables = pair.Key is IOnSomeWay ? variables : variables.Remove(pair.Key);
            else if (!ReferenceEquals(pair.Value, other) && !pair.Value.Equals(other))
                variables = variables.SetItem(pair.Key, Value.Join(pair.Value, other, Variable(pair.Key)));
        }

        foreach (var pair in ReferenceEquals(a.Variables, b.Variables) ? None<object, Value>() : b.Variables)
        {
            if (pair.Key is IOnSomeWay && !a.Variables.ContainsKey(pair.Key))
                variables = variables.Add(pair.Key, pair.Value);
        }

        var facts = a.Facts;
        foreach (var pair in ReferenceEquals(a.Facts, b.Facts) ? None<Term, BitValue>() : a.Facts)
        {
            if (!b.Facts.TryGetValue(pair.Key, out var other))
                facts = facts.Remove(pair.Key);
            else if (BitValue.Join(pair.Value, other) is var joined && joined.IsUnknown)
                facts = facts.Remove(pair.Key);
            else if (!joined.Equals(pair.Value))
                facts = facts.SetItem(pair.Key, joined);
        }

        var stored = a.Stored;
        foreach (var pair in ReferenceEquals(a.Stored, b.Stored) ? None<Term, Value>() : a.Stored)
        {
            if (!b.Stored.TryGetValue(pair.Key, out var other) || !other.Equals(pair.Value))
                stored = stored.Remove(pair.Key);
        }

        return new State(held, a.Released, a.NotHeld.Intersect(b.NotHeld), variables, facts, stored,
            a.Entry.RemoveRange(a.Entry.Where(p => !b.Entry.TryGetValue(p.Key, out var other) || other != p.Value).Select(p => p.Key)), a.Untouched && b.Untouched);
    }

    private static ImmutableDictionary<TKey, TValue> None<TKey, TValue>()
        where TKey : notnull => ImmutableDictionary<TKey, TValue>.Empty;

    /// <summary>Whether a merge into this state changed nothing.</summary>
    public bool Covers(State merged) => Held.Zip(merged.Held, (x, y) => ReferenceEquals(x, y) || Equals(x.TakenAt, y.TakenAt)).All(same => same)
        && NotHeld.Count == merged.NotHeld.Count && Stored.Count == merged.Stored.Count
        && Facts.Count == merged.Facts.Count && Variables.Count == merged.Variables.Count
        && Entry.Count == merged.Entry.Count && Untouched == merged.Untouched && ReferenceEquals(Facts, merged.Facts) && ReferenceEquals(Variables, merged.Variables);

    public State WithHeld(ImmutableArray<HeldLock> held) => new(held, Released, NotHeld, Variables, Facts, Stored, Entry, Untouched);

    public State WithVariable(object variable, Value value) => new(Held, Released, NotHeld, Variables.SetItem(variable, value), Facts, Stored, Entry, Untouched);

    public State WithVariables(ImmutableDictionary<object, Value> variables) =>
        ReferenceEquals(variables, Variables) ? this : new(Held, Released, NotHeld, variables, Facts, Stored, Entry, Untouched);

    /// <summary>Records what a branch has shown. Beyond any number of conditions that later branches repeat (a switch of thousands of cases) nothing is added: to know less is always right.</summary>
    public State WithFact(Term term, BitValue value) => Facts.Count >= MaxFacts && !Facts.ContainsKey(term) ? this : new(Held, Released, NotHeld, Variables, Facts.SetItem(term, value), Stored,
        Untouched && value.IsConstant && term is { Kind: TermKind.Field, Symbol: IFieldSymbol { Type.SpecialType: SpecialType.System_Boolean } field } && term.Children[0].Kind == TermKind.This && !Stored.ContainsKey(term)
            ? Entry.SetItem(field, value.IsNonZero)
            : Untouched && value.IsConstant && term is { Kind: TermKind.Operator, Data: "isnull" } && term.Children[0] is { Kind: TermKind.Field, Symbol: IFieldSymbol { Type.IsReferenceType: true } owner } tested
                && tested.Children[0].Kind == TermKind.This && !Stored.ContainsKey(tested)
                ? Entry.SetItem(owner, value.IsZero)
                : Entry,
        Untouched);

    public State WithStored(Term field, Value value) => new(Held, Released, NotHeld, Variables, Facts, Stored.SetItem(field, value), Entry, Untouched);

    public State WithNotHeld(Term term) => new(Held, Released, NotHeld.Add(term), Variables, Facts, Stored, Entry, Untouched);

    public State WithFacts(ImmutableDictionary<Term, BitValue> facts) => ReferenceEquals(facts, Facts) ? this : new(Held, Released, NotHeld, Variables, facts, Stored, Entry, Untouched);

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
    public State ReleaseAt(int index)
    {
        var term = Held[index].Term;
        var held = Held.RemoveAt(index);
        var notHeld = held.Any(h => h.Term.Equals(term)) ? NotHeld : NotHeld.Add(term);
        return new State(held, Released, notHeld, Variables, Facts, Stored, Entry, Untouched);
    }

    /// <summary>Releases a lock that only the caller can hold.</summary>
    public State ReleaseCallers(Term term) => new(Held, Released.Add(term), NotHeld.Add(term), Variables, Facts, Stored, Entry, Untouched);

    /// <summary>
    /// Gives a variable a new value. Terms that mention its old value, the new one among them (<c>node = node.Next</c>), go on under a name of their own, so that a lock held through it is
    /// neither lost nor mistaken for the one the variable leads to from now on.
    /// </summary>
    public State Assign(ISymbol variable, Value? value, object site)
    {
        var old = Term.Opaque((site, variable.Name));
        Term Renamed(Term term) => term.Replace(variable, old);

        var held = Held;
        for (var i = 0; i < held.Length; i++)
        {
            if (Renamed(held[i].Term) is var term && !ReferenceEquals(term, held[i].Term))
                held = held.SetItem(i, held[i].For(term, held[i].Traits));
        }

        var released = Released;
        for (var i = 0; i < released.Length; i++)
            released = released.SetItem(i, Renamed(released[i]));

        var facts = Facts.RemoveRange(Facts.Keys.Where(k => k.Mentions(variable)));
        var notHeld = NotHeld.Except(NotHeld.Where(t => t.Mentions(variable)));
        var stored = Stored.RemoveRange(Stored.Where(p => p.Key.Mentions(variable) || p.Value.Term.Mentions(variable)).Select(p => p.Key));
        var variables = Variables.Remove(variable);
        foreach (var pair in variables)
        {
            if (pair.Key is AllocationAttempt attempt && attempt.Result.Mentions(variable))
                variables = variables.Remove(pair.Key);
            else if (Renamed(pair.Value.Term) is var term && !ReferenceEquals(term, pair.Value.Term))
                variables = variables.SetItem(pair.Key, pair.Value.WithTerm(term));
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

            variables = variables.SetItem(variable, value.WithTerm(term));
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
            return Forget(term => term.Any(t => IsMutable(t) && !(t.Kind == TermKind.Field && t.Children[0].Kind == TermKind.This)));
        return Forget(term => term.Any(IsMutable));
    }

    /// <summary>In a constructor, for as long as nobody else has seen the object: a variable that is there or not.</summary>
    public const string OwnObject = "own";

    /// <summary>Others may have seen the receiver.</summary>
    public State WithSharedReceiver() => WithVariables(Variables.Remove(OwnObject));

    /// <summary>Forgets what was known of the result of an operation, before it produces a new one.</summary>
    public State ForgetOpaque(Term opaque) => Facts.IsEmpty ? this : WithFacts(Facts.RemoveRange(Facts.Keys.Where(k => k.Mentions(opaque))));

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

        var facts = Facts.RemoveRange(Facts.Keys.Where(predicate));
        var stored = Stored.RemoveRange(Stored.Keys.Where(predicate));
        return new State(Held, Released, NotHeld, Variables, facts, stored, Entry, untouched: false);
    }

    private static bool IsMutable(Term term) => term switch
    {
        { Kind: TermKind.Field, Symbol: IFieldSymbol field } => !field.IsReadOnly && !field.IsConst,
        { Kind: TermKind.Property } => true,
        { Kind: TermKind.Element } => true,
        _ => false,
    };

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

        bool IEqualityComparer<object>.Equals(object x, object y) => x is ISymbol a && y is ISymbol b ? SymbolEqualityComparer.Default.Equals(a, b) : Equals(x, y);

        int IEqualityComparer<object>.GetHashCode(object key) => key is ISymbol symbol ? SymbolEqualityComparer.Default.GetHashCode(symbol) : key.GetHashCode();
    }
}

/// <summary>A key among the variables of a state for something that counts if it has happened on one of the ways that meet, not on all.</summary>
internal interface IOnSomeWay;
