using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace LockContext.Testing;

/// <summary>A place in a test's sources: the first file unless a path is given, to its end only if one is known.</summary>
public sealed record DiagnosticLocation
{
    public string? Path { get; init; }

    public LinePosition Start { get; init; }

    public LinePosition? End { get; init; }

    /// <summary>Set until the mark has been looked up in the sources.</summary>
    public int? MarkupKey { get; init; }

    internal bool Matches(Location actual)
    {
        if (!actual.IsInSource)
            return false;
        FileLinePositionSpan span = actual.GetLineSpan();
        return span.Path == Path && span.StartLinePosition == Start && (End is not { } end || span.EndLinePosition == end);
    }

    public override string ToString() => MarkupKey is { } key
        ? $"#{key}"
        : $"{Path}({Start.Line + 1},{Start.Character + 1}{(End is { } end ? $"-{end.Line + 1},{end.Character + 1}" : "")})";
}
