using System.Collections.Immutable;
using System.Linq;
using LockContext.CodeFixes.Flags;
using LockContext.CodeFixes.Infrastructure;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace LockContext.CodeFixes.Failure;

/// <summary>What the code around a value that may be null does with it.</summary>
internal enum RoleKind
{
    /// <summary>Nothing: the value is dropped.</summary>
    Dropped,

    /// <summary>Asks whether it is null.</summary>
    Check,

    /// <summary>Is right for null as well.</summary>
    Harmless,

    /// <summary>Hands it to the caller, for whom null means failure too.</summary>
    Returned,

    /// <summary>Keeps it in another place.</summary>
    Stored,

    /// <summary>The mention is no reading but gives the place a new value.</summary>
    Overwritten,

    /// <summary>Dereferences it or passes it on.</summary>
    Used,
}

internal readonly struct Role
{
    private Role(RoleKind kind, ExpressionSyntax value, bool isOneOfSeveral, SyntaxNode? target = null)
    {
        Kind = kind;
        Value = value;
        IsOneOfSeveral = isOneOfSeveral;
        Target = target;
    }

    public RoleKind Kind { get; }

    /// <summary>The value as the code around it sees it: with the casts and parentheses that leave null what it is.</summary>
    public ExpressionSyntax Value { get; }

    /// <summary>Depending on a condition the value is another one: <c>c ? here : other</c>.</summary>
    public bool IsOneOfSeveral { get; }

    /// <summary>Where the value is <see cref="RoleKind.Stored"/>: the assignment, or the variable's declarator.</summary>
    public SyntaxNode? Target { get; }

    public static Role Of(ExpressionSyntax value, SemanticModel model)
    {
        var severally = false;
        while (Outward(value, model, ref severally) is { } outer)
            value = outer;

        var kind = KindOf(value, model, out var target);
        return new Role(kind, value, severally, target);
    }

    private static RoleKind KindOf(ExpressionSyntax value, SemanticModel model, out SyntaxNode? target)
    {
        target = null;
        if (model.GetTypeInfo(value).Type?.SpecialType == SpecialType.System_Boolean && value.Parent is not ExpressionStatementSyntax)
            return RoleKind.Check;

        switch (value.Parent)
        {
            case ExpressionStatementSyntax or ForStatementSyntax:
                return RoleKind.Dropped;

            case ReturnStatementSyntax or YieldStatementSyntax:
                return RoleKind.Returned;

            case ArrowExpressionClauseSyntax or LambdaExpressionSyntax:
                return model.GetEnclosingSymbol(value.SpanStart) is IMethodSymbol function && Functions.ReturnsNothing(function) ? RoleKind.Dropped : RoleKind.Returned;

            // An assertion is no failure path: it is not there in the build that ships.
            case BinaryExpressionSyntax(SyntaxKind.EqualsExpression or SyntaxKind.NotEqualsExpression) test:
                return IsInAssertion(test, model) ? RoleKind.Harmless : RoleKind.Check;
            case IsPatternExpressionSyntax pattern:
                return IsInAssertion(pattern, model) ? RoleKind.Harmless : RoleKind.Check;
            case BinaryExpressionSyntax(SyntaxKind.IsExpression) or SwitchStatementSyntax or SwitchExpressionSyntax:
                return RoleKind.Check;

            case MemberAccessExpressionSyntax { Name.Identifier.ValueText: "HasValue" or "IsNull" or "IsEmpty" or "IsDefault" or "IsInvalid" } access when access.Expression == value:
                return RoleKind.Check;
            case MemberAccessExpressionSyntax { Name.Identifier.ValueText: "GetValueOrDefault" } access when access.Expression == value:
            case ConditionalAccessExpressionSyntax conditional when conditional.Expression == value:
            case BinaryExpressionSyntax(SyntaxKind.CoalesceExpression):
            case PrefixUnaryExpressionSyntax(SyntaxKind.AddressOfExpression):
                return RoleKind.Harmless;

            case AssignmentExpressionSyntax assignment when assignment.Left == value:
                return assignment.IsKind(SyntaxKind.SimpleAssignmentExpression) || assignment.IsKind(SyntaxKind.CoalesceAssignmentExpression) ? RoleKind.Overwritten : RoleKind.Used;
            case AssignmentExpressionSyntax(SyntaxKind.SimpleAssignmentExpression or SyntaxKind.CoalesceAssignmentExpression) assignment:
                if (assignment.Left is IdentifierNameSyntax { Identifier.ValueText: "_" } && model.GetSymbolInfo(assignment.Left).Symbol is null or IDiscardSymbol)
                    return RoleKind.Dropped;
                target = assignment;
                return RoleKind.Stored;
            case EqualsValueClauseSyntax { Parent: VariableDeclaratorSyntax { Parent.Parent: not BaseFieldDeclarationSyntax } declarator }:
                target = declarator;
                return RoleKind.Stored;
            case EqualsValueClauseSyntax:
                return RoleKind.Dropped;

            case ArgumentSyntax { RefKindKeyword.RawKind: (int)SyntaxKind.OutKeyword or (int)SyntaxKind.RefKeyword }:
                return RoleKind.Overwritten;
            case ArgumentSyntax argument when IsNameOf(argument, model) || IsFreedInFinally(argument, model):
                return RoleKind.Harmless;

            default:
                return RoleKind.Used;
        }
    }

    /// <summary>The expression around a value that is null exactly if the value is.</summary>
    private static ExpressionSyntax? Outward(ExpressionSyntax value, SemanticModel model, ref bool severally)
    {
        switch (value.Parent)
        {
            case ParenthesizedExpressionSyntax or CheckedExpressionSyntax or PostfixUnaryExpressionSyntax(SyntaxKind.SuppressNullableWarningExpression):
            case CastExpressionSyntax cast when !model.GetConversion(cast).IsUserDefined && model.GetSymbolInfo(cast).Symbol is null:
            case BinaryExpressionSyntax(SyntaxKind.AsExpression):
            case ConditionalAccessExpressionSyntax conditional when conditional.WhenNotNull == value:
                return (ExpressionSyntax)value.Parent;

            case ConditionalExpressionSyntax choice when choice.Condition != value:
            case BinaryExpressionSyntax(SyntaxKind.CoalesceExpression) coalesce when coalesce.Right == value:
                severally = true;
                return (ExpressionSyntax)value.Parent;

            default:
                return null;
        }
    }

    /// <summary>Inside an argument of a <c>[Conditional]</c> method, as <c>Debug.Assert</c> is.</summary>
    private static bool IsInAssertion(ExpressionSyntax test, SemanticModel model) => test.Ancestors().TakeWhile(n => n is not StatementSyntax).OfType<InvocationExpressionSyntax>()
        .Any(call => model.GetSymbolInfo(call).Symbol is IMethodSymbol method && method.GetAttributes().Any(a => a.AttributeClass is { Name: "ConditionalAttribute" }));

    private static bool IsNameOf(ArgumentSyntax argument, SemanticModel model) =>
        argument.Parent?.Parent is InvocationExpressionSyntax { Expression: IdentifierNameSyntax { Identifier.ValueText: "nameof" } } call && model.GetSymbolInfo(call).Symbol is null;

    /// <summary>A <c>finally</c> runs before the allocation was made, too, so what frees the memory there has to accept null already.</summary>
    private static bool IsFreedInFinally(ArgumentSyntax argument, SemanticModel model) =>
        argument.Parent?.Parent is InvocationExpressionSyntax call
        && model.GetSymbolInfo(call).Symbol is IMethodSymbol method
        && (Declared.Has(method, "Frees") || method.Name.StartsWith("Free", System.StringComparison.Ordinal))
        && call.Ancestors().TakeWhile(n => !Functions.IsFunction(n)).Any(n => n is FinallyClauseSyntax);
}
