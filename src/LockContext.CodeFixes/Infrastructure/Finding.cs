using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace LockContext.CodeFixes.Infrastructure;

/// <summary>
/// Where a diagnostic was seen, and which text stood there. Diagnostics can be older than the document (<c>dotnet format</c> runs all providers of an id
/// on the diagnostics of one analysis), so a position counts only while the same text is still there.
/// </summary>
internal readonly struct Finding(TextSpan span, string text, TextSpan? entered) : IEquatable<Finding>
{
    private const string MarkKind = "LockContext.Finding";
    private const string EnteredKind = "LockContext.Entered";

    public TextSpan Span { get; } = span;

    public string Text { get; } = text;

    /// <summary>Where the lock was taken that is held here, if that is in the same file.</summary>
    public TextSpan? Entered { get; } = entered;

    public static async Task<Finding?> FromAsync(Diagnostic diagnostic, CancellationToken cancellationToken)
    {
        if (diagnostic.Location.SourceTree is not { } tree)
            return null;

        var text = await tree.GetTextAsync(cancellationToken).ConfigureAwait(false);
        var span = diagnostic.Location.SourceSpan;
        if (span.End > text.Length)
            return null;

        var isLock = diagnostic.Properties.TryGetValue("Context", out var context) && context == "Lock";
        var entered = isLock && diagnostic.AdditionalLocations.Count > 0 ? diagnostic.AdditionalLocations[0] : null;
        return new Finding(span, text.ToString(span), entered?.SourceTree == tree ? entered?.SourceSpan : null);
    }

    /// <summary>The same elsewhere. What was around it need not have moved as far, so that is forgotten.</summary>
    public Finding Shift(int by) => new(new TextSpan(Span.Start + by, Span.Length), Text, by == 0 ? Entered : null);

    /// <summary>The node that took the lock held at a marked node, if it is known.</summary>
    public static SyntaxNode? EnteredAt(SyntaxNode root, SyntaxAnnotation mark) =>
        root.GetAnnotatedNodes(EnteredKind).FirstOrDefault(n => n.GetAnnotations(EnteredKind).Any(a => a.Data == mark.Data));

    /// <summary>Puts an annotation on the node of each finding that is still there. The others are left out.</summary>
    public static async Task<(Document Document, ImmutableArray<(Finding Finding, SyntaxAnnotation Mark)> Marked)> MarkAsync(
        Document document, IEnumerable<Finding> findings, CancellationToken cancellationToken)
    {
        var root = await document.GetSyntaxRootAsync(cancellationToken).ConfigureAwait(false);
        var text = await document.GetTextAsync(cancellationToken).ConfigureAwait(false);
        var marked = ImmutableArray.CreateBuilder<(Finding Finding, SyntaxAnnotation Mark)>();
        if (root is null)
            return (document, marked.ToImmutable());

        var marks = new Dictionary<SyntaxNode, List<SyntaxAnnotation>>();
        foreach (var finding in findings.OrderBy(f => f.Span.Start).ThenByDescending(f => f.Span.Length))
        {
            if (finding.Span.End > text.Length || text.ToString(finding.Span) != finding.Text)
                continue;

            var node = root.FindNode(finding.Span, getInnermostNodeForTie: true);
            if (node.Span != finding.Span)
                continue;

            var mark = new SyntaxAnnotation(MarkKind, marked.Count.ToString(CultureInfo.InvariantCulture));
            Add(node, mark);
            if (finding.Entered is { } entered && entered.End <= text.Length)
                Add(root.FindNode(entered, getInnermostNodeForTie: true), new SyntaxAnnotation(EnteredKind, mark.Data));
            marked.Add((finding, mark));
        }

        var newRoot = root.ReplaceNodes(marks.Keys, (original, rewritten) => rewritten.WithAdditionalAnnotations(marks[original]));
        return (document.WithSyntaxRoot(newRoot), marked.ToImmutable());

        void Add(SyntaxNode node, SyntaxAnnotation mark)
        {
            if (!marks.TryGetValue(node, out var ofNode))
                marks.Add(node, ofNode = []);
            ofNode.Add(mark);
        }
    }

    public bool Equals(Finding other) => Span == other.Span && Text == other.Text;

    public override bool Equals(object? obj) => obj is Finding other && Equals(other);

    public override int GetHashCode() => Span.GetHashCode();
}
