using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace LockContext.CodeFixes.Infrastructure;

internal static class KindPattern
{
    /// <summary>Lets patterns ask for the kind where several kinds share a class: <c>is BinaryExpressionSyntax(SyntaxKind.LogicalAndExpression)</c>.</summary>
    public static void Deconstruct(this SyntaxNode node, out SyntaxKind kind) => kind = node.Kind();
}
