using System.Collections.Generic;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace LockContext.CodeFixes.Failure;

/// <summary>Something that holds a result and reads the same each time: a local, a parameter, a field, an element at a fixed index.</summary>
internal sealed class Place
{
    /// <summary>Set if the place is a plain name, which is then compared by meaning: <c>x</c> and <c>this.x</c> are the same.</summary>
    private readonly ISymbol? _symbol;

    private Place(ExpressionSyntax expression, ISymbol? symbol, ITypeSymbol type)
    {
        Expression = expression;
        Type = type;
        _symbol = symbol;
    }

    /// <summary>How to write it.</summary>
    public ExpressionSyntax Expression { get; }

    public ITypeSymbol Type { get; }

    /// <summary>Where the place begins to exist, if that is in the code at hand; a field exists always.</summary>
    public SyntaxNode? Declaration => _symbol is ILocalSymbol { DeclaringSyntaxReferences: [var reference] } ? reference.GetSyntax() : null;

    public static Place? Of(ExpressionSyntax expression, SemanticModel model)
    {
        if (!IsStable(expression) || model.GetTypeInfo(expression).Type is not { TypeKind: not TypeKind.Error } type)
            return null;

        return new Place(expression.WithoutTrivia(), IsPlain(expression) ? model.GetSymbolInfo(expression).Symbol : null, type);
    }

    public static Place? Of(VariableDeclaratorSyntax declarator, SemanticModel model) => model.GetDeclaredSymbol(declarator) is ILocalSymbol local
        ? new Place(SyntaxFactory.IdentifierName(declarator.Identifier.WithoutTrivia()), local, local.Type)
        : null;

    /// <summary>Every mention of the place inside a node, in the order of the text.</summary>
    public IEnumerable<ExpressionSyntax> MentionsIn(SyntaxNode scope, SemanticModel model)
    {
        foreach (var node in scope.DescendantNodes().OfType<ExpressionSyntax>())
        {
            if (node.Parent is MemberAccessExpressionSyntax { Name: var name } && name == node)
                continue;

            if (_symbol is null ? SyntaxFactory.AreEquivalent(node, Expression)
                : IsPlain(node) && NameOf(node) == _symbol.Name && SymbolEqualityComparer.Default.Equals(model.GetSymbolInfo(node).Symbol, _symbol))
                yield return node;
        }
    }

    /// <summary>Reading it twice gives the same value and does nothing else.</summary>
    public static bool IsStable(ExpressionSyntax expression) => expression switch
    {
        IdentifierNameSyntax or ThisExpressionSyntax or BaseExpressionSyntax or LiteralExpressionSyntax or PredefinedTypeSyntax => true,
        MemberAccessExpressionSyntax access => IsStable(access.Expression),
        ElementAccessExpressionSyntax element => IsStable(element.Expression) && element.ArgumentList.Arguments.All(a => IsStable(a.Expression)),
        ParenthesizedExpressionSyntax parenthesized => IsStable(parenthesized.Expression),
        PrefixUnaryExpressionSyntax { RawKind: (int)SyntaxKind.PointerIndirectionExpression } indirection => IsStable(indirection.Operand),
        _ => false,
    };

    private static bool IsPlain(ExpressionSyntax place) => place is IdentifierNameSyntax or MemberAccessExpressionSyntax { Expression: ThisExpressionSyntax };

    private static string NameOf(ExpressionSyntax plain) =>
        plain is MemberAccessExpressionSyntax access ? access.Name.Identifier.ValueText : ((IdentifierNameSyntax)plain).Identifier.ValueText;
}
