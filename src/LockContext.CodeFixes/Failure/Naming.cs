using System.Collections.Generic;
using System.Linq;
using LockContext.CodeFixes.Infrastructure;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Formatting;
using Microsoft.CodeAnalysis.Operations;
using Microsoft.CodeAnalysis.Simplification;

namespace LockContext.CodeFixes.Failure;

/// <summary>
/// Gives a result that is used on the spot a name of its own: <c>Use(Alloc());</c> becomes <c>var p = Alloc(); Use(p);</c>. Only where nothing else moves:
/// the allocation was made exactly once, and nothing that has an effect came before it in the statement.
/// </summary>
internal static class Naming
{
    public static SyntaxNode? Introduce(SyntaxNode root, ResultUse result, SemanticModel model)
    {
        var value = result.Value;
        if (StatementOf(value) is not { } statement || statement.ContainsDirectives)
            return null;

        ExpressionSyntax name;
        StatementSyntax first;
        if (value is AssignmentExpressionSyntax assignment)
        {
            if (!Place.IsStable(assignment.Left))
                return null;

            name = assignment.Left.WithoutTrivia();
            first = SyntaxFactory.ExpressionStatement(value.WithoutTrivia());
        }
        else
        {
            if (model.GetTypeInfo(value).Type is not { TypeKind: not TypeKind.Error, SpecialType: not SpecialType.System_Void } type)
                return null;

            var identifier = SyntaxFactory.Identifier(NewName(value, model));
            name = SyntaxFactory.IdentifierName(identifier);
            first = SyntaxFactory.LocalDeclarationStatement(SyntaxFactory.VariableDeclaration(TypeName(type), SyntaxFactory.SingletonSeparatedList(
                SyntaxFactory.VariableDeclarator(identifier, null, SyntaxFactory.EqualsValueClause(value.WithoutTrivia())))));
        }

        // What was said about the statement was said about the allocation, too, so it stays on top.
        first = first.WithLeadingTrivia(statement.GetLeadingTrivia()).WithAdditionalAnnotations(Formatter.Annotation);
        var rest = statement.ReplaceNode(value, name.WithTriviaFrom(value)).WithLeadingTrivia(SyntaxFactory.ElasticMarker).WithAdditionalAnnotations(Formatter.Annotation);
        return StatementList.Around(statement) is { } list
            ? list.Replace(root, list.Index, 1, [first, rest])
            : root.ReplaceNode(statement, Embed([first, rest]));
    }

    /// <summary>A block in place of an embedded statement.</summary>
    public static BlockSyntax Embed(IEnumerable<StatementSyntax> statements) => SyntaxFactory.Block(statements).WithAdditionalAnnotations(Formatter.Annotation);

    private static StatementSyntax? StatementOf(ExpressionSyntax value)
    {
        var movesOthers = HasEffect(value.ChildNodes().Where(n => n is ArgumentListSyntax));
        SyntaxNode child = value;
        for (var parent = value.Parent; parent is not null; child = parent, parent = parent.Parent)
        {
            var before = parent.ChildNodes().Where(n => n.SpanStart < child.SpanStart).ToList();
            if (HasEffect(before) || movesOthers && before.Count > 0)
                return null;

            switch (parent)
            {
                case StatementSyntax statement:
                    return IsEvaluatedOnceFirst(statement, child) ? statement : null;

                case BinaryExpressionSyntax(SyntaxKind.LogicalAndExpression or SyntaxKind.LogicalOrExpression or SyntaxKind.CoalesceExpression) binary when binary.Right == child:
                case ConditionalExpressionSyntax conditional when conditional.Condition != child:
                case ConditionalAccessExpressionSyntax access when access.WhenNotNull == child:
                case AssignmentExpressionSyntax(SyntaxKind.CoalesceAssignmentExpression):
                case InitializerExpressionSyntax(not SyntaxKind.ArrayInitializerExpression):
                case SwitchExpressionArmSyntax or AnonymousFunctionExpressionSyntax or ArrowExpressionClauseSyntax or QueryClauseSyntax or SelectOrGroupClauseSyntax
                    or CatchFilterClauseSyntax or ConstructorInitializerSyntax or PrimaryConstructorBaseTypeSyntax or MemberDeclarationSyntax:
                    return null;
            }
        }

        return null;
    }

    private static bool IsEvaluatedOnceFirst(StatementSyntax statement, SyntaxNode part) => statement switch
    {
        WhileStatementSyntax or DoStatementSyntax => false,
        ForStatementSyntax loop => part == loop.Declaration || loop.Initializers.Contains(part),
        _ => true,
    };

    private static bool HasEffect(IEnumerable<SyntaxNode> nodes) => nodes.SelectMany(n => n.DescendantNodesAndSelf(d => d is not AnonymousFunctionExpressionSyntax)).Any(n => n
        is InvocationExpressionSyntax or BaseObjectCreationExpressionSyntax or AssignmentExpressionSyntax or AwaitExpressionSyntax or WithExpressionSyntax or QueryExpressionSyntax
        or ThrowExpressionSyntax or PostfixUnaryExpressionSyntax(SyntaxKind.PostIncrementExpression or SyntaxKind.PostDecrementExpression)
        or PrefixUnaryExpressionSyntax(SyntaxKind.PreIncrementExpression or SyntaxKind.PreDecrementExpression)
        or ArgumentSyntax { RefKindKeyword.RawKind: (int)SyntaxKind.RefKeyword or (int)SyntaxKind.OutKeyword });

    private static TypeSyntax TypeName(ITypeSymbol type) => type.TypeKind is TypeKind.Pointer or TypeKind.FunctionPointer || type.SpecialType != SpecialType.None && type.IsValueType
        ? SyntaxFactory.ParseTypeName(type.ToDisplayString(SymbolDisplayFormat.FullyQualifiedFormat)).WithAdditionalAnnotations(Simplifier.Annotation)
        : SyntaxFactory.IdentifierName("var");

    private static string NewName(ExpressionSyntax value, SemanticModel model)
    {
        var basis = value.Parent is ArgumentSyntax argument && model.GetOperation(argument) is IArgumentOperation { Parameter.Name: { Length: > 0 } parameter }
            && SyntaxFacts.GetKeywordKind(parameter) == SyntaxKind.None ? parameter : "memory";
        var taken = new HashSet<string>(Functions.Around(value).DescendantTokens().Where(t => t.IsKind(SyntaxKind.IdentifierToken)).Select(t => t.ValueText));

        // The parameter's own name, where it is written as "name: value", is no use of the name.
        var name = basis;
        for (var i = 2; taken.Contains(name) || !model.LookupSymbols(value.SpanStart, name: name).IsEmpty; i++)
            name = basis + i;
        return name;
    }
}
