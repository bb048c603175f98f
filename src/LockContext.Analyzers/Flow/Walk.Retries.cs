using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using LockContext.Analyzers.Knowledge;
using LockContext.Analyzers.Model;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace LockContext.Analyzers.Flow;

/// <summary>
/// Allocations that are repeated until they succeed. It is a matter of ways, not of loop statements: an attempt whose result a branch has shown to be null, and after it the same attempt, with nothing in
/// between that could make room or count. One such way is enough, so marks on the state outlive merges; whatever may make a difference wipes them off.
/// </summary>
internal sealed partial class Walk
{
    /// <summary>Whether any result of an allocation has been seen; until then nothing is asked.</summary>
    private bool _followsAllocations;

    private ImmutableHashSet<ISymbol>? _decisive;

    /// <summary>An attempt failed on this way.</summary>
    private sealed record FailedAttempt(Location At) : IOnSomeWay
    {
        public Term? KnownBy => null;
    }

    private void FollowRetries(Frame frame, State before, IOperation operation, List<Frame>? results)
    {
        if (!_followsAllocations)
            return;
        foreach (var next in results ?? new List<Frame> { frame })
        {
            if (operation is IInvocationOperation call && AttemptAt(next, call) is { } attempt)
                NoteAttempt(next, call, attempt);
            else if (MakesDifference(next, operation))
                next.State = WithoutAttempts(next.State);
            else
                next.State = AfterLeaving(before, next.State);
        }
    }

    /// <summary>The allocation that a call made, or is all about, where it may not make room itself.</summary>
    private static AllocationResult? AttemptAt(Frame frame, IInvocationOperation call)
    {
        var at = PlaceOf(call);
        var result = frame.Known(call)?.Allocated is { } returned && returned.At.Equals(at) ? returned : OutOf(frame, call, at)?.Allocated;
        return result is not null && (result.Type.NeverReclaims(result.Flags) || result.Type.MayNeverReclaim(result.Flags)) ? result : null;
    }

    /// <summary>The value that a call left in an <c>out</c> variable, if it is what the call has allocated.</summary>
    private static Value? OutOf(Frame frame, IInvocationOperation call, Location at)
    {
        foreach (var argument in call.Arguments)
        {
            if (argument.Parameter?.RefKind is RefKind.Out or RefKind.Ref && Variables.Of(argument.Value) is { } variable
                && frame.State.Variables.TryGetValue(variable, out var value) && value.Allocated is { } allocated && allocated.At.Equals(at))
            {
                return value;
            }
        }

        return null;
    }

    private void NoteAttempt(Frame frame, IInvocationOperation call, AllocationResult attempt)
    {
        var failed = new FailedAttempt(attempt.At);
        if (frame.State.Variables.ContainsKey(failed))
            Emit(frame.State, call, new Effect(EffectKind.Retry, WaitClass.None) { Flags = attempt.Flags, FlagsType = attempt.Type }, new EffectSite(attempt.At, attempt.Name, null, null));
        var variables = frame.State.Variables.RemoveWhere(static (key, _, failed) => key.Equals(failed) || (key is AllocationAttempt earlier && earlier.At.Equals(failed.At)), failed);
        var isAnswer = call.Type?.SpecialType == SpecialType.System_Boolean;
        if (isAnswer || (call.Type is { } type && CanBeNull(type)))
            variables = variables.SetItem(new AllocationAttempt(frame[call].Term, attempt.At, isAnswer ? false : null), Value.Constant(1));
        if (OutOf(frame, call, attempt.At) is { } given)
            variables = variables.SetItem(new AllocationAttempt(given.Term, attempt.At), Value.Constant(1));
        frame.State = frame.State.WithVariables(variables);
    }

    private static State WithoutAttempts(State state)
    {
        var variables = state.Variables;
        foreach (var pair in state.Variables)
        {
            if (pair.Key is AllocationAttempt or FailedAttempt)
                variables = variables.Remove(pair.Key);
        }

        return state.WithVariables(variables);
    }

    /// <summary>Leaving the last section, even for a moment, lets in whoever has memory to give back.</summary>
    private State AfterLeaving(State before, State after)
    {
        if (!_followsAllocations || ReferenceEquals(before, after) || (after.Released.Length <= before.Released.Length && before.Held.All(h => !h.Masks.IsEmpty || after.Holds(h.Term))))
            return after;
        return after.Released.Length > before.Released.Length || SectionAround(after, ImmutableArray<Term>.Empty) is null ? WithoutAttempts(after) : after;
    }

    /// <summary>What a result is stored in is another name for it.</summary>
    private static State NameAttempts(State state, ISymbol member, Term value, Term name)
    {
        var variables = state.Variables;
        foreach (var pair in state.Variables)
        {
            if (pair.Key is not AllocationAttempt attempt)
                continue;
            if (attempt.Named(value, name) is { } named)
                variables = variables.SetItem(named, pair.Value);
            else if (attempt.Result.Mentions(member.OriginalDefinition))
                variables = variables.Remove(pair.Key);
        }

        return state.WithVariables(variables);
    }

    /// <summary>Looks after a branch which attempts it has shown to have failed, and which to be over, for they have succeeded.</summary>
    private State NoteFailures(State state)
    {
        if (!_followsAllocations)
            return state;
        var variables = state.Variables;
        foreach (var pair in state.Variables)
        {
            if (pair.Key is not AllocationAttempt attempt)
                continue;
            if (Shown(state, attempt) == true)
                variables = variables.RemoveWhere(static (key, _, at) => key is AllocationAttempt same && same.At.Equals(at), attempt.At);
            else if (Shown(state, attempt) == false && variables.ContainsKey(attempt))
                variables = variables.SetItem(new FailedAttempt(attempt.At), pair.Value);
        }

        return state.WithVariables(variables);
    }

    /// <summary>Whether the facts show that an attempt has succeeded, or failed.</summary>
    private static bool? Shown(State state, AllocationAttempt attempt)
    {
        var term = attempt.Result;
        if (attempt.Answer is { } failure)
        {
            var answer = Truth(term) ?? (term is { Kind: TermKind.Operator, Data: "not" } ? !Truth(term.Children[0]) : null);
            return answer is { } given ? given != failure : null;
        }

        if ((Truth(Term.Operator("isnull", term)) ?? Truth(Term.Operator("==", term, Term.Constant(0UL)))) is { } isNull)
            return !isNull;
        if (state.Facts.TryGetValue(term, out var value) && (value.IsZero || value.IsNonZero))
            return value.IsNonZero;
        foreach (var fact in state.Facts)
        {
            if (fact.Key is { Kind: TermKind.Property, Symbol.Name: ("IsEmpty" or "Length" or "HasValue") and var name } && fact.Key.Children[0].Equals(term) && (fact.Value.IsZero || fact.Value.IsNonZero))
                return fact.Value.IsNonZero != (name == "IsEmpty");
        }

        return null;

        bool? Truth(Term condition) => state.Facts.TryGetValue(condition, out var known) ? known.IsNonZero ? true : known.IsZero ? false : null : null;
    }

    private void EmitRetry(State state, IOperation operation, Effect effect, EffectSite site)
    {
        var type = effect.FlagsType!;
        var flags = Masked(state, effect.Flags, type).Only(type[AllocationBehavior.NoLocks] | type[AllocationBehavior.DirectReclaim]);
        if (_inDoomedBlock || state.Variables.ContainsKey(SuspendedSlot))
            return;
        if (!type.NeverReclaims(flags))
        {
            _findings?.MayReclaim.Add(PlaceOf(operation));
            if (!type.MayNeverReclaim(flags))
                return;
        }

        effect = effect.WithFlags(flags);
        if (SectionAround(state, effect.Released) is not { } section)
            HandOn(state, effect, site);
        else if (type.NeverReclaims(flags))
            _findings?.Retries.Add(new RetryFinding(operation, effect, site, section));
        else
            HandOn(state, effect, site);
    }

    /// <summary>What surrounds a point and keeps others out, the longest in force: every limit and every lock, blocking ones as well.</summary>
    private ContextEntry? SectionAround(State state, ImmutableArray<Term> released)
    {
        foreach (var entry in _ambientContexts)
        {
            if (entry.Limits.Limit < WaitLimit.Unlimited || entry.Limits.NoReclaim)
                return entry;
        }

        for (var i = 0; i < state.Held.Length; i++)
        {
            if (state.Held[i] is { Masks.IsEmpty: true } held && !released.Contains(held.Term))
                return EntryOf(held, i + 1);
        }

        return null;
    }

    /// <summary>Whether an operation may make room, or is a step towards giving up: it changes what a condition of this member looks at. What is not known may do either.</summary>
    private bool MakesDifference(Frame frame, IOperation operation)
    {
        switch (operation)
        {
            case IInvocationOperation call:
                return CallMakesDifference(frame, call, call.TargetMethod) || call.Arguments.Any(a => a.Parameter?.RefKind is RefKind.Ref or RefKind.Out && IsDecisive(a.Value) && !IsAttempt(frame, a.Value));
            case IPropertyReferenceOperation property:
                return !IsWritten(property) && property.Property.GetMethod is { } getter && !Bodies.IsAutoProperty(property.Property) && CallMakesDifference(frame, property, getter);
            case IObjectCreationOperation { Constructor: { } constructor } creation:
                return !(constructor.DeclaringSyntaxReferences.IsEmpty && creation.Type?.IsValueType == true) && CallMakesDifference(frame, creation, constructor);
            case IDeconstructionAssignmentOperation:
                return true;
            case IAssignmentOperation assignment:
                return (IsDecisive(assignment.Target) && !IsAttempt(frame, assignment.Value))
                    || (assignment.Target is IPropertyReferenceOperation { Property: { SetMethod: { } setter } set } && !Bodies.IsAutoProperty(set) && CallMakesDifference(frame, assignment, setter));
            case IIncrementOrDecrementOperation increment:
                return IsDecisive(increment.Target);
            case IAwaitOperation or IDynamicInvocationOperation or IDynamicMemberReferenceOperation or IFunctionPointerInvocationOperation or IEventAssignmentOperation
                or IReturnOperation { Kind: OperationKind.YieldReturn }:
                return true;
            default:
                return false;
        }
    }

    /// <summary>The result of an allocation, nothing, or an answer about one of the two.</summary>
    private static bool IsAttempt(Frame frame, IOperation value)
    {
        if (frame.Known(value) is not { } known)
            return false;
        return known.Allocated is not null || known.Term is { Kind: TermKind.Constant, Data: "null" }
            || frame.State.Variables.Keys.Any(k => k is AllocationAttempt attempt && known.Term.Mentions(attempt.Result))
            || (Variables.Of(value) is { } variable && frame.State.Variables.TryGetValue(variable, out var given) && given.Allocated is not null);
    }

    /// <summary>Whether a place is looked at by a condition. What lies behind an index or a pointer has no name to tell by.</summary>
    private bool IsDecisive(IOperation target)
    {
        _decisive ??= _body.Graph.Blocks.Where(b => b.ConditionKind != ControlFlowConditionKind.None && b.BranchValue is not null).Select(b => b.BranchValue!)
            .Concat(_body.AllOperations().OfType<IFlowCaptureOperation>().Select(c => c.Value).Where(v => v.Type?.SpecialType == SpecialType.System_Boolean))
            .SelectMany(v => Code.Of(v).Operations).Select(SymbolOf).OfType<ISymbol>().ToImmutableHashSet(SymbolEqualityComparer.Default);
        return target is not IDiscardOperation && target is not IFlowCaptureReferenceOperation && (SymbolOf(target) is not { } symbol || _decisive.Contains(symbol));
    }

    private static ISymbol? SymbolOf(IOperation operation) => operation switch
    {
        IMemberReferenceOperation { Member: IFieldSymbol or IPropertySymbol } member => member.Member.OriginalDefinition,
        _ => Variables.Of(operation),
    };

    private bool CallMakesDifference(Frame frame, IOperation operation, IMethodSymbol method)
    {
        var callee = KnowledgeBase.Canonical(method);
        if (callee.MethodKind == MethodKind.DelegateInvoke)
            return true;
        if (callee is { Name: "HasFlag", ContainingType.SpecialType: SpecialType.System_Enum } || IsPause(callee))
            return false;
        if (operation is IInvocationOperation { Instance: { } instance } && callee.Name is "Dispose" && frame.Known(instance)?.ScopeOf is not null)
            return false;
        var facts = _knowledge.FactsOf(callee);
        if (facts.TakesOrReleases || !facts.Masks.IsEmpty)
            return false;
        if (facts.Sleepable || facts.Frees || facts.DefersFree || facts.RunsForeignCode || facts.Allocates || facts.ContextLimit != WaitClass.None || !facts.Delegates.IsEmpty)
            return true;
        var isGetter = callee.MethodKind == MethodKind.PropertyGet && callee.Parameters.IsEmpty;
        if (facts.RawAtomic || facts.Trusted)
            return !isGetter;
        if (callee.IsAbstract || callee.IsVirtual || callee.IsOverride || callee.ContainingType?.TypeKind == TypeKind.Interface)
            return true;
        if (_bodies.Of(callee) is not { } body)
            return !(isGetter && IsPureGetter(callee));
        if (body.IsIterator || callee.IsAsync || _summaries.Of(callee, TypeArguments.None, withEffects: true).Effects.Keys.Any(MakesRoom))
            return true;

        // Whoever answers something after changing something may be counting; whoever only changes something does not matter unless a condition looks at it.
        var counts = !callee.ReturnsVoid || callee.Parameters.Any(p => p.RefKind != RefKind.None);
        return body.AllOperations().Any(o => o switch
        {
            IInvocationOperation call => !IsPause(KnowledgeBase.Canonical(call.TargetMethod)) && !(_knowledge.FactsOf(call.TargetMethod) is { TakesOrReleases: true } or { Allocates: true })
                || call.Arguments.Any(a => a.Parameter?.RefKind == RefKind.Ref && Changes(a.Value)),
            IAssignmentOperation assignment => Changes(assignment.Target),
            IIncrementOrDecrementOperation increment => Changes(increment.Target),
            _ => false,
        });

        bool Changes(IOperation target) => Variables.Of(target) is null && target is not (IFlowCaptureReferenceOperation or IDiscardOperation) && (counts || IsDecisive(target));
    }

    private static bool MakesRoom(Effect effect) => effect.Kind switch
    {
        EffectKind.Lock or EffectKind.Retry or EffectKind.ManagedAllocation => false,
        EffectKind.Allocation when effect.FlagsType is { } type => !type.NeverReclaims(effect.Flags),
        _ => true,
    };

    /// <summary>Spinning and counting, which give memory to nobody.</summary>
    private static bool IsPause(IMethodSymbol callee) => callee.ContainingType is { ContainingNamespace: { ContainingNamespace.Name: "System", Name: var space }, Name: var type }
        && (space, type) switch
        {
            ("Threading", "SpinWait") => callee.Name is "SpinOnce" or "Reset",
            ("Threading", "Interlocked" or "Volatile") => true,
            ("Threading", "Thread") => callee.Name is "SpinWait" or "MemoryBarrier",
            ("Diagnostics", "Debug" or "Trace") => true,
            _ => false,
        };

    /// <summary>What a value of the class library says of itself. Clocks and counters go on by themselves and end a loop in the end.</summary>
    private static bool IsPureGetter(IMethodSymbol getter) => getter.ContainingType is { Name: "CancellationToken" } || IsNullable(getter.ContainingType) || IsSpan(getter.ContainingType)
        || getter.ContainingType.SpecialType is SpecialType.System_String or SpecialType.System_Array;
}

/// <summary>A key of the state: an allocation that may have failed has been tried, and its result is known by a term.</summary>
/// <param name="Answer">For a <c>bool</c> in place of the result: the value that means failure.</param>
internal sealed record AllocationAttempt(Term Result, Location At, bool? Answer = null) : IOnSomeWay
{
    public Term KnownBy => Result;

    /// <summary>The same attempt under the name of a variable that is given a value, if the value tells of it.</summary>
    public AllocationAttempt? Named(Term value, Term variable)
    {
        if (Result.Equals(value))
            return this with { Result = variable };
        var answer = true;
        while (value is { Kind: TermKind.Operator, Data: "not" })
        {
            value = value.Children[0];
            answer = !answer;
        }

        if (Answer is { } own)
            return Result.Equals(value) ? new AllocationAttempt(variable, At, own == answer) : null;
        var isTest = value is { Kind: TermKind.Operator, Data: "isnull" } || (value is { Kind: TermKind.Operator, Data: "==" } && value.Children[1] is { Kind: TermKind.Constant, Data: 0UL });
        return isTest && Result.Equals(value.Children[0]) ? new AllocationAttempt(variable, At, answer) : null;
    }
}
