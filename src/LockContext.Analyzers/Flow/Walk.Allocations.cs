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

    private void RecordAllocation(IOperation operation, MethodFacts facts, AllocationFlags type, ImmutableArray<Value> arguments, string name)
    {
        if (_findings is null || _inDoomedBlock)
            return;
        var order = facts.OrderParameter >= 0 && facts.OrderParameter < arguments.Length ? arguments[facts.OrderParameter].Bits : BitValue.Unknown;
        _findings.Allocations.Add(new AllocationFinding(name, ArgumentAt(facts.FlagsParameter) ?? PlaceOf(operation), type, arguments[facts.FlagsParameter].Bits, ArgumentAt(facts.OrderParameter), order));

        Location? ArgumentAt(int ordinal) =>
            ArgumentsOf(operation).FirstOrDefault(a => a.Parameter?.Ordinal == ordinal && a.ArgumentKind == ArgumentKind.Explicit)?.Value.Syntax.GetLocation();
    }

    private void CheckReclaim(State state, IOperation operation, Effect effect, AllocationFlags type, EffectSite site)
    {
        if (ContextsOf(state, effect.Released).LastOrDefault(c => c.Limits.NoReclaim) is not { } context)
            return;
        Breach? breach = type.Reclaims(effect.Flags) ? Breach.Reclaim
            : type.UsesReserves(effect.Flags) ? Breach.Reserves
            : type.MissingForSpeculation(effect.Flags).Any() ? Breach.Speculation
            : null;
        if (breach is { } found)
            _findings!.Violations.Add(new ContextViolation(operation, effect, site, context, found));
    }
}
