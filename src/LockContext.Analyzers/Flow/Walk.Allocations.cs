using System.Collections.Immutable;
using System.Linq;
using LockContext.Analyzers.Knowledge;
using LockContext.Analyzers.Model;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace LockContext.Analyzers.Flow;

/// <summary>Allocations: scopes that change their flags, and what of them a context forbids besides waiting.</summary>
internal sealed partial class Walk
{
    /// <summary>The identity of a scope that changes flags: the place where it is opened. It is released by disposing it and in no other way.</summary>
    private sealed record MaskScope(object Site);

    private void OpenMask(Frame frame, IOperation operation, MethodFacts facts, string name)
    {
        var term = Term.Opaque(new MaskScope((operation.Syntax.SpanStart, operation.Syntax.Span.Length)));
        frame.State = Acquire(frame.State, new HeldLock(term, LockTraits.Unclassified, PlaceOf(operation), name) { Masks = facts.Masks });
        frame[operation] = Fresh(frame, operation).WithScope(term);
    }

    /// <summary>A scope that a member opens and does not return cannot be followed any further than to its end.</summary>
    private static bool IsHandedOut(HeldLock held, Value? returned) =>
        held.Masks.IsEmpty || held.Term.Equals(returned?.ScopeOf) || (returned?.Fields.Values.Any(f => held.Term.Equals(f.ScopeOf)) ?? false);

    /// <summary>The flags that an allocation here runs with.</summary>
    private static BitValue Masked(State state, BitValue flags, AllocationFlags type)
    {
        for (var i = state.Held.Length - 1; i >= 0; i--)
            flags = type.Masked(flags, state.Held[i].Masks);
        return flags;
    }

    private void RecordAllocation(IOperation operation, MethodFacts facts, AllocationFlags type, ImmutableArray<Value> arguments, string name, State state)
    {
        if (_findings is null || _inDoomedBlock)
            return;
        var order = facts.OrderParameter >= 0 && facts.OrderParameter < arguments.Length ? arguments[facts.OrderParameter].Bits : BitValue.Unknown;
        _findings.Allocations.Add(new AllocationFinding(name, ArgumentAt(operation, facts.FlagsParameter) ?? PlaceOf(operation), type, arguments[facts.FlagsParameter].Bits, ArgumentAt(operation, facts.OrderParameter), order));

        RecordNoLocks(operation, facts, type, arguments, name, state);
        RecordPassedFlags(operation, facts, type, arguments, name, state);
    }

    private void RecordNoLocks(IOperation operation, MethodFacts facts, AllocationFlags type, ImmutableArray<Value> arguments, string name, State state)
    {
        var flags = arguments[facts.FlagsParameter].Bits;
        _findings!.AllocatesWithLocks |= !type.Has(flags, AllocationBehavior.NoLocks);
        if (type.Has(flags, AllocationBehavior.NoLocks) && ArgumentAt(operation, facts.FlagsParameter) is { } at)
            _findings.NoLocks.Add(new NoLocksFinding(name, at, type.Name(AllocationBehavior.NoLocks), !state.Released.IsEmpty || SectionAround(state, ImmutableArray<Term>.Empty) is not null));
    }

    private void NoteWatched(State state, IOperation operation, IMethodSymbol callee)
    {
        if (_findings?.Watched is { } watched && Same(callee, watched))
            _findings.WatchedCalls.Add((operation.Syntax, ContextsOf(state, ImmutableArray<Term>.Empty).Any(c => c.Limits.IsRawAtomic)));
    }

    private static Location? ArgumentAt(IOperation operation, int ordinal) =>
        ArgumentsOf(operation).FirstOrDefault(a => a.Parameter?.Ordinal == ordinal && a.ArgumentKind == ArgumentKind.Explicit)?.Value.Syntax.GetLocation();

    /// <summary>Compares the flags passed to an allocation with those that this member was given for it.</summary>
    private void RecordPassedFlags(IOperation operation, MethodFacts facts, AllocationFlags type, ImmutableArray<Value> arguments, string name, State state)
    {
        if (_findings is null || _inDoomedBlock || _facts.FlagsParameter < 0 || _facts.FlagsParameter >= _method.Parameters.Length || _facts.Sleepable
            || ArgumentAt(operation, facts.FlagsParameter) is not { } at)
        {
            return;
        }

        var own = _method.Parameters[_facts.FlagsParameter];
        if (!ReferenceEquals(_knowledge.FlagsOf(own.Type), type) || !(IsTrackedParameter(own) || IsChangedFlags(own)))
            return;
        var passed = arguments[facts.FlagsParameter].Bits;
        var given = KnownBits(state, EntryTerm(own));
        var stronger = passed.IsConstant && type.Reclaims(passed) && !type.Has(given, AllocationBehavior.DirectReclaim);
        _findings.PassedFlags.Add(new PassedFlagsFinding(name, at, own, stronger));
    }

    /// <summary>The same for a helper that is no allocator by declaration but allocates with the flags it is given.</summary>
    private void RecordFlagsPassedToHelper(IOperation operation, MethodFacts facts, IMethodSymbol callee, ImmutableArray<Value> arguments, string name, State state)
    {
        if (_findings is null || _inDoomedBlock || facts.FlagsParameter < 0 || facts.Allocates || facts.Trusted || facts.FlagsParameter >= arguments.Length
            || _knowledge.FlagsOf(callee.Parameters[facts.FlagsParameter].Type) is not { } type)
        {
            return;
        }

        var flags = arguments[facts.FlagsParameter].Bits;
        if (AllocatesBy(AllocationBehavior.NoLocks))
            RecordNoLocks(operation, facts, type, arguments, name, state);
        if (_facts.FlagsParameter >= 0 && flags.IsConstant && type.Reclaims(flags) && AllocatesBy(AllocationBehavior.DirectReclaim))
            RecordPassedFlags(operation, facts, type, arguments, name, state);

        bool AllocatesBy(AllocationBehavior behavior) =>
            _summaries.Of(callee, TypeArguments.None, withEffects: true).Effects.Keys.Any(e => ReferenceEquals(e.FlagsType, type) && (e.Flags.Inherited & type[behavior]) != 0);
    }

    private bool CheckReclaim(State state, IOperation operation, Effect effect, AllocationFlags type, EffectSite site, bool assumed)
    {
        if (ContextsOf(state, effect.Released).LastOrDefault(c => c.Limits.NoReclaim) is not { } context)
            return false;
        Breach? breach = type.Reclaims(effect.Flags) ? Breach.Reclaim
            : type.UsesReserves(effect.Flags) ? Breach.Reserves
            : !assumed && type.MissingForSpeculation(effect.Flags).Any() ? Breach.Speculation
            : null;
        if (breach is { } found)
            _findings!.Violations.Add(new ContextViolation(operation, effect, site, context, found, Assumed: assumed));
        return breach is not null;
    }
}
