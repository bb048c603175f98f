using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using LockContext.Analyzers.Knowledge;
using LockContext.Analyzers.Model;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace LockContext.Analyzers.Flow;

/// <summary>
/// Speculative reads under a sequence count. From the beginning to the validation everything read from shared memory is marked, and so is what is computed from it; the validation takes the marks
/// off, and puts a worse one on where a branch has shown that it failed. Whoever gets the cookie besides the validation may validate himself, so then nothing is said.
/// </summary>
internal sealed partial class Walk
{
    /// <summary>The beginnings seen so far, by position; empty in nearly every member, which then pays nothing.</summary>
    private readonly Dictionary<int, IInvocationOperation> _beginnings = new();

    /// <summary>Answers of validations, by their terms.</summary>
    private readonly Dictionary<Term, (int Begin, bool TrueMeansRetry)> _validations = new();

    /// <summary>A speculative read that is under way.</summary>
    private sealed record UnderWay(int Begin);

    private List<Frame>? FollowSpeculation(Frame frame, IOperation operation, List<Frame>? results)
    {
        if (operation is IInvocationOperation invocation)
        {
            var facts = _knowledge.FactsOf(invocation.TargetMethod);
            if (facts.BeginsSpeculation)
                return BeginAll(results ?? new List<Frame> { frame }, invocation);
            if (_beginnings.Count == 0)
                return results;
            foreach (var next in results ?? new List<Frame> { frame })
            {
                if (facts.ValidatesSpeculation)
                    Validate(next, invocation, facts.ValidationMeansRetry);
                else
                    CallInBetween(next, invocation);
            }

            return results;
        }

        if (_beginnings.Count == 0)
            return results;
        foreach (var next in results ?? new List<Frame> { frame })
        {
            Escape(next, operation);
            Mark(next, operation);
        }

        return results;
    }

    private List<Frame> BeginAll(List<Frame> frames, IInvocationOperation invocation) => frames.SelectMany(f => Begin(f, invocation)).ToList();

    private IEnumerable<Frame> Begin(Frame frame, IInvocationOperation invocation)
    {
        var begin = invocation.Syntax.SpanStart;
        var returnsFlag = invocation.TargetMethod.ReturnType.SpecialType == SpecialType.System_Boolean;
        var cookie = invocation.Arguments.FirstOrDefault(a => a.Parameter?.RefKind == RefKind.Out)?.Value;
        var variable = cookie is null ? null : Variables.Of(cookie);
        if ((cookie is not null && variable is null) || (variable is not null && IsUsedInside(variable)))
        {
            yield return frame;
            yield break;
        }

        _beginnings[begin] = invocation;
        if (returnsFlag)
        {
            var failed = frame.Fork(frame.State);
            failed[invocation] = frame[invocation].WithBits(BitValue.False);
            yield return failed;
            frame[invocation] = frame[invocation].WithBits(BitValue.True);
        }
        else if (!invocation.TargetMethod.ReturnsVoid)
        {
            frame[invocation] = frame[invocation].WithCookie(begin);
        }

        if (variable is not null)
            frame.State = frame.State.WithVariable(variable, Variable(frame.State, variable).WithCookie(begin));
        frame.State = frame.State.WithVariable(new UnderWay(begin), Value.Constant(1));
        yield return frame;
    }

    /// <summary>Whether a lambda or local function uses a variable, so that it may validate the cookie in it.</summary>
    private bool IsUsedInside(ISymbol variable) => _body.AllNested.Any(n => n.Graph.OriginalOperation.Syntax.DescendantTokens().Any(t => t.ValueText == variable.Name));

    private void Validate(Frame frame, IInvocationOperation invocation, bool trueMeansRetry)
    {
        var cookies = invocation.Arguments.Select(a => frame[a.Value].Cookie).OfType<int>().ToArray();
        foreach (var begin in cookies.Length > 0 ? cookies : _beginnings.Keys.ToArray())
        {
            _findings?.Validated.Add(begin);
            frame.State = frame.State.WithVariables(frame.State.Variables.Remove(new UnderWay(begin)));
            Remark(frame, begin, SpeculationState.Checked);
            _validations[frame[invocation].Term] = (begin, trueMeansRetry);
        }
    }

    /// <summary>What a branch on the answer of a validation says of the values read before.</summary>
    private State AfterValidation(State state, Value condition, bool outcome)
    {
        if (_validations.Count == 0)
            return state;
        var term = condition.Term;
        while (term is { Kind: TermKind.Operator, Data: "not" })
        {
            term = term.Children[0];
            outcome = !outcome;
        }

        if (!_validations.TryGetValue(term, out var validation))
            return state;
        var result = outcome == validation.TrueMeansRetry ? SpeculationState.Failed : SpeculationState.None;
        return Remarked(state, v => v.Speculation is { State: SpeculationState.Checked } mark && mark.Begin == validation.Begin ? v.WithSpeculation(mark with { State = result }) : v);
    }

    private void CallInBetween(Frame frame, IInvocationOperation invocation)
    {
        Escape(frame, invocation);
        var target = invocation.TargetMethod;
        if (target.MethodKind is MethodKind.LocalFunction or MethodKind.DelegateInvoke)
        {
            foreach (var begin in _beginnings.Keys)
                Forget(frame, begin);
            return;
        }

        var worst = invocation.Arguments.Select(a => frame[a.Value].Speculation).Aggregate(default(Speculation), Speculation.Join);
        if (worst.State == SpeculationState.Unvalidated && target.ReturnsVoid && invocation.Parent is IExpressionStatementOperation)
            RecordSpeculation(worst, invocation.Syntax.GetLocation(), isEffect: true);

        // What the class library computes from its arguments is no better than they are. A method of this project may be the way that is taken instead of the speculative one.
        if (target.IsStatic && target.DeclaringSyntaxReferences.IsEmpty)
            frame[invocation] = frame[invocation].WithSpeculation(worst);
        else if (invocation.Instance is { Type.OriginalDefinition.SpecialType: SpecialType.System_Nullable_T } nullable)
            frame[invocation] = frame[invocation].WithSpeculation(frame[nullable].Speculation);
    }

    /// <summary>The cookie goes where it cannot be followed: to another call, a field, a comparison with the count.</summary>
    private void Escape(Frame frame, IOperation operation)
    {
        switch (operation)
        {
            case IArgumentOperation or IConversionOperation or IExpressionStatementOperation or IFlowCaptureOperation or IFlowCaptureReferenceOperation or IParenthesizedOperation
                or IDeclarationExpressionOperation or IReturnOperation or IVariableInitializerOperation or ILocalReferenceOperation:
            case IAssignmentOperation { Target: ILocalReferenceOperation or IFlowCaptureReferenceOperation or IDeclarationExpressionOperation }:
            case IBinaryOperation { LeftOperand.ConstantValue.HasValue: true } or IBinaryOperation { RightOperand.ConstantValue.HasValue: true }:
                return;
        }

        foreach (var operand in operation.ChildOperations)
        {
            var given = operand is IArgumentOperation argument ? argument.Value : operand;
            if (frame[given].Cookie is { } begin)
                Forget(frame, begin);
        }
    }

    /// <summary>Nothing more is said of a speculative read.</summary>
    private void Forget(Frame frame, int begin)
    {
        _findings?.Validated.Add(begin);
        frame.State = frame.State.WithVariables(frame.State.Variables.Remove(new UnderWay(begin)));
        Remark(frame, begin, SpeculationState.None);
        frame.Map(v => v.Cookie == begin ? v.WithCookie(null) : v);
        frame.State = Remarked(frame.State, v => v.Cookie == begin ? v.WithCookie(null) : v);
    }

    private static void Remark(Frame frame, int begin, SpeculationState state)
    {
        Value Change(Value value) => value.Speculation.State != SpeculationState.None && value.Speculation.Begin == begin
            ? value.WithSpeculation(state == SpeculationState.None ? default : new Speculation(state, begin))
            : value;

        frame.Map(Change);
        frame.State = Remarked(frame.State, Change);
    }

    private static State Remarked(State state, Func<Value, Value> change)
    {
        var variables = state.Variables;
        foreach (var pair in state.Variables)
        {
            if (change(pair.Value) is var changed && !ReferenceEquals(changed, pair.Value))
                variables = variables.SetItem(pair.Key, changed);
        }

        return state.WithVariables(variables);
    }

    /// <summary>Marks what is read while a speculative read is under way, and what is computed from marked values.</summary>
    private void Mark(Frame frame, IOperation operation)
    {
        var inherited = default(Speculation);
        switch (operation)
        {
            case ISimpleAssignmentOperation { Target: IFieldReferenceOperation { Instance: null or IInstanceReferenceOperation } } stored:
                if (frame[stored.Value].Speculation is { State: SpeculationState.Unvalidated } kept)
                    RecordSpeculation(kept, operation.Syntax.GetLocation(), isEffect: true);
                return;
            case ICompoundAssignmentOperation compound:
                inherited = Speculation.Join(frame[compound.Target].Speculation, frame[compound.Value].Speculation);
                if (inherited.State != SpeculationState.None && Variables.Of(compound.Target) is { } variable && frame.State.Variables.TryGetValue(variable, out var sum))
                    frame.State = frame.State.WithVariable(variable, sum.WithSpeculation(Speculation.Join(sum.Speculation, inherited)));
                return;
            case IAssignmentOperation or IFlowAnonymousFunctionOperation or IDelegateCreationOperation or IInstanceReferenceOperation or ILocalReferenceOperation or IParameterReferenceOperation
                or IFlowCaptureOperation or IFlowCaptureReferenceOperation or IExpressionStatementOperation or ILiteralOperation or INameOfOperation:
                return;
        }

        foreach (var operand in operation.ChildOperations)
            inherited = Speculation.Join(inherited, frame[operand is IArgumentOperation argument ? argument.Value : operand].Speculation);
        if (IsSharedRead(frame, operation) && Latest(frame.State) is { } begin)
            inherited = Speculation.Join(inherited, new Speculation(SpeculationState.Unvalidated, begin));
        if (inherited.State != SpeculationState.None)
            frame[operation] = frame[operation].WithSpeculation(Speculation.Join(frame[operation].Speculation, inherited));
    }

    /// <summary>Whether an operation reads what others may be changing: not a constant, nothing that is set once, no part of a local struct.</summary>
    private bool IsSharedRead(Frame frame, IOperation operation) => !IsWritten(operation) && operation switch
    {
        IFieldReferenceOperation field => !field.Field.IsReadOnly && !field.Field.IsConst && !IsPrivate(frame, field.Instance),
        IPropertyReferenceOperation property => !(property.Property.SetMethod is null && Bodies.IsAutoProperty(property.Property)) && !IsPrivate(frame, property.Instance),
        IArrayElementReferenceOperation => true,
        _ => Dereferenced(operation) is not null,
    };

    private static bool IsPrivate(Frame frame, IOperation? instance) => instance switch
    {
        null or IInstanceReferenceOperation => false,
        ILocalReferenceOperation or IParameterReferenceOperation => instance.Type is { IsValueType: true, TypeKind: not TypeKind.Pointer } || frame[instance].NotNull,
        IFieldReferenceOperation { Type.IsValueType: true } part => IsPrivate(frame, part.Instance),
        _ => false,
    };

    private static int? Latest(State state)
    {
        int? latest = null;
        foreach (var key in state.Variables.Keys)
        {
            if (key is UnderWay { Begin: var begin } && (latest is null || begin > latest))
                latest = begin;
        }

        return latest;
    }

    private void CheckSpeculativeExit(State state, Location? at, Value? returned)
    {
        if (_beginnings.Count == 0 || _findings is null)
            return;
        var place = at ?? _method.Locations.FirstOrDefault() ?? Location.None;
        var written = _method.Parameters.Where(p => p.RefKind is RefKind.Out or RefKind.Ref)
            .Select(p => state.Variables.TryGetValue(p, out var value) ? value : null).OfType<Value>().ToImmutableArray();
        var handedOut = written.Add(returned ?? new Value(Term.Constant(null))).Select(v => v.Cookie).OfType<int>().ToImmutableHashSet();
        if (returned?.Speculation is { State: SpeculationState.Unvalidated or SpeculationState.Failed } result && !handedOut.Contains(result.Begin))
            RecordSpeculation(result, place, isEffect: false);

        // With the answer "no" nobody looks at the rest.
        if (returned is { Bits.IsZero: true } or { Term: { Kind: TermKind.Constant, Data: "null" } })
            return;
        foreach (var value in written)
        {
            if (value.Speculation is { State: SpeculationState.Unvalidated } mark && !handedOut.Contains(mark.Begin))
                RecordSpeculation(mark, place, isEffect: false);
        }
    }

    private void RecordSpeculation(Speculation speculation, Location at, bool isEffect)
    {
        if (_findings is null || _inDoomedBlock || !_beginnings.TryGetValue(speculation.Begin, out var begin))
            return;
        var validation = begin.TargetMethod.ContainingType.GetMembers().OfType<IMethodSymbol>().Where(m => _knowledge.FactsOf(m).ValidatesSpeculation).Select(m => m.Name).OrderBy(n => n, StringComparer.Ordinal).FirstOrDefault();
        _findings.Speculations.Add(new SpeculationFinding(begin, validation, at, speculation.State == SpeculationState.Failed, isEffect));
    }
}
