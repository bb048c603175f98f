using System.Linq;
using LockContext.Analyzers.Model;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace LockContext.Analyzers.Flow;

/// <summary>
/// An operation that allocates on the managed heap, which is .NET's own direct reclaim: whoever allocates may have to stop and collect.
/// </summary>
/// <param name="Kind">Which sort of allocation.</param>
/// <param name="Name">What does it, as in a path.</param>
/// <param name="What">What is allocated, in the words of a report: "an object".</param>
/// <remarks>
/// Only what the compiler surely emits an allocation for counts, and what the just-in-time compiler is known to remove does not: <c>Enum.HasFlag</c>, a boxed value that is only tested or unboxed
/// again, spans of constants. What a method of the class library does inside is not looked at here.
/// </remarks>
internal sealed record ManagedAllocation(ManagedAllocationKind Kind, string Name, string What)
{
    /// <summary>What an operation itself allocates, its operands and callees aside.</summary>
    public static ManagedAllocation? Of(IOperation operation, Bodies bodies) => operation switch
    {
        IObjectCreationOperation { Type: { IsReferenceType: true } type } => Object(type),
        ITypeParameterObjectCreationOperation { Type: { IsReferenceType: true } type } => Object(type),
        IDynamicObjectCreationOperation { Type: { IsReferenceType: true } type } => Object(type),
        IAnonymousObjectCreationOperation => new(ManagedAllocationKind.Object, "new { }", "an object of an anonymous type"),
        IArrayCreationOperation array => OfArray(array),
        IConversionOperation conversion => OfConversion(conversion),
        IDelegateCreationOperation creation => OfDelegate(creation, bodies),
        IBinaryOperation { OperatorKind: BinaryOperatorKind.Add } binary => OfAddition(binary, binary.Type),
        ICompoundAssignmentOperation { OperatorKind: BinaryOperatorKind.Add, Value.ConstantValue: not { HasValue: true, Value: null } } compound => OfAddition(compound, compound.Type),
        IEventAssignmentOperation { Adds: true, EventReference: IEventReferenceOperation { Event.AddMethod: { IsImplicitlyDeclared: true, IsAbstract: false } } reference } =>
            new(ManagedAllocationKind.Delegate, "adding to " + reference.Event.Name, "a combined delegate"),
        IInterpolatedStringOperation text => OfInterpolation(text),
        ICollectionExpressionOperation collection => OfCollection(collection),
        IInvocationOperation invocation => OfInvocation(invocation, bodies),
        IArrayElementReferenceOperation { Indices: { Length: 1 } indices } when indices[0].Type is { Name: "Range", ContainingNamespace.Name: "System" } =>
            new(ManagedAllocationKind.Copy, "range of an array", "a copy of that part"),
        IImplicitIndexerReferenceOperation { Type.SpecialType: SpecialType.System_String } => new(ManagedAllocationKind.String, "range of a string", "a string"),
        _ => null,
    };

    /// <summary>What the call of an iterator allocates.</summary>
    public static ManagedAllocation Iterator(string name) => new(ManagedAllocationKind.Iterator, name, "an iterator");

    private static ManagedAllocation Object(ITypeSymbol type) => type.SpecialType == SpecialType.System_String
        ? new(ManagedAllocationKind.String, "new string", "a string")
        : new(ManagedAllocationKind.Object, "new " + type.Name, "an object");

    private static ManagedAllocation? OfArray(IArrayCreationOperation array)
    {
        var isParams = array is { IsImplicit: true, Parent: IArgumentOperation { ArgumentKind: ArgumentKind.ParamArray } };
        if (isParams)
        {
            // Nothing passed is the one empty array that everybody shares.
            return array.DimensionSizes.Length == 1 && array.DimensionSizes[0].ConstantValue is { HasValue: true, Value: 0 }
                ? null
                : new(ManagedAllocationKind.ParamsArray, "params " + Display(array.Type), "an array for the arguments");
        }

        return IsSpanOfConstants(array) ? null : new(ManagedAllocationKind.Array, "new " + Display(array.Type), "an array");
    }

    /// <summary>A span over an array of constants lies in the program's own data.</summary>
    private static bool IsSpanOfConstants(IArrayCreationOperation array) =>
        array is { Parent: IConversionOperation { Type: { Name: "ReadOnlySpan", ContainingNamespace.Name: "System" } }, Initializer: { } initialiser, Type: IArrayTypeSymbol { ElementType: { } element } }
        && (element.TypeKind == TypeKind.Enum || element.SpecialType is >= SpecialType.System_Boolean and <= SpecialType.System_Double and not SpecialType.System_Decimal)
        && initialiser.ElementValues.All(v => v.ConstantValue.HasValue);

    private static ManagedAllocation? OfConversion(IConversionOperation conversion)
    {
        var kind = conversion.GetConversion();
        if (kind.IsInterpolatedString)
            return new(ManagedAllocationKind.String, "formattable string", "an object and an array");
        if (kind.IsAnonymousFunction && conversion.Type is { Name: "Expression" })
            return new(ManagedAllocationKind.Object, "expression tree", "objects that describe the lambda");
        if (!kind.IsBoxing || conversion.Operand.Type is not { IsReferenceType: false } type || IsRemovedBox(conversion))
            return null;
        return new(ManagedAllocationKind.Boxing, $"boxing of {Display(type)}", type.TypeKind == TypeKind.TypeParameter ? "an object if the type is a struct" : "an object");
    }

    /// <summary>Whether a boxed value is looked at and dropped, so that no object is ever made of it.</summary>
    private static bool IsRemovedBox(IConversionOperation conversion) => conversion.Parent switch
    {
        // Concatenation asks the value for its text.
        IBinaryOperation { OperatorKind: BinaryOperatorKind.Add, Type.SpecialType: SpecialType.System_String } => true,
        ICompoundAssignmentOperation { OperatorKind: BinaryOperatorKind.Add, Type.SpecialType: SpecialType.System_String } => true,

        // "t == null" for a type parameter.
        IBinaryOperation { OperatorKind: BinaryOperatorKind.Equals or BinaryOperatorKind.NotEquals } test =>
            test.LeftOperand.ConstantValue is { HasValue: true, Value: null } || test.RightOperand.ConstantValue is { HasValue: true, Value: null },
        IIsNullOperation or IIsTypeOperation or IIsPatternOperation => true,

        // "(int)(object)t", the way to say what T is known to be.
        IConversionOperation outer when outer.Type?.IsReferenceType != true => true,

        // A "using" or "foreach" calls the struct's own method.
        IInvocationOperation { IsImplicit: true } call => ReferenceEquals(call.Instance, conversion),
        IArgumentOperation { Parent: IInvocationOperation { TargetMethod: { Name: "HasFlag" or "ThrowIfNull" or "ReferenceEquals", ContainingType.ContainingNamespace.Name: "System" } } } => true,
        _ => false,
    };

    private static ManagedAllocation? OfDelegate(IDelegateCreationOperation creation, Bodies bodies)
    {
        switch (creation.Target)
        {
            case IFlowAnonymousFunctionOperation lambda:
                // One that captures nothing is made once and kept by the compiler.
                return Captures.Of(lambda.Symbol, bodies) switch
                {
                    { Variable: { } variable } => new(ManagedAllocationKind.Closure, "lambda", $"a closure for '{variable.Name}' and a delegate"),
                    { This: true } => new(ManagedAllocationKind.Closure, "lambda", "a delegate because it uses 'this'"),
                    _ => null,
                };
            case IMethodReferenceOperation { Method: var method } reference:
                // A delegate of an extension method on a value holds that value.
                var isKept = method.IsStatic && reference.Instance is null && (creation.Type as INamedTypeSymbol)?.DelegateInvokeMethod?.Parameters.Length == method.Parameters.Length && creation.Syntax is not BaseObjectCreationExpressionSyntax
                    && creation.Syntax.SyntaxTree.Options is CSharpParseOptions { LanguageVersion: >= LanguageVersion.CSharp11 };
                return isKept ? null : new(ManagedAllocationKind.Delegate, "delegate of " + method.Name, "a delegate");
            default:
                return new(ManagedAllocationKind.Delegate, "new " + creation.Type?.Name, "a delegate");
        }
    }

    private static ManagedAllocation? OfAddition(IOperation addition, ITypeSymbol? type)
    {
        if (type?.TypeKind == TypeKind.Delegate)
            return new(ManagedAllocationKind.Delegate, "combination of delegates", "a delegate");
        if (type?.SpecialType != SpecialType.System_String || IsPartOfConcatenation(addition) || Parts(addition) < 2)
            return null;
        return new(ManagedAllocationKind.String, "string concatenation", "a string");
    }

    /// <summary>A chain of additions is one concatenation.</summary>
    private static bool IsPartOfConcatenation(IOperation operation) => operation.Parent
        is IBinaryOperation { OperatorKind: BinaryOperatorKind.Add, Type.SpecialType: SpecialType.System_String }
        or ICompoundAssignmentOperation { OperatorKind: BinaryOperatorKind.Add, Type.SpecialType: SpecialType.System_String };

    /// <summary>How many pieces of a concatenation are more than an empty constant; a single one is the result itself.</summary>
    private static int Parts(IOperation addition)
    {
        var parts = 0;
        for (IOperation? rest = addition; rest is not null;)
        {
            var (left, right) = rest switch
            {
                { ConstantValue.HasValue: true } => (null, rest),
                IBinaryOperation { OperatorKind: BinaryOperatorKind.Add, Type.SpecialType: SpecialType.System_String } binary => (binary.LeftOperand, binary.RightOperand),
                ICompoundAssignmentOperation compound => (compound.Target, compound.Value),
                _ => ((IOperation?)null, rest),
            };
            if (right.ConstantValue is not { HasValue: true, Value: null or "" })
                parts++;
            rest = left;
        }

        return parts;
    }

    private static ManagedAllocation? OfInterpolation(IInterpolatedStringOperation text)
    {
        // Converted to a handler or to a formattable string it is no string; as a part of a concatenation it is none of its own.
        if (text.Type?.SpecialType != SpecialType.System_String || text.Parent is IInterpolatedStringHandlerCreationOperation || IsPartOfConcatenation(text)
            || (text.Parent is IConversionOperation conversion && (conversion.GetConversion().IsInterpolatedString || conversion.GetConversion().IsInterpolatedStringHandler)))
        {
            return null;
        }

        // A single string in braces is that string.
        if (text.Parts is { Length: 1 } parts && parts[0] is IInterpolationOperation { FormatString: null, Alignment: null, Expression.Type.SpecialType: SpecialType.System_String })
            return null;
        return new(ManagedAllocationKind.String, "interpolated string", "a string");
    }

    private static ManagedAllocation? OfCollection(ICollectionExpressionOperation collection)
    {
        if (collection.Type is not { } type)
            return null;
        var isEmpty = collection.Elements.IsEmpty;
        if (type is INamedTypeSymbol { IsValueType: true } value)
        {
            // Spans lie on the stack, or among the program's data, unless something of unknown length is spread into them.
            var onHeap = value.Name is "Span" or "ReadOnlySpan" ? collection.Elements.Any(e => e is ISpreadOperation) : value.Name == "ImmutableArray" && !isEmpty;
            return onHeap ? new(ManagedAllocationKind.Collection, "collection expression", "an array") : null;
        }

        var isShared = isEmpty && (type is IArrayTypeSymbol || type.Name is "IEnumerable" or "IReadOnlyCollection" or "IReadOnlyList");
        return isShared ? null : new(ManagedAllocationKind.Collection, "collection expression", type is IArrayTypeSymbol ? "an array" : $"a {type.Name}");
    }

    private static ManagedAllocation? OfInvocation(IInvocationOperation invocation, Bodies bodies)
    {
        var method = invocation.TargetMethod;
        if (invocation.IsImplicit && method is { Name: "<Clone>$", ContainingType.IsReferenceType: true })
            return new(ManagedAllocationKind.Copy, "with", $"a copy of the {method.ContainingType.Name}");
        if (invocation.IsImplicit && method.Name is "GetEnumerator" or "GetAsyncEnumerator")
            return OfEnumeration(invocation, bodies);
        if (invocation.Instance?.Type is not { IsReferenceType: false } receiver || method.IsStatic
            || method.ContainingType?.SpecialType is not (SpecialType.System_Object or SpecialType.System_ValueType or SpecialType.System_Enum))
        {
            return null;
        }

        // A call of an inherited method on a value needs an object; of these the runtime makes none.
        if (method.Name is "GetType" or "HasFlag" || (method.Name == "GetHashCode" && receiver.TypeKind != TypeKind.Struct))
            return null;
        if (receiver.TypeKind != TypeKind.TypeParameter)
            return new(ManagedAllocationKind.Boxing, $"boxing of {Display(receiver)}", "an object");
        return method.Name == "ToString" ? new(ManagedAllocationKind.Boxing, $"ToString of {receiver.Name}", "a string, and an object if the type is a struct without its own") : null;
    }

    /// <summary>A <c>foreach</c> whose enumerator is no struct. One with a body here is followed instead.</summary>
    private static ManagedAllocation? OfEnumeration(IInvocationOperation invocation, Bodies bodies)
    {
        var collection = invocation.Instance;
        while (collection is IConversionOperation { OperatorMethod: null } conversion)
            collection = conversion.Operand;
        if (invocation.TargetMethod.ReturnType is not { IsReferenceType: true } || collection?.Type is null or IArrayTypeSymbol or { SpecialType: SpecialType.System_String })
            return null;
        if (Walk.Devirtualised(invocation.TargetMethod, invocation.Instance) is { } target && bodies.Of(target) is not null)
            return null;
        return new(ManagedAllocationKind.Enumerator, $"foreach over {Display(collection.Type)}", "an enumerator");
    }

    private static string Display(ITypeSymbol? type) => type?.ToDisplayString(SymbolDisplayFormat.MinimallyQualifiedFormat) ?? "?";
}
