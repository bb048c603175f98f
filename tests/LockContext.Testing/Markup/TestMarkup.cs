using System.Collections.Generic;
using System.Collections.Immutable;
using System.Text;
using Microsoft.CodeAnalysis.Text;

namespace LockContext.Testing.Markup;

/// <summary>A marked piece of a test source. <see cref="Name"/> is empty for <c>[|...|]</c>, a diagnostic id, or <c>#0</c> and so on.</summary>
public readonly record struct MarkedSpan(string Name, TextSpan Span);

/// <summary>
/// Takes the marks out of a test source: <c>[|...|]</c>, <c>{|LCX1001:...|}</c> and <c>{|#0:...|}</c>, which may be nested in each other.
/// </summary>
public static class TestMarkup
{
    public static (string Code, ImmutableArray<MarkedSpan> Spans) Parse(string markup)
    {
        var code = new StringBuilder(markup.Length);
        var spans = ImmutableArray.CreateBuilder<MarkedSpan>();
        var open = new Stack<(bool Named, string Name, int Start)>();

        for (int i = 0; i < markup.Length;)
        {
            if (At(markup, i, "[|"))
            {
                open.Push((false, "", code.Length));
                i += 2;
            }
            else if (At(markup, i, "{|") && NameAt(markup, i + 2) is { } name)
            {
                open.Push((true, name, code.Length));
                i += 2 + name.Length + 1;
            }
            else if (Closes(markup, i, open))
            {
                (_, string closed, int start) = open.Pop();
                spans.Add(new MarkedSpan(closed, TextSpan.FromBounds(start, code.Length)));
                i += 2;
            }
            else
            {
                code.Append(markup[i++]);
            }
        }

        return open.Count == 0
            ? (code.ToString(), spans.ToImmutable())
            : throw new VerificationException($"The mark '{open.Peek().Name}' is never closed.");
    }

    private static bool At(string text, int index, string part) => string.CompareOrdinal(text, index, part, 0, part.Length) == 0;

    // "|]" and "|}" are marks only while a mark of their kind is the innermost open one, so that `a |= b[c|d]` needs no escape.
    private static bool Closes(string text, int index, Stack<(bool Named, string Name, int Start)> open) =>
        open.Count > 0 && At(text, index, open.Peek().Named ? "|}" : "|]");

    private static string? NameAt(string text, int start)
    {
        int end = start;
        while (end < text.Length && (char.IsLetterOrDigit(text[end]) || text[end] is '#' or '_'))
            end++;
        return end > start && end < text.Length && text[end] == ':' ? text[start..end] : null;
    }
}
