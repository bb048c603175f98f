using System;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using LockContext.CodeFixes.Failure;
using LockContext.CodeFixes.Flags;
using LockContext.CodeFixes.Infrastructure;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Formatting;

namespace LockContext.CodeFixes.Families;

/// <summary>
/// Makes an allocation take no lock, and gives it a failure path where its result is used as if it could not fail: without a lock an allocation fails
/// whenever the lists at hand are empty, so the flag alone would turn a late wait into an early crash.
/// </summary>
internal sealed class UseNoLocks : Family
{
    /// <summary>An expression body is expanded, the result is named, its statement gets a block of its own, the path is added; then it must be right.</summary>
    private const int MostSteps = 5;

    public override string Key => "NoLocks";

    public override async Task<Repair?> TryRepairAsync(Document document, SyntaxAnnotation finding, CancellationToken cancellationToken)
    {
        var root = await document.GetSyntaxRootAsync(cancellationToken).ConfigureAwait(false);
        var model = await document.GetSemanticModelAsync(cancellationToken).ConfigureAwait(false);
        if (Invocation(root!, finding) is not { } invocation
            || AllocationCall.From(invocation, model!, cancellationToken) is not { } call
            || !SurelyOrderZero.Holds(call, model!.Compilation, cancellationToken)
            || HandsOutMemoryUnseen(call)
            || WithNoLocks(root!, call, model) is not { } withNoLocks)
            return null;

        var check = await CompileCheck.BeginAsync(document, finding, cancellationToken).ConfigureAwait(false);
        var title = $"Use '{call.Flags.Type.Name}.{call.Flags.NoLocks.Name}'";
        document = document.WithSyntaxRoot(withNoLocks);

        if (!ResultMayBeUsed(call, model, cancellationToken))
            return await check.IsCleanAsync(document, cancellationToken).ConfigureAwait(false) ? new Repair(document, title) : null;

        for (var step = 0; step < MostSteps; step++)
        {
            root = await document.GetSyntaxRootAsync(cancellationToken).ConfigureAwait(false);
            model = await document.GetSemanticModelAsync(cancellationToken).ConfigureAwait(false);
            invocation = Invocation(root!, finding)!;
            if (ResultUse.Of(invocation, model!, cancellationToken) is not { } result)
                return null;

            if (!result.NeedsFailurePath)
                return await check.IsCleanAsync(document, cancellationToken).ConfigureAwait(false) ? new Repair(document, title) : null;

            if (Prepare(root!, result, model!) is { } prepared)
            {
                document = document.WithSyntaxRoot(prepared);
                continue;
            }

            foreach (var candidate in FailurePath.Candidates(root!, model!, result, Finding.EnteredAt(root!, finding), PrefersBraces(document, root!.SyntaxTree)))
            {
                var repaired = document.WithSyntaxRoot(candidate);
                if (await check.IsCleanAsync(repaired, cancellationToken).ConfigureAwait(false))
                    return new Repair(repaired, title + " and handle failure");
            }

            return null;
        }

        return null;
    }

    private static InvocationExpressionSyntax? Invocation(SyntaxNode root, SyntaxAnnotation finding) =>
        AllocationCall.InvocationAt(root.GetAnnotatedNodes(finding).FirstOrDefault());

    /// <summary>The memory comes by an <c>out</c> parameter, and nobody looks at a result that would say whether it did.</summary>
    private static bool HandsOutMemoryUnseen(AllocationCall call) =>
        call.Arguments.Any(a => a.Parameter is { RefKind: RefKind.Out or RefKind.Ref }) && (call.Method.ReturnsVoid || call.Syntax.Parent is ExpressionStatementSyntax);

    private static SyntaxNode? WithNoLocks(SyntaxNode root, AllocationCall call, SemanticModel model)
    {
        var rewriter = new FlagsRewriter(call.Flags, model);
        if (call.FlagsArgument is { } argument)
            return rewriter.Rewrite(argument.Expression) is { } flags ? root.ReplaceNode(argument.Expression, flags) : null;

        var added = SyntaxFactory.Argument(rewriter.Name(call.Syntax.SpanStart));
        var arguments = call.Syntax.ArgumentList.Arguments;
        if (arguments.Count != call.FlagsParameter.Ordinal || arguments.Any(a => a.NameColon is not null))
            added = added.WithNameColon(SyntaxFactory.NameColon(call.FlagsParameter.Name));
        return root.ReplaceNode(call.Syntax, call.Syntax.AddArgumentListArguments(added.WithAdditionalAnnotations(Formatter.Annotation)));
    }

    /// <summary>
    /// Is the result memory? Of a method that only passes its flags on that is known only by its type; what it does with other results it does itself,
    /// and <see cref="SurelyOrderZero"/> has seen that it copes.
    /// </summary>
    private static bool ResultMayBeUsed(AllocationCall call, SemanticModel model, CancellationToken cancellationToken)
    {
        var type = model.GetTypeInfo(call.Syntax, cancellationToken).Type;
        return type is not null && (call.Allocates
            ? type.SpecialType != SpecialType.System_Void
            : type.TypeKind == TypeKind.Pointer || type.IsReferenceType || type.SpecialType is SpecialType.System_IntPtr or SpecialType.System_UIntPtr);
    }

    /// <summary>Brings the code into a shape that a failure path can be added to; null if it is in it.</summary>
    private static SyntaxNode? Prepare(SyntaxNode root, ResultUse result, SemanticModel model)
    {
        if (result.NeedsName)
            return BlockBody.Expand(root, result.Value, model) ?? Naming.Introduce(root, result, model);

        return result.Statement is { } statement && StatementList.Around(statement) is null
            ? root.ReplaceNode(statement, Naming.Embed([statement]))
            : null;
    }

    private static bool PrefersBraces(Document document, SyntaxTree tree) =>
        document.Project.AnalyzerOptions.AnalyzerConfigOptionsProvider.GetOptions(tree).TryGetValue("csharp_prefer_braces", out var value)
        && value.StartsWith("true", StringComparison.OrdinalIgnoreCase);
}
