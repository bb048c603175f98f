using System.Threading;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Formatting;
using Microsoft.CodeAnalysis.Simplification;
using Microsoft.CodeAnalysis.Text;

namespace LockContext.CodeFixes.Infrastructure;

/// <summary>Shortens and formats what repairs have annotated, in the document's own style, and nothing else.</summary>
internal static class Finishing
{
    /// <summary>The original document with the text of the repaired one.</summary>
    public static async Task<Document> FinishAsync(Document original, Document repaired, CancellationToken cancellationToken)
    {
        var text = await original.GetTextAsync(cancellationToken).ConfigureAwait(false);
        var simplified = await Simplifier.ReduceAsync(repaired, Simplifier.Annotation, cancellationToken: cancellationToken).ConfigureAwait(false);
        var options = await simplified.GetOptionsAsync(cancellationToken).ConfigureAwait(false);
        var formatted = await Formatter.FormatAsync(simplified, Formatter.Annotation,
            options.WithChangedOption(FormattingOptions.NewLine, LanguageNames.CSharp, NewLines.Of(text)), cancellationToken).ConfigureAwait(false);

        // Back to text: the annotations have done their work, and a second formatting by the host would not know the document's line ends.
        var root = await formatted.GetSyntaxRootAsync(cancellationToken).ConfigureAwait(false);
        return original.WithText(SourceText.From(root!.ToFullString(), text.Encoding, text.ChecksumAlgorithm));
    }
}
