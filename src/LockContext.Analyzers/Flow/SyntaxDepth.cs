using System.Collections.Generic;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace LockContext.Analyzers.Flow;

/// <summary>
/// Tells code that Roslyn's own recursion does not survive: its operation factory overflows the stack, which no one can catch, on a chain of some thousand calls. Chains of
/// binary operators are built iteratively and are fine at any length.
/// </summary>
internal static class SyntaxDepth
{
    private const int Limit = 600;

    // Depth needs text: a chain of n calls has at least four characters each.
    private const int ShortEnough = Limit * 4;

    public static bool IsTooDeep(SyntaxNode root)
    {
        if (root.FullSpan.Length < ShortEnough)
            return false;
        var pending = new Stack<(SyntaxNode Node, int Depth)>();
        pending.Push((root, 0));
        while (pending.Count > 0)
        {
            var (node, depth) = pending.Pop();
            if (depth > Limit)
                return true;
            foreach (var child in node.ChildNodes())
                pending.Push((child, node is BinaryExpressionSyntax && child is BinaryExpressionSyntax ? depth : depth + 1));
        }

        return false;
    }
}
