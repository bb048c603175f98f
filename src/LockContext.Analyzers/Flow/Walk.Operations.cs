using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using LockContext.Analyzers.Knowledge;
using LockContext.Analyzers.Model;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace LockContext.Analyzers.Flow;

/// <summary>Evaluating operations: what each does to the state and which value it has. Anything not named here evaluates its operands and yields an opaque value.</summary>
internal sealed partial class Walk
{
    private const string ReturnSlot = "return";
    private const string SuspendedSlot = "suspended";

    /// <summary>"Whatever this operation yields": unique by place, so that every walk over the same code uses the same term.</summary>
    public static Term OpaqueOf(IOperation operation) => Term.Opaque((operation.Syntax.SpanStart, operation.Syntax.Span.Length, operation.Kind));

    private List<Frame> Execute(Code code, List<Frame> frames, BasicBlock block, Continuation then)
    {
        // Most statements lead from one state to one.
        List<Frame>? results = null;
        if (frames.Count == 1)
        {
            frames[0].Begin(code);
            results = Run(code, frames[0], block, then);
            if (results is null)
                return frames;
        }

        var done = new List<Frame>();
        var pending = new Stack<Frame>();
        if (results is null)
        {
            foreach (var frame in frames)
                frame.Begin(code);
            results = frames;
        }

        Push(results);
        while (pending.Count > 0)
        {
            var frame = pending.Pop();
            if (Run(code, frame, block, then) is { } more)
                Push(more);
            else
                done.Add(frame);

            // One statement can combine as many ways as a whole body, and nothing merges them before its end.
            if (pending.Count + done.Count > FramesPerStatement)
            {
                GivenUp = TooManyWays;
                return new List<Frame>();
            }
        }

        return done;

        void Push(List<Frame> next)
        {
            for (var i = next.Count - 1; i >= 0; i--)
                pending.Push(next[i]);
        }
    }

    /// <summary>Takes a frame to the end of its statement, or to where it becomes others, which are returned.</summary>
    private List<Frame>? Run(Code code, Frame frame, BasicBlock block, Continuation then)
    {
        var notes = code.Notes;
        while (frame.Next < code.Operations.Length)
        {
            var index = frame.Next++;
            var operation = code.Operations[index];
            var note = notes[index];
            if (note == OperationNotes.None)
                notes[index] = note = NotesOf(operation);
            if ((note & OperationNotes.Plain) != 0 && _beginnings.Count == 0 && !_followsAllocations && !_followsResults)
            {
                frame[operation] = operation.ConstantValue.HasValue ? code.ValueAt(index) : Evaluate(frame, operation);
                continue;
            }

            var before = frame.State;
            CheckProtectedUse(frame, operation);
            var results = Step(frame, operation, note, block, then);
            FollowProtected(frame, before, operation, results);
            results = FollowSpeculation(frame, operation, results);
            FollowRetries(frame, before, operation, results);
            if (results is not null)
                return results;
        }

        return null;
    }

    private OperationNotes NotesOf(IOperation operation)
    {
        var notes = OperationNotes.Noted;
        if (operation.ConstantValue.HasValue || operation.Kind is OperationKind.LocalReference or OperationKind.ParameterReference)
            notes |= OperationNotes.Plain;
        if (CanThrow(operation))
            notes |= OperationNotes.CanThrow;
        if (WhyLateBound(operation) is not null)
            notes |= OperationNotes.LateBound;
        return notes;
    }

    /// <summary>Evaluates one operation in place, or returns the frames that it leads to.</summary>
    private List<Frame>? Step(Frame frame, IOperation operation, OperationNotes notes, BasicBlock block, Continuation then)
    {
        var carried = _followsResults ? UseResults(frame, operation) : null;
        if (operation.ConstantValue.HasValue)
        {
            frame[operation] = frame.AsWritten(operation);
            return null;
        }

        AllocateManaged(frame.State, operation);
        if ((notes & OperationNotes.LateBound) != 0)
            CallLateBound(frame.State, operation);
        if (operation is IInvocationOperation call)
        {
            var before = frame.State;
            var results = Invoke(frame, call);
            if ((notes & OperationNotes.CanThrow) != 0 && !(results is null ? GivesBack(before, frame.State) : results.Count > 0 && results.All(r => GivesBack(before, r.State))))
                Raise(block.EnclosingRegion, then, before, at: null, abandoned: Taken(before, results is null ? frame.State : results.FirstOrDefault()?.State));
            return results;
        }

        if ((notes & OperationNotes.CanThrow) != 0)
            Raise(block.EnclosingRegion, then, frame.State, at: null);

        switch (operation)
        {
            case IObjectCreationOperation creation:
                return Construct(frame, creation);
            case IPropertyReferenceOperation property:
                return ReadProperty(frame, property);
            case IDeconstructionAssignmentOperation deconstruction:
                return Deconstruct(frame, deconstruction);
            case ITupleBinaryOperation tuples:
                frame[operation] = Fresh(frame, operation);
                CompareTuples(frame, tuples);
                return null;
            case IAssignmentOperation assignment:
                CheckDelegate(frame, operation);
                return Assign(frame, assignment);
            case IIncrementOrDecrementOperation increment:
                return Increment(frame, increment, carried);
            case IBinaryOperation binary:
                frame[operation] = Combined(binary.Type, binary.OperatorKind, frame[binary.LeftOperand], frame[binary.RightOperand],
                    Binary(frame.State, binary.OperatorKind, frame[binary.LeftOperand], frame[binary.RightOperand], operation)).WithUnchecked(carried);
                return binary.OperatorMethod is { } binaryOperator ? CallOperator(frame, operation, binaryOperator, binary.LeftOperand, binary.RightOperand) : null;
            case IUnaryOperation unary:
                frame[operation] = Unary(frame.State, unary.OperatorKind, frame[unary.Operand], unary.Type);
                return unary.OperatorMethod is { } unaryOperator ? CallOperator(frame, operation, unaryOperator, unary.Operand) : null;
            case IConversionOperation conversion:
                frame[operation] = Converted(frame[conversion.Operand], conversion);
                return conversion.OperatorMethod is { } conversionOperator ? CallOperator(frame, operation, conversionOperator, conversion.Operand) : null;
            case IEventAssignmentOperation { EventReference: IEventReferenceOperation eventReference } eventAssignment:
                CheckDelegate(frame, operation);
                var accessor = eventAssignment.Adds ? eventReference.Event.AddMethod : eventReference.Event.RemoveMethod;
                return accessor is null ? null : Call(frame, operation, accessor, eventReference.Instance is { } e ? frame[e] : null, ImmutableArray.Create(frame[eventAssignment.HandlerValue]));
            case IInvalidOperation invalid:
                return EnterLockStatement(frame, invalid);
            case IAwaitOperation await:
                Await(frame, await);
                return null;
            case IReturnOperation { Kind: OperationKind.YieldReturn }:
                Suspend(frame, operation);
                return null;
            case IIsPatternOperation pattern:
                BindPatternVariables(frame, pattern);
                frame[operation] = Evaluate(frame, operation);
                return CallPatternMembers(frame, pattern);
            case IImplicitIndexerReferenceOperation range:
                frame[operation] = Fresh(frame, operation);
                return CallInTurn(frame, operation, frame[range.Instance], range.LengthSymbol, range.IndexerSymbol);
            case ICollectionExpressionOperation collection:
                frame[operation] = Fresh(frame, operation);
                MakeCollection(frame, collection);
                return null;
            case IExpressionStatementOperation { Operation: IInvocationOperation assertion } when Conditional.IsLeftOut(assertion):
                BelieveAssertion(frame, assertion);
                return null;
            case IFlowCaptureOperation capture:
                frame.State = frame.State.WithVariable(capture.Id, frame[capture.Value]);
                if (_body.CapturedPlaces.ContainsKey(capture.Id))
                    KeepOperands(frame, capture.Value);
                return null;
            default:
                frame[operation] = Evaluate(frame, operation);
                CheckDelegate(frame, operation);
                if (operation.Kind == OperationKind.None)
                    Pin(frame, operation);
                return null;
        }
    }

    /// <summary>The state after a call that has taken a lock.</summary>
    private static State? Taken(State before, State? after) => after is not null && after.Held.Length > before.Held.Length ? after : null;

    private Value Evaluate(Frame frame, IOperation operation)
    {
        switch (operation)
        {
            case ITypeOfOperation { TypeOperand: INamedTypeSymbol type }:
                return new Value(Term.TypeOf(type)).WithNotNull(true);
            case IInstanceReferenceOperation:
                if (!NamesAPlace(operation))
                    frame.State = frame.State.WithSharedReceiver();
                return s_receiver;
            // The flag of a lock statement starts as false, also for what its acquire throws; the graph does not show that.
            case ILocalReferenceOperation { IsImplicit: true, Type.SpecialType: SpecialType.System_Boolean } flag when !frame.State.Variables.ContainsKey(flag.Local):
                return s_zero;
            case ILocalReferenceOperation local:
                return Kept(frame.State, local.Local, frame.TermOf(operation, local.Local));
            case IParameterReferenceOperation parameter:
                return Kept(frame.State, parameter.Parameter, frame.TermOf(operation, parameter.Parameter));
            case IFieldReferenceOperation field:
                return ReadField(frame, field);
            case IArrayElementReferenceOperation element:
                return Read(frame.State, ElementTerm(frame, frame[element.ArrayReference], element.Indices));
            case IFlowCaptureReferenceOperation capture:
                return frame.State.Variables.TryGetValue(capture.Id, out var captured) ? Refreshed(frame.State, captured) : new Value(Term.Opaque(("capture", capture.Id)));
            case IIsNullOperation isNull:
                return Comparison(frame.State, "isnull", frame[isNull.Operand], null);
            case IIsTypeOperation test:
                var isOfType = TypeTest(frame.State, frame[test.ValueOperand], Unconverted(test.ValueOperand).Type, test.TypeOperand);
                return test.IsNegated ? Not(frame.State, isOfType) : isOfType;
            case IIsPatternOperation pattern:
                return Match(frame.State, frame[pattern.Value], pattern.Pattern);
            case IDefaultValueOperation { IsImplicit: false, Type: { } type } when IsNullable(type):
                return Constant(null);
            case IDefaultValueOperation { Type: { } type } when type.IsValueType:
                return s_zero;
            case IDelegateCreationOperation creation:
                return Function(frame, creation);
            case IMethodReferenceOperation method:
                return Fresh(frame, operation).WithFunctions(ImmutableArray.Create(new FunctionReference(KnowledgeBase.Canonical(method.Method), method.Instance is { } instance ? frame[instance].Term : null, TypesOf(method.Method))));
            case IParenthesizedOperation parenthesized:
                return frame[parenthesized.Operand];
            case ITranslatedQueryOperation query:
                return frame[query.Operation];
            case ITupleOperation tuple:
                return Tuple(frame, tuple);
            case IAddressOfOperation addressOf:
                return frame[addressOf.Reference];
            case IArgumentOperation argument:
                return frame[argument.Value];
            case IExpressionStatementOperation statement:
                return frame[statement.Operation];
            case IDeclarationExpressionOperation declaration:
                return frame[declaration.Expression];
            case IReturnOperation { ReturnedValue: { } returned }:
                return frame[returned];
            case IVariableInitializerOperation initialiser:
                return frame[initialiser.Value];
            case IFieldInitializerOperation initialiser:
                return frame[initialiser.Value];
            default:
                // Pointer indirection has no public operation of its own: "*p" is the thing p points to, which is what the term of p stands for.
                if (IsIndirection(operation))
                    return frame[operation.ChildOperations.First()];

                return Fresh(frame, operation);
        }
    }

    /// <summary>Whether the receiver is only a way to its own field, or is handed to the constructor of its base, and nobody else sees it.</summary>
    private static bool NamesAPlace(IOperation receiver) => receiver.Parent switch
    {
        IFieldReferenceOperation => true,
        IPropertyReferenceOperation property => Bodies.IsAutoProperty(property.Property),
        IInvocationOperation { TargetMethod.MethodKind: MethodKind.Constructor } => true,
        _ => false,
    };

    /// <summary>Variables that a pattern declares: the one for the whole value is another name for it, the others are unknown.</summary>
    private static void BindPatternVariables(Frame frame, IIsPatternOperation operation)
    {
        var value = frame[operation.Value];
        foreach (var part in operation.Pattern.DescendantsAndSelf())
        {
            var declared = part switch
            {
                IDeclarationPatternOperation declaration => declaration.DeclaredSymbol,
                IRecursivePatternOperation recursive => recursive.DeclaredSymbol,
                IListPatternOperation list => list.DeclaredSymbol,
                _ => null,
            };
            if (declared is not null)
                frame.State = frame.State.Assign(declared, ReferenceEquals(part, operation.Pattern) ? Content(frame.State, value, operation.Pattern.InputType, declared) : null, operation.Syntax.SpanStart);
        }
    }

    private static readonly Value s_zero = Value.Constant(0);
    private static readonly Value s_receiver = new Value(Term.This).WithNotNull(true);

    private static Term ElementTerm(Frame frame, Value array, IEnumerable<IOperation> indices) => Term.Element(array.Term, indices.Select(i => frame[i].Term));

    /// <summary>What a variable gets of a value that it matches: of a <c>bool?</c> whether it is true.</summary>
    private static Value Content(State state, Value value, ITypeSymbol? type, ISymbol declared) =>
        IsNullable(type) && IsTruth(Guard.TypeOf(declared)) ? Equality(state, value, Value.Constant(1), type) : value;

    public static Value Constant(object? value)
    {
        if (value is null)
            return new Value(Term.Constant(null));
        return Constants.Bits(value) is { } bits ? Value.Constant(bits) : new Value(Term.Constant(value));
    }

    private static Value Fresh(Frame frame, IOperation operation)
    {
        var opaque = frame.AsWritten(operation);
        frame.State = frame.State.ForgetOpaque(opaque.Term);
        return opaque;
    }

    /// <summary>What a variable keeps, also when the memory that it was read from has changed.</summary>
    private Value Kept(State state, ISymbol variable, Term name)
    {
        if (!state.Variables.TryGetValue(variable, out var value) || !value.Term.CanChange)
            return Variable(state, variable, name);
        return Refreshed(state, value.WithOwn(name));
    }

    /// <param name="name">Its term, if somebody has it at hand.</param>
    private Value Variable(State state, ISymbol variable, Term? name = null)
    {
        if (state.Variables.TryGetValue(variable, out var value))
            return Refreshed(state, value);
        if (variable is ILocalSymbol local)
            return Read(state, name ?? Term.Local(local));
        var parameter = (IParameterSymbol)variable;

        // The parameter of an extension block is the receiver of its members.
        if (parameter.ContainingSymbol is INamedTypeSymbol)
            return Read(state, Term.This);

        // A primary constructor's parameter used by another member is a field of the object.
        if (parameter.ContainingSymbol is IMethodSymbol { MethodKind: MethodKind.Constructor } owner && !Same(owner, _method) && !IsEnclosing(owner))
            return Read(state, Term.Field(Term.This, parameter));
        var read = Read(state, name ?? Term.Parameter(parameter));
        return read.Bits.IsUnknown && IsTrackedParameter(parameter) ? read.WithBits(BitValue.OfParameter(parameter)) : read;
    }

    private bool IsTrackedParameter(IParameterSymbol parameter) => !_body.Assigned.Contains(parameter) && Same(parameter.ContainingSymbol, _method)
        && (parameter.Type.SpecialType is SpecialType.System_Boolean or SpecialType.System_Int32 or SpecialType.System_Int64 or SpecialType.System_UInt32
            || parameter.Type is { Name: "TimeSpan" } or { TypeKind: TypeKind.Enum });

    private bool IsEnclosing(IMethodSymbol owner)
    {
        for (ISymbol? symbol = _method; symbol is not null and not INamedTypeSymbol; symbol = symbol.ContainingSymbol)
        {
            if (Same(symbol, owner))
                return true;
        }

        return false;
    }

    /// <summary>A value together with what branches have shown of it since it was computed.</summary>
    private static Value Refreshed(State state, Value value)
    {
        if (value.Bits.IsConstant)
            return value;
        var name = value.Own ?? value.Term;
        if (name is { Kind: TermKind.Operator, Data: "not" })
            return state.TruthOf(name) is { } truth ? value.WithBits(BitValue.Of(truth)) : value;
        if (!state.Facts.TryGetValue(name, out var known))
            return value;
        return value.WithBits(value.Bits.Refine(known.Set, known.Clear));
    }

    private static Value Read(State state, Term term)
    {
        // What was stored gives the name, unless it has none of its own.
        if (state.Stored.TryGetValue(term, out var stored))
            return stored.Term.IsWeak ? stored.WithTerm(term) : stored;
        return state.Facts.TryGetValue(term, out var known) ? new Value(term, known) : term.Value;
    }

    private Value ReadField(Frame frame, IFieldReferenceOperation operation)
    {
        var field = operation.Field;
        if (field.IsStatic)
        {
            if (IsZeroField(field))
                return s_zero;
            if (field is { Name: "InfiniteTimeSpan", ContainingType: { Name: "Timeout", ContainingNamespace.Name: "Threading" } })
                return Constant(-1);
            FirstUse(frame, operation, field.ContainingType);
            var read = Read(frame.State, frame.TermOf(operation, field, Term.Static(field.ContainingType)));
            return read.Bits.IsUnknown && field.IsReadOnly && InitialValue(field, field.Type) is { } constant ? read.WithBits(BitValue.Constant(constant)) : read;
        }

        var owner = operation.Instance is { } instance ? frame[instance] : Term.This.Value;
        var member = owner.Fields.TryGetValue(FieldOf(field), out var known) ? known : Read(frame.State, frame.TermOf(operation, field, owner.Term));
        return field.IsReadOnly && member.Bits.IsUnknown && InitialValue(field, field.Type) is { } initial ? member.WithBits(BitValue.Constant(initial)) : member;
    }

    private static bool IsZeroField(IFieldSymbol field) => field is { Name: "Zero", ContainingType: { Name: "TimeSpan" or "IntPtr" or "UIntPtr", ContainingNamespace.Name: "System" } };

    private Value Function(Frame frame, IDelegateCreationOperation creation)
    {
        // What it captures it may change whenever it runs.
        frame.State = frame.State.WithSharedReceiver();
        var value = Fresh(frame, creation).WithNotNull(true);
        return creation.Target switch
        {
            IFlowAnonymousFunctionOperation lambda => value.WithFunctions(ImmutableArray.Create(new FunctionReference(KnowledgeBase.Canonical(lambda.Symbol), null, _types))),
            IMethodReferenceOperation method => value.WithFunctions(frame[method].Functions),
            { } other when !frame[other].Functions.IsEmpty => value.WithFunctions(frame[other].Functions),
            _ => value,
        };
    }

    private static bool Same(ISymbol? a, ISymbol? b) => SymbolEqualityComparer.Default.Equals(a?.OriginalDefinition, b?.OriginalDefinition);

    /// <summary>Whether the operation only names a place: it is written, passed by reference or has its address taken, and not read.</summary>
    private bool IsWritten(IOperation operation) => operation.Parent switch
    {
        ISimpleAssignmentOperation assignment => ReferenceEquals(assignment.Target, operation),
        IFlowCaptureOperation capture => _body.CapturedPlaces.TryGetValue(capture.Id, out var place) && ReferenceEquals(place.Place, operation) && !place.IsRead,
        IArgumentOperation { Parameter.RefKind: RefKind.Out } => true,
        ITupleOperation tuple => IsTaken(tuple),
        _ => false,
    };

    /// <summary>Whether a tuple is what a deconstruction assigns to, or a part of that.</summary>
    private static bool IsTaken(IOperation tuple)
    {
        while (tuple.Parent is ITupleOperation or IDeclarationExpressionOperation)
            tuple = tuple.Parent;
        return tuple.Parent is IDeconstructionAssignmentOperation deconstruction && ReferenceEquals(deconstruction.Target, tuple);
    }

    /// <summary>
    /// Whether a call has only put things right: it released what was held, or took again what had been released here. Nobody guards against the failure of those,
    /// and nobody could.
    /// </summary>
    private static bool GivesBack(State before, State after) =>
        !ReferenceEquals(before, after) && (before.Held.Any(h => !after.Holds(h.Term)) || after.Released.Length != before.Released.Length
            || before.NotHeld.Any(after.Holds));

    private bool CanThrow(IOperation operation) => operation switch
    {
        IInvocationOperation invocation => !IsRelease(invocation) && !AsksForLock(invocation.TargetMethod),
        IObjectCreationOperation creation => !IsException(creation.Type),
        IAwaitOperation or IDynamicInvocationOperation => true,
        IPropertyReferenceOperation property => !IsWritten(property) && !AsksForLock(property.Property.GetMethod),
        IBinaryOperation { OperatorMethod: not null } or IConversionOperation { OperatorMethod: not null } => true,
        IArrayElementReferenceOperation or IThrowOperation => true,
        IConversionOperation { IsTryCast: false, Conversion: { IsReference: true, IsImplicit: false } } => true,
        IUnaryOperation { OperatorMethod: not null } or IIncrementOrDecrementOperation { OperatorMethod: not null } or ICompoundAssignmentOperation { OperatorMethod: not null } => true,
        IDeconstructionAssignmentOperation or ICollectionExpressionOperation or IImplicitIndexerReferenceOperation => true,
        _ => false,
    };

    /// <summary>Whoever asks whether a lock is held is told.</summary>
    private bool AsksForLock(IMethodSymbol? method) => method is not null && _knowledge.FactsOf(method).Locks.Any(static l => l.Kind == LockOperationKind.AssertHeld);

    private static bool IsRelease(IInvocationOperation invocation) =>
        invocation.TargetMethod.Name is "Exit" or "Dispose" || invocation.TargetMethod.Name.StartsWith("Exit", System.StringComparison.Ordinal)
        || invocation.TargetMethod.Name.StartsWith("Release", System.StringComparison.Ordinal);

    private void Suspend(Frame frame, IOperation operation)
    {
        // What was only asserted is the caller's, who goes on with it while the method is suspended; nobody knows who holds it when the method goes on.
        var own = frame.State.Held.RemoveAll(static h => h is { Ambient: true, TakenAt: not null });
        if (own.Length < frame.State.Held.Length)
            frame.State = frame.State.WithHeld(own);
        if (!_inDoomedBlock && _findings is not null)
        {
            foreach (var held in frame.State.Held)
            {
                if (held.Traits.ForbidsSuspension)
                    _findings.Suspensions.Add(new SuspensionFinding(operation, held));
            }
        }

        frame[operation] = new Value(OpaqueOf(operation));
        frame.State = frame.State.ForgetSharedMemory();

        // Whoever enumerates an iterator runs it from one yield to the next, all of it in the end; what comes after an await runs who knows where.
        if (operation is IAwaitOperation)
            frame.State = frame.State.WithVariable(SuspendedSlot, Value.Constant(1));
    }
}
