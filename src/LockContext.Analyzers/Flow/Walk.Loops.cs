using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using LockContext.Analyzers.Knowledge;
using LockContext.Analyzers.Model;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace LockContext.Analyzers.Flow;

/// <summary>
/// Locks that a loop takes one after the other: <c>for (...) locks[i].Enter();</c>. What a round has taken, and the next takes elsewhere, is held from then on as one lock that stands for any number
/// of them (<see cref="Term.IsMany"/>).
/// </summary>
/// <remarks>
/// Nobody counts rounds, so that a loop which gives back such locks, taken outside of it, gives back all of them: not with a round, since the others are still held, but when it is left, also
/// where it has not run at all. What a loop gives back is only known once it has been walked through, while it may be left before that; so a walk that finds such a loop is done again
/// with that knowledge.
/// </remarks>
internal sealed partial class Walk
{
    /// <summary>Acquires seen so far: the block, the operation, and the part of it that leads to the lock, if only one does.</summary>
    private readonly Dictionary<Location, (int Block, IOperation Operation, IOperation? Owner)> _takenBy = new();
    private readonly Dictionary<(IOperation, Loop), bool> _varies = new();

    /// <summary>Locks that a loop of this member has taken.</summary>
    private readonly HashSet<Term> _takenByLoops = new();
    private List<LoopRelease> _loopReleases = new();
    private int _block;

    /// <summary>A loop that releases locks which it has not taken.</summary>
    /// <param name="OfCaller">Nothing here has.</param>
    /// <param name="TakesBack">It takes for the caller again what has been released of its.</param>
    private sealed record LoopRelease(Loop Loop, Term Term, LockTraits? Traits, bool OfCaller, bool TakesBack = false);

    private State Acquire(State state, HeldLock taken, IOperation by, IOperation? owner)
    {
        if (taken.TakenAt is { } at)
            _takenBy[at] = (_block, by, owner);
        return Acquire(state, taken);
    }

    /// <summary>What a lock that a callee names by a path hangs on: the receiver or an argument.</summary>
    private static IOperation? OwnerAt(IOperation operation, Term path)
    {
        while (path.Kind is TermKind.Field or TermKind.Property or TermKind.Element)
            path = path.Children[0];
        return path.Kind switch
        {
            TermKind.This => (operation as IInvocationOperation)?.Instance,
            TermKind.Parameter => ArgumentsOf(operation).FirstOrDefault(a => Same(a.Parameter, path.Symbol))?.Value,
            _ => null,
        };
    }

    /// <summary>At the head of a loop, what the rounds before have taken becomes one.</summary>
    private State JoinRounds(State state, int head)
    {
        if (state.Held.IsEmpty)
            return state;
        foreach (var loop in _body.Loops)
        {
            if (loop.First == head)
                return JoinRounds(state, loop);
        }

        return state;
    }

    private State JoinRounds(State state, Loop loop)
    {
        for (var i = state.Held.Length - 1; i >= 0; i--)
        {
            var held = state.Held[i];
            if (held.Ambient || !held.Masks.IsEmpty || held.Scope is not null || held.TakenAt is null || !_takenBy.TryGetValue(held.TakenAt, out var by) || !loop.Contains(by.Block) || !Varies(by.Operation, loop)
                || IsHandedOn(state, held, loop) || InAnyRound(held.Term, by.Owner, loop) is not { IsMany: true } term)
            {
                continue;
            }

            var rest = state.Held.RemoveAt(i);
            if (state.Released.Contains(term))
            {
                state = state.WithHeld(rest);
                Note(new LoopRelease(loop, term, held.Traits, OfCaller: true, TakesBack: true));
                continue;
            }

            _takenByLoops.Add(term);
            state = rest.Any(h => h.Term.Equals(term) && h.Traits.Equals(held.Traits)) ? state.WithHeld(rest)
                : state.WithHeld(rest.Insert(i, held.For(term, held.Traits)));
        }

        return state;
    }

    /// <summary>Hand over hand: the round that took it leaves it in a variable, and the next releases it by that before the variable gets its own.</summary>
    private bool IsHandedOn(State state, HeldLock held, Loop loop)
    {
        if (state.Held.Count(h => Equals(h.TakenAt, held.TakenAt)) > 1)
            return false;
        foreach (var variable in state.Variables)
        {
            if (variable.Key is ILocalSymbol local && variable.Value.Term.Equals(held.Term) && loop.Assigned.Contains(local) && IsReleasedFirst(local, loop))
                return true;
        }

        return false;
    }

    private bool IsReleasedFirst(ILocalSymbol local, Loop loop)
    {
        for (var block = loop.First; block <= loop.Last; block++)
        {
            foreach (var code in _body.CodeOf(_body.Graph.Blocks[block]))
            {
                foreach (var operation in code.Operations)
                {
                    if (operation is IInvocationOperation call && (IsLocal(call.Instance) || call.Arguments.Any(a => IsLocal(a.Value))) && _knowledge.FactsOf(call.TargetMethod).Locks.Any(l => l.Kind == LockOperationKind.Release))
                        return true;
                    if (_body.AssignedBy(operation).Contains(local, SymbolEqualityComparer.Default))
                        return false;
                }
            }
        }

        return false;

        bool IsLocal(IOperation? operation) => operation is not null && Unconverted(operation) is ILocalReferenceOperation reference && Same(reference.Local, local);
    }

    private Term InAnyRound(Term term, IOperation? owner, Loop loop)
    {
        var many = InAnyRound(term, loop);
        if (many.IsMany || owner is null || !IsVarying(owner, loop))
            return many;

        // In the first round it still goes by the name of where the loop begins: "for (var p = _first; p != null; p = p.Next)".
        return term.Kind is TermKind.Field or TermKind.Property ? term.With(ImmutableArray.Create(Term.Any)) : Term.Any;
    }

    /// <summary>A lock by a name that is the same in every round of a loop.</summary>
    private static Term InAnyRound(Term term, Loop loop)
    {
        switch (term.Kind)
        {
            case TermKind.Opaque or TermKind.Call:
                return Term.Any;
            case TermKind.Local or TermKind.Parameter:
                return loop.Assigned.Contains(term.Symbol!) ? Term.Any : term;
            case TermKind.Element:
                return Term.Element(InAnyRound(term.Children[0], loop), term.Children.Skip(1).Select(_ => Term.Any));
            case TermKind.Field or TermKind.Property:
                // However many steps lead to the owner, it is any.
                var owner = InAnyRound(term.Children[0], loop);
                return term.With(ImmutableArray.Create(IsAnybodys(owner) ? Term.Any : owner));
            case TermKind.Operator:
                return term.With(term.Children.Select(c => InAnyRound(c, loop)).ToImmutableArray());
            default:
                return term;
        }
    }

    private static bool IsAnybodys(Term term) => term.Kind == TermKind.Any || (term.Kind is TermKind.Field or TermKind.Property or TermKind.Element && IsAnybodys(term.Children[0]));

    /// <summary>Whether what an operation names may be another thing in every round.</summary>
    private bool Varies(IOperation operation, Loop loop)
    {
        if (!_varies.TryGetValue((operation, loop), out var varies))
            _varies[(operation, loop)] = varies = operation.ChildOperations.Any(part => IsVarying(part, loop));
        return varies;
    }

    private bool IsVarying(IOperation operation, Loop loop)
    {
        return Part(operation);

        bool Part(IOperation part)
        {
            switch (part)
            {
                // The flag of an acquire is new in every round, and says nothing of which lock it is; nor does a timeout.
                case ILocalReferenceOperation { Type.SpecialType: SpecialType.System_Boolean }:
                case IArgumentOperation { Parameter: { RefKind: RefKind.None, Type.IsValueType: true }, Parent: IInvocationOperation { TargetMethod: var method } } when _knowledge.FactsOf(method).TakesOrReleases:
                    return false;
                case IFlowCaptureReferenceOperation when Origin(part) is { } origin && !ReferenceEquals(origin, part):
                    return Part(origin);
                case IMemberReferenceOperation { Member: { } member } when loop.Assigned.Contains(member.OriginalDefinition) || member is IPropertySymbol { Name: "Current" }:
                    return true;
                case IInvocationOperation { Type.IsValueType: false }:
                    return true;
                default:
                    return (Variables.Of(part) is { } variable && loop.Assigned.Contains(variable)) || part.ChildOperations.Any(Part);
            }
        }
    }

    /// <summary>Whether one name may mean the lock that is held by another.</summary>
    private static bool MayBe(Term held, Term released)
    {
        if (held.Kind == TermKind.Any || released.Kind == TermKind.Any)
        {
            // The objects that a loop goes through are none of those that have a name.
            var other = held.Kind == TermKind.Any ? released : held;
            return other.IsMany || IsVariable(other) || other.Kind == TermKind.Element;
        }

        return MayBePart(held, released, held.IsMany || released.IsMany);
    }

    /// <param name="loosely">One of them is many, and a variable may hold any element of an array.</param>
    private static bool MayBePart(Term a, Term b, bool loosely)
    {
        if (a.Equals(b) || a.Kind is TermKind.Any or TermKind.Opaque or TermKind.Call || b.Kind is TermKind.Any or TermKind.Opaque or TermKind.Call)
            return true;
        if (a.Kind == b.Kind && a.Children.Length == b.Children.Length)
        {
            switch (a.Kind)
            {
                case TermKind.Element:
                    return MayBePart(a.Children[0], b.Children[0], loosely: false) && Enumerable.Range(1, a.Children.Length - 1).All(i => MayBeIndex(a.Children[i], b.Children[i]));
                case TermKind.Field or TermKind.Property:
                    return Same(a.Symbol, b.Symbol) && MayBePart(a.Children[0], b.Children[0], loosely);
                case TermKind.Operator:
                    return Equals(a.Data, b.Data) && a.Children.Zip(b.Children, (x, y) => MayBePart(x, y, loosely)).All(same => same);
            }
        }

        return loosely && ((IsVariable(a) && b.Kind == TermKind.Element) || (IsVariable(b) && a.Kind == TermKind.Element));
    }

    private static bool IsVariable(Term term) => term.Kind is TermKind.Local or TermKind.Parameter || (term.IsWeak && term.Kind != TermKind.Element);

    private static bool MayBeIndex(Term a, Term b) => a.Equals(b) || !((a.Kind == TermKind.Constant && b.Kind == TermKind.Constant) || IsNextTo(a, b) || IsNextTo(b, a));

    private static bool IsNextTo(Term index, Term other) =>
        index is { Kind: TermKind.Operator, Data: nameof(BinaryOperatorKind.Add) or nameof(BinaryOperatorKind.Subtract) } && index.Children[0].Equals(other) && ConstantBits(index.Children[1]) is > 0;

    /// <summary>
    /// A release of a lock that has no name for certain, or is one of many: of which of those held, or <see langword="null"/> if it is of none. One of many goes on being held if a loop goes through
    /// them, until that is left.
    /// </summary>
    private State? ReleaseOneOf(State state, Term term, LockTarget? target, IOperation operation)
    {
        for (var many = 0; many < 2; many++)
        {
            for (var i = state.Held.Length - 1; i >= 0; i--)
            {
                var held = state.Held[i];
                if (held.Term.IsMany != (many == 1) || !held.Masks.IsEmpty || !(target is null || target.Traits.Equals(held.Traits)) || !IsReleasedBy(held, term, operation))
                    continue;
                var goesOn = NoteLoopRelease(held, held.Term.IsMany ? held.Term : term, operation);
                return held.Term.IsMany && goesOn && !term.IsMany ? EndProtection(state, held, operation) : ReleaseAt(state, i, operation, surely: false);
            }
        }

        return null;
    }

    /// <summary>A callee whose loop gives back any number of locks gives back all that may be among them, however many times and by which names they were taken.</summary>
    private State ReleaseByCallee(State state, Term term, IOperation operation)
    {
        state = Release(state, term, null, operation);
        for (var i = state.Held.Length - 1; term.IsMany && i >= 0; i--)
        {
            if (state.Held[i] is { Ambient: false, Masks.IsEmpty: true, Term: var held } && (held.IsMany || !held.IsWeak) && (MayBe(held, term) || MayBeOfSameArray(held, term)))
                state = ReleaseAt(state, i, operation, surely: false);
        }

        return state;
    }

    /// <summary>Who keeps the locks in a table, and exchanges that, has it by the name of a variable here and by that of a field there.</summary>
    private static bool MayBeOfSameArray(Term held, Term many)
    {
        return held.Kind == TermKind.Element && many.Kind == TermKind.Element && MayLeadTo(held.Children[0], many.Children[0]);

        static bool MayLeadTo(Term a, Term b) => a.Equals(b) || (IsVariable(a) && (b.CanChange || !IsVariable(b))) || (IsVariable(b) && (a.CanChange || !IsVariable(a)))
            || (a.Kind == TermKind.Field && b.Kind == TermKind.Field && Same(a.Symbol, b.Symbol) && MayLeadTo(a.Children[0], b.Children[0]));
    }

    private bool IsReleasedBy(HeldLock held, Term term, IOperation operation)
    {
        if (held.Term.IsMany || term.IsMany)
            return MayBe(held.Term, term);
        if (term.IsWeak || held.Term.IsWeak)
            return !AreDifferentFields(term, held.Term);

        // Elements by other indices are other locks, unless the one was taken by a number or a loop goes through them.
        return MayBe(held.Term, term) && (IsNumbered(held.Term) != IsNumbered(term) || InnermostLoop(operation) is not null);
    }

    private static bool IsNumbered(Term term) => !term.HasPart(t => t.Kind == TermKind.Element && t.Children.Skip(1).Any(i => i.Kind != TermKind.Constant));

    /// <summary>The innermost loop around the block in every round of which an operation names another thing.</summary>
    private Loop? InnermostLoop(IOperation operation) => _body.Loops.LastOrDefault(l => l.Contains(_block) && Varies(operation, l));

    /// <summary>Notes that a loop which has not taken a lock releases it; false if there is none.</summary>
    private bool NoteLoopRelease(HeldLock held, Term term, IOperation operation)
    {
        var loop = _body.Loops.FirstOrDefault(l => l.Contains(_block) && !IsTakenIn(held, l) && Varies(operation, l));
        if (loop is not null)
            Note(new LoopRelease(loop, InAnyRound(term, loop), held.Traits, OfCaller: false));
        return loop is not null;
    }

    private bool IsTakenIn(HeldLock held, Loop loop) => held.TakenAt is { } at && _takenBy.TryGetValue(at, out var by) && loop.Contains(by.Block);

    private void Note(LoopRelease found)
    {
        if (found.Term.IsMany && !_loopReleases.Any(r => ReferenceEquals(r.Loop, found.Loop) && r.Term.Equals(found.Term) && Equals(r.Traits, found.Traits) && r.TakesBack == found.TakesBack))
            _loopReleases.Add(found);
    }

    /// <summary>A release of what only the caller can hold. What this member's own loops take, a loop may find not taken.</summary>
    private State ReleaseCallers(State state, Term term, IOperation operation)
    {
        if (InnermostLoop(operation) is { } loop && InAnyRound(term, loop) is { IsMany: true } many)
        {
            Note(new LoopRelease(loop, many, null, OfCaller: true));
            term = many;
        }

        if (term.IsMany ? state.Released.Contains(term) || _takenByLoops.Contains(term) : term.IsWeak)
            return state;
        if (state.Released.Length < MaxHeld)
            return state.ReleaseCallers(term);
        GivenUp ??= TooManyHeld;
        return state;
    }

    private State LeaveLoops(State state, int from, BasicBlock? to)
    {
        foreach (var release in _loopReleases)
        {
            if (!release.Loop.Contains(from) || (to is not null && release.Loop.Contains(to.Ordinal)))
                continue;
            if (release.TakesBack)
            {
                if (state.Released.Contains(release.Term))
                    state = state.WithHeld(state.Held.RemoveAll(h => IsTakenIn(h, release.Loop) && MayBe(h.Term, release.Term))).TakeBack(release.Term);
                continue;
            }

            if (release.OfCaller)
            {
                if (!state.Released.Contains(release.Term) && !_takenByLoops.Contains(release.Term) && state.Released.Length < MaxHeld && !state.Held.Any(h => MayBe(h.Term, release.Term)))
                    state = state.ReleaseCallers(release.Term);
                continue;
            }

            for (var i = state.Held.Length - 1; i >= 0; i--)
            {
                var held = state.Held[i];
                if (held.Ambient || !held.Masks.IsEmpty || !Equals(release.Traits, held.Traits) || IsTakenIn(held, release.Loop) || !MayBe(held.Term, release.Term))
                    continue;
                if (held.TakenAt is { } takenAt)
                    NoteRelease(takenAt, by: null);
                state = state.ReleaseAt(i, surely: false);
            }
        }

        return state;
    }
}
