using LockContext.Analyzers.Knowledge;
using Microsoft.CodeAnalysis;

namespace LockContext.Analyzers.Rules;

/// <summary>Which types must not be copied: structs with a lock class, and structs that contain one.</summary>
internal static class LockStructs
{
    private const int MaxDepth = 3;

    public static bool IsLockStruct(ITypeSymbol? type, KnowledgeBase knowledge, int depth = 0)
    {
        if (type is not INamedTypeSymbol { TypeKind: TypeKind.Struct, SpecialType: SpecialType.None } named || depth > MaxDepth)
            return false;
        if (knowledge.LockClassOf(named) is not null)
            return true;

        // A ref struct that refers to a lock is a guard and may move; one that contains the lock itself may not.
        foreach (var member in named.DeclaringSyntaxReferences.IsEmpty ? System.Collections.Immutable.ImmutableArray<ISymbol>.Empty : named.GetMembers())
        {
            if (member is IFieldSymbol { IsStatic: false, RefKind: RefKind.None } field && IsLockStruct(field.Type, knowledge, depth + 1))
                return true;
        }

        return false;
    }
}
