using System.Linq;
using LockContext.CodeFixes.Infrastructure;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace LockContext.CodeFixes.Failure;

/// <summary>
/// Does a null check protect a later use? Decided by the shape of the code: the check asks before, on every way to the use, and its failing side does
/// not run on into the use. A check of another shape is believed, since a needless second check is worse to read than a missing one is likely.
/// </summary>
internal static class Guards
{
    /// <param name="check">The mention that asks, or that gives the place a new value.</param>
    /// <param name="use">A later mention.</param>
    public static bool Covers(ExpressionSyntax check, ExpressionSyntax use)
    {
        if (check.SpanStart >= use.SpanStart)
            return false;

        SyntaxNode inner = check;
        foreach (var outer in check.Ancestors())
        {
            switch (outer)
            {
                // p != null && use(p); p == null ? null : use(p)
                case BinaryExpressionSyntax(SyntaxKind.LogicalAndExpression or SyntaxKind.LogicalOrExpression) binary when binary.Left == inner && binary.Right.Span.Contains(use.Span):
                case ConditionalExpressionSyntax conditional when conditional.Condition == inner && conditional.Span.Contains(use.Span):
                    return true;

                case IfStatementSyntax branch when branch.Condition == inner:
                    return branch.Span.Contains(use.Span) || (Leaves(branch.Statement) || branch.Else is { } other && Leaves(other.Statement) || Overwrites(branch, check)) && Dominates(branch, use);

                case StatementSyntax statement:
                    return statement.Span.Contains(use.Span) || Dominates(statement, use);

                // The arms of a switch expression, the body of a lambda.
                case AnonymousFunctionExpressionSyntax or ArrowExpressionClauseSyntax:
                    return outer.Span.Contains(use.Span);
            }

            inner = outer;
        }

        return false;
    }

    /// <summary>Whoever reaches the use came past the statement.</summary>
    private static bool Dominates(StatementSyntax statement, SyntaxNode use)
    {
        // Of "else if", the first "if" is not passed when its own condition holds.
        var scope = statement.Parent is GlobalStatementSyntax ? statement.Parent.Parent : statement.Parent;
        return scope is BlockSyntax or SwitchSectionSyntax or CompilationUnitSyntax or LabeledStatementSyntax && Scope(scope).Span.Contains(use.Span);
    }

    /// <summary>A plain block is passed with what is around it, and so is a <c>try</c> that is not left by a <c>catch</c>.</summary>
    private static SyntaxNode Scope(SyntaxNode scope)
    {
        while (scope is BlockSyntax or LabeledStatementSyntax or UnsafeStatementSyntax or CheckedStatementSyntax or LockStatementSyntax or UsingStatementSyntax
            or FixedStatementSyntax or TryStatementSyntax)
        {
            if (scope.Parent is not (BlockSyntax or LabeledStatementSyntax or SwitchSectionSyntax or UnsafeStatementSyntax or CheckedStatementSyntax
                or LockStatementSyntax or UsingStatementSyntax or FixedStatementSyntax)
                && !(scope.Parent is TryStatementSyntax attempt && attempt.Block == scope && attempt.Catches.All(c => Leaves(c.Block))))
                break;

            scope = scope.Parent;
        }

        return scope;
    }

    /// <summary>Ends in a <c>return</c> or <c>throw</c>.</summary>
    public static bool LeavesFunction(StatementSyntax statement) => statement switch
    {
        BlockSyntax block => block.Statements.LastOrDefault() is { } last && LeavesFunction(last),
        ReturnStatementSyntax or ThrowStatementSyntax or YieldStatementSyntax(SyntaxKind.YieldBreakStatement) => true,
        _ => false,
    };

    private static bool Leaves(StatementSyntax statement) => statement switch
    {
        BlockSyntax block => block.Statements.LastOrDefault() is { } last && Leaves(last),
        ReturnStatementSyntax or ThrowStatementSyntax or BreakStatementSyntax or ContinueStatementSyntax or GotoStatementSyntax => true,
        YieldStatementSyntax(SyntaxKind.YieldBreakStatement) => true,
        IfStatementSyntax { Else: { } other } branch => Leaves(branch.Statement) && Leaves(other.Statement),
        UnsafeStatementSyntax { Block: var block } => Leaves(block),
        LockStatementSyntax { Statement: var body } => Leaves(body),
        ExpressionStatementSyntax { Expression: InvocationExpressionSyntax call } => IsThrowHelper(call),
        _ => false,
    };

    private static bool IsThrowHelper(InvocationExpressionSyntax call) =>
        (call.Expression is MemberAccessExpressionSyntax access ? access.Name : call.Expression) is SimpleNameSyntax { Identifier.ValueText: var name }
        && (name.StartsWith("Throw", System.StringComparison.Ordinal) || name is "FailFast" or "Exit");

    /// <summary>A branch gives the place another value: <c>if (p == null) p = fallback;</c>.</summary>
    private static bool Overwrites(IfStatementSyntax branch, ExpressionSyntax place) => branch.DescendantNodes().OfType<AssignmentExpressionSyntax>()
        .Any(a => a.SpanStart > branch.Condition.Span.End && SyntaxFactory.AreEquivalent(a.Left, place));
}
