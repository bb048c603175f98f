using System.Collections.Generic;
using System.Linq;
using LockContext.CodeFixes.Infrastructure;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Simplification;

namespace LockContext.CodeFixes.Flags;

/// <summary>
/// Rewrites a flags argument to one that takes no lock. The first term that asks for reclaim becomes <c>NoLocks</c>, further ones go, and what was
/// spelled out beside them stays: the least change to what somebody wrote, <c>Zero</c> included.
/// </summary>
internal sealed class FlagsRewriter(FlagsEnum flags, SemanticModel model)
{
    private string? _qualifier;
    private int _position;
    private bool _placed;

    /// <summary>The new argument; null if it takes no lock as it is, or cannot be rewritten.</summary>
    public ExpressionSyntax? Rewrite(ExpressionSyntax argument)
    {
        if (argument.ContainsDirectives || model.GetConstantValue(argument) is { HasValue: true, Value: var value } && TakesNoLock(FlagsEnum.ToBits(value)))
            return null;

        _position = argument.SpanStart;
        _qualifier = QualifierIn(argument);
        return Whole(argument)?.WithTriviaFrom(argument);
    }

    /// <summary>The argument to write where there was none, because the parameter is optional.</summary>
    public ExpressionSyntax Name(int position)
    {
        _position = position;
        return Name(flags.NoLocks);
    }

    private bool TakesNoLock(ulong bits) => (bits & flags.NoLocksBits) == flags.NoLocksBits && (bits & flags.Contradicting) == 0;

    private ExpressionSyntax? Whole(ExpressionSyntax expression)
    {
        if (Strip(expression) is ConditionalExpressionSyntax conditional)
        {
            // Each side on its own; alike afterwards they need no condition, if asking it did nothing else.
            var whenTrue = Whole(conditional.WhenTrue) ?? conditional.WhenTrue;
            var whenFalse = Whole(conditional.WhenFalse) ?? conditional.WhenFalse;
            if (SyntaxFactory.AreEquivalent(whenTrue, whenFalse) && conditional.Condition is IdentifierNameSyntax or LiteralExpressionSyntax)
                return whenTrue;

            return conditional
                .WithWhenTrue(whenTrue.WithTriviaFrom(conditional.WhenTrue))
                .WithWhenFalse(whenFalse.WithTriviaFrom(conditional.WhenFalse));
        }

        _placed = TermsOf(expression).Any(t => model.GetConstantValue(t) is { HasValue: true, Value: var v } && TakesNoLock(FlagsEnum.ToBits(v)));
        var rewritten = Term(expression);
        if (rewritten is null)
            return Name(flags.NoLocks);
        if (_placed)
            return SyntaxFactory.AreEquivalent(rewritten, expression) ? null : rewritten;

        var operand = rewritten.WithoutTrailingTrivia();
        return Or(operand is ConditionalExpressionSyntax or AssignmentExpressionSyntax ? SyntaxFactory.ParenthesizedExpression(operand) : operand, Name(flags.NoLocks));
    }

    /// <summary>The term without what asks for a lock; null if nothing is left of it.</summary>
    private ExpressionSyntax? Term(ExpressionSyntax term)
    {
        if (term is BinaryExpressionSyntax { RawKind: (int)SyntaxKind.BitwiseOrExpression } or)
            return Or(or);

        if (model.GetConstantValue(term) is { HasValue: true, Value: var value })
        {
            if (term is ParenthesizedExpressionSyntax inParentheses && TermsOf(term).Skip(1).Any())
                return Parenthesized(inParentheses);

            // A constant of the function stays in use: if it did not, the compiler would complain of it.
            return model.GetSymbolInfo(term).Symbol is ILocalSymbol ? Masked(term) : Constant(term, FlagsEnum.ToBits(value));
        }

        if (term is ParenthesizedExpressionSyntax parenthesized && Strip(term) is BinaryExpressionSyntax { RawKind: (int)SyntaxKind.BitwiseOrExpression })
            return Parenthesized(parenthesized);

        return Masked(term);
    }

    private ExpressionSyntax? Parenthesized(ParenthesizedExpressionSyntax parenthesized) => Term(parenthesized.Expression) switch
    {
        null => null,
        BinaryExpressionSyntax binary => parenthesized.WithExpression(binary),
        var simple => simple.WithTriviaFrom(parenthesized),
    };

    private ExpressionSyntax? Or(BinaryExpressionSyntax or)
    {
        var left = Term(or.Left);
        var right = Term(or.Right);
        if (left is not null && right is not null)
            return or.WithLeft(left).WithRight(right);

        // The comments of what goes are kept beside what stays.
        if (left is not null)
        {
            var comments = Comments(or.OperatorToken).Concat(Comments(or.Right)).ToList();
            if (comments.Count > 0 && left.GetTrailingTrivia() is [.., var end] && end.IsKind(SyntaxKind.EndOfLineTrivia)
                && or.OperatorToken.LeadingTrivia is [var indentation, ..])
                comments[0] = indentation;
            return left.WithTrailingTrivia(left.GetTrailingTrivia().Concat(comments));
        }

        return right?.WithLeadingTrivia(or.GetLeadingTrivia().Concat(Comments(or.Left)).Concat(Comments(or.OperatorToken)).Concat(Comments(right.GetLeadingTrivia())));
    }

    private ExpressionSyntax? Constant(ExpressionSyntax term, ulong bits)
    {
        if (bits == 0)
            return null;
        if ((bits & flags.Contradicting) == 0)
            return term;

        if (flags.NamesOf(bits & ~flags.Contradicting & ~flags.Moot & ~flags.NoLocksBits) is not { } kept)
            return Masked(term);

        var parts = kept.Select(Name).ToList();
        if (!_placed || (bits & flags.NoLocksBits) == flags.NoLocksBits)
            parts.Insert(0, Name(flags.NoLocks));
        _placed = true;
        return parts.Count == 0 ? null : parts.Aggregate(Or).WithTriviaFrom(term);
    }

    /// <summary>A value not known here: what must not be in it is masked away.</summary>
    private ExpressionSyntax Masked(ExpressionSyntax term)
    {
        var surelyClear = SurelyClear(term);
        var mask = (MayHoldNoFail(term) ? flags.Contradicting : flags.Reclaim) & ~surelyClear;
        if (mask == 0 || flags.NamesOf(mask) is not { } names)
            return term;

        var masked = names.Select(Name).Aggregate(Or);
        var operand = term.WithoutTrivia();
        if (operand is not (IdentifierNameSyntax or MemberAccessExpressionSyntax or InvocationExpressionSyntax or ElementAccessExpressionSyntax
            or ParenthesizedExpressionSyntax or CastExpressionSyntax))
            operand = SyntaxFactory.ParenthesizedExpression(operand);

        var complement = SyntaxFactory.PrefixUnaryExpression(SyntaxKind.BitwiseNotExpression,
            masked is BinaryExpressionSyntax ? SyntaxFactory.ParenthesizedExpression(masked) : masked);
        return SyntaxFactory.ParenthesizedExpression(Binary(SyntaxKind.BitwiseAndExpression, operand, complement)).WithTriviaFrom(term);
    }

    /// <summary>Bits that <c>x &amp; constant</c> has cleared already.</summary>
    private ulong SurelyClear(ExpressionSyntax term) => Strip(term) is BinaryExpressionSyntax { RawKind: (int)SyntaxKind.BitwiseAndExpression } and
        ? SurelyClear(and.Left) | SurelyClear(and.Right)
        : model.GetConstantValue(term) is { HasValue: true, Value: var value } ? ~FlagsEnum.ToBits(value) : 0;

    /// <summary>The local was given a value that promises never to fail. Of an unknown value that is not assumed.</summary>
    private bool MayHoldNoFail(ExpressionSyntax term)
    {
        var noFail = flags.Contradicting & ~flags.Reclaim;
        if (model.GetConstantValue(term) is { HasValue: true, Value: var constant })
            return (FlagsEnum.ToBits(constant) & noFail) != 0;

        return model.GetSymbolInfo(Strip(term)).Symbol is ILocalSymbol { DeclaringSyntaxReferences: [var reference] }
            && reference.GetSyntax() is VariableDeclaratorSyntax { Initializer.Value: { } initial } && initial.SyntaxTree == model.SyntaxTree
            && TermsOf(initial).Any(t => model.GetConstantValue(t) is { HasValue: true, Value: var v } && (FlagsEnum.ToBits(v) & noFail) != 0);
    }

    /// <summary>A member, written as the others in the argument are: <c>GfpFlags.X</c>, <c>Memory.GfpFlags.X</c>, <c>X</c>.</summary>
    private ExpressionSyntax Name(IFieldSymbol member)
    {
        var name = SyntaxFactory.IdentifierName(Escape(member.Name));
        if (_qualifier is not null)
        {
            ExpressionSyntax asWritten = _qualifier.Length == 0
                ? name
                : SyntaxFactory.MemberAccessExpression(SyntaxKind.SimpleMemberAccessExpression, SyntaxFactory.ParseExpression(_qualifier), name);
            if (SymbolEqualityComparer.Default.Equals(model.GetSpeculativeSymbolInfo(_position, asWritten, SpeculativeBindingOption.BindAsExpression).Symbol, member))
                return asWritten;
        }

        return SyntaxFactory.MemberAccessExpression(SyntaxKind.SimpleMemberAccessExpression,
            SyntaxFactory.ParseExpression(flags.Type.ToDisplayString(SymbolDisplayFormat.FullyQualifiedFormat)), name).WithAdditionalAnnotations(Simplifier.Annotation);
    }

    private string? QualifierIn(ExpressionSyntax argument)
    {
        foreach (var name in argument.DescendantNodesAndSelf().OfType<IdentifierNameSyntax>())
        {
            if (flags.IsMember(model.GetSymbolInfo(name).Symbol))
                return name.Parent is MemberAccessExpressionSyntax access && access.Name == name ? access.Expression.WithoutTrivia().ToString() : "";
        }

        return null;
    }

    private static string Escape(string name) => SyntaxFacts.GetKeywordKind(name) == SyntaxKind.None ? name : "@" + name;

    public static IEnumerable<ExpressionSyntax> TermsOf(ExpressionSyntax expression)
    {
        expression = Strip(expression);
        return expression is BinaryExpressionSyntax { RawKind: (int)SyntaxKind.BitwiseOrExpression } or
            ? TermsOf(or.Left).Concat(TermsOf(or.Right))
            : [expression];
    }

    private static ExpressionSyntax Strip(ExpressionSyntax expression)
    {
        while (expression is ParenthesizedExpressionSyntax parenthesized)
            expression = parenthesized.Expression;
        return expression;
    }

    private static ExpressionSyntax Or(ExpressionSyntax left, ExpressionSyntax right) => Binary(SyntaxKind.BitwiseOrExpression, left, right);

    private static BinaryExpressionSyntax Binary(SyntaxKind kind, ExpressionSyntax left, ExpressionSyntax right) => SyntaxFactory.BinaryExpression(
        kind, left.WithTrailingTrivia(SyntaxFactory.Space), right.WithLeadingTrivia(SyntaxFactory.Space));

    private IEnumerable<SyntaxTrivia> Comments(SyntaxNode node) => Comments(node.DescendantTrivia());

    private IEnumerable<SyntaxTrivia> Comments(SyntaxToken token) => Comments(token.LeadingTrivia.Concat(token.TrailingTrivia));

    private IEnumerable<SyntaxTrivia> Comments(IEnumerable<SyntaxTrivia> trivia)
    {
        foreach (var t in trivia)
        {
            if (t.IsKind(SyntaxKind.MultiLineCommentTrivia))
            {
                yield return SyntaxFactory.Space;
                yield return t;
            }
            else if (t.IsKind(SyntaxKind.SingleLineCommentTrivia))
            {
                yield return SyntaxFactory.Space;
                yield return t;
                yield return SyntaxFactory.EndOfLine(NewLines.Of(model.SyntaxTree));
            }
        }
    }
}
