using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace LockContext.Analyzers.Flow;

/// <summary>What is known of an exception that is thrown in so many words.</summary>
/// <param name="Type">Its type, or one that it is derived from.</param>
/// <param name="IsExact">It is made where it is thrown.</param>
internal sealed record Thrown(INamedTypeSymbol Type, bool IsExact)
{
    public static Thrown? By(BasicBlock block)
    {
        var value = block.BranchValue;
        while (value is IConversionOperation { OperatorMethod: null } conversion)
            value = conversion.Operand;
        if (value is not null)
            return value.Type is INamedTypeSymbol type ? new Thrown(type, value is IObjectCreationOperation) : null;

        // "throw;" throws what the handler around it has caught.
        for (var region = block.EnclosingRegion; region is not null; region = region.EnclosingRegion)
        {
            if (region.Kind == ControlFlowRegionKind.Catch)
                return region.ExceptionType is INamedTypeSymbol caught ? new Thrown(caught, IsExact: false) : null;
        }

        return null;
    }

    public bool IsSurely(ITypeSymbol? caught) => IsDerived(Type, caught);

    public bool IsNever(ITypeSymbol? caught) => IsExact && caught is INamedTypeSymbol { SpecialType: SpecialType.None } && !IsDerived(Type, caught);

    public bool Equals(Thrown? other) => other is not null && IsExact == other.IsExact && SymbolEqualityComparer.Default.Equals(Type, other.Type);

    public override int GetHashCode() => SymbolEqualityComparer.Default.GetHashCode(Type);

    private static bool IsDerived(INamedTypeSymbol type, ITypeSymbol? from)
    {
        for (var at = type; at is not null; at = at.BaseType)
        {
            if (SymbolEqualityComparer.Default.Equals(at, from))
                return true;
        }

        return false;
    }
}
