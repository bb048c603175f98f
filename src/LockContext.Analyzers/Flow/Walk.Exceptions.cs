using System.Collections.Immutable;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace LockContext.Analyzers.Flow;

/// <summary>Exceptions in flight: which filters are asked, which handlers and <c>finally</c> blocks are run, and what gets out of the member.</summary>
internal sealed partial class Walk
{
    /// <summary>
    /// Sends a state with an exception in flight to the handlers of the enclosing regions. An explicit throw carries its location; implicit ones have none, and
    /// what they find held on their way out of the member is nobody's fault here.
    /// </summary>
    /// <param name="thrown">What is known of the exception.</param>
    /// <param name="unwinding">The exception has already run through a <c>finally</c>; all filters have been asked before.</param>
    /// <param name="abandoned">The call has taken a lock: so it has also where it reports that the last owner has ended without a release.</param>
    private void Raise(ControlFlowRegion region, Continuation then, State state, Location? at, Thrown? thrown = null, bool unwinding = false, State? abandoned = null)
    {
        // What can throw often stands side by side, with nothing changed in between.
        if (at is null && !unwinding && abandoned is null)
        {
            if (ReferenceEquals(_lastRaised.State, state) && ReferenceEquals(_lastRaised.Region, region) && ReferenceEquals(_lastRaised.Then, then))
                return;
            _lastRaised = (region, then, state);
        }

        // The root of a nested function lies inside a region of the member around it, which handles nothing here.
        for (var inner = region; inner.Kind != ControlFlowRegionKind.Root && inner.EnclosingRegion is { } outer; inner = outer)
        {
            if (then.Kind == ContinuationKind.FilterProbe && ReferenceEquals(inner, then.Region))
                return;
            if (inner.Kind == ControlFlowRegionKind.Finally)
            {
                // An exception inside a finally block replaces whatever was to happen after it.
                then = then.Outer ?? Continuation.None;
                continue;
            }

            if (inner.Kind != ControlFlowRegionKind.Try)
                continue;
            if (outer.Kind == ControlFlowRegionKind.TryAndFinally)
            {
                if (!unwinding)
                    AskFilters(outer, then, state);
                var handler = outer.NestedRegions[1];
                Enqueue(handler.FirstBlockOrdinal, new Continuation(ContinuationKind.Propagate, -1, ImmutableArray<int>.Empty, outer, at, then) { Thrown = thrown }, state);
                return;
            }

            if (outer.Kind == ControlFlowRegionKind.TryAndCatch)
            {
                foreach (var handler in outer.NestedRegions.Skip(1))
                {
                    var found = handler.ExceptionType is { Name: "AbandonedMutexException" } ? abandoned ?? state : state;
                    if (thrown?.IsNever(handler.ExceptionType) != true && EnterHandler(handler, then, found, thrown, unwinding))
                        return;
                }
            }
        }

        if (at is not null)
            Exit(state, at, throws: true);
    }

    /// <summary>Enters one catch clause; true if nothing gets past it.</summary>
    private bool EnterHandler(ControlFlowRegion handler, Continuation then, State state, Thrown? thrown, bool unwinding)
    {
        if (handler.Kind == ControlFlowRegionKind.FilterAndHandler)
        {
            if (!unwinding)
                AskFilter(handler, then, state);
            Enqueue(handler.NestedRegions[1].FirstBlockOrdinal, then, state);
            return false;
        }

        Enqueue(handler.FirstBlockOrdinal, then, state);
        return handler.ExceptionType is null or { SpecialType: SpecialType.System_Object } || IsAnyException(handler.ExceptionType) || thrown?.IsSurely(handler.ExceptionType) == true;
    }

    /// <summary>Runs the filters of the enclosing handlers in the state of the throw, for what they do; where they lead is decided when the exception gets there.</summary>
    private void AskFilters(ControlFlowRegion region, Continuation then, State state)
    {
        for (var inner = region; inner.Kind != ControlFlowRegionKind.Root && inner.EnclosingRegion is { } outer; inner = outer)
        {
            if (inner.Kind != ControlFlowRegionKind.Try || outer.Kind != ControlFlowRegionKind.TryAndCatch)
                continue;
            foreach (var handler in outer.NestedRegions.Skip(1))
            {
                if (handler.Kind == ControlFlowRegionKind.FilterAndHandler)
                    AskFilter(handler, then, state);
            }
        }
    }

    private void AskFilter(ControlFlowRegion handler, Continuation then, State state)
    {
        var filter = handler.NestedRegions[0];
        Enqueue(filter.FirstBlockOrdinal, new Continuation(ContinuationKind.FilterProbe, -1, ImmutableArray<int>.Empty, filter, null, then), state);
    }

    private static bool IsAnyException(ITypeSymbol? type) => type is { Name: "Exception", ContainingNamespace: { Name: "System", ContainingNamespace.IsGlobalNamespace: true } };

    /// <summary>To make an exception is not what throws.</summary>
    private static bool IsException(ITypeSymbol? type)
    {
        while (type is not null && !IsAnyException(type))
            type = type.BaseType;
        return type is not null;
    }

    private static bool IsCompilersThrow(IOperation? thrown)
    {
        while (thrown is IConversionOperation conversion)
            thrown = conversion.Operand;
        return thrown is IObjectCreationOperation { IsImplicit: true };
    }
}
