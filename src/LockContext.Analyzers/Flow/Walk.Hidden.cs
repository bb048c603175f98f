using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using LockContext.Analyzers.Knowledge;
using LockContext.Analyzers.Model;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace LockContext.Analyzers.Flow;

/// <summary>Calls that the source does not spell and the graph does not show: deconstruction, patterns, ranges, static constructors, overrides.</summary>
internal sealed partial class Walk
{
    private List<Frame>? Deconstruct(Frame frame, IDeconstructionAssignmentOperation operation)
    {
        var model = _bodies.ModelOf(operation.Syntax.SyntaxTree);
        var info = operation.Syntax switch
        {
            AssignmentExpressionSyntax assignment => model?.GetDeconstructionInfo(assignment),
            { Parent: ForEachVariableStatementSyntax loop } => model?.GetDeconstructionInfo(loop),
            _ => null,
        };
        if (info is { } found)
            Deconstruct(frame, operation.Value, frame[operation.Value], found);
        AssignParts(frame, operation.Target, operation.Value, frame[operation.Value], operation);
        return null;
    }

    /// <summary>What taking a value apart calls: its method, then for each part a method again or a conversion.</summary>
    private void Deconstruct(Frame frame, IOperation value, Value receiver, DeconstructionInfo info)
    {
        CallInTurn(frame, value, receiver, info.Method, info.Conversion?.MethodSymbol);
        foreach (var part in info.Nested)
            Deconstruct(frame, value, new Value(OpaqueOf(value)), part);
    }

    /// <param name="value">What is taken apart or assigned, where the code spells it.</param>
    /// <param name="known">What is known of it otherwise.</param>
    private void AssignParts(Frame frame, IOperation target, IOperation? value, Value? known, IOperation site)
    {
        switch (target)
        {
            case IDeclarationExpressionOperation { Expression: ITupleOperation declared }:
                AssignParts(frame, declared, value, known, site);
                break;
            case ITupleOperation parts:
                var spelled = value is null ? null : Unconverted(value) as ITupleOperation;
                var elements = ElementsOf(value is null ? parts.NaturalType : Unconverted(value).Type);
                for (var i = 0; i < parts.Elements.Length; i++)
                {
                    var element = known is not null && i < elements.Length && known.Fields.TryGetValue(elements[i], out var field) ? field : null;
                    AssignParts(frame, parts.Elements[i], spelled?.Elements.Length == parts.Elements.Length ? spelled.Elements[i] : null, element, site);
                }

                break;
            case IDiscardOperation:
                break;
            default:
                // Only what is the same for everybody is known: another part may be assigned before this one is read.
                var given = value is null ? known : frame.Known(value);
                known = given is { Term.Kind: TermKind.Constant or TermKind.Opaque } ? given : given is { Bits.IsConstant: true } ? new Value(OpaqueOf(target), given.Bits) : null;
                if (Variables.Of(target) is { } variable)
                    frame.State = frame.State.Assign(variable, known, site.Syntax.SpanStart);
                else
                    Store(frame, target, known ?? new Value(OpaqueOf(target)), site);
                if (target is IPropertyReferenceOperation { Property.SetMethod: { } setter } property && !Bodies.IsAutoAccessor(setter))
                    Call(frame, property, setter, property.Instance is { } instance ? frame[instance] : null, property.Arguments.Select(a => frame[a.Value]).Append(known ?? new Value(OpaqueOf(target))).ToImmutableArray(), keepValue: true);
                break;
        }
    }

    /// <summary>The fields of a tuple, by which its value knows those of its elements; of the seven that are its own.</summary>
    private static ImmutableArray<ISymbol> ElementsOf(ITypeSymbol? type) => type is INamedTypeSymbol { IsTupleType: true } tuple
        ? tuple.TupleElements.Take(7).Select(FieldOf).ToImmutableArray()
        : ImmutableArray<ISymbol>.Empty;

    /// <summary>An element of a tuple is one field, whatever it is called by.</summary>
    private static ISymbol FieldOf(ISymbol field) => (field is IFieldSymbol { CorrespondingTupleField: { } element } ? element : field).OriginalDefinition;

    /// <summary>A tuple is known by those of its elements that locks hang on.</summary>
    private static Value Tuple(Frame frame, ITupleOperation tuple)
    {
        var value = Fresh(frame, tuple);
        if (IsTaken(tuple))
            return value;
        var elements = ElementsOf(tuple.Type);
        for (var i = 0; i < elements.Length && i < tuple.Elements.Length; i++)
        {
            if (frame[tuple.Elements[i]] is var element && (element.ScopeOf is not null || !element.Fields.IsEmpty || !element.Functions.IsEmpty))
                value = value.WithField(elements[i], element);
        }

        return value;
    }

    private List<Frame>? CallPatternMembers(Frame frame, IIsPatternOperation operation)
    {
        var called = false;
        foreach (var part in operation.Pattern.DescendantsAndSelf())
        {
            switch (part)
            {
                case IRecursivePatternOperation { DeconstructSymbol: { } deconstruct }:
                    CallInTurn(frame, operation, new Value(OpaqueOf(part)), deconstruct);
                    called = true;
                    break;
                case IListPatternOperation list:
                    // Elements that may be anything are not looked at.
                    CallInTurn(frame, part, new Value(OpaqueOf(part)), list.LengthSymbol, list.Patterns.All(p => p is ISlicePatternOperation or IDiscardPatternOperation) ? null : list.IndexerSymbol);
                    called = true;
                    break;
                case ISlicePatternOperation { Pattern: not null, SliceSymbol: { } slice }:
                    CallInTurn(frame, part, new Value(OpaqueOf(part)), slice);
                    called = true;
                    break;
            }
        }

        if (called)
            Forget(frame, operation);
        return null;
    }

    /// <summary>Calls members one after the other for their effects; none of them changes locks in any program worth the trouble.</summary>
    private List<Frame>? CallInTurn(Frame frame, IOperation operation, Value receiver, params ISymbol?[] members)
    {
        foreach (var member in members)
        {
            var method = member switch
            {
                IPropertySymbol property => property.GetMethod,
                IMethodSymbol direct => direct,
                _ => null,
            };
            if (method is null)
                continue;
            var unknown = method.Parameters.Select(_ => new Value(OpaqueOf(operation))).ToImmutableArray();
            Call(frame, operation, method, method.IsStatic ? null : receiver, unknown, keepValue: true);
        }

        return null;
    }

    /// <summary>The first use of another type may run its static constructor.</summary>
    private void FirstUse(Frame frame, IOperation operation, INamedTypeSymbol? type)
    {
        if (type is null || type.DeclaringSyntaxReferences.IsEmpty || Same(type, _method.ContainingType) || !(_wantsEffects || IsRestricted(frame.State)))
            return;
        type = type.OriginalDefinition;
        if (type.StaticConstructors.FirstOrDefault() is not { } constructor)
            return;
        var binding = new Binding(constructor, null, ImmutableArray<Value>.Empty, operation);
        foreach (var effect in _summaries.Of(KnowledgeBase.Canonical(constructor), TypeArguments.None, withEffects: true).Effects.Keys.Where(e => e.Kind < EffectKind.ManagedAllocation))
            ApplyEffect(frame.State, effect, binding, new EffectSite(PlaceOf(operation), "static " + type.Name, constructor, effect));
    }

    /// <summary>What a virtual or interface call may reach besides the member it names, where nobody outside can add to it.</summary>
    private void ApplyOverrides(Frame frame, IOperation operation, IMethodSymbol callee, Binding binding, string name)
    {
        foreach (var target in _bodies.Hierarchy.OverridesOf(callee))
        {
            var facts = _knowledge.FactsOf(target);
            if (facts.DeclaresEffects)
            {
                DeclaredEffects(frame.State, operation, facts, target, binding.Receiver, binding.Arguments, name);
                continue;
            }

            var reached = binding with { Callee = target };
            foreach (var effect in EffectsOf(frame.State, target, TypeArguments.None).Effects.Keys.Where(e => e.Kind != EffectKind.ManagedAllocation || !facts.NoReclaim))
                ApplyEffect(frame.State, effect, reached, new EffectSite(PlaceOf(operation), target.ContainingType.Name + "." + name, target, effect));
        }
    }
}
