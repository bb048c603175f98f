using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Reflection;
using LockContext.Analyzers.Knowledge;
using LockContext.Analyzers.Model;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace LockContext.Analyzers.Flow;

/// <summary>Locks: finding what a declaration names, taking, trying and releasing.</summary>
internal sealed partial class Walk
{
    /// <summary>A lock as a declaration names it: its term, its class and the word for it in a report.</summary>
    /// <param name="IsWord">A word that is a lock: freeing it when it is not held is a reset, not a mistake.</param>
    /// <param name="Owner">What it hangs on, at a call.</param>
    /// <param name="Local">At a call, the local variable that it is in.</param>
    private sealed record LockTarget(Term Term, LockTraits Traits, string TypeName, bool IsWord = false, IOperation? Owner = null, Term? Local = null);

    private List<Frame>? ApplyLockOperations(Frame frame, IOperation operation, MethodFacts facts, Binding binding, string name)
    {
        var frames = new List<Frame> { frame };
        foreach (var declared in facts.Locks)
        {
            if (TargetAtCall(declared, binding, frame.State) is not { } target)
                continue;
            switch (declared.Kind)
            {
                case LockOperationKind.Release:
                    foreach (var next in frames)
                        next.State = Release(next.State.ForgetSharedMemory(), target.Term, target, operation);
                    break;
                case LockOperationKind.AssertHeld when binding.Callee.ReturnType.SpecialType == SpecialType.System_Boolean:
                    frames = frames.SelectMany(f => AskWhetherHeld(f, operation, target)).ToList();
                    break;
                case LockOperationKind.AssertHeld:
                    foreach (var next in frames)
                        next.State = Believe(next.State, target, operation);
                    break;
                case LockOperationKind.Acquire or LockOperationKind.TryAcquire:
                    frames = frames.SelectMany(f => ApplyAcquire(f, operation, facts, binding, declared, target, name)).ToList();

                    // There is no lock in nothing.
                    if (target.Local is { } local)
                    {
                        foreach (var next in frames)
                            next.State = next.State.WithFact(Term.Operator("isnull", local), BitValue.False);
                    }

                    break;
            }
        }

        return frames.Count == 1 && ReferenceEquals(frames[0], frame) ? null : frames;
    }

    /// <summary>What answers whether a lock is held: with yes, it is.</summary>
    private static IEnumerable<Frame> AskWhetherHeld(Frame frame, IOperation operation, LockTarget target)
    {
        var answer = frame[operation];
        if (!frame.State.Holds(target.Term))
        {
            var no = frame.Fork(frame.State);
            no[operation] = answer.WithBits(BitValue.False);
            yield return no;
        }

        frame.State = Believe(frame.State, target, operation);
        frame[operation] = answer.WithBits(BitValue.True);
        yield return frame;
    }

    private IEnumerable<Frame> ApplyAcquire(Frame frame, IOperation operation, MethodFacts facts, Binding binding, LockOperation declared, LockTarget target, string name)
    {
        var isTry = declared.Kind == LockOperationKind.TryAcquire && !WaitsForever(facts, binding.Arguments);
        var blocks = !isTry || !facts.TimeoutParameters.IsEmpty;

        // Who holds a re-entrant lock does not wait for it.
        target = declared.Shared ? target with { Traits = target.Traits with { Shared = true } } : target;
        blocks &= !MayTakeAgain(frame.State, target.Term, target.Traits) || target.Term.IsWeak || !frame.State.Holds(target.Term);
        if (blocks && TimeoutGuards(facts, binding.Callee, binding.Arguments) is { } guards)
        {
            CheckTakenAgain(frame.State, target.Term, target.Traits, ImmutableArray<Term>.Empty, operation, null);
            Emit(frame.State, operation, new Effect(EffectKind.Lock, target.Traits.Outer) { Lock = target.Term, Traits = target.Traits, Guards = guards, OrderClass = isTry || target.Traits.ReadSection ? null : OrderClassOf(target.Term) },
                new EffectSite(PlaceOf(operation), name, null, null));
        }

        var taken = LockTaken(operation, facts);
        if (taken is ILocalReferenceOperation { IsImplicit: false, Local: var flag } && Same(flag.ContainingSymbol, _method) && !frame[taken].Bits.IsZero && !target.Traits.Reentrant && !_inDoomedBlock)
            _findings?.TakenAgain.Add(new TakenAgainFinding(operation, new HeldLock(target.Term, target.Traits, null, target.TypeName), null, TakenFlag: true));

        var held = new HeldLock(target.Term, target.Traits, PlaceOf(operation), target.TypeName, releasedBy: operation.IsImplicit || declared.Scope ? null : ReleaseOf(binding.Callee, binding.Owner));
        var before = frame.State.ForgetSharedMemory();
        var fresh = new Value(OpaqueOf(operation)).WithNotNull(operation is IObjectCreationOperation);
        var returnsFlag = binding.Callee.ReturnType.SpecialType == SpecialType.System_Boolean;
        if (!isTry)
        {
            frame.State = SetFlag(Acquire(before, held, operation, target.Owner), taken, true, operation);
            if (operation is not IObjectCreationOperation || declared.Scope)
                frame[operation] = declared.Scope ? fresh.WithScope(target.Term) : returnsFlag ? fresh.WithBits(BitValue.True) : fresh;
            yield return frame;
            yield break;
        }

        // Trying what one holds and cannot take twice fails.
        if (before.Holds(target.Term) && !MayTakeAgain(before, target.Term, target.Traits) && !target.Term.IsWeak)
        {
            frame.State = SetFlag(before, taken, false, operation);
            frame[operation] = returnsFlag ? fresh.WithBits(BitValue.False) : fresh;
            yield return frame;
            yield break;
        }

        var success = frame.Fork(SetFlag(Acquire(before, held, operation, target.Owner), taken, true, operation));
        success[operation] = declared.Scope ? fresh.WithScope(target.Term) : returnsFlag ? fresh.WithBits(BitValue.True) : fresh;
        if (!returnsFlag && !binding.Callee.ReturnsVoid)
            success.State = success.State.WithFact(Term.Operator("isnull", fresh.Term), BitValue.False);
        yield return success;

        var failure = frame.Fork(SetFlag(before.Holds(target.Term) ? before : before.WithNotHeld(target.Term), taken, false, operation));
        failure[operation] = returnsFlag ? fresh.WithBits(BitValue.False) : fresh;
        if (!returnsFlag && !binding.Callee.ReturnsVoid)
            failure.State = failure.State.WithFact(Term.Operator("isnull", fresh.Term), BitValue.True);
        yield return failure;
    }

    /// <summary>Who gives a try all the time there is has the lock when it returns: -1 means for ever, in milliseconds as in <c>TimeSpan</c>s.</summary>
    private static bool WaitsForever(MethodFacts facts, ImmutableArray<Value> arguments) =>
        facts.TimeoutParameters.Any(ordinal => ordinal < arguments.Length && arguments[ordinal].Bits is { IsConstant: true, Set: var bits } && (uint)bits == uint.MaxValue);

    /// <summary>What releases the lock that a member takes: the release of its type that is named most like it.</summary>
    private string? ReleaseOf(IMethodSymbol acquire, INamedTypeSymbol? owner)
    {
        var wanted = acquire.Name.Replace("Try", "").Replace("Enter", "Exit").Replace("Acquire", "Release");
        var releases = (owner ?? acquire.ContainingType).GetMembers().OfType<IMethodSymbol>()
            .Where(m => m.MethodKind == MethodKind.Ordinary && _knowledge.FactsOf(m).Locks.Any(l => l.Kind == LockOperationKind.Release))
            .Select(m => m.Name).OrderBy(n => n, System.StringComparer.Ordinal).ToArray();
        return releases.FirstOrDefault(n => n == wanted) ?? releases.FirstOrDefault();
    }

    private static IOperation? LockTaken(IOperation operation, MethodFacts facts) =>
        facts.LockTakenParameter < 0 ? null : ArgumentsOf(operation).FirstOrDefault(a => a.Parameter?.Ordinal == facts.LockTakenParameter)?.Value;

    private static State SetFlag(State state, IOperation? flag, bool value, IOperation site)
    {
        if (flag is null)
            return state;
        if (Variables.Of(flag) is { } variable)
            return state.Assign(variable, Value.Constant(value ? 1UL : 0UL), site.Syntax.SpanStart);
        if (flag is IFieldReferenceOperation { Instance: null or IInstanceReferenceOperation, Field: { IsStatic: false } field })
            return state.ForgetField(field).WithStored(Term.Field(Term.This, field), Value.Constant(value ? 1UL : 0UL));
        return state;
    }

    /// <summary>
    /// A <c>lock</c> statement over a <c>System.Threading.Lock</c>. Where nullable annotations are on, Roslyn 4.14 makes no try-finally of it but an invalid operation in
    /// the place of the acquire, so the lock is taken there and held for as long as the walk stays inside the statement.
    /// </summary>
    private List<Frame>? EnterLockStatement(Frame frame, IInvalidOperation operation)
    {
        if (operation.Syntax.Parent is not LockStatementSyntax statement || operation.ChildOperations.FirstOrDefault() is not { Type: INamedTypeSymbol type } locked
            || _knowledge.LockClassOf(type) is null || type.GetMembers("EnterScope").OfType<IMethodSymbol>().FirstOrDefault() is not { } enter)
        {
            return null;
        }

        var name = CalleeName(enter);
        var target = Classified(frame[locked].Term, type, type);
        CheckTakenAgain(frame.State, target.Term, target.Traits, ImmutableArray<Term>.Empty, operation, null);
        Emit(frame.State, operation, new Effect(EffectKind.Lock, target.Traits.Outer) { Lock = target.Term, Traits = target.Traits, OrderClass = OrderClassOf(target.Term) },
            new EffectSite(PlaceOf(operation), name, null, null));
        frame.State = Acquire(frame.State.ForgetSharedMemory(), new HeldLock(target.Term, target.Traits, PlaceOf(operation), target.TypeName, scope: statement.Statement.Span));
        return null;
    }

    /// <summary>What <c>[MethodImpl(MethodImplOptions.Synchronized)]</c> puts around a body: a monitor on the object, or on the type.</summary>
    private State EnterSynchronized(State state)
    {
        if ((_method.MethodImplementationFlags & MethodImplAttributes.Synchronized) == 0 || _bodies.Monitor is not { } monitor || _method.Locations.FirstOrDefault() is not { } at)
            return state;
        var target = Classified(_method.IsStatic ? Term.TypeOf(_method.ContainingType) : Term.This, null, monitor);
        Emit(state, _body.Graph.OriginalOperation, new Effect(EffectKind.Lock, target.Traits.Outer) { Lock = target.Term, Traits = target.Traits, OrderClass = OrderClassOf(target.Term) },
            new EffectSite(at, "Monitor.Enter", null, null));
        return state.WithHeld(state.Held.Add(new HeldLock(target.Term, target.Traits, at, target.TypeName, ambient: true)));
    }

    private static State LeaveLockStatements(State state, SyntaxNode? next)
    {
        for (var i = state.Held.Length - 1; i >= 0; i--)
        {
            if (state.Held[i].Scope is { } scope && (next is null || !scope.Contains(next.SpanStart)))
                state = state.ReleaseAt(i);
        }

        return state;
    }

    private State Acquire(State state, HeldLock taken)
    {
        // A lock that cannot be taken twice is not held twice either: the second time throws or never returns.
        var same = state.Held.Count(h => h.Term.Equals(taken.Term));

        // Beyond any sensible nesting nothing is added, and nothing lost in silence.
        if (state.Held.Length >= MaxHeld && same == 0)
            GivenUp ??= TooManyHeld;
        state = state.WithVariables(state.Variables.Remove(new UnsureLock(taken.Term)));
        return state.Held.Length >= MaxHeld || same >= 3 || (same == 1 && !MayTakeAgain(state, taken.Term, taken.Traits) && !taken.Term.IsWeak) ? state : state.Acquire(taken);
    }

    /// <summary>
    /// Releases the lock that the term must be; failing that, the one it may be; failing that it is the caller's, unless it is surely not held.
    /// </summary>
    private State Release(State state, Term term, LockTarget? target, IOperation operation)
    {
        for (var i = state.Held.Length - 1; i >= 0; i--)
        {
            if (!state.Held[i].Term.Equals(term))
                continue;
            NoteLoopRelease(state.Held[i], term, operation);
            return ReleaseAt(state, i, operation);
        }

        if (term.Data is MaskScope || IsUnsure(state, term))
            return state;
        if (ReleaseOneOf(state, term, target, operation) is { } after)
            return after;

        if (state.NotHeld.Contains(term) && !term.IsWeak)
        {
            if (!_inDoomedBlock && target is not { IsWord: true })
                _findings?.NotHeld.Add(new NotHeldFinding(operation, term, (target?.TypeName ?? "the lock") + (term.DisplayName is { Length: > 0 } name ? $" '{name}'" : "")));
            return state;
        }

        _findings?.ReleasedOfCaller.Add(term);
        return ReleaseCallers(state, term, operation);
    }

    /// <summary>One lock is rarely kept in two fields; whoever releases the locks of all parts does not release that of the whole.</summary>
    private static bool AreDifferentFields(Term a, Term b) => a.Kind == TermKind.Field && b.Kind == TermKind.Field && !Same(a.Symbol, b.Symbol);

    private State ReleaseAt(State state, int index, IOperation operation, bool surely = true)
    {
        if (state.Held[index].TakenAt is { } takenAt)
            NoteRelease(takenAt, operation.Syntax);
        return EndProtection(state.ReleaseAt(index, surely), state.Held[index], operation);
    }

    /// <param name="by">The release, unless it is a loop that gives back many.</param>
    private void NoteRelease(Location takenAt, SyntaxNode? by)
    {
        if (_findings is null)
            return;
        if (!_findings.ReleasedHere.TryGetValue(takenAt, out var places))
            _findings.ReleasedHere.Add(takenAt, places = new HashSet<SyntaxNode>());
        if (by is not null)
            places.Add(by);
    }

    /// <summary>Whether who holds a lock may take it (again): one that is re-entrant, or the side for readers if that is what is held.</summary>
    private static bool MayTakeAgain(State state, Term term, LockTraits traits)
    {
        if (traits.Reentrant || !traits.Shared)
            return traits.Reentrant;
        foreach (var held in state.Held)
        {
            if (held.Term.Equals(term) && !held.Traits.Shared)
                return false;
        }

        return true;
    }

    private void CheckTakenAgain(State state, Term term, LockTraits traits, ImmutableArray<Term> released, IOperation operation, EffectSite? through)
    {
        if (_findings is null || _inDoomedBlock || MayTakeAgain(state, term, traits) || term.IsWeak || released.Contains(term))
            return;
        foreach (var held in state.Held)
        {
            if (held.Term.Equals(term))
            {
                _findings.TakenAgain.Add(new TakenAgainFinding(operation, held, through, TakenFlag: false));
                return;
            }
        }
    }

    /// <summary>The symbol whose own declaration may say what this lock is.</summary>
    private static ISymbol? Declaration(Term term) => term.Kind is TermKind.Field or TermKind.Property ? term.Symbol : null;

    private LockTarget? TargetAtCall(LockOperation declared, Binding binding, State state)
    {
        if (declared.Target is null)
        {
            var owner = binding.Owner ?? binding.Callee.ContainingType;
            var self = binding.Callee.IsStatic ? new Value(Term.Static(binding.Callee.ContainingType)) : binding.Receiver ?? new Value(Term.This);
            return Classified(self.Term, owner, owner) with { Owner = OwnerAt(binding.Site, Term.This), Local = LocalOf(self) };
        }

        if (Resolve(declared.Target, binding.Callee) is not var (path, type))
            return null;
        var value = Translate(path, binding, state);
        return Classified(value.Term, type, binding.Owner ?? binding.Callee.ContainingType) with { Owner = OwnerAt(binding.Site, path), Local = LocalOf(value) };

        static Term? LocalOf(Value value) => (value.Own ?? value.Term) is { Kind: TermKind.Local, Symbol: ILocalSymbol { Type.IsReferenceType: true } } local ? local : null;
    }

    /// <summary>What a declaration on this very member names, in its own terms.</summary>
    private LockTarget? TargetInBody(LockOperation declared)
    {
        if (declared.Target is null)
            return Classified(_method.IsStatic ? Term.Static(_method.ContainingType) : Term.This, _method.ContainingType, _method.ContainingType);
        return Resolve(declared.Target, _method) is var (path, type) ? Classified(path, type, _method.ContainingType) : null;
    }

    private LockTarget Classified(Term term, ITypeSymbol? type, INamedTypeSymbol? owner)
    {
        var ofType = _knowledge.LockClassOf(type);
        var ofOwner = _knowledge.LockClassOf(owner);
        var traits = _knowledge.LockClassOf(Declaration(term), ofType ?? ofOwner ?? LockTraits.Unclassified);
        var name = ofType is not null ? type!.Name : owner?.Name ?? type?.Name ?? "lock";
        return new LockTarget(term, traits, name);
    }

    /// <summary>A dotted path in a declaration: it starts at a parameter, at "this" or at a member of the type.</summary>
    internal static (Term Path, ITypeSymbol? Type)? Resolve(string target, IMethodSymbol method)
    {
        Term? term = null;
        ITypeSymbol? type = null;
        foreach (var part in target.Split('.'))
        {
            if (term is null && part == "this")
            {
                (term, type) = (Term.This, method.ContainingType);
                continue;
            }

            if (term is null && method.Parameters.FirstOrDefault(p => p.Name == part) is { } parameter)
            {
                (term, type) = (Term.Parameter(parameter), parameter.Type);
                continue;
            }

            var member = MembersOf(term is null ? method.ContainingType : type, part).FirstOrDefault(m => m is IFieldSymbol or IPropertySymbol);
            var owner = term ?? (member is { IsStatic: true } ? Term.Static(member.ContainingType) : Term.This);
            switch (member)
            {
                case IFieldSymbol field:
                    (term, type) = (Term.Field(owner, field), field.Type);
                    break;
                case IPropertySymbol property:
                    (term, type) = (Term.Property(owner, property), property.Type);
                    break;
                default:
                    return null;
            }
        }

        return term is null ? null : (term, type);
    }

    private static IEnumerable<ISymbol> MembersOf(ITypeSymbol? type, string name)
    {
        for (; type is not null; type = type.BaseType)
        {
            foreach (var member in type.GetMembers(name))
                yield return member;
        }
    }
}
