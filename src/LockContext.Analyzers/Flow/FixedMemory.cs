using System.Collections.Generic;
using System.Linq;
using System.Runtime.CompilerServices;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace LockContext.Analyzers.Flow;

/// <summary>
/// Fields and properties that keep the value their object was made with: what is declared so, and private fields that nothing but constructors and initialisers writes. Such a field is known over calls: whoever
/// locks <c>if (_isShared)</c> unlocks under the same condition.
/// </summary>
internal static class FixedMemory
{
    private static readonly ConditionalWeakTable<INamedTypeSymbol, HashSet<string>> s_written = new();

    public static bool IsFixed(ISymbol member) => member switch
    {
        IFieldSymbol { IsReadOnly: true } or IFieldSymbol { IsConst: true } or IPropertySymbol { ContainingType.SpecialType: SpecialType.System_String or SpecialType.System_Array } => true,
        IFieldSymbol { DeclaredAccessibility: Accessibility.Private, IsVolatile: false, IsImplicitlyDeclared: false, ContainingType: { TypeKind: TypeKind.Class, DeclaringSyntaxReferences.Length: 1 } type } field =>
            !s_written.GetValue(type, static t => WrittenIn(t)).Contains(field.Name),
        IPropertySymbol { IsIndexer: false, IsVirtual: false, IsAbstract: false, IsOverride: false, SetMethod: null or { IsInitOnly: true }, ContainingType.TypeKind: TypeKind.Class } property => IsWithoutCode(property),
        _ => false,
    };

    private static bool IsWithoutCode(IPropertySymbol property) => property.DeclaringSyntaxReferences.Length == 1
        && property.DeclaringSyntaxReferences[0].GetSyntax() is PropertyDeclarationSyntax { ExpressionBody: null, AccessorList.Accessors: var accessors } && accessors.All(a => a is { Body: null, ExpressionBody: null })
        || property is { DeclaringSyntaxReferences.Length: 1, ContainingType.IsRecord: true } && property.DeclaringSyntaxReferences[0].GetSyntax() is ParameterSyntax;

    /// <summary>By name, wherever in the type: another object's field may be meant, or a local of that name; to take too much for written is right.</summary>
    private static HashSet<string> WrittenIn(INamedTypeSymbol type)
    {
        var written = new HashSet<string>();
        var root = type.DeclaringSyntaxReferences[0].GetSyntax();
        foreach (var node in root.DescendantNodes())
        {
            var target = node switch
            {
                AssignmentExpressionSyntax assignment => assignment.Left,
                PostfixUnaryExpressionSyntax { RawKind: (int)SyntaxKind.PostIncrementExpression or (int)SyntaxKind.PostDecrementExpression } postfix => postfix.Operand,
                PrefixUnaryExpressionSyntax { RawKind: (int)SyntaxKind.PreIncrementExpression or (int)SyntaxKind.PreDecrementExpression or (int)SyntaxKind.AddressOfExpression } prefix => prefix.Operand,
                ArgumentSyntax { RefKindKeyword.RawKind: (int)SyntaxKind.RefKeyword or (int)SyntaxKind.OutKeyword } argument => argument.Expression,
                RefExpressionSyntax reference => reference.Expression,
                _ => null,
            };
            if (target is null || IsFirstValue(node, root))
                continue;
            foreach (var name in target.DescendantNodesAndSelf().OfType<IdentifierNameSyntax>())
                written.Add(name.Identifier.ValueText);
        }

        return written;
    }

    /// <summary>In a constructor of the type itself, and not in a function that may run later.</summary>
    private static bool IsFirstValue(SyntaxNode node, SyntaxNode type)
    {
        for (var parent = node.Parent; parent is not null && parent != type; parent = parent.Parent)
        {
            if (parent is AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax or TypeDeclarationSyntax or InitializerExpressionSyntax)
                return false;
            if (parent is ConstructorDeclarationSyntax { Parent: var owner })
                return owner == type && (node is not AssignmentExpressionSyntax { Left: MemberAccessExpressionSyntax { Expression: not ThisExpressionSyntax } });
        }

        return false;
    }
}
