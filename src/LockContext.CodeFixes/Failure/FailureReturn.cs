using System.Collections.Generic;
using System.Linq;
using LockContext.CodeFixes.Infrastructure;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Simplification;

namespace LockContext.CodeFixes.Failure;

/// <summary>How a function is left when an allocation in it has failed.</summary>
internal static class FailureReturn
{
    /// <summary>The statements that leave the function; null if it returns something of which no failing value is known.</summary>
    public static IReadOnlyList<StatementSyntax>? From(StatementSyntax statement, SemanticModel model)
    {
        if (model.GetEnclosingSymbol(statement.SpanStart) is not IMethodSymbol function)
            return null;

        var statements = UnassignedOutParameters(function, statement, model)
            .Select(name => (StatementSyntax)SyntaxFactory.ExpressionStatement(SyntaxFactory.AssignmentExpression(
                SyntaxKind.SimpleAssignmentExpression, SyntaxFactory.IdentifierName(name), SyntaxFactory.LiteralExpression(SyntaxKind.DefaultLiteralExpression))))
            .ToList();

        if (Functions.IsIterator(Functions.Around(statement)))
            statements.Add(SyntaxFactory.YieldStatement(SyntaxKind.YieldBreakStatement));
        else if (Functions.ResultOf(function) is not { } result)
            statements.Add(SyntaxFactory.ReturnStatement());
        else if (function.ReturnsByRef || function.ReturnsByRefReadonly)
            return null;
        else
            statements.Add(SyntaxFactory.ReturnStatement(FailingValue(result, model.GetNullableContext(statement.SpanStart))));

        return statements;
    }

    private static ExpressionSyntax FailingValue(ITypeSymbol type, NullableContext nullable)
    {
        if (type.SpecialType == SpecialType.System_Boolean)
            return Literal(SyntaxKind.FalseLiteralExpression);

        // A null task would be a failure of another kind.
        if (Functions.IsTaskLike(type) && type is INamedTypeSymbol { Name: "Task" } task)
        {
            return task.TypeArguments is [var inner]
                ? SyntaxFactory.InvocationExpression(
                    Shortened($"global::System.Threading.Tasks.Task.FromResult<{inner.ToDisplayString(SymbolDisplayFormat.FullyQualifiedFormat)}>"),
                    SyntaxFactory.ArgumentList(SyntaxFactory.SingletonSeparatedList(SyntaxFactory.Argument(FailingValue(inner, nullable)))))
                : Shortened("global::System.Threading.Tasks.Task.CompletedTask");
        }

        if (type.TypeKind is TypeKind.Pointer or TypeKind.FunctionPointer || type.OriginalDefinition.SpecialType == SpecialType.System_Nullable_T)
            return Literal(SyntaxKind.NullLiteralExpression);

        var saysNotNull = nullable.AnnotationsEnabled() && type.NullableAnnotation == NullableAnnotation.NotAnnotated;
        if (type.IsReferenceType)
            return saysNotNull ? Suppressed(SyntaxKind.NullLiteralExpression) : Literal(SyntaxKind.NullLiteralExpression);

        return type.TypeKind == TypeKind.TypeParameter && !type.IsValueType && saysNotNull
            ? Suppressed(SyntaxKind.DefaultLiteralExpression)
            : Literal(SyntaxKind.DefaultLiteralExpression);
    }

    /// <summary>A return has to have given them a value.</summary>
    private static IEnumerable<string> UnassignedOutParameters(IMethodSymbol function, StatementSyntax statement, SemanticModel model)
    {
        var outs = function.Parameters.Where(p => p.RefKind == RefKind.Out).ToList();
        if (outs.Count == 0)
            return [];

        var assigned = model.AnalyzeDataFlow(statement) is { Succeeded: true } flow ? flow.DefinitelyAssignedOnExit : [];
        return outs.Where(p => !assigned.Contains(p, SymbolEqualityComparer.Default)).Select(p => p.Name);
    }

    private static ExpressionSyntax Shortened(string name) => SyntaxFactory.ParseExpression(name).WithAdditionalAnnotations(Simplifier.Annotation);

    private static LiteralExpressionSyntax Literal(SyntaxKind kind) => SyntaxFactory.LiteralExpression(kind);

    private static PostfixUnaryExpressionSyntax Suppressed(SyntaxKind kind) =>
        SyntaxFactory.PostfixUnaryExpression(SyntaxKind.SuppressNullableWarningExpression, Literal(kind));
}
