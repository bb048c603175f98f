using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace LockContext.CodeFixes.Failure;

/// <summary>The function (method, accessor, local function, lambda, top-level program) that a piece of code belongs to.</summary>
internal static class Functions
{
    /// <summary>The declaration of the function around a node.</summary>
    public static SyntaxNode Around(SyntaxNode node) => node.Ancestors().First(IsFunction);

    public static bool IsFunction(SyntaxNode node) => node is BaseMethodDeclarationSyntax or AccessorDeclarationSyntax or LocalFunctionStatementSyntax
        or AnonymousFunctionExpressionSyntax or BasePropertyDeclarationSyntax or BaseTypeDeclarationSyntax or CompilationUnitSyntax;

    /// <summary>Does a <c>return</c> of this function carry no value?</summary>
    public static bool ReturnsNothing(IMethodSymbol function) => function.ReturnsVoid || function.IsAsync && ResultOf(function) is null;

    /// <summary>The type of the values that <c>return</c> takes: inside a task if the function is async.</summary>
    public static ITypeSymbol? ResultOf(IMethodSymbol function)
    {
        if (function.ReturnsVoid)
            return null;

        // Top-level programs are async without saying so.
        var isAsync = function.IsAsync || function.Name == WellKnownMemberNames.TopLevelStatementsEntryPointMethodName && IsTaskLike(function.ReturnType);
        if (!isAsync)
            return function.ReturnType;

        return function.ReturnType is INamedTypeSymbol { TypeArguments: [var result] } ? result : null;
    }

    /// <summary>The function has a <c>yield</c> of its own.</summary>
    public static bool IsIterator(SyntaxNode function) => function
        .DescendantNodes(n => n == function || !IsFunction(n))
        .Any(n => n is YieldStatementSyntax);

    public static bool IsTaskLike(ITypeSymbol type) => type is INamedTypeSymbol { Name: "Task" or "ValueTask" }
        && type.ContainingNamespace?.ToDisplayString() == "System.Threading.Tasks";
}
