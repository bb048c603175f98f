using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;

namespace LockContext.CodeFixes.Infrastructure;

/// <summary>
/// Repairs all findings of one rule. It asks the families anew for every finding instead of comparing equivalence keys, because the best repair of
/// one finding may be impossible for the next. A missing key, which <c>dotnet format</c> passes when the first diagnostic has no fix, means the best repair.
/// </summary>
/// <remarks>
/// A file that is in the solution more than once (linked, or in a project with several target frameworks) is repaired once, with the findings of all its
/// documents together, and all of them get the same text. Otherwise the document written last would win.
/// </remarks>
internal sealed class BestFixAllProvider : FixAllProvider
{
    public static readonly BestFixAllProvider Instance = new();

    public override IEnumerable<FixAllScope> GetSupportedFixAllScopes() => [FixAllScope.Document, FixAllScope.Project, FixAllScope.Solution];

    public override Task<CodeAction?> GetFixAsync(FixAllContext fixAllContext)
    {
        if (fixAllContext.CodeFixProvider is not BestFixProvider provider)
            return Task.FromResult<CodeAction?>(null);

        var families = provider.FamiliesFor(fixAllContext.CodeActionEquivalenceKey);
        var ids = provider.FixableDiagnosticIds.Intersect(fixAllContext.DiagnosticIds).ToImmutableHashSet();
        if (families.IsEmpty || ids.IsEmpty)
            return Task.FromResult<CodeAction?>(null);

        return Task.FromResult<CodeAction?>(CodeAction.Create(
            $"Repair every {string.Join(", ", ids)}",
            ct => FixAsync(fixAllContext, families, ids, ct),
            fixAllContext.CodeActionEquivalenceKey));
    }

    private static async Task<Solution> FixAsync(
        FixAllContext context, ImmutableArray<Family> families, ImmutableHashSet<string> ids, CancellationToken cancellationToken)
    {
        var solution = context.Solution;
        var diagnostics = await GetDiagnosticsAsync(context).ConfigureAwait(false);
        var findings = new Dictionary<DocumentId, List<Finding>>();
        foreach (var (project, diagnostic) in diagnostics)
        {
            if (!ids.Contains(diagnostic.Id) || diagnostic.IsSuppressed
                || DocumentOf(solution, project, diagnostic) is not { } id
                || await Finding.FromAsync(diagnostic, cancellationToken).ConfigureAwait(false) is not { } finding)
                continue;

            if (!findings.TryGetValue(id, out var ofDocument))
                findings.Add(id, ofDocument = []);
            if (!ofDocument.Contains(finding))
                ofDocument.Add(finding);
        }

        // Each file is repaired against the solution as it was: repairs stay within their file, so the order of files cannot matter.
        var fixedSolution = solution;
        var done = new HashSet<DocumentId>();
        foreach (var id in solution.ProjectIds.SelectMany(p => solution.GetProject(p)!.DocumentIds))
        {
            if (!findings.ContainsKey(id) || done.Contains(id))
                continue;

            var document = solution.GetDocument(id)!;
            var copies = ImmutableArray.Create(id).AddRange(document.GetLinkedDocumentIds());
            done.UnionWith(copies);
            var text = await FileRepair.RepairAsync(solution, copies, findings, families, cancellationToken).ConfigureAwait(false);
            if (text is null)
                continue;

            foreach (var copy in copies)
                fixedSolution = fixedSolution.WithDocumentText(copy, text);
        }

        return fixedSolution;
    }

    private static async Task<ImmutableArray<(Project, Diagnostic)>> GetDiagnosticsAsync(FixAllContext context)
    {
        switch (context.Scope)
        {
            case FixAllScope.Document when context.Document is { } document:
                var ofDocument = await context.GetDocumentDiagnosticsAsync(document).ConfigureAwait(false);
                return ofDocument.Select(d => (document.Project, d)).ToImmutableArray();

            case FixAllScope.Project:
                var ofProject = await context.GetAllDiagnosticsAsync(context.Project).ConfigureAwait(false);
                return ofProject.Select(d => (context.Project, d)).ToImmutableArray();

            case FixAllScope.Solution:
                var all = ImmutableArray.CreateBuilder<(Project, Diagnostic)>();
                foreach (var project in context.Solution.Projects.Where(p => p.Language == LanguageNames.CSharp))
                {
                    var diagnostics = await context.GetAllDiagnosticsAsync(project).ConfigureAwait(false);
                    all.AddRange(diagnostics.Select(d => (project, d)));
                }

                return all.ToImmutable();

            default:
                return ImmutableArray<(Project, Diagnostic)>.Empty;
        }
    }

    /// <summary>The document of a diagnostic; by path if its tree is not of this solution, as with a diagnostic older than the solution.</summary>
    private static DocumentId? DocumentOf(Solution solution, Project project, Diagnostic diagnostic)
    {
        if (diagnostic.Location.SourceTree is not { } tree)
            return null;

        var id = solution.GetDocumentId(tree);
        id ??= project.Documents.FirstOrDefault(d => d.FilePath is { Length: > 0 } path && string.Equals(path, tree.FilePath, StringComparison.Ordinal))?.Id;

        // Generated by a source generator: not ours to edit.
        return id is not null && solution.GetDocument(id) is not null ? id : null;
    }
}
