using System.Linq;
using LockContext.CodeFixes.Infrastructure;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Formatting;

namespace LockContext.CodeFixes.Failure;

/// <summary>Gives a function that is a single expression a body in which there is room for a statement.</summary>
internal static class BlockBody
{
    /// <summary>The tree with the body expanded; null if the expression is not the body of a function.</summary>
    public static SyntaxNode? Expand(SyntaxNode root, ExpressionSyntax inside, SemanticModel model)
    {
        var body = inside.Ancestors().TakeWhile(n => n is not StatementSyntax and not MemberDeclarationSyntax)
            .FirstOrDefault(n => n is ArrowExpressionClauseSyntax or LambdaExpressionSyntax { ExpressionBody: not null });
        if (body is null || body.ContainsDirectives || model.GetEnclosingSymbol(inside.SpanStart) is not IMethodSymbol function)
            return null;

        if (body is LambdaExpressionSyntax lambda)
        {
            var block = Block(lambda.ExpressionBody!, function, SyntaxFactory.Token(SyntaxKind.SemicolonToken));

            // The formatter leaves a lambda on one line if it can.
            var newLine = SyntaxFactory.EndOfLine(NewLines.Of(inside.SyntaxTree));
            block = block.WithOpenBraceToken(block.OpenBraceToken.WithTrailingTrivia(newLine))
                .WithStatements(SyntaxFactory.SingletonList(block.Statements[0].WithTrailingTrivia(newLine)));
            return root.ReplaceNode(lambda, lambda.WithBody(block).WithAdditionalAnnotations(Formatter.Annotation));
        }

        var arrow = (ArrowExpressionClauseSyntax)body;
        return arrow.Parent is { } declaration && WithBlock(declaration, semicolon => Block(arrow.Expression, function, semicolon)) is { } expanded
            ? root.ReplaceNode(declaration, expanded.WithAdditionalAnnotations(Formatter.Annotation))
            : null;
    }

    private static BlockSyntax Block(ExpressionSyntax expression, IMethodSymbol function, SyntaxToken semicolon)
    {
        // The comment behind "=> expression;" stays behind the statement.
        var value = expression.WithLeadingTrivia(SyntaxFactory.ElasticMarker);
        StatementSyntax statement = Functions.ReturnsNothing(function)
            ? SyntaxFactory.ExpressionStatement(value, semicolon)
            : SyntaxFactory.ReturnStatement(SyntaxFactory.Token(SyntaxKind.ReturnKeyword), value, semicolon);
        return SyntaxFactory.Block(statement.WithLeadingTrivia(
            expression.GetLeadingTrivia().Where(t => !t.IsKind(SyntaxKind.WhitespaceTrivia) && !t.IsKind(SyntaxKind.EndOfLineTrivia)).Prepend(SyntaxFactory.ElasticMarker)));
    }

    private static SyntaxNode? WithBlock(SyntaxNode declaration, System.Func<SyntaxToken, BlockSyntax> block)
    {
        var none = default(SyntaxToken);
        switch (declaration)
        {
            case BaseMethodDeclarationSyntax method:
                return method.WithExpressionBody(null).WithSemicolonToken(none).WithBody(block(method.SemicolonToken));
            case LocalFunctionStatementSyntax function:
                return function.WithExpressionBody(null).WithSemicolonToken(none).WithBody(block(function.SemicolonToken));
            case AccessorDeclarationSyntax accessor:
                return accessor.WithExpressionBody(null).WithSemicolonToken(none).WithBody(block(accessor.SemicolonToken));
            case PropertyDeclarationSyntax property:
                return property.WithExpressionBody(null).WithSemicolonToken(none).WithAccessorList(Getter(block(property.SemicolonToken)));
            case IndexerDeclarationSyntax indexer:
                return indexer.WithExpressionBody(null).WithSemicolonToken(none).WithAccessorList(Getter(block(indexer.SemicolonToken)));
            default:
                return null;
        }
    }

    private static AccessorListSyntax Getter(BlockSyntax body) => SyntaxFactory.AccessorList(
        SyntaxFactory.SingletonList(SyntaxFactory.AccessorDeclaration(SyntaxKind.GetAccessorDeclaration, body)));
}
