using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using LockContext.Analyzers.Knowledge;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace LockContext.Analyzers.Flow;

/// <summary>Members whose bodies the compiler writes (those of records), the equality of tuples, and delegates put together from others.</summary>
internal sealed partial class Walk
{
    private readonly HashSet<IMethodSymbol> _synthesising = new(SymbolEqualityComparer.Default);

    /// <summary>Calls what such a member calls. A record that contains itself is looked at once.</summary>
    private void CallSynthesised(Frame frame, IOperation operation, IMethodSymbol member)
    {
        if (!IsWorthALook(frame.State) || !_synthesising.Add(member))
            return;
        CallInTurn(frame, operation, new Value(OpaqueOf(operation)), CalledBy(member).ToArray<ISymbol?>());
        _synthesising.Remove(member);
    }

    private static IEnumerable<IMethodSymbol> CalledBy(IMethodSymbol member)
    {
        var record = member.ContainingType;
        switch (member.Name)
        {
            case "op_Equality" or "op_Inequality":
            case "Equals" when member.Parameters.Length == 1 && !Same(member.Parameters[0].Type, record):
                return record.GetMembers("Equals").OfType<IMethodSymbol>().Where(m => m.Parameters.Length == 1 && Same(m.Parameters[0].Type, record));
            case "Equals":
                return OfBase(record, m => m.Name == "Equals" && m.Parameters.Length == 1 && Same(m.Parameters[0].Type, record.BaseType)).Concat(StateOf(record).Select(EqualsOf).OfType<IMethodSymbol>());
            case "GetHashCode":
                return OfBase(record, m => m.Name == "GetHashCode").Concat(StateOf(record).Select(t => Overriding(t, "GetHashCode", static _ => true)).OfType<IMethodSymbol>());
            case "ToString":
                return record.GetMembers("PrintMembers").OfType<IMethodSymbol>();
            case "PrintMembers":
                var shown = record.GetMembers().Where(m => m is IFieldSymbol or IPropertySymbol { IsIndexer: false } && m is { IsStatic: false, DeclaredAccessibility: Accessibility.Public, IsOverride: false }).ToArray();
                return OfBase(record, m => m.Name == "PrintMembers")
                    .Concat(shown.OfType<IPropertySymbol>().Select(p => p.GetMethod).OfType<IMethodSymbol>().Where(g => !Bodies.IsAutoAccessor(g)))
                    .Concat(shown.Select(m => (m as IPropertySymbol)?.Type ?? ((IFieldSymbol)m).Type).Select(t => Overriding(t, "ToString", static m => m.Parameters.IsEmpty)).OfType<IMethodSymbol>());
            case "<Clone>$":
                return record.InstanceConstructors.Where(c => c.Parameters.Length == 1 && Same(c.Parameters[0].Type, record));
            case ".ctor" when member.Parameters.Length == 1 && Same(member.Parameters[0].Type, record):
                return OfBase(record, m => m.MethodKind == MethodKind.Constructor && m.Parameters.Length == 1 && Same(m.Parameters[0].Type, record.BaseType));
            default:
                return Enumerable.Empty<IMethodSymbol>();
        }
    }

    private static IEnumerable<IMethodSymbol> OfBase(INamedTypeSymbol record, System.Func<IMethodSymbol, bool> fits) =>
        record.BaseType is { IsRecord: true } inherited ? inherited.GetMembers().OfType<IMethodSymbol>().Where(fits) : Enumerable.Empty<IMethodSymbol>();

    private static IEnumerable<ITypeSymbol> StateOf(INamedTypeSymbol record) => record.GetMembers().OfType<IFieldSymbol>().Where(f => !f.IsStatic).Select(f => f.Type);

    /// <summary>What the default comparer of a type calls.</summary>
    private static IMethodSymbol? EqualsOf(ITypeSymbol type)
    {
        var contract = type.AllInterfaces.FirstOrDefault(i => i is { Name: "IEquatable", ContainingNamespace: { Name: "System", ContainingNamespace.IsGlobalNamespace: true } } && SymbolEqualityComparer.Default.Equals(i.TypeArguments[0].WithNullableAnnotation(NullableAnnotation.None), type.WithNullableAnnotation(NullableAnnotation.None)));
        return contract?.GetMembers("Equals").FirstOrDefault() is { } member && type.FindImplementationForInterfaceMember(member) is IMethodSymbol implementation
            ? implementation
            : Overriding(type, "Equals", static m => m.Parameters.Length == 1 && m.Parameters[0].Type.SpecialType == SpecialType.System_Object);
    }

    /// <summary>The override that a value of exactly this type has, if it is in source.</summary>
    private static IMethodSymbol? Overriding(ITypeSymbol type, string name, System.Func<IMethodSymbol, bool> fits)
    {
        for (var declaring = type; declaring is { DeclaringSyntaxReferences.IsEmpty: false, TypeKind: not TypeKind.Interface }; declaring = declaring.BaseType)
        {
            if (declaring.GetMembers(name).OfType<IMethodSymbol>().FirstOrDefault(m => m.IsOverride && fits(m)) is { } found)
                return found;
        }

        return null;
    }

    /// <summary><c>(a, b) == (c, d)</c> compares the elements, each pair with its own operator.</summary>
    private void CompareTuples(Frame frame, ITupleBinaryOperation operation)
    {
        if (IsWorthALook(frame.State))
            CompareTuples(frame, operation, operation.LeftOperand.Type, operation.RightOperand.Type, operation.OperatorKind == BinaryOperatorKind.Equals ? "op_Equality" : "op_Inequality");
    }

    private void CompareTuples(Frame frame, IOperation operation, ITypeSymbol? left, ITypeSymbol? right, string name)
    {
        left = WithoutNullable(left);
        right = WithoutNullable(right);
        if (left is INamedTypeSymbol { IsTupleType: true, TupleElements: var a } && right is INamedTypeSymbol { IsTupleType: true, TupleElements: var b })
        {
            for (var i = 0; i < a.Length && i < b.Length; i++)
                CompareTuples(frame, operation, a[i].Type, b[i].Type, name);
        }
        else if (left is not null && right is not null && FindOperator(left, right, name) is { } found)
        {
            CallInTurn(frame, operation, new Value(OpaqueOf(operation)), found);
        }
    }

    private static ITypeSymbol? WithoutNullable(ITypeSymbol? type) =>
        type is INamedTypeSymbol { OriginalDefinition.SpecialType: SpecialType.System_Nullable_T } nullable ? nullable.TypeArguments[0] : type;

    private static IMethodSymbol? FindOperator(ITypeSymbol left, ITypeSymbol right, string name)
    {
        foreach (var type in new[] { left, right })
        {
            for (var declaring = type; declaring is { DeclaringSyntaxReferences.IsEmpty: false }; declaring = declaring.BaseType)
            {
                foreach (var member in declaring.GetMembers(name))
                {
                    if (member is IMethodSymbol { Parameters.Length: 2 } found && Derives(left, WithoutNullable(found.Parameters[0].Type)!) && Derives(right, WithoutNullable(found.Parameters[1].Type)!))
                        return found;
                }
            }
        }

        return null;
    }

    private static bool Derives(ITypeSymbol type, ITypeSymbol from)
    {
        for (var declaring = type; declaring is not null; declaring = declaring.BaseType)
        {
            if (SymbolEqualityComparer.Default.Equals(declaring, from))
                return true;
        }

        return false;
    }

    /// <summary>A delegate put together from others runs them all, if all are known.</summary>
    private static Value Combined(ITypeSymbol? type, BinaryOperatorKind kind, Value left, Value right, Value result)
    {
        if (type?.TypeKind != TypeKind.Delegate)
            return result;
        var isNone = left.Term is { Kind: TermKind.Constant, Data: "null" };
        if (left.Functions.IsEmpty && !isNone)
            return result;
        return kind switch
        {
            BinaryOperatorKind.Add when !right.Functions.IsEmpty => result.WithFunctions(left.Functions.Union(right.Functions).Take(8).ToImmutableArray()).WithNotNull(true),
            BinaryOperatorKind.Subtract => result.WithFunctions(left.Functions),
            _ => result,
        };
    }
}
