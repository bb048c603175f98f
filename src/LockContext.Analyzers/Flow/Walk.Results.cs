using System.Collections.Immutable;
using System.Linq;
using LockContext.Analyzers.Knowledge;
using LockContext.Analyzers.Model;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace LockContext.Analyzers.Flow;

/// <summary>
/// Results of allocations that may have failed: followed from the call until somebody looks whether they are null, or lets go of them. "Unchecked" has to hold on every way to a use, so that code
/// which allocates and checks under the same condition, written twice, stays silent.
/// </summary>
internal sealed partial class Walk
{
    /// <summary>Whether any result has been seen that may be null; until then nothing is asked.</summary>
    private bool _followsResults;

    private void FollowResult(Frame frame, IOperation operation, MethodFacts facts, IMethodSymbol callee, ImmutableArray<Value> arguments, string name)
    {
        if (facts.FlagsParameter < 0 || facts.FlagsParameter >= arguments.Length || _knowledge.FlagsOf(callee.Parameters[facts.FlagsParameter].Type) is not { } type)
            return;
        var result = new AllocationResult(name, PlaceOf(operation), type, Masked(frame.State, arguments[facts.FlagsParameter].Bits, type));
        if (!result.IsOpen)
            return;
        var returned = CanBeNull(callee.ReturnType) && !callee.GetReturnTypeAttributes().Any(a => a.AttributeClass?.Name == "NotNullAttribute");
        if (returned)
            Follow(operation, frame[operation]);
        foreach (var argument in ArgumentsOf(operation))
        {
            if (argument.Parameter is not { RefKind: RefKind.Out } parameter || !CanBeNull(parameter.Type)
                || !StoreOut(frame, argument.Value, new Value(Term.Opaque((operation.Syntax.SpanStart, "out", parameter.Ordinal))).WithUnchecked(result), operation))
            {
                continue;
            }

            _followsResults = _followsAllocations = true;

            // Whoever asks whether the call succeeded has checked.
            if (!returned && !callee.ReturnsVoid)
                Follow(operation, frame[operation]);
        }

        void Follow(IOperation at, Value value)
        {
            _followsResults = _followsAllocations = true;
            frame[at] = value.WithUnchecked(result);
        }
    }

    /// <summary>Gives a variable or a field of this object, which is passed to a call, what the call leaves there.</summary>
    private bool StoreOut(Frame frame, IOperation place, Value value, IOperation call)
    {
        if (Variables.Of(place) is { } variable)
        {
            if (!IsFollowed(variable))
                return false;
            frame.State = frame.State.Assign(variable, value, call.Syntax.SpanStart);
            return true;
        }

        if (place is not IFieldReferenceOperation { Instance: null or IInstanceReferenceOperation, Field: { } field })
            return false;
        frame.State = frame.State.ForgetField(field.OriginalDefinition).WithStored(Term.Field(field.IsStatic ? Term.Static(field.ContainingType) : Term.This, field), value);
        return true;
    }

    /// <summary>What a parameter is left with: not null, or null for no other reason than that an allocation has failed.</summary>
    private Value OutWithReason(State state, Value left)
    {
        if (!_followsResults || left.Allocated is not { } result)
            return WithReason(state, left);
        return state.TruthOf(Term.Operator("isnull", left.Term)) == false ? left.WithNotNull(true) : left.WithNullBecauseOf(result);
    }

    /// <summary>A result that a callee hands on, as one of this call: with the flags given here.</summary>
    private AllocationResult? Translate(AllocationResult? result, Binding binding, State state)
    {
        if (result is null)
            return null;
        var flags = result.Flags.Parameter is IParameterSymbol parameter && Argument(parameter, binding) is { } argument ? result.Flags.Substitute(argument.Bits) : result.Flags.WithoutParameter();
        var translated = new AllocationResult(CalleeName(binding.Callee), PlaceOf(binding.Site), result.Type, Masked(state, flags, result.Type));
        if (!translated.IsOpen)
            return null;
        _followsResults = _followsAllocations = true;
        return translated;
    }

    /// <summary>
    /// What is returned, with what the way here has shown of it: that it is not null, or that it is null because an allocation has failed. A null that depends on what the caller has asked for is none
    /// of the latter.
    /// </summary>
    private Value WithReason(State state, Value returned)
    {
        if (!_followsResults)
            return returned;
        if (!returned.IsNull)
            return IsShown(returned.Term, false) ? returned.WithNotNull(true) : returned;
        if (!GuardsOf(state).IsEmpty)
            return returned;
        foreach (var pair in state.Variables)
        {
            if (pair.Value.Allocated is { } failed && IsShown(pair.Value.Term, true))
                return returned.WithNullBecauseOf(failed);
        }

        return returned;

        bool IsShown(Term term, bool isNull) => state.Facts.TryGetValue(Term.Operator("isnull", term), out var known) && (isNull ? known.IsNonZero : known.IsZero);
    }

    private static bool CanBeNull(ITypeSymbol type) => type switch
    {
        IPointerTypeSymbol or IFunctionPointerTypeSymbol => true,
        { SpecialType: SpecialType.System_IntPtr or SpecialType.System_UIntPtr } => true,
        { IsReferenceType: true, TypeKind: not TypeKind.TypeParameter } => type.NullableAnnotation != NullableAnnotation.NotAnnotated,
        _ => IsNullable(type) || IsSpan(type),
    };

    private static bool IsNullable(ITypeSymbol? type) => type is { OriginalDefinition.SpecialType: SpecialType.System_Nullable_T };

    private static bool IsSpan(ITypeSymbol? type) => type is INamedTypeSymbol { Name: "Span" or "ReadOnlySpan" or "Memory" or "ReadOnlyMemory", Arity: 1, ContainingNamespace: { Name: "System", ContainingNamespace.IsGlobalNamespace: true } };

    /// <summary>A function that shares the variable may check it at any time.</summary>
    private bool IsFollowed(ISymbol variable) => !_body.CapturedByNested.Contains(variable) && Same(variable.ContainingSymbol, _method);

    /// <summary>What an operation does with unchecked results among its operands: hands them on, uses them, or takes them out of sight. Returns one that is a part of its own value.</summary>
    private AllocationResult? UseResults(Frame frame, IOperation operation)
    {
        if (operation is IExpressionStatementOperation { Operation: IInvocationOperation call } && Conditional.IsLeftOut(call))
        {
            // An assertion that is not compiled in still says what its author knows.
            foreach (var part in call.Descendants())
            {
                if (Variables.Of(part) is { } variable && frame.State.Variables.TryGetValue(variable, out var asserted) && asserted.Unchecked is { } known)
                    frame.State = frame.State.WithChecked(known);
            }

            return null;
        }

        AllocationResult? carried = null;
        foreach (var operand in operation.ChildOperations)
        {
            if (frame.Known(operand)?.Unchecked is not { } result)
                continue;
            var role = RoleOf(operation, operand);
            if (role == ResultRole.HandedOn)
                carried = result;
            if (role is not (ResultRole.Used or ResultRole.OutOfSight))
                continue;
            if (role == ResultRole.Used && !_inDoomedBlock && result.MayBeNull)
                _findings?.UncheckedResults.Add(new UncheckedResultFinding(operand.Syntax.GetLocation(), operand.Syntax.ToString(), result, IsSpan(operand.Type)));
            frame.State = frame.State.WithChecked(result);
            frame[operand] = frame[operand].WithUnchecked(null);
        }

        return carried;
    }

    private enum ResultRole
    {
        HandedOn,
        Used,
        OutOfSight,
        Overwritten,
    }

    private ResultRole RoleOf(IOperation operation, IOperation operand)
    {
        if (operand.Syntax.Parent is PostfixUnaryExpressionSyntax { RawKind: (int)SyntaxKind.SuppressNullableWarningExpression })
            return ResultRole.OutOfSight;
        switch (operation)
        {
            case IConversionOperation { Conversion.IsUserDefined: false } conversion:
                return conversion.Operand.Type?.IsValueType == true && conversion.Type?.IsReferenceType == true ? ResultRole.OutOfSight : ResultRole.HandedOn;
            case IParenthesizedOperation or IFlowCaptureOperation or IExpressionStatementOperation or IVariableInitializerOperation or IReturnOperation { Kind: OperationKind.Return } or IDeclarationExpressionOperation:
                return ResultRole.HandedOn;
            case IAssignmentOperation assignment when ReferenceEquals(assignment.Target, operand):
                return assignment is ICompoundAssignmentOperation or ICoalesceAssignmentOperation ? ResultRole.OutOfSight : ResultRole.Overwritten;
            case IArgumentOperation { Parameter.RefKind: RefKind.Out }:
                return ResultRole.Overwritten;
            case ISimpleAssignmentOperation { IsRef: false } assignment:
                return assignment.Target switch
                {
                    IFlowCaptureReferenceOperation or IDiscardOperation or IFieldReferenceOperation { Instance: null or IInstanceReferenceOperation } => ResultRole.HandedOn,
                    var target => Variables.Of(target) is { } variable && IsFollowed(variable) ? ResultRole.HandedOn : ResultRole.OutOfSight,
                };
            case IBinaryOperation { OperatorKind: BinaryOperatorKind.Add or BinaryOperatorKind.Subtract, Type: IPointerTypeSymbol }:
                return ResultRole.HandedOn;
            case IIncrementOrDecrementOperation { Type: IPointerTypeSymbol }:
                return ResultRole.HandedOn;
            case { Kind: OperationKind.None } when operand.Type is IPointerTypeSymbol && IsIndirection(operation.Syntax):
                return IsAddressTaken(operation) ? ResultRole.OutOfSight : ResultRole.Used;
            case IFunctionPointerInvocationOperation call:
                return ReferenceEquals(call.Target, operand) ? ResultRole.Used : ResultRole.OutOfSight;
            case IArrayElementReferenceOperation element:
                return ReferenceEquals(element.ArrayReference, operand) ? ResultRole.Used : ResultRole.OutOfSight;
            case IPropertyReferenceOperation { Instance: { } instance } property when ReferenceEquals(instance, operand):
                return instance.Type switch
                {
                    { IsReferenceType: true } => ResultRole.Used,
                    var type when IsNullable(type) => property.Property.Name == "Value" ? ResultRole.Used : ResultRole.OutOfSight,
                    var type => IsSpan(type) && property.Property.IsIndexer ? ResultRole.Used : ResultRole.OutOfSight,
                };
            case IMemberReferenceOperation { Instance: { Type.IsReferenceType: true } instance } and not IMethodReferenceOperation when ReferenceEquals(instance, operand):
                return ResultRole.Used;
            case IInvocationOperation { Instance: { Type.IsReferenceType: true } instance } when ReferenceEquals(instance, operand):
                return ResultRole.Used;
            default:
                return ResultRole.OutOfSight;
        }
    }

    private static bool IsIndirection(SyntaxNode syntax) => syntax.Kind() is SyntaxKind.PointerIndirectionExpression or SyntaxKind.PointerMemberAccessExpression or SyntaxKind.ElementAccessExpression
        || syntax.Parent is MemberAccessExpressionSyntax { RawKind: (int)SyntaxKind.PointerMemberAccessExpression };

    /// <summary><c>&amp;p->next</c> and <c>&amp;p[3]</c> compute an address and touch nothing.</summary>
    private static bool IsAddressTaken(IOperation operation)
    {
        var place = operation;
        while (place.Parent is IFieldReferenceOperation or IParenthesizedOperation)
            place = place.Parent;
        return place.Parent is IAddressOfOperation || operation.Syntax.FirstAncestorOrSelf<PrefixUnaryExpressionSyntax>(p => p.IsKind(SyntaxKind.AddressOfExpression)) is { } address
            && address.Operand.Span.Contains(operation.Syntax.Span) && address.Operand is not InvocationExpressionSyntax;
    }
}

/// <summary>The result of an allocation, by the place of the call and the flags it ran with.</summary>
internal sealed record AllocationResult(string Name, Location At, AllocationFlags Type, BitValue Flags)
{
    /// <summary>It may be null for sure.</summary>
    public bool MayBeNull => Type.MayFail(Flags);

    /// <summary>It may be null, or that depends on a parameter.</summary>
    public bool IsOpen => MayBeNull || (Flags.Inherited != 0 && !Type.Has(Flags, AllocationBehavior.NoFail));
}
