using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using LockContext.CodeFixes.Flags;
using LockContext.CodeFixes.Frees;
using LockContext.CodeFixes.Infrastructure;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace LockContext.CodeFixes.Families;

/// <summary>Makes a free take no lock: the method that its declaration names, with the same arguments.</summary>
internal sealed class FreeWithoutLocks : Family
{
    public override string Key => "FreeWithoutLocks";

    public override async Task<Repair?> TryRepairAsync(Document document, SyntaxAnnotation finding, CancellationToken cancellationToken)
    {
        var root = await document.GetSyntaxRootAsync(cancellationToken).ConfigureAwait(false);
        var model = await document.GetSemanticModelAsync(cancellationToken).ConfigureAwait(false);
        var invocation = AllocationCall.InvocationAt(root!.GetAnnotatedNodes(finding).FirstOrDefault());
        if (FreeCall.From(invocation, model!, cancellationToken) is not { WithoutLocks: { } instead } call || NameIn(call.Syntax.Expression) is not { } name)
            return null;

        var check = await CompileCheck.BeginAsync(document, finding, cancellationToken).ConfigureAwait(false);
        var renamed = document.WithSyntaxRoot(root!.ReplaceToken(name, SyntaxFactory.Identifier(instead.Name).WithTriviaFrom(name)));
        return await check.IsCleanAsync(renamed, cancellationToken).ConfigureAwait(false) ? new Repair(renamed, $"Use '{instead.Name}'") : null;
    }

    private static SyntaxToken? NameIn(ExpressionSyntax invoked) => invoked switch
    {
        IdentifierNameSyntax name => name.Identifier,
        MemberAccessExpressionSyntax { Name: IdentifierNameSyntax name } => name.Identifier,
        MemberBindingExpressionSyntax { Name: IdentifierNameSyntax name } => name.Identifier,
        _ => null,
    };
}
