using System.Linq;
using System.Collections.Immutable;
using LockContext.Analyzers.Knowledge;
using Microsoft.CodeAnalysis;

namespace LockContext.Analyzers.Flow;

/// <summary>The order in which locks are taken, noted in a walk of its own (see <c>LockOrderSearch</c>).</summary>
internal sealed partial class Walk
{
    /// <summary>
    /// The class that a lock belongs to: the field it is in; for an object that is not there to be a lock, its type, because it may lock itself by another name; for a lock in a
    /// variable, its type if that is one of this compilation's own. <see langword="null"/> where that says too little: every <c>object</c> in a variable would be one class.
    /// </summary>
    private ISymbol? OrderClassOf(Term term)
    {
        switch (term.Kind)
        {
            case TermKind.Field or TermKind.Property:
                if (term.Symbol is IPropertySymbol property && !Bodies.IsAutoProperty(property))
                    return null;
                var type = Guard.TypeOf(term.Symbol!) ?? (term.Symbol as IPropertySymbol)?.Type;
                return OwnTypeOf(type) is { } own && _knowledge.LockClassOf(own) is null ? own : term.Symbol!.OriginalDefinition;
            case TermKind.Element:
                return OrderClassOf(term.Children[0]);
            case TermKind.This:
                return _method.ContainingType?.OriginalDefinition;
            case TermKind.Local or TermKind.Parameter:
                return OwnTypeOf(Guard.TypeOf(term.Symbol!));
            case TermKind.Static:
                return term.Symbol;
            case TermKind.Constant when term.Data is Term.TypeObject { Type: var locked }:
                return locked.OriginalDefinition;
            default:
                return null;
        }
    }

    private static INamedTypeSymbol? OwnTypeOf(ITypeSymbol? type) =>
        type is INamedTypeSymbol { TypeKind: TypeKind.Class or TypeKind.Struct, DeclaringSyntaxReferences.IsEmpty: false } named ? named.OriginalDefinition : null;

    private void NoteOrder(State state, Effect effect, EffectSite site)
    {
        if (_findings is not { CollectsOrder: true } || effect.OrderClass is not { } taken || (effect.Lock is { } term && IsUnshared(state, term)))
            return;
        var held = state.Held.Where(h => !h.Traits.ReadSection && !effect.Released.Contains(h.Term)).Select(h => (Lock: h, Class: OrderClassOf(h.Term))).Where(h => h.Class is not null).ToImmutableArray();

        // Of one class there may be many locks, and which of them is held and which taken is not known.
        if (held.Any(h => Same(h.Class, taken)))
            return;
        foreach (var first in held)
        {
            if (IsUnshared(state, first.Lock.Term))
                continue;
            var gates = held.Select(h => h.Class!).Where(c => !Same(c, first.Class)).Distinct<ISymbol>(SymbolEqualityComparer.Default).ToImmutableArray();
            _findings.Order.Add(new LockEdge(first.Class!, taken, first.Lock.TakenAt ?? _method.Locations.FirstOrDefault() ?? Location.None, site, gates));
        }
    }
}
