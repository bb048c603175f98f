using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace LockContext.CodeFixes.Infrastructure;

/// <summary>
/// Repairs all findings in one file, one after the other. Each repair sees the code and its meaning as the one before left them, which is what makes
/// several findings in one statement, or one inside the other, come out right.
/// </summary>
internal static class FileRepair
{
    /// <summary>The file's new text, or null if nothing could be repaired.</summary>
    /// <param name="solution">The solution.</param>
    /// <param name="copies">The documents of the file: more than one if it is linked.</param>
    /// <param name="findings">The findings of all documents.</param>
    /// <param name="families">What may repair them, best first.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public static async Task<SourceText?> RepairAsync(Solution solution, ImmutableArray<DocumentId> copies,
        IReadOnlyDictionary<DocumentId, List<Finding>> findings, ImmutableArray<Family> families, CancellationToken cancellationToken)
    {
        var open = copies.SelectMany(id => findings.TryGetValue(id, out var list) ? list : []).Distinct().ToList();
        SourceText? text = null;
        foreach (var id in copies)
        {
            if (open.Count == 0)
                break;
            if (!findings.ContainsKey(id))
                continue;

            // What the first copy cannot see, because it is conditionally compiled away there, is left to the next one.
            var document = text is null ? solution.GetDocument(id)! : solution.WithDocumentText(id, text).GetDocument(id)!;
            var (repaired, rest) = await RepairAsync(document, open, families, cancellationToken).ConfigureAwait(false);
            if (repaired is null)
                continue;

            text = await repaired.GetTextAsync(cancellationToken).ConfigureAwait(false);
            var changes = await repaired.GetTextChangesAsync(document, cancellationToken).ConfigureAwait(false);
            open = Move(rest, changes.ToList());
        }

        return text;
    }

    private static async Task<(Document? Document, List<Finding> Open)> RepairAsync(
        Document original, List<Finding> findings, ImmutableArray<Family> families, CancellationToken cancellationToken)
    {
        var (document, marked) = await Finding.MarkAsync(original, findings, cancellationToken).ConfigureAwait(false);
        var open = marked.ToList();
        var any = false;

        // A repair can make another one possible (the argument before it is a plain name now), so go round until nothing moves.
        for (var progress = true; progress;)
        {
            progress = false;
            foreach (var item in open.ToList())
            {
                foreach (var family in families)
                {
                    var repair = await family.TryRepairAsync(document, item.Mark, cancellationToken).ConfigureAwait(false);
                    if (repair is null)
                        continue;

                    document = repair.Document;
                    open.Remove(item);
                    progress = any = true;
                    break;
                }
            }
        }

        if (!any)
            return (null, findings);

        var done = marked.Select(m => m.Finding).Except(open.Select(m => m.Finding)).ToImmutableHashSet();
        return (await Finishing.FinishAsync(original, document, cancellationToken).ConfigureAwait(false), findings.Where(f => !done.Contains(f)).ToList());
    }

    /// <summary>Moves positions past the changes before them. A position inside a change is gone: its text is no longer what was reported.</summary>
    private static List<Finding> Move(List<Finding> findings, List<TextChange> changes)
    {
        var moved = new List<Finding>();
        foreach (var finding in findings)
        {
            if (changes.Any(c => c.Span.OverlapsWith(finding.Span)))
                continue;

            moved.Add(finding.Shift(changes.Where(c => c.Span.End <= finding.Span.Start).Sum(c => (c.NewText?.Length ?? 0) - c.Span.Length)));
        }

        return moved;
    }
}
