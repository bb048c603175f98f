using System.Collections.Generic;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace LockContext.Analyzers.Flow;

/// <summary>
/// Guards put away under a name that says nothing of them: <c>guards.Add(part.Lock())</c>, for a list of <c>IDisposable</c>. Whatever is disposed by such a name later may be one of them, and gives back what
/// it holds.
/// </summary>
internal sealed partial class Walk
{
    private readonly HashSet<Term> _putAway = new();

    /// <summary>A value that is stored or passed where only an interface of it is known.</summary>
    private void PutAway(State state, ITypeSymbol? type, Value value)
    {
        if (state.Held.IsEmpty || type is not ({ TypeKind: TypeKind.Interface } or { SpecialType: SpecialType.System_Object }))
            return;
        if (value.ScopeOf is { } scope)
            _putAway.Add(scope);
        if (value.MadeAs is null || value.Fields.IsEmpty)
            return;
        foreach (var held in state.Held)
        {
            if (value.Fields.Values.Any(f => held.Term.Equals(f.ScopeOf) || held.Term.Mentions(f.Term)))
                _putAway.Add(held.Term);
        }
    }

    /// <summary>Disposes something of which nothing is known but that it can be disposed.</summary>
    private bool TryDisposeUnknown(Frame frame, IInvocationOperation call, Value? receiver)
    {
        if (_putAway.Count == 0 || receiver is not { ScopeOf: null, MadeAs: null } || call.TargetMethod is not { Name: "Dispose" or "DisposeAsync", Parameters.IsEmpty: true, ContainingType.TypeKind: TypeKind.Interface })
            return false;
        var state = frame.State;
        for (var i = state.Held.Length - 1; i >= 0; i--)
        {
            var held = state.Held[i];
            if (held.Ambient || !held.Masks.IsEmpty || !_putAway.Any(t => t.Equals(held.Term) || (held.Term.IsMany && MayBe(held.Term, t))))
                continue;
            var goesOn = NoteLoopRelease(held, held.Term, call);
            frame.State = goesOn && held.Term.IsMany ? state : ReleaseAt(state, i, call, surely: false);
            frame[call] = new Value(OpaqueOf(call));
            return true;
        }

        return false;
    }
}
