using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using LockContext.Analyzers.Knowledge;
using LockContext.Analyzers.Model;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace LockContext.Analyzers.Flow;

/// <summary>Calls: finding the target, applying what is declared or summarised of it, and translating its terms into the caller's.</summary>
internal sealed partial class Walk
{
    /// <summary>How the names of a callee map to the caller's values at one call.</summary>
    private sealed record Binding(IMethodSymbol Callee, Value? Receiver, ImmutableArray<Value> Arguments, IOperation Site, INamedTypeSymbol? Owner = null)
    {
        /// <summary>What the callee's type parameters are known to be.</summary>
        public TypeArguments Types { get; init; } = TypeArguments.None;
    }

    private TypeArguments TypesOf(IMethodSymbol called) => TypeArguments.Of(called, _types, _bodies);

    private List<Frame>? Invoke(Frame frame, IInvocationOperation invocation)
    {
        var receiver = invocation.Instance is { } instance ? frame[instance] : null;
        var method = invocation.TargetMethod;
        var arguments = Arguments(frame, method, invocation.Arguments);
        if (method.MethodKind == MethodKind.DelegateInvoke)
            return InvokeDelegate(frame, invocation, receiver, arguments);
        if (receiver?.ScopeOf is { } held && method.Name is "Dispose" or "DisposeAsync" && method.Parameters.IsEmpty && receiver.ScopeOf is not null)
        {
            frame.State = Release(frame.State, held, null, invocation);
            frame[invocation] = new Value(OpaqueOf(invocation));
            return null;
        }

        if (TryDisposeUnknown(frame, invocation, receiver))
            return null;
        if (TryHasFlag(frame, invocation) || TryPureTest(frame, invocation, receiver, arguments))
            return null;
        if (!_knowledge.SpinWords.IsEmpty && TryUseWord(frame, invocation, arguments, out var results))
            return results;
        if (method is { Name: "SpinUntil", ContainingType: { Name: "SpinWait", ContainingNamespace.Name: "Threading" }, ReturnsVoid: true } && arguments[0].Functions.Length == 1)
            return SpinUntil(frame, invocation, method, arguments[0].Functions[0], arguments);
        return Call(frame, invocation, receiver?.MadeAs is { } type && method.ContainingType.TypeKind == TypeKind.Interface && type.FindImplementationForInterfaceMember(method) is IMethodSymbol implementation
            ? implementation
            : Reached(method, invocation.Instance, invocation.ConstrainedToType), receiver, arguments);
    }

    /// <summary>Returns when the condition is true, and not before: what it takes on the way to that is held then.</summary>
    private List<Frame>? SpinUntil(Frame frame, IInvocationOperation invocation, IMethodSymbol method, FunctionReference condition, ImmutableArray<Value> arguments)
    {
        Call(frame, invocation, method, null, arguments);
        var result = new List<Frame>();
        foreach (var ended in Call(frame, invocation, condition.Method, condition.Receiver is { } receiver ? new Value(receiver) : null, ImmutableArray<Value>.Empty, types: condition.Types) ?? new List<Frame> { frame })
        {
            if (Assume(ended.State, ended[invocation], true) is not { } state)
                continue;
            ended.State = state;
            result.Add(ended);
        }

        return result;
    }

    private List<Frame>? Construct(Frame frame, IObjectCreationOperation creation)
    {
        var made = Fresh(frame, creation).WithNotNull(true).WithMadeAs(creation.Type as INamedTypeSymbol);
        frame[creation] = made;
        if (creation.Constructor is not { } constructor)
            return null;
        var arguments = Arguments(frame, constructor, creation.Arguments);
        if (constructor.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax() is TypeDeclarationSyntax)
        {
            // The other members of the type see the parameters of its primary constructor as fields.
            foreach (var parameter in constructor.OriginalDefinition.Parameters)
            {
                made = made.WithField(parameter, arguments[parameter.Ordinal]);
                if (constructor.ContainingType.IsRecord && constructor.ContainingType.GetMembers(parameter.Name).OfType<IPropertySymbol>().FirstOrDefault(p => p.DeclaringSyntaxReferences.Any(r => r.GetSyntax() is ParameterSyntax)) is { } positional)
                    made = made.WithField(positional, arguments[parameter.Ordinal]);
            }

        }

        frame[creation] = made = Releasing(frame.State, made, creation.Type, arguments, creation);
        return Call(frame, creation, constructor, made, arguments);
    }

    private List<Frame>? ReadProperty(Frame frame, IPropertyReferenceOperation operation)
    {
        var property = operation.Property;
        var receiver = operation.Instance is { } instance ? frame[instance] : null;
        var owner = receiver ?? (property.IsStatic ? Term.Static(property.ContainingType) : Term.This).Value;
        Value value;
        if (property.Parameters.Length > 0)
            value = Read(frame.State, ElementTerm(frame, owner, operation.Arguments.Select(a => a.Value)));
        else if (owner.Fields.TryGetValue(property.OriginalDefinition, out var known))
            value = known;
        else
            value = property is { Name: "Zero", ContainingType.Name: "TimeSpan" } ? s_zero : Read(frame.State, frame.TermOf(operation, property, owner.Term));
        if (value.Bits.IsUnknown && property is { IsReadOnly: true, IsIndexer: false } && Bodies.IsAutoProperty(property) && InitialValue(property, property.Type) is { } initial)
            value = value.WithBits(BitValue.Constant(initial));
        if (value.Bits.IsUnknown && property.Name == "Value" && IsNullable(property.ContainingType))
            value = IsTruth(property.Type) ? Equality(frame.State, owner, Value.Constant(1), property.ContainingType) : value.WithBits(owner.Bits);
        if (property.Name == "HasValue" && IsNullable(property.ContainingType))
            value = Not(frame.State, Comparison(frame.State, "isnull", owner, null));
        frame[operation] = value;
        if (property.IsStatic && Bodies.IsAutoProperty(property))
            FirstUse(frame, operation, property.ContainingType);
        if (IsWritten(operation) || property.GetMethod is not { } getter || Bodies.IsAutoAccessor(getter))
            return null;
        return Call(frame, operation, Reached(getter, operation.Instance, operation.ConstrainedToType), receiver, Arguments(frame, getter, operation.Arguments), keepValue: true);
    }

    private List<Frame>? CallOperator(Frame frame, IOperation operation, IMethodSymbol method, params IOperation[] operands)
    {
        method = _types.Implementation(method, ConstrainedTo(operation)) ?? method;

        // From C# 14 on an operator that assigns may be a member of its first operand.
        return method.IsStatic ? Call(frame, operation, method, null, operands.Select(o => frame[o]).ToImmutableArray(), keepValue: IsPureComparison(method))
            : Call(frame, operation, method, frame[operands[0]], operands.Skip(1).Select(o => frame[o]).ToImmutableArray());
    }

    /// <summary>The type parameter that an operator of an interface is asked for.</summary>
    internal static ITypeSymbol? ConstrainedTo(IOperation operation) => operation switch
    {
        IBinaryOperation binary => binary.ConstrainedToType,
        IUnaryOperation unary => unary.ConstrainedToType,
        IConversionOperation conversion => conversion.ConstrainedToType,
        IIncrementOrDecrementOperation increment => increment.ConstrainedToType,
        ICompoundAssignmentOperation compound => compound.ConstrainedToType,
        _ => null,
    };

    /// <summary>A comparison of values that nobody can change is the same for the same values.</summary>
    private static bool IsPureComparison(IMethodSymbol method) => method.ReturnType.SpecialType == SpecialType.System_Boolean && method.Parameters.Length == 2 && IsImmutable(method.Parameters[0].Type);

    private static readonly Value s_leftOut = new(Term.Constant("?"));

    private static ImmutableArray<Value> Arguments(Frame frame, IMethodSymbol method, ImmutableArray<IArgumentOperation> arguments)
    {
        if (method.Parameters.IsEmpty)
            return ImmutableArray<Value>.Empty;
        var values = new Value?[method.Parameters.Length];
        foreach (var argument in arguments)
        {
            if (argument.Parameter is { } parameter && parameter.Ordinal < values.Length)
                values[parameter.Ordinal] = frame[argument.Value];
        }

        var result = ImmutableArray.CreateBuilder<Value>(values.Length);
        foreach (var value in values)
            result.Add(value ?? s_leftOut);
        return result.MoveToImmutable();
    }

    /// <summary>The member that a call surely reaches; else the one that it names.</summary>
    private IMethodSymbol Reached(IMethodSymbol method, IOperation? instance, ITypeSymbol? constrainedTo) =>
        _types.Implementation(method, constrainedTo ?? (instance is null ? null : Unwrapped(instance).Type)) ?? Devirtualised(method, instance);

    /// <summary>The implementation that an interface or virtual call surely reaches, judged by the static type of its receiver; else the method itself.</summary>
    internal static IMethodSymbol Devirtualised(IMethodSymbol method, IOperation? instance)
    {
        while (instance is IConversionOperation { Conversion.IsUserDefined: false } conversion)
            instance = conversion.Operand;
        if (method.ContainingType?.TypeKind != TypeKind.Interface || instance?.Type is not INamedTypeSymbol { TypeKind: TypeKind.Class or TypeKind.Struct } type)
            return method;
        return type.FindImplementationForInterfaceMember(method) as IMethodSymbol ?? method;
    }

    private List<Frame>? InvokeDelegate(Frame frame, IInvocationOperation invocation, Value? callee, ImmutableArray<Value> arguments)
    {
        frame[invocation] = Fresh(frame, invocation);
        if (callee is null)
            return null;
        var declared = PromiseOf(invocation.Instance, callee);
        if (declared.DeclaresEffects)
        {
            DeclaredEffects(frame.State, invocation, declared, invocation.TargetMethod, null, arguments, NameOfCallee(invocation));
            return null;
        }

        if (callee.Functions.Length == 1)
        {
            var function = callee.Functions[0];
            return Call(frame, invocation, function.Method, function.Receiver is { } receiver ? new Value(receiver) : null, arguments, types: function.Types);
        }

        RunDelegate(frame.State, invocation, callee, ImmutableArray<HeldLock>.Empty, ImmutableArray<Term>.Empty, ImmutableArray<Guard>.Empty,
            new EffectSite(PlaceOf(invocation), NameOfCallee(invocation), null, null));
        frame.State = frame.State.ForgetSharedMemory();
        return null;
    }

    private static ISymbol? HolderOf(IOperation? instance) => instance switch
    {
        IParameterReferenceOperation parameter => parameter.Parameter,
        IFieldReferenceOperation field => field.Field,
        IPropertyReferenceOperation property => property.Property,
        IEventReferenceOperation @event => @event.Event,
        _ => null,
    };

    /// <summary>Applies one call. Returns <see langword="null"/> if the frame itself goes on, else the frames that do.</summary>
    /// <param name="keepValue">The value of the operation is already set and stays.</param>
    /// <param name="types">What the type parameters of a function are known to be since it was made.</param>
    private List<Frame>? Call(Frame frame, IOperation operation, IMethodSymbol method, Value? receiver, ImmutableArray<Value> arguments, bool keepValue = false, TypeArguments? types = null)
    {
        var callee = KnowledgeBase.Canonical(method);
        types ??= TypesOf(method);
        var receiverType = (operation as IInvocationOperation)?.Instance?.Type as INamedTypeSymbol;
        var inherited = _knowledge.FactsOn(receiverType, callee);
        var facts = inherited ?? _knowledge.FactsOf(callee);
        if (facts.DoesNotReturn || ThrowPaths.DoesNotReturn(callee))
            return new List<Frame>();
        if (!keepValue && operation is not IObjectCreationOperation)
        {
            frame[operation] = Releasing(frame.State, ResultOf(frame, operation, method, receiver, arguments), method.ReturnType, arguments, operation);
            if (Bodies.IsIterator(callee))
                frame[operation] = frame[operation].WithIteration(Iteration.Of(callee, types, receiver, arguments));
        }
        else if (callee.MethodKind == MethodKind.PropertyGet && Bodies.IsIterator(callee))
        {
            frame[operation] = frame[operation].WithIteration(Iteration.Of(callee, types, receiver, arguments));
        }

        var name = _bodies.NameOf(callee, CalleeName);
        UseSequences(frame, operation, callee, arguments, name);
        for (var i = 0; i < arguments.Length && i < method.Parameters.Length && !frame.State.Held.IsEmpty; i++)
            PutAway(frame.State, method.Parameters[i].Type, arguments[i]);
        if (callee.Name is "GetEnumerator" or "GetAsyncEnumerator" && receiver is { Iteration: null } && callee.Parameters.Length < 2 && IsSequence(callee.ContainingType))
            EnumerateValue(frame.State, operation, receiver, name);
        if (callee.IsStatic || callee.MethodKind == MethodKind.Constructor)
            FirstUse(frame, operation, callee.ContainingType);
        if (receiver?.Iteration is { } iteration && StepThrough(frame, operation, callee, iteration))
            return null;
        if (callee.IsImplicitlyDeclared && callee.ContainingType is { IsRecord: true })
            CallSynthesised(frame, operation, callee);
        var binding = new Binding(callee, receiver, arguments, operation, inherited is null ? callee.ContainingType : receiverType!) { Types = types };
        if (inherited is not null)
            name = receiverType!.Name + "." + callee.Name;
        NoteWatched(frame.State, operation, callee);
        DeclaredEffects(frame.State, operation, facts, callee, receiver, arguments, name);
        WaitsBehindContract(frame, operation, facts, binding, name);
        RunDeclaredDelegates(frame.State, operation, facts, arguments, name);
        RecordFlagsPassedToHelper(operation, facts, callee, arguments, name, frame.State);
        CheckRequired(frame, operation, facts, binding, name);
        if (facts.RunsForeignCode && !MayRunContinuationsElsewhere(operation))
            CallForeign(frame.State, operation, name, "it runs code that others have registered");
        if (!facts.Masks.IsEmpty && !callee.ReturnsVoid)
        {
            OpenMask(frame, operation, facts, name);
            return null;
        }

        if (facts.TakesOrReleases)
            return ApplyLockOperations(frame, operation, facts, binding, name);

        if (facts.Trusted || facts.FromTable || facts.Allocates)
        {
            Forget(frame, operation);
            if (facts.Allocates)
                FollowResult(frame, operation, facts, callee, arguments, name);
            return null;
        }

        var nested = callee.MethodKind is MethodKind.LocalFunction or MethodKind.AnonymousFunction;
        CallIterator(frame.State, operation, callee, name);
        CallDeclared(frame.State, operation, facts, binding, name);
        var wantsEffects = !facts.DeclaresEffects && (_wantsEffects || IsRestricted(frame.State) || arguments.Any(a => !a.Functions.IsEmpty || a.Iteration is not null));
        if (!wantsEffects && !nested && !_summaries.MayChangeLocks(callee) && !IsGuardMade(frame.State, callee) && _knowledge.FlagsOf(method.ReturnType) is null && !(keepValue && MayNameLock(operation)))
        {
            Forget(frame, operation);
            return null;
        }

        var summary = _summaries.Of(callee, types, wantsEffects, wantsEffects && !facts.NoReclaim && IsManagedAllocationAsked(frame.State));
        if (wantsEffects)
        {
            CallUnknown(frame.State, operation, callee);
            if (callee.IsVirtual || callee.IsAbstract || callee.IsOverride)
                ApplyOverrides(frame, operation, callee, binding, name);
            foreach (var pair in summary.Effects)
                ApplyEffect(frame.State, pair.Key, binding, new EffectSite(PlaceOf(operation), name, callee, pair.Key) { Types = types });
        }

        else if (_followsAllocations || !frame.State.Held.IsEmpty)
        {
            // Retries are a matter of every lock, those that limit nothing among them; a member that allocates is known without its other effects.
            foreach (var pair in summary.Effects)
            {
                if (pair.Key.Kind == EffectKind.Retry)
                    ApplyEffect(frame.State, pair.Key, binding, new EffectSite(PlaceOf(operation), name, callee, pair.Key) { Types = types });
            }
        }

        frame.State = AfterOverrides(frame.State, callee);
        var results = ApplyOutcomes(frame, operation, facts.DeclaresResult ? summary.WithoutReturn() : summary, binding, keepValue);
        return IsFlags(method.ReturnType) ? ChooseFlags(frame, results, operation, callee, arguments) : results;
    }

    /// <summary>
    /// Whether a property may be another name for a lock: <c>object SyncRoot => _gate;</c>. What it returns is then of interest wherever it is read, or the lock would be taken by one name and given
    /// back by the other.
    /// </summary>
    private bool MayNameLock(IOperation operation)
    {
        if (operation is not IPropertyReferenceOperation { Property: { IsIndexer: false, Type: var type } })
            return false;
        if (type.SpecialType == SpecialType.System_Object || _knowledge.LockClassOf(type) is not null)
            return true;
        while (operation.Parent is IConversionOperation { OperatorMethod: null } conversion)
            operation = conversion;
        return operation.Syntax.Parent is LockStatementSyntax || (operation.Parent is IArgumentOperation { Parent: IInvocationOperation { TargetMethod: var called } } && _knowledge.FactsOf(called).TakesOrReleases);
    }

    private Value ResultOf(Frame frame, IOperation operation, IMethodSymbol method, Value? receiver, ImmutableArray<Value> arguments)
    {
        var fresh = Fresh(frame, operation);
        if (method is { Name: "Exchange", ReturnType.IsReferenceType: true, ContainingType: { Name: "Interlocked", ContainingNamespace.Name: "Threading" } })
            return arguments[0].WithOwn(null);
        if (method.ReturnsVoid || (method.ReturnType.IsValueType && !method.ReturnsByRef && !method.ReturnsByRefReadonly) || operation is not IInvocationOperation)
            return fresh;
        var operands = arguments.Select(a => a.Term);
        return new Value(Term.Call(method, receiver is null ? operands : operands.Prepend(receiver.Term)));
    }

    /// <summary>Whether what is held, or what this member hands out, may be given to an object that gives it back.</summary>
    private bool IsGuardMade(State state, IMethodSymbol callee) =>
        (!state.Held.IsEmpty || (callee.MethodKind == MethodKind.Constructor && Same(callee.ContainingType, _method.ReturnType))) && _summaries.MayMakeGuard(callee);

    /// <summary>What is made with a function that releases what is held releases it when it is disposed: <c>new Releaser(() => _lock.Exit())</c>.</summary>
    private Value Releasing(State state, Value made, ITypeSymbol? type, ImmutableArray<Value> arguments, IOperation site)
    {
        if (state.Held.IsEmpty || arguments.All(static a => a.Functions.IsEmpty) || !IsDisposable(type))
            return made;
        foreach (var function in arguments.SelectMany(static a => a.Functions))
        {
            foreach (var released in ReleasedBy(function, state, site))
            {
                if (state.Holds(released))
                    return made.WithScope(released);
            }
        }

        return made;
    }

    private Term[] ReleasedBy(FunctionReference function, State state, IOperation site)
    {
        if (_knowledge.FactsOf(function.Method).Locks.Any(l => l is { Kind: LockOperationKind.Release, Target: null }))
            return function.Receiver is { } receiver ? new[] { receiver } : Array.Empty<Term>();
        if (!_summaries.MayChangeLocks(function.Method))
            return Array.Empty<Term>();
        var binding = new Binding(function.Method, function.Receiver is { } owner ? new Value(owner) : null, ImmutableArray<Value>.Empty, site, function.Method.ContainingType);
        return _summaries.Of(function.Method, function.Types, withEffects: false).Outcomes.SelectMany(o => o.Released).Select(r => Translate(r, binding, state).Term).ToArray();
    }

    private static bool IsDisposable(ITypeSymbol? type) => type is { Name: "IDisposable" or "IAsyncDisposable" } || type?.AllInterfaces.Any(static i => i.Name is "IDisposable" or "IAsyncDisposable") == true;

    /// <summary>A call may have changed whatever memory others can reach, and the variables passed to it by reference.</summary>
    private void Forget(Frame frame, IOperation operation)
    {
        frame.State = frame.State.ForgetSharedMemory();
        if (!_body.Shared.IsEmpty)
        {
            foreach (var variable in _body.Shared.OrderBy(v => v, DeclarationOrder.Instance))
                frame.State = frame.State.Assign(variable, null, operation.Syntax.SpanStart);
        }

        if (operation is IInvocationOperation { Instance: { } instance })
            ForgetSwitches(frame, instance);
        foreach (var argument in ArgumentsOf(operation))
        {
            if (argument.Parameter?.RefKind is RefKind.Ref or RefKind.Out && Variables.Of(argument.Value) is { } variable)
                frame.State = frame.State.Assign(variable, argument.Parameter.RefKind == RefKind.Ref ? Guarding(frame.State, variable, operation) : null, operation.Syntax.SpanStart);
            ForgetSwitches(frame, argument.Value);
        }
    }

    /// <summary>A guard that is lent by reference still gives back the same, unless the summary of who got it says otherwise.</summary>
    private static Value? Guarding(State state, ISymbol variable, IOperation lent) => state.Variables.TryGetValue(variable, out var guard) && (guard.ScopeOf is not null || !guard.Fields.IsEmpty)
        ? new Value(Term.Opaque((lent.Syntax.SpanStart, variable.Name))).WithScope(guard.ScopeOf).WithFields(guard.Fields)
        : null;

    /// <summary>Whoever gets to see an object made here may change its switches.</summary>
    private static void ForgetSwitches(Frame frame, IOperation seen)
    {
        if (Root(seen) is not { } variable || !frame.State.Variables.TryGetValue(variable, out var made) || made.Fields.IsEmpty)
            return;
        var changing = made.Fields.Keys.Where(f => Guard.TypeOf(f)?.SpecialType == SpecialType.System_Boolean && !FixedMemory.IsFixed(f)).ToArray();
        if (changing.Length > 0)
            frame.State = frame.State.WithVariable(variable, made.WithFields(made.Fields.RemoveRange(changing)));
    }

    private static ImmutableArray<IArgumentOperation> ArgumentsOf(IOperation operation) => operation switch
    {
        IInvocationOperation invocation => invocation.Arguments,
        IObjectCreationOperation creation => creation.Arguments,
        _ => ImmutableArray<IArgumentOperation>.Empty,
    };

    private static string CalleeName(IMethodSymbol method) => method.MethodKind switch
    {
        MethodKind.Constructor => "new " + method.ContainingType.Name,
        MethodKind.PropertyGet or MethodKind.PropertySet => method.AssociatedSymbol is IPropertySymbol { IsIndexer: true } ? method.ContainingType.Name + "[]" : Qualified(method, method.AssociatedSymbol!.Name.Substring(method.AssociatedSymbol.Name.LastIndexOf('.') + 1)),
        MethodKind.EventAdd or MethodKind.EventRemove => Qualified(method, method.AssociatedSymbol!.Name.Substring(method.AssociatedSymbol.Name.LastIndexOf('.') + 1)),
        MethodKind.AnonymousFunction => "lambda",
        MethodKind.UserDefinedOperator or MethodKind.Conversion => "operator of " + method.ContainingType.Name,
        // An explicit implementation is called "Namespace.IInterface.Name".
        _ => Qualified(method, method.Name.Substring(method.Name.LastIndexOf('.') + 1)),
    };

    /// <summary>A member of this project is known by its name; the class library's are written with their type.</summary>
    private static string Qualified(IMethodSymbol method, string name) =>
        method.DeclaringSyntaxReferences.IsEmpty && method.ContainingType is { } type ? type.Name + "." + name : name;

    private string NameOfCallee(IInvocationOperation invocation) => HolderOf(Origin(invocation.Instance))?.Name ?? "delegate";
}
