using System.Collections.Generic;
using System.Linq;
using LockContext.Analyzers.Knowledge;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace LockContext.Analyzers.Flow;

internal enum SpinLoopKind
{
    /// <summary>Something else: a lock-free update, a wait for a flag, a search.</summary>
    Other,

    /// <summary>Spins until it has taken the word.</summary>
    Spins,

    /// <summary>Sleeps until it has taken the word.</summary>
    Waits,
}

/// <summary>
/// Judges one loop: it takes a lock if it can be left only by the <c>CompareExchange</c> or <c>Exchange</c> that found the free value in the word, and does nothing in between but look again, pause and
/// back off. The free value and the one put in its place have to be constants (or the identity of the thread): a loop that puts in what it has computed from the old value is a lock-free update, and
/// one that puts in what somebody gave it is a mailbox.
/// </summary>
internal sealed partial class SpinLoop
{
    private const int MaxPauseDepth = 3;

    private readonly ILoopOperation _loop;
    private readonly KnowledgeBase _knowledge;
    private readonly System.Func<IMethodSymbol, IOperation?> _bodyOf;
    private readonly Dictionary<ILocalSymbol, IOperation?> _locals = new(SymbolEqualityComparer.Default);
    private object? _free;
    private object? _taken;
    private bool _leaves;
    private bool _leavesWithout;
    private bool _saysTrueWithout;
    private readonly Dictionary<IMethodSymbol, bool> _tries = new(SymbolEqualityComparer.Default);

    private SpinLoop(ILoopOperation loop, KnowledgeBase knowledge, System.Func<IMethodSymbol, IOperation?> bodyOf)
    {
        _loop = loop;
        _knowledge = knowledge;
        _bodyOf = bodyOf;
    }

    public ISymbol? Word { get; private set; }

    public object Free => _free ?? 0UL;

    /// <summary>The loop around a node, within the function it belongs to.</summary>
    public static SyntaxNode? Around(SyntaxNode node)
    {
        for (var parent = node.Parent; parent is not null and not (MemberDeclarationSyntax or AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax); parent = parent.Parent)
        {
            if (parent is WhileStatementSyntax or DoStatementSyntax or ForStatementSyntax)
                return parent;
        }

        return null;
    }

    /// <param name="bodyOf">The operations of a member of this compilation.</param>
    public static (SpinLoopKind Kind, ISymbol? Word, object Free, SpinBit? Bit) Judge(ILoopOperation loop, KnowledgeBase knowledge, System.Func<IMethodSymbol, IOperation?> bodyOf)
    {
        var judged = new SpinLoop(loop, knowledge, bodyOf);
        var kind = judged.Judge();
        if (kind == SpinLoopKind.Other)
        {
            var ofBit = new SpinLoop(loop, knowledge, bodyOf) { _onBit = true };
            if (ofBit.Judge() is not SpinLoopKind.Other and var found && ofBit.TestsBit())
                return (found, ofBit.Word, 0UL, ofBit.Bit);
        }

        return (kind, judged.Word, judged.Free, null);
    }

    private SpinLoopKind Judge()
    {
        var attempts = 0;
        foreach (var call in _loop.Descendants().OfType<IInvocationOperation>())
        {
            if (IsAttempt(call) ? !Agrees(call) : IsTry(call) && !AgreesInside(call))
                return SpinLoopKind.Other;
            attempts += IsAttempt(call) || IsTry(call) ? 1 : 0;
        }

        if (attempts == 0)
            return SpinLoopKind.Other;
        CollectLocals(_loop);
        var waits = false;
        foreach (var operation in _loop.Descendants())
        {
            switch (Judge(operation, 0))
            {
                case SpinLoopKind.Other:
                    return SpinLoopKind.Other;
                case SpinLoopKind.Waits:
                    waits = true;
                    break;
            }
        }

        if (!LeavesOnlyWithTheLock())
            return SpinLoopKind.Other;
        return waits ? SpinLoopKind.Waits : SpinLoopKind.Spins;
    }

    private bool IsAttempt(IInvocationOperation call) => call.TargetMethod is { ContainingType: { Name: "Interlocked", ContainingNamespace.Name: "Threading" } }
        && (_onBit ? IsAttemptAtBit(call) : call.TargetMethod.Name is "CompareExchange" or "Exchange");

    /// <summary>A method of the project's own that makes one attempt and says whether it succeeded.</summary>
    private bool IsTry(IInvocationOperation call)
    {
        var method = call.TargetMethod;
        if (method.ReturnType.SpecialType != SpecialType.System_Boolean || method.IsVirtual || method.IsAbstract)
            return false;
        if (!_tries.TryGetValue(method, out var isTry))
            _tries.Add(method, isTry = _bodyOf(method) is { } body && !body.Descendants().Any(o => o is ILoopOperation) && body.Descendants().OfType<IInvocationOperation>().Count(IsAttempt) == 1);
        return isTry;
    }

    private bool AgreesInside(IInvocationOperation call)
    {
        var body = _bodyOf(call.TargetMethod)!;
        var attempt = body.Descendants().OfType<IInvocationOperation>().First(IsAttempt);
        if (!Agrees(attempt))
            return false;
        CollectLocals(body);
        _saysTrueWithout = false;
        foreach (var block in body.ChildOperations.OfType<IBlockOperation>())
            Visit(block, failed: true, inTry: true);
        return !_saysTrueWithout;
    }

    /// <summary>Whether an attempt is on the one word of the loop, with values that a lock has.</summary>
    private bool Agrees(IInvocationOperation attempt)
    {
        if (_onBit)
            return AgreesOnBit(attempt);
        if (Argument(attempt, 0) is not { } place || SymbolOf(place) is not { } word || (Word is not null && !SymbolEqualityComparer.Default.Equals(Word, word)))
            return false;
        Word = word.OriginalDefinition;
        var taken = ConstantOf(Argument(attempt, 1));
        if (taken is null && !IsThread(Argument(attempt, 1), 0))
            return false;
        _taken ??= taken;
        if (attempt.TargetMethod.Name == "Exchange")
            return taken is not null;
        if (ConstantOf(Argument(attempt, 2)) is not { } free || Equals(free, taken) || (_free is not null && !Equals(free, _free)))
            return false;
        _free = free;
        return true;
    }

    /// <summary>The identity of the running thread is as good as a constant.</summary>
    private static bool IsThread(IOperation? value, int depth)
    {
        value = Unwrapped(value);
        return value switch
        {
            IPropertyReferenceOperation { Property: { Name: "CurrentManagedThreadId" or "CurrentThread" or "ManagedThreadId", ContainingType: { Name: "Environment" or "Thread" } } } => true,
            ILocalReferenceOperation { Local: var local } when depth < 2 => local.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax() is { } declarator
                && value.SemanticModel?.GetOperation(declarator) is IVariableDeclaratorOperation { Initializer.Value: { } initial } && IsThread(initial, depth + 1),
            _ => false,
        };
    }

    /// <summary>Locals that are given a value once in the loop stand for that value.</summary>
    private void CollectLocals(IOperation within)
    {
        foreach (var operation in within.Descendants())
        {
            var (local, value) = operation switch
            {
                IVariableDeclaratorOperation { Initializer.Value: { } initial } declarator => (declarator.Symbol, initial),
                ISimpleAssignmentOperation { Target: ILocalReferenceOperation target } assignment => (target.Local, assignment.Value),
                _ => (null, null),
            };
            if (local is not null)
                _locals[local] = _locals.ContainsKey(local) ? null : value;
        }
    }

    private SpinLoopKind Judge(IOperation operation, int depth)
    {
        switch (operation)
        {
            case IInvocationOperation call:
                return JudgeCall(call, depth);
            case IAwaitOperation:
                return SpinLoopKind.Waits;
            case ISimpleAssignmentOperation { Target: not (ILocalReferenceOperation or IDiscardOperation) }:
            case IAnonymousFunctionOperation or IDynamicInvocationOperation or IReturnOperation { Kind: OperationKind.YieldReturn }:
                return SpinLoopKind.Other;

            // A counter of collisions is harmless; changing the word is not, and neither is a helper that does some work.
            case IIncrementOrDecrementOperation { Target: not (ILocalReferenceOperation or IParameterReferenceOperation) } when depth > 0:
            case ICompoundAssignmentOperation { Target: not (ILocalReferenceOperation or IParameterReferenceOperation) } when depth > 0:
                return SpinLoopKind.Other;
            case ICompoundAssignmentOperation { Target: var target } when SymbolEqualityComparer.Default.Equals(SymbolOf(target)?.OriginalDefinition, Word):
            case IIncrementOrDecrementOperation { Target: var counted } when SymbolEqualityComparer.Default.Equals(SymbolOf(counted)?.OriginalDefinition, Word):
                return SpinLoopKind.Other;
            default:
                return SpinLoopKind.Spins;
        }
    }

    private SpinLoopKind JudgeCall(IInvocationOperation call, int depth)
    {
        var method = call.TargetMethod;
        var type = method.ContainingType?.Name;
        switch (type)
        {
            case "Thread" when method.Name == "Sleep":
                return Equals(ConstantOf(call.Arguments.FirstOrDefault()?.Value), 0UL) ? SpinLoopKind.Spins : SpinLoopKind.Waits;
            case "Thread" when method.Name is "SpinWait" or "Yield" or "MemoryBarrier" or "VolatileRead":
            case "SpinWait" when method.Name is "SpinOnce" or "Reset":
            case "Interlocked" when method.Name is "MemoryBarrier" or "Read" or "CompareExchange" or "Exchange" || (_onBit && method.Name == "Or"):
            case "Volatile" when method.Name is "Read" or "ReadBarrier":
            case "X86Base" or "ArmBase" or "Math" or "Debug" or "Stopwatch":
                return SpinLoopKind.Spins;
            case "Interlocked" when method.Name is "Increment" or "Add" && !SymbolEqualityComparer.Default.Equals(SymbolOf(Argument(call, 0))?.OriginalDefinition, Word):
                return SpinLoopKind.Spins;
        }

        if (IsTry(call))
            return SpinLoopKind.Spins;
        var facts = _knowledge.FactsOf(method);
        if (facts.Sleepable || facts.TakesOrReleases)
            return SpinLoopKind.Waits;

        // A helper of the project's own that only pauses.
        if (depth < MaxPauseDepth && !method.IsVirtual && !method.IsAbstract && _bodyOf(method) is { } body)
        {
            var kinds = body.Descendants().Select(o => Judge(o, depth + 1)).Distinct().ToArray();
            return kinds.Contains(SpinLoopKind.Other) ? SpinLoopKind.Other : kinds.Contains(SpinLoopKind.Waits) ? SpinLoopKind.Waits : SpinLoopKind.Spins;
        }

        return SpinLoopKind.Other;
    }

    // ---- ways out

    private bool LeavesOnlyWithTheLock()
    {
        switch (_loop)
        {
            case IWhileLoopOperation { ConditionIsTop: true } loop:
                LeaveBy(loop.Condition, loop.ConditionIsUntil, failed: true);
                Visit(loop.Body, failed: Continues(loop.Condition, loop.ConditionIsUntil));
                break;
            case IWhileLoopOperation loop:
                LeaveBy(loop.Condition, loop.ConditionIsUntil, Visit(loop.Body, failed: true));
                break;
            case IForLoopOperation loop:
                LeaveBy(loop.Condition, until: false, failed: true);
                Visit(loop.Body, failed: Continues(loop.Condition, until: false));
                break;
            default:
                return false;
        }

        return _leaves && !_leavesWithout;
    }

    private void LeaveBy(IOperation? condition, bool until, bool failed)
    {
        if (condition is null || condition.ConstantValue is { HasValue: true, Value: true })
            return;
        _leaves = true;
        _leavesWithout |= failed && WhenFailed(condition) != !until;
    }

    private bool Continues(IOperation? condition, bool until) => condition is null || WhenFailed(condition) is not { } value || value == !until;

    /// <summary>Follows a statement; returns whether it can be passed without having the lock.</summary>
    /// <param name="inTry">The statement belongs to a method that tries once: it may do what it likes, but not say that it has what it has not.</param>
    private bool Visit(IOperation? statement, bool failed, bool inTry = false)
    {
        switch (statement)
        {
            case IBlockOperation block:
                foreach (var inner in block.Operations)
                    failed = Visit(inner, failed, inTry);
                return failed;
            case IConditionalOperation conditional:
                var value = WhenFailed(conditional.Condition);
                var afterThen = Visit(conditional.WhenTrue, failed && value != false, inTry);
                var afterElse = conditional.WhenFalse is null ? failed && value != true : Visit(conditional.WhenFalse, failed && value != true, inTry);
                return afterThen || afterElse;
            case IReturnOperation { ReturnedValue: { } returned } when inTry:
                _saysTrueWithout |= failed && returned.ConstantValue is not { HasValue: true, Value: false } && WhenFailed(returned) != false;
                return false;
            case IBranchOperation { BranchKind: BranchKind.Continue }:
                return false;
            case IBranchOperation or IReturnOperation:
                _leaves = true;
                _leavesWithout |= failed;
                return false;
            case IThrowOperation or IExpressionStatementOperation { Operation: IThrowOperation }:
                return false;
            case ILoopOperation inner when !ReferenceEquals(inner, _loop):
                // Its own breaks lead back into this loop; anything else that leaves is not worth following.
                if (inner.Descendants().Any(o => o is IReturnOperation or IBranchOperation { BranchKind: BranchKind.GoTo }))
                    _leavesWithout = true;
                return failed;
            case ITryOperation or IUsingOperation or ISwitchOperation or ILockOperation when inTry:
                _saysTrueWithout = true;
                return failed;
            case ISwitchOperation or ITryOperation or ILabeledOperation or IUsingOperation or ILockOperation:
                _leavesWithout = true;
                return failed;
            default:
                return failed;
        }
    }

    /// <summary>What a condition is where no attempt has succeeded; <see langword="null"/> if that depends on something else.</summary>
    private bool? WhenFailed(IOperation? condition, int depth = 0)
    {
        condition = Unwrapped(condition);
        switch (condition)
        {
            case IUnaryOperation { OperatorKind: UnaryOperatorKind.Not } not:
                return !WhenFailed(not.Operand, depth);
            case IBinaryOperation { OperatorKind: BinaryOperatorKind.ConditionalAnd } and:
                return WhenFailed(and.LeftOperand, depth) == false || WhenFailed(and.RightOperand, depth) == false ? false : null;
            case IBinaryOperation { OperatorKind: BinaryOperatorKind.ConditionalOr } or:
                return WhenFailed(or.LeftOperand, depth) == true || WhenFailed(or.RightOperand, depth) == true ? true : null;
            case IBinaryOperation { OperatorKind: BinaryOperatorKind.Equals or BinaryOperatorKind.NotEquals } equality when _onBit:
                return WhenBitNotTaken(equality, depth);
            case IBinaryOperation { OperatorKind: BinaryOperatorKind.Equals or BinaryOperatorKind.NotEquals } equality:
                var compared = IsResult(equality.LeftOperand, depth) ? ConstantOf(equality.RightOperand) : IsResult(equality.RightOperand, depth) ? ConstantOf(equality.LeftOperand) : null;
                return compared is null ? null : WhenFailed(compared, equality.OperatorKind == BinaryOperatorKind.Equals);
            case IIsPatternOperation { Pattern: IConstantPatternOperation { Value: var value } } pattern when IsResult(pattern.Value, depth):
                return ConstantOf(value) is { } constant ? WhenFailed(constant, equals: true) : null;
            case IIsPatternOperation { Pattern: INegatedPatternOperation { Pattern: IConstantPatternOperation { Value: var value } } } pattern when IsResult(pattern.Value, depth):
                return ConstantOf(value) is { } other ? WhenFailed(other, equals: false) : null;
            case IInvocationOperation tried when IsTry(tried):
                return false;
            case ILocalReferenceOperation { Local: var local } when depth < 3 && _locals.TryGetValue(local, out var assigned) && assigned is not null && !IsResult(assigned, depth):
                return WhenFailed(assigned, depth + 1);
            case not null when condition.Type?.SpecialType == SpecialType.System_Boolean && IsResult(condition, depth):
                // The word of a bool lock: the old value is true where it was taken.
                _free ??= 0UL;
                return Equals(_free, 0UL);
            default:
                return null;
        }
    }

    private bool? WhenFailed(object constant, bool equals)
    {
        // Exchange says what the free value is by what it is compared with.
        _free ??= Equals(constant, _taken) ? Equals(_taken, 0UL) ? 1UL : 0UL : constant;
        if (Equals(constant, _free))
            return !equals;
        return Equals(constant, _taken) ? equals : null;
    }

    private bool IsResult(IOperation? value, int depth)
    {
        value = Unwrapped(value);
        return value switch
        {
            IInvocationOperation call => IsAttempt(call),
            ISimpleAssignmentOperation assignment => IsResult(assignment.Value, depth),
            ILocalReferenceOperation { Local: var local } => depth < 3 && _locals.TryGetValue(local, out var assigned) && assigned is not null && IsResult(assigned, depth + 1),
            _ => false,
        };
    }

    // ---- places and values

    /// <summary>What a place belongs to: a field, the array field it is an element of, or a <c>ref</c> parameter.</summary>
    public static ISymbol? SymbolOf(IOperation? place) => Unwrapped(place) switch
    {
        IFieldReferenceOperation field => field.Field,
        IArrayElementReferenceOperation { ArrayReference: IFieldReferenceOperation array } => array.Field,
        IParameterReferenceOperation { Parameter: { RefKind: RefKind.Ref } parameter } => parameter,
        _ => null,
    };

    public static IOperation? Argument(IInvocationOperation call, int ordinal) => call.Arguments.FirstOrDefault(a => a.Parameter?.Ordinal == ordinal)?.Value;

    public static object? ConstantOf(IOperation? value)
    {
        value = Unwrapped(value);
        return value switch
        {
            { ConstantValue: { HasValue: true, Value: null } } => "null",
            { ConstantValue: { HasValue: true, Value: var constant } } => Constants.Bits(constant) is { } bits ? bits : null,
            IDefaultValueOperation { Type.IsReferenceType: true } => "null",
            IDefaultValueOperation => 0UL,
            _ => null,
        };
    }

    private static IOperation? Unwrapped(IOperation? operation)
    {
        while (true)
        {
            switch (operation)
            {
                case IConversionOperation { Conversion.IsUserDefined: false, ConstantValue.HasValue: false } conversion:
                    operation = conversion.Operand;
                    break;
                case IParenthesizedOperation parenthesized:
                    operation = parenthesized.Operand;
                    break;
                case IExpressionStatementOperation statement:
                    operation = statement.Operation;
                    break;
                default:
                    return operation;
            }
        }
    }
}
