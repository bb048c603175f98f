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

/// <summary>Collection expressions, iterators and awaiters: calls that neither the source nor the graph names, so that the members are looked up as the compiler does.</summary>
internal sealed partial class Walk
{
    private bool IsWorthALook(State state) => !_inDoomedBlock && (_wantsEffects || IsRestricted(state));

    private void MakeCollection(Frame frame, ICollectionExpressionOperation collection)
    {
        CallInTurn(frame, collection, frame[collection], collection.ConstructMethod);
        if (!IsWorthALook(frame.State) || collection.Elements.IsEmpty)
            return;
        foreach (var spread in collection.Elements.OfType<ISpreadOperation>())
        {
            Enumerate(frame, spread.Operand);
            CallInTurn(frame, spread, frame[spread.Operand], spread.GetElementConversion().MethodSymbol);
        }

        // A collection that a builder makes is given its elements all at once, and what the class library does with them is not looked into.
        if (collection.Type is INamedTypeSymbol { DeclaringSyntaxReferences.IsEmpty: false } type && collection.ConstructMethod is { MethodKind: MethodKind.Constructor })
            CallInTurn(frame, collection, frame[collection], FindMember(type, "Add", collection, m => m.Parameters.Length == 1));
    }

    /// <summary>Enumerates a value as a spread does. Arrays, strings and spans are copied.</summary>
    private void Enumerate(Frame frame, IOperation collection)
    {
        var value = frame[collection];
        if (value.Iteration is { } iteration)
        {
            RunSteps(frame.State, collection, iteration);
            return;
        }

        while (collection is IConversionOperation { OperatorMethod: null } conversion)
            collection = conversion.Operand;
        if (collection.Type is null or IArrayTypeSymbol or { SpecialType: SpecialType.System_String } || FindEnumerator(collection) is not { DeclaringSyntaxReferences.IsEmpty: false } start)
            return;
        CallInTurn(frame, collection, value, start);
        var enumerator = new Value(OpaqueOf(collection));
        if (_bodies.Of(start) is { IsIterator: true })
            RunSteps(frame.State, collection, Iteration.Of(KnowledgeBase.Canonical(start), TypesOf(start), value, ImmutableArray<Value>.Empty));
        else if (start.ReturnType is { DeclaringSyntaxReferences.IsEmpty: false } type)
            CallInTurn(frame, collection, enumerator, FindMember(type, "MoveNext", collection), (FindMember(type, "get_Current", collection) is { } current && !Bodies.IsAutoAccessor(current)) ? current : null, FindMember(type, "Dispose", collection));
    }

    private IMethodSymbol? FindEnumerator(IOperation collection)
    {
        var type = collection.Type!;
        if (FindMember(type, "GetEnumerator", collection) is { } found)
            return found;
        var contract = type.AllInterfaces.FirstOrDefault(i => i.OriginalDefinition.SpecialType == SpecialType.System_Collections_Generic_IEnumerable_T);
        return contract?.GetMembers("GetEnumerator").FirstOrDefault() is { } member ? type.FindImplementationForInterfaceMember(member) as IMethodSymbol : null;
    }

    /// <summary>An instance member that can be called without arguments, of the type or of a base; failing that an extension.</summary>
    private IMethodSymbol? FindMember(ITypeSymbol type, string name, IOperation at, System.Func<IMethodSymbol, bool>? fits = null)
    {
        fits ??= static m => m.Parameters.IsEmpty;
        for (var declaring = type; declaring is not null; declaring = declaring.BaseType)
        {
            foreach (var member in declaring.GetMembers(name))
            {
                if (member is IMethodSymbol { IsStatic: false, IsImplicitlyDeclared: false } method && fits(method))
                    return method;
            }
        }

        return _bodies.ModelOf(at.Syntax.SyntaxTree)?.LookupSymbols(at.Syntax.SpanStart, type, name, includeReducedExtensionMethods: true).OfType<IMethodSymbol>().FirstOrDefault(m => m is { IsStatic: false } && fits(m));
    }

    /// <summary>
    /// A step of an iterator whose body is known: the members of the sequence it has returned and of its enumerator. True if the member is one of them, and nothing else is to be said of the call.
    /// </summary>
    private bool StepThrough(Frame frame, IOperation operation, IMethodSymbol member, Iteration iteration)
    {
        switch (member.Name)
        {
            case "GetEnumerator" or "GetAsyncEnumerator":
                frame[operation] = frame[operation].WithIteration(iteration).WithNotNull(true);
                return true;
            case "MoveNext" or "MoveNextAsync":
                if (IsWorthALook(frame.State))
                    RunSteps(frame.State, operation, iteration);
                Forget(frame, operation);
                return true;
            case "get_Current" or "Dispose" or "DisposeAsync":
                return true;
            default:
                return false;
        }
    }

    private void RunSteps(State state, IOperation operation, Iteration iteration)
    {
        if (!IsWorthALook(state))
            return;
        foreach (var part in iteration.Parts)
        {
            if (part.Method is { } method)
            {
                var binding = new Binding(method, part.Receiver, part.Arguments, operation);
                foreach (var effect in EffectsOf(state, method, part.Types).Steps.Keys)
                    ApplyEffect(state, effect, binding, new EffectSite(PlaceOf(operation), CalleeName(method), method, effect) { Types = part.Types });
            }

            if (!part.Functions.IsEmpty)
                RunFunctions(state, operation, part.Functions, "lambda");
        }
    }

    /// <summary>Asks the awaiter whether it is done, and if it is not tells it how to go on: both before the body is left. The result is asked for afterwards.</summary>
    private void Await(Frame frame, IAwaitOperation operation)
    {
        IMethodSymbol? result = null;
        if (IsWorthALook(frame.State) && operation.Operation.Type is { } type && !IsTask(type) && FindMember(type, "GetAwaiter", operation) is { } start)
        {
            // What the class library does there is known: nothing that waits.
            var awaiter = start.ReturnType;
            if (!start.DeclaringSyntaxReferences.IsEmpty)
                CallInTurn(frame, operation, frame[operation.Operation], start);
            if (!awaiter.DeclaringSyntaxReferences.IsEmpty)
            {
                var isDone = FindMember(awaiter, "get_IsCompleted", operation);
                CallInTurn(frame, operation, new Value(OpaqueOf(operation)), isDone is not null && Bodies.IsAutoAccessor(isDone) ? null : isDone,
                    FindMember(awaiter, "UnsafeOnCompleted", operation, static m => m.Parameters.Length == 1) ?? FindMember(awaiter, "OnCompleted", operation, static m => m.Parameters.Length == 1));
                result = FindMember(awaiter, "GetResult", operation);
            }
        }

        Suspend(frame, operation);
        if (result is not null)
            CallInTurn(frame, operation, new Value(OpaqueOf(operation)), result);
    }

    private static bool IsTask(ITypeSymbol type) => type is { Name: "Task" or "ValueTask" or "ConfiguredTaskAwaitable" or "ConfiguredValueTaskAwaitable" or "YieldAwaitable", ContainingNamespace.ContainingNamespace: { } outer } && outer.ToString().StartsWith("System", System.StringComparison.Ordinal);

    /// <summary>The graph has no operation of its own for <c>fixed (T* p = x)</c> where <c>x</c> is asked for a reference.</summary>
    private void Pin(Frame frame, IOperation operation)
    {
        if (operation.Syntax is ExpressionSyntax { Parent: EqualsValueClauseSyntax { Parent.Parent.Parent: FixedStatementSyntax } } && operation.ChildOperations.FirstOrDefault() is { Type: { DeclaringSyntaxReferences.IsEmpty: false } type } pinned
            && IsWorthALook(frame.State))
        {
            CallInTurn(frame, operation, frame[pinned], FindMember(type, "GetPinnableReference", operation));
        }
    }
}

/// <summary>
/// What enumerating a sequence runs: the body of an iterator, other sequences that it is made of, and functions. Of receivers and arguments it has what is known wherever the sequence may go: their
/// values, but none of their names.
/// </summary>
internal sealed record Iteration(IMethodSymbol? Method, TypeArguments Types, Value? Receiver, ImmutableArray<Value> Arguments)
{
    private const int MaxParts = 8;

    private ImmutableArray<Iteration> Sources { get; init; } = ImmutableArray<Iteration>.Empty;

    public ImmutableArray<FunctionReference> Functions { get; private init; } = ImmutableArray<FunctionReference>.Empty;

    /// <summary>Itself and all that it is made of.</summary>
    public IEnumerable<Iteration> Parts => Sources.SelectMany(s => s.Parts).Append(this);

    public static Iteration Of(IMethodSymbol method, TypeArguments types, Value? receiver, ImmutableArray<Value> arguments) => new(method, types,
        receiver?.Term.Kind == TermKind.This ? receiver : receiver is null ? null : new Value(Term.Opaque(("iterated", "this"))),
        arguments.Select((a, i) => new Value(a.Term.Kind == TermKind.Constant ? a.Term : Term.Opaque(("iterated", i)), a.Bits.WithoutParameter()).WithFunctions(a.Functions).WithIteration(a.Iteration)).ToImmutableArray());

    /// <summary>A sequence made of the sequences and functions among values; <see langword="null"/> if nothing is known of any.</summary>
    public static Iteration? Over(ImmutableArray<Value> values)
    {
        var sources = values.Where(v => v.Iteration is not null).Select(v => v.Iteration!).ToImmutableArray();
        var functions = values.SelectMany(v => v.Functions).Take(MaxParts).ToImmutableArray();
        if (functions.IsEmpty)
            return sources.Length == 1 ? sources[0] : sources.IsEmpty ? null : new Iteration(null, TypeArguments.None, null, ImmutableArray<Value>.Empty) { Sources = sources };

        // Sequences made in a loop of those made before would grow without end.
        return sources.Sum(s => s.Parts.Count()) >= MaxParts ? sources[0] : new Iteration(null, TypeArguments.None, null, ImmutableArray<Value>.Empty) { Sources = sources, Functions = functions };
    }

    public bool Equals(Iteration? other) => other is not null && SymbolEqualityComparer.Default.Equals(Method, other.Method) && Types.Equals(other.Types) && Equals(Receiver, other.Receiver) && Arguments.SequenceEqual(other.Arguments)
        && Functions.SequenceEqual(other.Functions) && Sources.SequenceEqual(other.Sources);

    public override int GetHashCode() => Method is null ? Functions.Length : SymbolEqualityComparer.Default.GetHashCode(Method);
}
