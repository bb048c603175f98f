using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using LockContext.CodeFixes.Infrastructure;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Formatting;

namespace LockContext.CodeFixes.Failure;

/// <summary>
/// The shapes of a failure path, for a result that has a name and sits in a statement list:
/// leave (<c>if (p == null) return;</c>), skip (<c>if (p != null) { ... }</c> around the statements up to the release), or clean up and leave.
/// </summary>
internal sealed class FailurePath
{
    private readonly SyntaxNode _root;
    private readonly SemanticModel _model;
    private readonly ResultUse _result;
    private readonly StatementSyntax _statement;
    private readonly StatementList _list;
    private readonly ImmutableArray<PendingCleanup> _pending;
    private readonly bool _braces;
    private readonly SyntaxNode? _entered;

    private FailurePath(
        SyntaxNode root, SemanticModel model, ResultUse result, StatementSyntax statement, StatementList list, SyntaxNode? entered, bool braces)
    {
        _entered = entered;
        _braces = braces;
        _root = root;
        _model = model;
        _result = result;
        _statement = statement;
        _list = list;
        _pending = PendingCleanup.After(statement, result, model);
    }

    /// <summary>The tree with a failure path, in every shape that is right here, best first. Whether it compiles is for the caller to see.</summary>
    /// <param name="root">The tree.</param>
    /// <param name="model">Its meaning.</param>
    /// <param name="result">The result of the allocation.</param>
    /// <param name="entered">What took the lock that is held here, if it is known.</param>
    /// <param name="braces">A single statement gets braces, too.</param>
    public static IEnumerable<SyntaxNode> Candidates(SyntaxNode root, SemanticModel model, ResultUse result, SyntaxNode? entered, bool braces)
    {
        if (result is not { Place: not null, Statement: { } statement } || StatementList.Around(statement) is not { } list)
            return [];

        var path = new FailurePath(root, model, result, statement, list, entered, braces);
        return path.Ordered().Where(candidate => candidate is not null)!;
    }

    private IEnumerable<SyntaxNode?> Ordered()
    {
        if (_pending.IsEmpty && ReleaseIsUnknown)
        {
            yield return Skip(onlyUses: true);
            yield break;
        }

        if (_pending.IsEmpty)
        {
            // Giving up one round is better than giving up a service's loop.
            if (IsInEndlessLoop() && ReturnsNothing)
                yield return Skip();
            yield return Leave([]);
            yield return Skip();
            yield break;
        }

        // Where the caller is told of success, skipping would go on and report it.
        if (ReturnsNothing || ReturnsResult)
        {
            yield return Skip();
            yield return CleanUpAndLeave();
        }
        else
        {
            yield return CleanUpAndLeave();
            yield return Skip();
        }
    }

    /// <summary>
    /// A lock was taken in this function, and neither <c>lock</c>, <c>using</c> nor <c>finally</c> releases it, nor anything that looks like a release.
    /// So something does that looks different, and it must not be skipped.
    /// </summary>
    private bool ReleaseIsUnknown => _entered is not null && _entered.SpanStart < _statement.SpanStart
        && Functions.Around(_entered) == Functions.Around(_statement)
        && !_entered.AncestorsAndSelf().TakeWhile(n => !Functions.IsFunction(n)).Any(n => n is LockStatementSyntax or UsingStatementSyntax or LocalDeclarationStatementSyntax { UsingKeyword.RawKind: not 0 })
        && !_statement.Ancestors().TakeWhile(n => !Functions.IsFunction(n)).Any(n => n is TryStatementSyntax { Finally: not null } attempt && attempt.Block.Span.Contains(_statement.Span));

    private bool ReturnsNothing => _model.GetEnclosingSymbol(_statement.SpanStart) is IMethodSymbol function
        && (Functions.ReturnsNothing(function) || Functions.IsIterator(Functions.Around(_statement)));

    private bool ReturnsResult => Functions.Around(_statement).DescendantNodes().OfType<ReturnStatementSyntax>()
        .Where(r => r.SpanStart > _statement.Span.End && Functions.Around(r) == Functions.Around(_statement))
        .All(r => _result.Place!.MentionsIn(r, _model).Any());

    private SyntaxNode? CleanUpAndLeave() => _pending.Any(p => p.Copy.IsEmpty) ? null : Leave(_pending.SelectMany(p => p.Copy));

    private SyntaxNode? Leave(IEnumerable<StatementSyntax> first)
    {
        if (FailureReturn.From(_statement, _model) is not { } leaving || NullTest.Failed(_result.Place!.Type, _result.Place.Expression) is not { } failed)
            return null;

        var statements = first.Select(Copy).Concat(leaving).ToList();
        var body = statements is [var single] && !_braces ? single : SyntaxFactory.Block(statements);
        return _list.Replace(_root, _list.Index + 1, 0, [Added(SyntaxFactory.IfStatement(failed, body))]);
    }

    private SyntaxNode? Skip(bool onlyUses = false)
    {
        var from = _list.Index + 1;
        var to = _list.Statements.Length;
        var cleanup = _pending.Select(p => _list.Statements.IndexOf(p.Statement)).FirstOrDefault(i => i >= 0);
        if (cleanup > 0)
            to = cleanup;
        else if (to > from && IsJump(_list.Statements[to - 1]) && !_result.Unchecked.Any(u => _list.Statements[to - 1].Span.Contains(u.Span)))
            to--;

        if (onlyUses)
        {
            // A row of statements about the memory and nothing else.
            bool Mentions(StatementSyntax s) => _result.Place!.MentionsIn(s, _model).Any();
            while (from < to && !Mentions(_list.Statements[from]))
                from++;
            to = from + _list.Statements.Skip(from).TakeWhile(Mentions).Count();
        }

        if (to <= from || NullTest.Succeeded(_result.Place!.Type, _result.Place.Expression) is not { } succeeded)
            return null;

        var skipped = _list.Statements.Skip(from).Take(to - from).ToList();
        if (!_result.Unchecked.All(use => skipped.Any(s => s.Span.Contains(use.Span))))
            return null;

        // A "using" would end earlier, a directive would be torn from its other half, and an endless loop would not end at all.
        if (skipped.Any(s => s is LocalDeclarationStatementSyntax { UsingKeyword.RawKind: not 0 } || s.ContainsDirectives)
            || IsInEndlessLoop() && skipped.Any(s => s.DescendantNodesAndSelf().Any(n => n is BreakStatementSyntax or ReturnStatementSyntax or GotoStatementSyntax)))
            return null;

        var (blankLines, own) = SplitBlankLines(skipped[0].GetLeadingTrivia());
        skipped[0] = skipped[0].WithLeadingTrivia(own);
        var wrapped = Added(SyntaxFactory.IfStatement(succeeded, SyntaxFactory.Block(skipped)));
        return _list.Replace(_root, from, to - from, [blankLines.Count > 0 ? wrapped.WithLeadingTrivia(blankLines) : wrapped]);
    }

    /// <summary>Without the annotations of the original, which mark it as what was reported.</summary>
    private static StatementSyntax Copy(StatementSyntax statement) => SyntaxFactory.ParseStatement(statement.ToString());

    private static StatementSyntax Added(StatementSyntax statement) => statement.WithAdditionalAnnotations(Formatter.Annotation);

    private bool IsInEndlessLoop() => _statement.Ancestors().TakeWhile(n => !Functions.IsFunction(n)).Any(n => n
        is WhileStatementSyntax { Condition: LiteralExpressionSyntax(SyntaxKind.TrueLiteralExpression) }
        or DoStatementSyntax { Condition: LiteralExpressionSyntax(SyntaxKind.TrueLiteralExpression) }
        or ForStatementSyntax { Condition: null or LiteralExpressionSyntax(SyntaxKind.TrueLiteralExpression) });

    private static bool IsJump(StatementSyntax statement) => statement is ReturnStatementSyntax or BreakStatementSyntax or ContinueStatementSyntax
        or GotoStatementSyntax or ThrowStatementSyntax or YieldStatementSyntax(SyntaxKind.YieldBreakStatement);

    /// <summary>The blank lines stay before the <c>if</c>, comments go with the statement they are about.</summary>
    private static (SyntaxTriviaList BlankLines, SyntaxTriviaList Others) SplitBlankLines(SyntaxTriviaList trivia)
    {
        var content = trivia.TakeWhile(t => t.IsKind(SyntaxKind.EndOfLineTrivia) || t.IsKind(SyntaxKind.WhitespaceTrivia)).ToList();
        var lines = content.FindLastIndex(t => t.IsKind(SyntaxKind.EndOfLineTrivia)) + 1;
        return (SyntaxFactory.TriviaList(trivia.Take(lines)), SyntaxFactory.TriviaList(trivia.Skip(lines)));
    }
}
