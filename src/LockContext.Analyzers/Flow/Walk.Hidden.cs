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

/// <summary>Calls that the source does not spell and the graph does not show: deconstruction, patterns, ranges, collection expressions, static constructors, overrides.</summary>
internal sealed partial class Walk
{
    private List<Frame>? Deconstruct(Frame frame, IDeconstructionAssignmentOperation operation)
    {
        if (operation.Syntax is not AssignmentExpressionSyntax assignment || _bodies.ModelOf(assignment.SyntaxTree) is not { } model
            || model.GetDeconstructionInfo(assignment).Method is not { } method)
        {
            return null;
        }

        return CallInTurn(frame, operation.Value, frame[operation.Value], method);
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
                    CallInTurn(frame, part, new Value(OpaqueOf(part)), list.LengthSymbol, list.IndexerSymbol);
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
        foreach (var effect in _summaries.Of(KnowledgeBase.Canonical(constructor), withEffects: true).Effects.Keys.Where(e => e.Kind < EffectKind.ManagedAllocation))
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
            foreach (var effect in EffectsOf(frame.State, target).Effects.Keys.Where(e => e.Kind != EffectKind.ManagedAllocation || !facts.NoReclaim))
                ApplyEffect(frame.State, effect, reached, new EffectSite(PlaceOf(operation), target.ContainingType.Name + "." + name, target, effect));
        }
    }
}
