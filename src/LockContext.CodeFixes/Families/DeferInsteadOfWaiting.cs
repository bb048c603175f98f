using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using LockContext.Analyzers.Knowledge;
using LockContext.CodeFixes.Failure;
using LockContext.CodeFixes.Flags;
using LockContext.CodeFixes.Frees;
using LockContext.CodeFixes.Infrastructure;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Formatting;

namespace LockContext.CodeFixes.Families;

/// <summary>
/// Takes a wait for a grace period away and defers the frees behind it: by the head in the object where it has one, else by the method that may wait, which is right wherever the wait was.
/// </summary>
/// <remarks>
/// Only where nothing else can have been waited for: every free of the row is deferred by the type that waits, and what follows in the function gives locks back or leaves. What callers rely on
/// cannot be seen here; that is why it is a suggestion.
/// </remarks>
internal sealed class DeferInsteadOfWaiting : Family
{
    public override string Key => "Defer";

    public override async Task<Repair?> TryRepairAsync(Document document, SyntaxAnnotation finding, CancellationToken cancellationToken)
    {
        var root = await document.GetSyntaxRootAsync(cancellationToken).ConfigureAwait(false);
        var model = (await document.GetSemanticModelAsync(cancellationToken).ConfigureAwait(false))!;
        var wait = AllocationCall.InvocationAt(root!.GetAnnotatedNodes(finding).FirstOrDefault());
        if (wait?.Parent is not ExpressionStatementSyntax statement || StatementList.Around(statement) is not { } list
            || model.GetSymbolInfo(wait, cancellationToken).Symbol is not IMethodSymbol { Parameters.IsEmpty: true, ReturnsVoid: true, IsStatic: true } waits)
            return null;

        var row = new List<(ExpressionStatementSyntax Statement, FreeCall Call)>();
        foreach (var next in list.Statements.Skip(list.Index + 1))
        {
            if (next is not ExpressionStatementSyntax { Expression: InvocationExpressionSyntax invocation } free || FreeCall.From(invocation, model, cancellationToken) is not { } call)
                break;
            row.Add((free, call));
        }

        if (row.Count == 0 || list.Statements.Skip(list.Index).Take(row.Count + 1).Any(s => s.ContainsDirectives) || !OnlyLeaves(list.Statements[list.Index + row.Count], model))
            return null;

        var check = await CompileCheck.BeginAsync(document, finding, cancellationToken).ConfigureAwait(false);
        var deferred = new List<StatementSyntax>();
        string? title = null;
        foreach (var (free, call) in row)
        {
            if (DeferredBy(waits.ContainingType, call) is not var (instead, by))
                return null;
            title ??= $"Defer it with '{by.ContainingType.Name}.{by.Name}', and do not wait";
            deferred.Add(free.WithExpression(instead));
        }

        deferred[0] = WithCommentsOf(statement, (ExpressionStatementSyntax)deferred[0], wait);
        var repaired = document.WithSyntaxRoot(list.Replace(root, list.Index, row.Count + 1, deferred));
        return await check.IsCleanAsync(repaired, cancellationToken).ConfigureAwait(false) ? new Repair(repaired, title!) : null;
    }

    /// <summary>The free in the form of the type that waits.</summary>
    private static (InvocationExpressionSyntax Instead, IMethodSymbol By)? DeferredBy(INamedTypeSymbol waiting, FreeCall call)
    {
        if (call is not { Freed: { } freed, CanDoWithoutReceiver: true } || !SymbolEqualityComparer.Default.Equals(call.DeferredBy, waiting))
            return null;

        foreach (var deferring in call.Deferring.Concat(call.DeferringOrWaiting))
        {
            if (DeferFree.Deferred(call, freed, deferring) is { } instead)
                return (instead, deferring);
        }

        return null;
    }

    /// <summary>What is said about the wait is said above the first free, where the wait was; it carries the marks of the wait from now on.</summary>
    private static ExpressionStatementSyntax WithCommentsOf(StatementSyntax wait, ExpressionStatementSyntax first, ExpressionSyntax marked)
    {
        var before = wait.GetLeadingTrivia();
        var indentation = SyntaxFactory.TriviaList(before.Reverse().TakeWhile(t => t.IsKind(SyntaxKind.WhitespaceTrivia)));
        var behind = wait.GetTrailingTrivia().SkipWhile(t => t.IsKind(SyntaxKind.WhitespaceTrivia)).ToList();
        if (behind.Any(IsComment))
            before = before.AddRange(behind.Any(t => t.IsKind(SyntaxKind.EndOfLineTrivia)) ? behind : behind.Append(SyntaxFactory.EndOfLine(NewLines.Of(wait.SyntaxTree)))).AddRange(indentation);
        if (first.GetLeadingTrivia().Any(IsComment))
            before = before.AddRange(first.GetLeadingTrivia().SkipWhile(t => t.IsKind(SyntaxKind.WhitespaceTrivia)));
        return first.WithExpression(marked.CopyAnnotationsTo(first.Expression)!).WithLeadingTrivia(before).WithAdditionalAnnotations(Formatter.Annotation);
    }

    private static bool IsComment(SyntaxTrivia trivia) => trivia.Kind() is SyntaxKind.SingleLineCommentTrivia or SyntaxKind.MultiLineCommentTrivia;

    /// <summary>Whether nothing runs in the function behind the statement but what gives locks back or leaves. The next round of a loop begins anew.</summary>
    private static bool OnlyLeaves(StatementSyntax last, SemanticModel model)
    {
        for (var statement = last; statement is not null; statement = StatementList.Outside(statement))
        {
            if (StatementList.Around(statement) is { } list && !list.Statements.Skip(list.Index + 1).All(s => Leaves(s, model)))
                return false;
            var block = statement.Parent is BlockSyntax inner ? inner.Parent : null;
            if (block is TryStatementSyntax { Finally: { } final } && !final.Block.Statements.All(s => Leaves(s, model)))
                return false;
        }

        return true;
    }

    private static bool Leaves(StatementSyntax statement, SemanticModel model) => statement switch
    {
        ReturnStatementSyntax { Expression: var value } => value is null || Place.IsStable(value),
        BreakStatementSyntax or ContinueStatementSyntax or EmptyStatementSyntax or LocalFunctionStatementSyntax or YieldStatementSyntax(SyntaxKind.YieldBreakStatement) => true,
        BlockSyntax block => block.Statements.All(s => Leaves(s, model)),
        IfStatementSyntax { Else: null } taken => Place.IsStable(taken.Condition) && Leaves(taken.Statement, model),
        ExpressionStatementSyntax { Expression: InvocationExpressionSyntax call } => model.GetSymbolInfo(call).Symbol is IMethodSymbol method && GivesBack(method),
        _ => false,
    };

    private static bool GivesBack(IMethodSymbol method) => Declared.Has(method, "Releases") || FrameworkTable.Instance.Find(method).Any(a => a.Name == "Releases");
}
