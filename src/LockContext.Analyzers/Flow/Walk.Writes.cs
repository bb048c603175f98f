using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace LockContext.Analyzers.Flow;

/// <summary>Assignments: what they do to variables, fields and elements, and the setters that they call.</summary>
internal sealed partial class Walk
{
    /// <summary>The operands of a place that is written in a later block.</summary>
    private static void KeepOperands(Frame frame, IOperation place)
    {
        foreach (var operand in OperandsOf(place))
            frame.State = frame.State.WithVariable(operand, frame[operand]);
    }

    private static IEnumerable<IOperation> OperandsOf(IOperation place) => place switch
    {
        IFieldReferenceOperation { Instance: { } instance } => new[] { instance },
        IPropertyReferenceOperation property => property.Arguments.Select(a => a.Value).Concat(property.Instance is { } instance ? new[] { instance } : Enumerable.Empty<IOperation>()),
        IArrayElementReferenceOperation element => element.Indices.Append(element.ArrayReference),
        _ => Enumerable.Empty<IOperation>(),
    };

    private IOperation Target(Frame frame, IOperation target)
    {
        var place = _body.PlaceOf(target);
        if (ReferenceEquals(place, target))
            return target;
        foreach (var operand in OperandsOf(place))
        {
            if (frame.Known(operand) is null && frame.State.Variables.TryGetValue(operand, out var kept))
                frame[operand] = Refreshed(frame.State, kept);
        }

        return place;
    }

    private List<Frame>? Assign(Frame frame, IAssignmentOperation assignment)
    {
        var target = Target(frame, assignment.Target);
        var value = assignment switch
        {
            ICompoundAssignmentOperation compound => Combined(compound.Type, compound.OperatorKind, frame[compound.Target], frame[compound.Value],
                Binary(frame.State, compound.OperatorKind, frame[compound.Target], frame[compound.Value], assignment)),
            _ => frame[assignment.Value],
        };
        frame[assignment] = value;
        List<Frame>? results = null;
        if (assignment is ICompoundAssignmentOperation { OperatorMethod: { } operatorMethod } combined)
            results = CallOperator(frame, assignment, operatorMethod, combined.Target, combined.Value);
        Store(frame, target, value, assignment);
        if (target is IPropertyReferenceOperation { Property.SetMethod: { } setter } property && !Bodies.IsAutoAccessor(setter))
        {
            var arguments = property.Arguments.Select(a => frame[a.Value]).Append(value).ToImmutableArray();
            return Call(frame, property, setter, property.Instance is { } instance ? frame[instance] : null, arguments, keepValue: true);
        }

        return results;
    }

    private List<Frame>? Increment(Frame frame, IIncrementOrDecrementOperation increment, AllocationResult? carried)
    {
        var target = Target(frame, increment.Target);
        var value = Fresh(frame, increment).WithUnchecked(carried);
        frame[increment] = value;
        Store(frame, target, value, increment);
        if (target is IPropertyReferenceOperation { Property.SetMethod: { } setter } property && !Bodies.IsAutoAccessor(setter))
        {
            var arguments = property.Arguments.Select(a => frame[a.Value]).Append(value).ToImmutableArray();
            return Call(frame, property, setter, property.Instance is { } instance ? frame[instance] : null, arguments, keepValue: true);
        }

        return increment.OperatorMethod is { } operatorMethod ? CallOperator(frame, increment, operatorMethod, increment.Target) : null;
    }

    private void Store(Frame frame, IOperation target, Value value, IOperation site)
    {
        if (!_knowledge.SpinWords.IsEmpty && StoresToWord(frame, target, value, site))
            return;
        if ((target is ILocalReferenceOperation { Local.IsRef: true } && site is not ISimpleAssignmentOperation { IsRef: true }) || IsIndirection(target))
        {
            foreach (var aliased in _body.Aliased.OrderBy(v => v, DeclarationOrder.Instance))
                frame.State = frame.State.WithVariables(frame.State.Variables.Remove(aliased)).ForgetField(aliased);
        }

        switch (target)
        {
            case ILocalReferenceOperation or IParameterReferenceOperation or IDeclarationExpressionOperation:
                // That it is there was found of the variable it comes from, and goes with it.
                if (Variables.Of(target) is { } variable)
                    frame.State = frame.State.Assign(variable, target.Type is { IsReferenceType: true } && IsNull(frame.State, value) == false ? value.WithNotNull(true) : value, site.Syntax.SpanStart);
                break;
            case IFlowCaptureReferenceOperation capture:
                frame.State = frame.State.WithVariable(capture.Id, value);
                break;
            case IFieldReferenceOperation field:
                StoreMember(frame, field.Instance, field.Field, field.Field.IsStatic ? Term.Static(field.Field.ContainingType) : null, value);
                break;
            case IPropertyReferenceOperation property:
                StoreMember(frame, property.Instance, property.Property, property.Property.IsStatic ? Term.Static(property.Property.ContainingType) : null, value);
                break;
            case IArrayElementReferenceOperation:
                PutAway(frame.State, target.Type, value);
                frame.State = frame.State.ForgetSharedMemory();
                break;
        }
    }

    private static void StoreMember(Frame frame, IOperation? instance, ISymbol member, Term? owner, Value value)
    {
        frame.State = frame.State.ForgetField(member.OriginalDefinition);
        if (owner is null && instance is not null && frame[instance] is var receiver && Root(instance) is { } variable)
        {
            // The fields of an object just made, or of a struct in a variable, are known as part of its value.
            frame.State = frame.State.WithVariable(variable, receiver.WithField(member, value));
            owner = receiver.Term;
        }

        owner ??= instance is null ? Term.This : frame[instance].Term;
        var term = member is IPropertySymbol property ? Term.Property(owner, property) : Term.Field(owner, member);
        frame.State = NameAttempts(frame.State, member, value.Term, term);
        if (!value.Term.Mentions(term))
            frame.State = frame.State.WithStored(term, value);
    }

    private static object? Root(IOperation instance) => instance switch
    {
        ILocalReferenceOperation local => local.Local,
        IFlowCaptureReferenceOperation capture => capture.Id,
        _ => null,
    };
}
