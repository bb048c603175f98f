using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace LockContext.CodeFixes.Infrastructure;

/// <summary>Inserted lines end as the first line of the file does, whatever system the fix runs on.</summary>
internal static class NewLines
{
    public static string Of(SourceText text)
    {
        var line = text.Lines[0];
        return line.EndIncludingLineBreak > line.End ? text.ToString(TextSpan.FromBounds(line.End, line.EndIncludingLineBreak)) : "\n";
    }

    public static string Of(SyntaxTree tree) => Of(tree.GetText());
}
