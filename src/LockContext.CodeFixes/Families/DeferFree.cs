using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using LockContext.CodeFixes.Flags;
using LockContext.CodeFixes.Frees;
using LockContext.CodeFixes.Infrastructure;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Simplification;

namespace LockContext.CodeFixes.Families;

/// <summary>
/// Leaves a free for later: the method that defers it notes the object in a head inside the object, which needs no memory and takes no lock. Only for objects that have such a
/// head, one and no more: where there is none, somebody has to decide what it may cost.
/// </summary>
internal sealed class DeferFree : Family
{
    public override string Key => "DeferFree";

    public override async Task<Repair?> TryRepairAsync(Document document, SyntaxAnnotation finding, CancellationToken cancellationToken)
    {
        var root = await document.GetSyntaxRootAsync(cancellationToken).ConfigureAwait(false);
        var model = await document.GetSemanticModelAsync(cancellationToken).ConfigureAwait(false);
        var invocation = AllocationCall.InvocationAt(root!.GetAnnotatedNodes(finding).FirstOrDefault());

        if (FreeCall.From(invocation, model!, cancellationToken) is not { Freed: { } freed, CanDoWithoutReceiver: true } call || call.Syntax.ContainsDirectives)
            return null;

        var check = await CompileCheck.BeginAsync(document, finding, cancellationToken).ConfigureAwait(false);
        foreach (var deferring in call.Deferring)
        {
            if (Deferred(call, freed, deferring) is not { } instead)
                continue;

            var deferred = document.WithSyntaxRoot(root!.ReplaceNode(call.Syntax, instead));
            if (await check.IsCleanAsync(deferred, cancellationToken).ConfigureAwait(false))
                return new Repair(deferred, $"Defer it with '{deferring.ContainingType.Name}.{deferring.Name}'");
        }

        return null;
    }

    /// <summary>The call that defers the free; null if the method wants what is not there.</summary>
    public static InvocationExpressionSyntax? Deferred(FreeCall call, ExpressionSyntax freed, IMethodSymbol deferring) => ArgumentsFor(call, freed, deferring) is not { } arguments ? null

        // Changed and not made anew: what marks the node, for this repair or another one, stays on it.
        : call.Syntax
            .WithExpression(call.Syntax.Expression.CopyAnnotationsTo(NameOf(deferring)).WithTriviaFrom(call.Syntax.Expression))
            .WithArgumentList(call.Syntax.ArgumentList.WithArguments(arguments));

    /// <summary>The object, and its head where the method wants one; null if the method wants anything else or the object has no such head.</summary>
    private static SeparatedSyntaxList<ArgumentSyntax>? ArgumentsFor(FreeCall call, ExpressionSyntax freed, IMethodSymbol deferring)
    {
        var needed = deferring.Parameters.Where(p => !p.IsOptional).ToList();
        var first = call.Syntax.ArgumentList.Arguments[0].WithNameColon(null);
        if (needed is [{ RefKind: RefKind.None }])
            return SyntaxFactory.SingletonSeparatedList(first);
        if (needed is not [{ RefKind: RefKind.None }, var head] || HeadOf(call, head) is not { } argument)
            return null;

        return SyntaxFactory.SeparatedList<ArgumentSyntax>(SyntaxFactory.NodeOrTokenList(
            first.WithTrailingTrivia(), SyntaxFactory.Token(SyntaxKind.CommaToken).WithTrailingTrivia(SyntaxFactory.Space), argument.WithTrailingTrivia(freed.GetTrailingTrivia())));
    }

    private static ArgumentSyntax? HeadOf(FreeCall call, IParameterSymbol parameter)
    {
        var headType = parameter.Type is IPointerTypeSymbol { PointedAtType: var pointedAt } ? pointedAt : parameter.Type;
        foreach (var (expression, type) in call.Objects)
        {
            var pointee = (type as IPointerTypeSymbol)?.PointedAtType;
            if (pointee is null && !type.IsReferenceType || call.HeadsIn(pointee ?? type, headType) is not [var field])
                continue;

            var owner = expression.WithoutTrivia();
            ExpressionSyntax head = SyntaxFactory.MemberAccessExpression(
                pointee is null ? SyntaxKind.SimpleMemberAccessExpression : SyntaxKind.PointerMemberAccessExpression,
                owner is CastExpressionSyntax or PrefixUnaryExpressionSyntax ? SyntaxFactory.ParenthesizedExpression(owner) : owner,
                SyntaxFactory.IdentifierName(field.Name));
            if (parameter.Type is IPointerTypeSymbol)
                head = SyntaxFactory.PrefixUnaryExpression(SyntaxKind.AddressOfExpression, head);
            return parameter.RefKind == RefKind.Ref
                ? SyntaxFactory.Argument(null, SyntaxFactory.Token(SyntaxKind.RefKeyword).WithTrailingTrivia(SyntaxFactory.Space), head)
                : SyntaxFactory.Argument(head);
        }

        return null;
    }

    private static MemberAccessExpressionSyntax NameOf(IMethodSymbol method) => SyntaxFactory.MemberAccessExpression(
        SyntaxKind.SimpleMemberAccessExpression,
        SyntaxFactory.ParseExpression(method.ContainingType.ToDisplayString(SymbolDisplayFormat.FullyQualifiedFormat)).WithAdditionalAnnotations(Simplifier.Annotation),
        SyntaxFactory.IdentifierName(method.Name));
}
