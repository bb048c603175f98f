using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace LockContext.CodeFixes.Failure;

/// <summary>How one asks whether an allocation has failed, by the type of its result.</summary>
internal static class NullTest
{
    /// <summary>Members by which a type says itself that it holds nothing.</summary>
    private static readonly string[] s_emptyNames = ["IsNull", "IsEmpty", "IsDefault", "IsInvalid"];

    public static bool IsKnownFor(ITypeSymbol type) => Failed(type, SyntaxFactory.IdentifierName("x")) is not null;

    public static ExpressionSyntax? Failed(ITypeSymbol type, ExpressionSyntax place) => Test(type, place, failed: true);

    public static ExpressionSyntax? Succeeded(ITypeSymbol type, ExpressionSyntax place) => Test(type, place, failed: false);

    private static ExpressionSyntax? Test(ITypeSymbol type, ExpressionSyntax place, bool failed)
    {
        place = place.WithoutTrivia();
        if (NothingOf(type) is { } nothing)
            return SyntaxFactory.BinaryExpression(failed ? SyntaxKind.EqualsExpression : SyntaxKind.NotEqualsExpression, place, nothing);

        if (type.SpecialType == SpecialType.System_Boolean)
            return failed ? Not(place) : place;

        if (s_emptyNames.FirstOrDefault(name => type.GetMembers(name).Any(m => m is IPropertySymbol { Type.SpecialType: SpecialType.System_Boolean })) is not { } isEmpty)
            return null;

        var empty = SyntaxFactory.MemberAccessExpression(SyntaxKind.SimpleMemberAccessExpression, place, SyntaxFactory.IdentifierName(isEmpty));
        return failed ? empty : Not(empty);
    }

    /// <summary>The literal of a type that means "no memory".</summary>
    private static LiteralExpressionSyntax? NothingOf(ITypeSymbol type) => type switch
    {
        { TypeKind: TypeKind.Pointer or TypeKind.FunctionPointer } => Literal(SyntaxKind.NullLiteralExpression),
        { IsReferenceType: true } or { OriginalDefinition.SpecialType: SpecialType.System_Nullable_T } => Literal(SyntaxKind.NullLiteralExpression),
        { IsNativeIntegerType: true } => SyntaxFactory.LiteralExpression(SyntaxKind.NumericLiteralExpression, SyntaxFactory.Literal(0)),
        { SpecialType: SpecialType.System_IntPtr or SpecialType.System_UIntPtr } => Literal(SyntaxKind.DefaultLiteralExpression),
        { SpecialType: >= SpecialType.System_SByte and <= SpecialType.System_UInt64 } =>
            SyntaxFactory.LiteralExpression(SyntaxKind.NumericLiteralExpression, SyntaxFactory.Literal(0)),
        _ => null,
    };

    private static LiteralExpressionSyntax Literal(SyntaxKind kind) => SyntaxFactory.LiteralExpression(kind);

    private static PrefixUnaryExpressionSyntax Not(ExpressionSyntax operand) => SyntaxFactory.PrefixUnaryExpression(SyntaxKind.LogicalNotExpression, operand);
}
