using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Text.RegularExpressions;
using LockContext.CodeFixes.Flags;
using LockContext.CodeFixes.Infrastructure;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace LockContext.CodeFixes.Failure;

/// <summary>
/// What the code after a statement still has to do, whatever happens: release a lock, free other memory. A <c>return</c> put behind the statement would
/// skip it. What <c>finally</c>, <c>using</c> and <c>lock</c> do is not pending, since a return does not skip it.
/// </summary>
/// <remarks>
/// Told by attribute, else by name. A name taken for a release by mistake costs nothing but another shape of the failure path; a release that is
/// overlooked would leave a lock held. So the list of names is generous.
/// </remarks>
internal sealed class PendingCleanup
{
    private static readonly HashSet<string> s_releaseWords = new(StringComparer.Ordinal)
    {
        "Exit", "Leave", "Release", "Unlock", "Free", "Dispose", "Close", "Return", "End", "Drop", "Enable", "Restore", "Unpin", "Reset",
    };

    private static readonly HashSet<string> s_acquireWords = new(StringComparer.Ordinal)
    {
        "Enter", "Acquire", "Lock", "Wait", "Begin", "Take", "Disable", "Save",
    };

    private PendingCleanup(StatementSyntax statement, ImmutableArray<StatementSyntax> copy)
    {
        Statement = statement;
        Copy = copy;
    }

    /// <summary>The statement, among the siblings of the allocation or of a statement around it, that does the cleaning up.</summary>
    public StatementSyntax Statement { get; }

    /// <summary>Statements that do it on another path; empty if there are none so simple.</summary>
    public ImmutableArray<StatementSyntax> Copy { get; }

    /// <summary>From the inside out, in the order of the text.</summary>
    public static ImmutableArray<PendingCleanup> After(StatementSyntax statement, ResultUse result, SemanticModel model)
    {
        // A branch that cleans up and leaves the function does not decide for those that go on; unless all do.
        var pending = After(statement, result, model, leavingBranches: false);
        return pending.IsEmpty ? After(statement, result, model, leavingBranches: true) : pending;
    }

    private static ImmutableArray<PendingCleanup> After(StatementSyntax statement, ResultUse result, SemanticModel model, bool leavingBranches)
    {
        var pending = ImmutableArray.CreateBuilder<PendingCleanup>();
        var isCleanup = new Classifier(statement, result, model);
        for (var current = statement; current is not null; current = StatementList.Outside(current))
        {
            if (StatementList.Around(current) is not { } list)
                continue;

            foreach (var sibling in list.Statements.Skip(list.Index + 1))
            {
                // Every node is asked, in the order of the text: what is acquired in between is released in between.
                if (Inside(sibling, leavingBranches).Where(isCleanup.Asks).ToList() is [_, ..])
                    pending.Add(new PendingCleanup(sibling, CopyOf(sibling, isCleanup)));
            }
        }

        return pending.ToImmutable();
    }

    private static IEnumerable<SyntaxNode> Inside(SyntaxNode node, bool leavingBranches) => node.DescendantNodesAndSelf(n =>
        n is not (AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax)
        && (leavingBranches || n is not StatementSyntax { Parent: IfStatementSyntax or ElseClauseSyntax } branch || !Guards.LeavesFunction(branch)));

    private static ImmutableArray<StatementSyntax> CopyOf(StatementSyntax statement, Classifier isCleanup)
    {
        switch (statement)
        {
            case ExpressionStatementSyntax { Expression: var expression } when isCleanup.Is(expression):
            case IfStatementSyntax { Else: null, Statement: var body } branch when Place.IsStable(branch.Condition) && !CopyOf(body, isCleanup).IsEmpty:
                return ImmutableArray.Create(statement);

            case BlockSyntax { Statements: var statements } when statements.All(s => !CopyOf(s, isCleanup).IsEmpty):
                return statements.ToImmutableArray();

            case TryStatementSyntax { Finally.Block: var block }:
                return CopyOf(block, isCleanup);

            default:
                return ImmutableArray<StatementSyntax>.Empty;
        }
    }

    private sealed class Classifier(StatementSyntax allocation, ResultUse result, SemanticModel model)
    {
        private readonly Dictionary<string, int> _acquiredSince = new(StringComparer.Ordinal);
        private readonly HashSet<string> _ownWords = WordsUsedForLocks(allocation);

        /// <summary>The same, remembering what is acquired on the way.</summary>
        public bool Asks(SyntaxNode node)
        {
            if (node is InvocationExpressionSyntax call && IsAcquire(call))
            {
                _acquiredSince.TryGetValue(LockOf(call), out var count);
                _acquiredSince[LockOf(call)] = count + 1;
                return false;
            }

            if (!Is(node))
                return false;
            if (node is InvocationExpressionSyntax release && !Words(NameOf(release)).Contains("Free") && _acquiredSince.TryGetValue(LockOf(release), out var taken) && taken > 0)
            {
                _acquiredSince[LockOf(release)] = taken - 1;
                return false;
            }

            return true;
        }

        public bool Is(SyntaxNode node) => node switch
        {
            InvocationExpressionSyntax call => (IsRelease(call) || IsOwnRelease(call)) && !ConcernsLaterOrResult(call),
            AssignmentExpressionSyntax { Right: LiteralExpressionSyntax } assignment => _ownWords.Contains(assignment.Left.ToString()),
            _ => false,
        };

        private bool IsRelease(InvocationExpressionSyntax call) =>
            model.GetSymbolInfo(call).Symbol is IMethodSymbol method && (Declared.Has(method, "Releases") || Declared.Has(method, "Frees"))
            || Words(NameOf(call)).Any(s_releaseWords.Contains);

        /// <summary>A lock written by hand: a word that was exchanged before is written back.</summary>
        private bool IsOwnRelease(InvocationExpressionSyntax call) =>
            NameOf(call) is "Write" or "Exchange" or "CompareExchange" or "Decrement" or "And" or "Or" && RefArgument(call) is { } word && _ownWords.Contains(word);

        private bool IsAcquire(InvocationExpressionSyntax call)
        {
            var words = Words(NameOf(call)).ToList();
            return !words.Any(s_releaseWords.Contains) && !words.Contains("Scope")
                && (words.Any(s_acquireWords.Contains) || model.GetSymbolInfo(call).Symbol is IMethodSymbol method && Declared.Has(method, "Acquires"));
        }

        /// <summary>What is released came to be after the allocation, or is the allocated memory itself, which a failed allocation does not have.</summary>
        private bool ConcernsLaterOrResult(InvocationExpressionSyntax call)
        {
            if (result.Place is { } place && place.MentionsIn(call, model).Any())
                return true;

            return call.DescendantNodes().OfType<IdentifierNameSyntax>()
                .Any(n => model.GetSymbolInfo(n).Symbol is ILocalSymbol { DeclaringSyntaxReferences: [var declared] } && declared.Span.Start > allocation.Span.End);
        }

        private static HashSet<string> WordsUsedForLocks(StatementSyntax allocation) => new(
            Functions.Around(allocation).DescendantNodes().OfType<InvocationExpressionSyntax>()
                .Where(c => c.SpanStart < allocation.SpanStart && NameOf(c) is "Exchange" or "CompareExchange" or "Increment" or "Or")
                .Select(RefArgument).OfType<string>(), StringComparer.Ordinal);

        private static string? RefArgument(InvocationExpressionSyntax call) =>
            call.ArgumentList.Arguments is [{ RefKindKeyword.RawKind: (int)SyntaxKind.RefKeyword } word, ..] ? word.Expression.ToString() : null;

        /// <summary>The lock of a call: its receiver, or the first argument of a static method such as <c>Monitor.Enter</c>.</summary>
        private string LockOf(InvocationExpressionSyntax call)
        {
            if (call.Expression is MemberAccessExpressionSyntax access && model.GetSymbolInfo(access.Expression).Symbol is not INamespaceOrTypeSymbol)
                return access.Expression.ToString();

            return call.ArgumentList.Arguments.FirstOrDefault()?.Expression.ToString() ?? call.Expression switch
            {
                MemberAccessExpressionSyntax { Expression: var type } => type.ToString(),
                _ => "",
            };
        }
    }

    private static string NameOf(InvocationExpressionSyntax call) => call.Expression switch
    {
        MemberAccessExpressionSyntax access => access.Name.Identifier.ValueText,
        MemberBindingExpressionSyntax binding => binding.Name.Identifier.ValueText,
        SimpleNameSyntax name => name.Identifier.ValueText,
        _ => "",
    };

    private static IEnumerable<string> Words(string name) => Regex.Matches(name, "[A-Z][a-z0-9]*").Cast<Match>().Select(m => m.Value);
}
