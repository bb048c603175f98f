using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;

namespace LockContext.Testing.Fixes;

/// <summary>Applies a fix again and again until nothing is left that it offers an action for.</summary>
internal sealed class CodeFixRunner(CodeFixProvider fixer, CodeFixRunner.DiagnosticsOf getDiagnostics)
{
    internal delegate Task<(ImmutableArray<Diagnostic> Compiler, ImmutableArray<Diagnostic> Analyzer)> DiagnosticsOf(Project project, CancellationToken cancellationToken);

    public int? ActionIndex { get; init; }

    public string? ActionKey { get; init; }

    public string? ActionTitle { get; init; }

    public bool FixOne { get; init; }

    public bool AllowNewDiagnostics { get; init; }

    private sealed record Offer(Document Document, Diagnostic Diagnostic, CodeAction Action);

    /// <summary>What is true of one text on the way from the source to its repaired form.</summary>
    private sealed record Step(Project Project, ImmutableArray<Diagnostic> Compiler, ImmutableArray<Diagnostic> Analyzer);

    /// <summary>Fixes the first diagnostic, then the first of what is left, and so on.</summary>
    public Task<(Project Project, int Steps)> FixSinglyAsync(Project project, CancellationToken cancellationToken) =>
        RepeatAsync(project, (step, offer) => ApplyAsync(step.Project, offer.Action, cancellationToken), cancellationToken);

    /// <summary>The order of repairs is the user's: each diagnostic is fixed with all others still there, and the result has to compile.</summary>
    public async Task FixEachAloneAsync(Project project, CancellationToken cancellationToken)
    {
        Step start = await TakeStepAsync(project, cancellationToken);
        foreach (Offer offer in await GetOffersAsync(start, cancellationToken))
            Check(start, await TakeStepAsync(await ApplyAsync(project, offer.Action, cancellationToken), cancellationToken), offer);
    }

    /// <summary>Fixes everything in a scope from diagnostics that go stale meanwhile, and again while something is left.</summary>
    public Task<(Project Project, int Steps)> FixAllAsync(Project project, FixAllScope scope, bool withKey, CancellationToken cancellationToken) =>
        RepeatAsync(project, async (step, offer) =>
        {
            FixAllProvider provider = fixer.GetFixAllProvider()!;
            var context = new FixAllContext(
                offer.Document, fixer, scope, withKey ? offer.Action.EquivalenceKey : null, [offer.Diagnostic.Id],
                new FixAllDiagnostics([.. step.Analyzer.Where(d => d.Id == offer.Diagnostic.Id)]), cancellationToken);
            CodeAction action = await provider.GetFixAsync(context)
                ?? throw new VerificationException($"FixAll in {scope} does nothing for '{offer.Action.Title}'.");
            return await ApplyAsync(step.Project, action, cancellationToken);
        }, cancellationToken);

    public async Task<int> CountDocumentsAsync(Project project, CancellationToken cancellationToken) =>
        (await GetOffersAsync(await TakeStepAsync(project, cancellationToken), cancellationToken)).Select(o => o.Document.Id).Distinct().Count();

    private async Task<(Project Project, int Steps)> RepeatAsync(Project project, Func<Step, Offer, Task<Project>> fix, CancellationToken cancellationToken)
    {
        Step step = await TakeStepAsync(project, cancellationToken);
        int limit = (2 * step.Analyzer.Length) + 10;
        for (int steps = 0; ; steps++)
        {
            Offer? offer = (await GetOffersAsync(step, cancellationToken)).FirstOrDefault();
            if (offer is null || (FixOne && steps == 1))
                return (step.Project, steps);
            if (steps == limit)
                throw new VerificationException($"The fix is still offered after {limit} times, for {DiagnosticMatcher.Describe(offer.Diagnostic)}.");
            Step next = await TakeStepAsync(await fix(step, offer), cancellationToken);
            Check(step, next, offer);
            step = next;
        }
    }

    private void Check(Step before, Step after, Offer offer)
    {
        string what = $"'{offer.Action.Title}' for {DiagnosticMatcher.Describe(offer.Diagnostic)}";
        if (after.Compiler.Length > before.Compiler.Length)
            throw new VerificationException($"{what} breaks the code:\n" + string.Join('\n', after.Compiler));
        if (!AllowNewDiagnostics && after.Analyzer.Length >= before.Analyzer.Length)
            throw new VerificationException($"{what} leaves as many diagnostics as there were:\n" + string.Join('\n', after.Analyzer.Select(DiagnosticMatcher.Describe)));
    }

    private async Task<Step> TakeStepAsync(Project project, CancellationToken cancellationToken)
    {
        (ImmutableArray<Diagnostic> compiler, ImmutableArray<Diagnostic> analyzer) = await getDiagnostics(project, cancellationToken);
        return new Step(project, compiler, analyzer);
    }

    private async Task<List<Offer>> GetOffersAsync(Step step, CancellationToken cancellationToken)
    {
        var offers = new List<Offer>();
        foreach (Diagnostic diagnostic in step.Analyzer.Where(d => d.Location.IsInSource && fixer.FixableDiagnosticIds.Contains(d.Id)))
        {
            Document document = step.Project.GetDocument(diagnostic.Location.SourceTree)!;
            var actions = new List<CodeAction>();
            await fixer.RegisterCodeFixesAsync(new CodeFixContext(document, diagnostic, (action, _) => actions.Add(action), cancellationToken));
            if (Choose(actions) is { } chosen)
                offers.Add(new Offer(document, diagnostic, chosen));
        }

        return offers;
    }

    private CodeAction? Choose(List<CodeAction> actions)
    {
        if (actions.Count == 0)
            return null;
        // A missing action is not the same as none offered: a test that asks for the third of two has a mistake, or has found one.
        CodeAction? chosen = ActionIndex is { } index ? actions.ElementAtOrDefault(index)
            : ActionKey is null ? actions[0] : actions.Find(a => a.EquivalenceKey == ActionKey);
        if (chosen is null || (ActionKey is not null && chosen.EquivalenceKey != ActionKey) || (ActionTitle is not null && chosen.Title != ActionTitle))
        {
            throw new VerificationException("No such action is offered. There are: "
                + string.Join(", ", actions.Select((a, i) => $"[{i}] '{a.Title}' with the key '{a.EquivalenceKey}'")));
        }

        return chosen;
    }

    private static async Task<Project> ApplyAsync(Project project, CodeAction action, CancellationToken cancellationToken)
    {
        var operations = await action.GetOperationsAsync(cancellationToken);
        Solution solution = operations.OfType<ApplyChangesOperation>().SingleOrDefault()?.ChangedSolution
            ?? throw new VerificationException($"'{action.Title}' changes nothing.");
        // What is tested next is the text that the user would save, not the nodes that the fix has put together.
        foreach (ProjectChanges changes in solution.GetChanges(project.Solution).GetProjectChanges())
        {
            foreach (DocumentId id in changes.GetChangedDocuments())
                solution = solution.WithDocumentText(id, Microsoft.CodeAnalysis.Text.SourceText.From((await solution.GetDocument(id)!.GetTextAsync(cancellationToken)).ToString()));
        }

        return solution.GetProject(project.Id)!;
    }
}
