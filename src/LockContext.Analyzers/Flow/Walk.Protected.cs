using System;
using System.Collections.Generic;
using System.Linq;
using LockContext.Analyzers.Knowledge;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace LockContext.Analyzers.Flow;

/// <summary>
/// Pointers that a read section protects: where they come from, how long they last, and what is done with them afterwards. A pointer is followed through variables, conversions,
/// returns and <c>out</c> parameters; what is read through it is a copy and free.
/// </summary>
internal sealed partial class Walk
{
    /// <summary>A field in which a protected pointer has been left, as a variable of the state: what else is known of fields does not survive a call.</summary>
    private sealed class FieldSlot(Term field, Location at) : IOnSomeWay, IEquatable<FieldSlot>
    {
        public Term Field { get; } = field;

        public Location At { get; } = at;

        public Term? KnownBy => null;

        public bool Equals(FieldSlot? other) => other is not null && Field.Equals(other.Field);

        public override bool Equals(object? obj) => Equals(obj as FieldSlot);

        public override int GetHashCode() => Field.GetHashCode();
    }

    /// <summary>What an operation does with a pointer whose section has ended.</summary>
    private void CheckProtectedUse(Frame frame, IOperation operation)
    {
        if (_findings is null || _inDoomedBlock)
            return;
        switch (operation)
        {
            case IFieldReferenceOperation { Instance: { } instance }:
                Used(instance);
                break;
            case IPropertyReferenceOperation { Instance: { } instance }:
                Used(instance);
                break;
            case IArrayElementReferenceOperation element:
                Used(element.ArrayReference);
                break;
            case IIsPatternOperation { Pattern: IRecursivePatternOperation { PropertySubpatterns.IsEmpty: false } } pattern:
                Used(pattern.Value);
                break;
            case IInvocationOperation invocation:
                if (_knowledge.FactsOf(invocation.TargetMethod) is { DefersFree: true } or { Frees: true })
                    break;
                if (invocation.Instance is { } receiver)
                    Used(receiver);
                foreach (var argument in invocation.Arguments)
                {
                    // Comparing a pointer looks at nothing behind it.
                    if (argument.Parameter?.RefKind is not RefKind.Out && !IsComparison(invocation.TargetMethod))
                        Used(argument.Value);
                }

                break;
            case ISimpleAssignmentOperation { Target: IFieldReferenceOperation field } assignment when field.Instance is null or IInstanceReferenceOperation:
                if (frame[assignment.Value].Protection is { HasEnded: true } stored)
                    _findings.ProtectedUses.Add(new ProtectedUse(ProtectedUseKind.Stored, operation.Syntax.GetLocation(), Named(frame, assignment.Value), stored));
                break;
            default:
                if (Dereferenced(operation) is { } pointer)
                    Used(pointer);
                break;
        }

        void Used(IOperation pointer)
        {
            if (frame[pointer].Protection is { HasEnded: true } protection)
                _findings!.ProtectedUses.Add(new ProtectedUse(ProtectedUseKind.Used, operation.Syntax.GetLocation(), Named(frame, pointer), protection));
        }
    }

    private static bool IsComparison(IMethodSymbol method) => method is { Name: "ReferenceEquals", IsStatic: true };

    private static string Named(Frame frame, IOperation pointer) =>
        frame[pointer].Term.DisplayName is { Length: > 0 } name ? name : pointer.Syntax.ToString();

    /// <summary>What <c>*p</c>, <c>p->x</c> and <c>p[i]</c> look through; none of them has a public operation of its own. What a member is read of is said at the member.</summary>
    private static IOperation? Dereferenced(IOperation operation) => operation is { Kind: OperationKind.None, Parent: not IMemberReferenceOperation }
        && (IsIndirection(operation) || operation.Syntax is ElementAccessExpressionSyntax)
            ? operation.ChildOperations.FirstOrDefault()
            : null;

    /// <summary>"The thing that this pointer points to".</summary>
    private static bool IsIndirection(IOperation operation) => operation.Kind == OperationKind.None && operation.ChildOperations.Count == 1
        && operation.ChildOperations.First().Type is IPointerTypeSymbol { PointedAtType: var pointedAt } && SymbolEqualityComparer.Default.Equals(pointedAt, operation.Type);

    private static readonly List<Frame> s_noFrames = new();

    private void AfterRead(Frame frame, IPropertyReferenceOperation property, IMethodSymbol getter) =>
        frame[property] = Bound(frame.State, _knowledge.FactsOf(getter).ReadProtected ? frame[property].WithProtection(Protection.OfCaller) : frame[property], property.Property.ContainingType);

    /// <summary>What an operation that has been evaluated says of pointers.</summary>
    private void FollowProtected(Frame before, State stateBefore, IOperation operation, List<Frame>? results)
    {
        switch (operation)
        {
            case IFieldReferenceOperation field when !IsWritten(operation) && _knowledge.IsReadProtected(field.Field):
                before[operation] = Protected(before.State, before[operation], field.Field.ContainingType);
                break;
            case IPropertyReferenceOperation property when !IsWritten(operation) && property.Property.GetMethod is { } getter:
                if (results is null)
                    AfterRead(before, property, getter);
                foreach (var frame in results ?? s_noFrames)
                    AfterRead(frame, property, getter);
                break;
            case IInvocationOperation invocation:
                if (results is null)
                    AfterCall(before, stateBefore, invocation);
                foreach (var frame in results ?? s_noFrames)
                    AfterCall(frame, stateBefore, invocation);
                break;
            case IAssignmentOperation { Target: IFieldReferenceOperation target } assignment:
                KeepAlive(before, target);
                if (operation is ISimpleAssignmentOperation)
                    StoredInField(before, target, before[assignment.Value]);
                break;
            case IIncrementOrDecrementOperation { Target: IFieldReferenceOperation target }:
                KeepAlive(before, target);
                break;
        }
    }

    private void AfterCall(Frame frame, State before, IInvocationOperation invocation)
    {
        var facts = _knowledge.FactsOf(invocation.TargetMethod);
        if (facts.ReadProtected)
            frame[invocation] = Protected(frame.State, frame[invocation], invocation.TargetMethod.ContainingType);
        else if (frame[invocation].Protection is not null)
            frame[invocation] = Bound(frame.State, frame[invocation], null);
        foreach (var argument in invocation.Arguments)
        {
            if (argument.Parameter?.RefKind is RefKind.Out or RefKind.Ref && Variables.Of(argument.Value) is { } variable && frame.State.Variables.TryGetValue(variable, out var written) && written.Protection is not null)
                frame.State = frame.State.WithVariable(variable, Bound(frame.State, written, null));
        }

        if (!Protects(frame.State))
            return;

        // Whoever is given the object inside the section may have taken a reference to it, and then it lasts. So may whoever now holds a lock in it.
        if (!facts.ReadProtected)
        {
            if (invocation.Instance is { } instance)
                Release(frame, frame[instance]);
            foreach (var argument in invocation.Arguments)
            {
                if (argument.Parameter?.RefKind is RefKind.Ref or RefKind.Out)
                    KeepAlive(frame, argument.Value);
                else
                    Release(frame, frame[argument.Value]);
            }
        }

        foreach (var held in frame.State.Held.Where(h => !h.Traits.ReadSection && !before.Holds(h.Term)))
        {
            foreach (var pair in frame.State.Variables.Where(p => p.Value.Protection is { HasEnded: false } && held.Term.Mentions(p.Value.Term)))
                Release(frame, pair.Value);
        }

        // A call may clear a field as well as set it.
        if (!facts.TakesOrReleases)
            frame.State = frame.State.WithVariables(frame.State.Variables.RemoveWhere(static (key, _, _) => key is FieldSlot, false));
    }

    private static bool Protects(State state)
    {
        foreach (var pair in state.Variables)
        {
            if (pair.Value.Protection is { HasEnded: false })
                return true;
        }

        return false;
    }

    /// <summary>A change of a field through the pointer: a count of references, for all that is known.</summary>
    private static void KeepAlive(Frame frame, IOperation target)
    {
        while (true)
        {
            switch (target)
            {
                case IFieldReferenceOperation { Instance: { } instance }:
                    Release(frame, frame[instance]);
                    target = instance;
                    continue;
                case IArgumentOperation argument:
                    target = argument.Value;
                    continue;
                case IConversionOperation conversion:
                    target = conversion.Operand;
                    continue;
                case IAddressOfOperation address:
                    target = address.Reference;
                    continue;
                default:
                    return;
            }
        }
    }

    /// <summary>The pointer is followed no longer, under any of its names.</summary>
    private static void Release(Frame frame, Value pointer)
    {
        if (pointer.Protection is not { HasEnded: false })
            return;
        var variables = frame.State.Variables;
        foreach (var pair in variables.Where(p => p.Value.Protection is not null && p.Value.Term.Equals(pointer.Term)))
            variables = variables.SetItem(pair.Key, pair.Value.WithProtection(null));
        frame.State = frame.State.WithVariables(variables);
    }

    /// <summary>A pointer left in a field of the object or of a type, by somebody who holds nothing but read sections.</summary>
    private void StoredInField(Frame frame, IFieldReferenceOperation target, Value value)
    {
        if (target.Instance is not (null or IInstanceReferenceOperation))
            return;
        var slot = new FieldSlot(Term.Field(target.Field.IsStatic ? Term.Static(target.Field.ContainingType) : Term.This, target.Field), target.Parent!.Syntax.GetLocation());
        var variables = frame.State.Variables.Remove(slot);
        if (value.Protection is { HasEnded: false, Section: not null } && frame.State.Held.All(h => h.Traits.ReadSection))
            variables = variables.Add(slot, value);
        if (!ReferenceEquals(variables, frame.State.Variables))
            frame.State = frame.State.WithVariables(variables);
    }

    private Value Protected(State state, Value value, INamedTypeSymbol? declaring) => Bound(state, value.WithProtection(Protection.OfCaller), declaring);

    /// <summary>
    /// Ties a pointer to the section that keeps it alive: the only one in force, and opened here. It lasts until the outermost of them ends, so if the caller is in one too it outlives this member.
    /// </summary>
    private Value Bound(State state, Value value, INamedTypeSymbol? declaring)
    {
        if (!ReferenceEquals(value.Protection, Protection.OfCaller))
            return value;
        var ofItsOwn = declaring is not null && _knowledge.LockClassOf(declaring) is { ReadSection: true } ? Term.Static(declaring) : null;
        HeldLock? section = null;
        foreach (var held in state.Held)
        {
            if (!held.Traits.ReadSection || (ofItsOwn is not null && held.Term.Kind == TermKind.Static && !held.Term.Equals(ofItsOwn)))
                continue;
            if (held.Ambient || (section is not null && !section.Term.Equals(held.Term)))
                return value;
            section ??= held;
        }

        return section is null ? value : value.WithProtection(Protection.By(section));
    }

    /// <summary>The end of a section: what only it protected is protected by nothing.</summary>
    private State EndProtection(State state, HeldLock ended, IOperation site)
    {
        if (!ended.Traits.ReadSection || state.Holds(ended.Term))
            return state;
        var variables = state.Variables;
        foreach (var pair in state.Variables)
        {
            if (pair.Value.Protection is not { HasEnded: false } protection || !ended.Term.Equals(protection.Section))
                continue;
            var over = protection.Ended(PlaceOf(site));
            variables = pair.Key is FieldSlot ? variables.Remove(pair.Key) : variables.SetItem(pair.Key, pair.Value.WithProtection(over));
            if (pair.Key is FieldSlot slot && !_inDoomedBlock)
                _findings?.ProtectedUses.Add(new ProtectedUse(ProtectedUseKind.Stored, slot.At, pair.Value.Term.DisplayName is { Length: > 0 } name ? name : "the pointer", over));
        }

        return ReferenceEquals(variables, state.Variables) ? state : state.WithVariables(variables);
    }

    /// <summary>A pointer handed to the caller, who cannot know that the section is over.</summary>
    private void CheckProtectedExit(State state, Location? at, Value? returned)
    {
        if (_findings is null)
            return;
        var place = at ?? _method.Locations.FirstOrDefault() ?? Location.None;
        if (returned?.Protection is { HasEnded: true } protection)
            _findings.ProtectedUses.Add(new ProtectedUse(ProtectedUseKind.Returned, place, returned.Term.DisplayName is { Length: > 0 } name ? name : "the pointer", protection));
        foreach (var parameter in _method.Parameters)
        {
            if (parameter.RefKind is RefKind.Out or RefKind.Ref && state.Variables.TryGetValue(parameter, out var written) && written.Protection is { HasEnded: true } over)
                _findings.ProtectedUses.Add(new ProtectedUse(ProtectedUseKind.Returned, place, parameter.Name, over));
        }
    }
}
