using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace LockContext.Testing;

/// <summary>
/// An expected diagnostic. What is not asked for is not checked: without a message or arguments any message will do, without a severity any severity.
/// The first location is the diagnostic's own; more than one asks for exactly these additional locations.
/// </summary>
public sealed record DiagnosticResult(string Id)
{
    public DiagnosticSeverity? Severity { get; private init; }

    public string? Message { get; private init; }

    public ImmutableArray<string> MessageFragments { get; private init; } = [];

    public ImmutableArray<string>? Arguments { get; private init; }

    public LocalizableString? MessageFormat { get; private init; }

    public bool HasNoLocation { get; private init; }

    public ImmutableArray<DiagnosticLocation> Locations { get; private init; } = [];

    public static DiagnosticResult CompilerError(string id) => new DiagnosticResult(id).WithSeverity(DiagnosticSeverity.Error);

    public static DiagnosticResult CompilerWarning(string id) => new DiagnosticResult(id).WithSeverity(DiagnosticSeverity.Warning);

    public static DiagnosticResult From(DiagnosticDescriptor descriptor) => new(descriptor.Id) { MessageFormat = descriptor.MessageFormat };

    public DiagnosticResult WithSeverity(DiagnosticSeverity severity) => this with { Severity = severity };

    /// <summary>The arguments of the message, compared through the formatted message.</summary>
    public DiagnosticResult WithArguments(params object[] arguments) =>
        this with { Arguments = [.. System.Array.ConvertAll(arguments, a => a?.ToString() ?? "")] };

    public DiagnosticResult WithMessage(string? message) => this with { Message = message };

    /// <summary>Parts of the message, in this order, so that a test pins the call path and leaves the wording free. Not in the real package.</summary>
    public DiagnosticResult WithMessageContaining(params string[] fragments) => this with { MessageFragments = MessageFragments.AddRange(fragments) };

    /// <summary>The span marked <c>{|#key:...|}</c>.</summary>
    public DiagnosticResult WithLocation(int markupKey) => Add(new DiagnosticLocation { MarkupKey = markupKey });

    /// <summary>Where it begins, one-based, in the first file.</summary>
    public DiagnosticResult WithLocation(int line, int column) => WithLocation(null, line, column);

    public DiagnosticResult WithLocation(string? path, int line, int column) =>
        Add(new DiagnosticLocation { Path = path, Start = new LinePosition(line - 1, column - 1) });

    public DiagnosticResult WithSpan(int startLine, int startColumn, int endLine, int endColumn) => WithSpan(null, startLine, startColumn, endLine, endColumn);

    public DiagnosticResult WithSpan(string? path, int startLine, int startColumn, int endLine, int endColumn) => Add(new DiagnosticLocation
    {
        Path = path,
        Start = new LinePosition(startLine - 1, startColumn - 1),
        End = new LinePosition(endLine - 1, endColumn - 1),
    });

    public DiagnosticResult WithNoLocation() => this with { HasNoLocation = true, Locations = [] };

    internal DiagnosticResult WithLocations(ImmutableArray<DiagnosticLocation> locations) => this with { Locations = locations };

    private DiagnosticResult Add(DiagnosticLocation location) => this with { Locations = Locations.Add(location) };

    /// <summary>The message asked for: literally, or by arguments put into the descriptor's format.</summary>
    internal string? ExpectedMessage =>
        Message ?? (Arguments is { } arguments && MessageFormat is { } format
            ? string.Format(format.ToString(), [.. arguments])
            : null);

    public override string ToString()
    {
        string text = Id;
        if (HasNoLocation)
            text += " without a location";
        if (!Locations.IsEmpty)
            text += " at " + string.Join(", ", Locations);
        if (ExpectedMessage is { } message)
            text += $" saying \"{message}\"";
        if (!MessageFragments.IsEmpty)
            text += " saying \"..." + string.Join("...", MessageFragments) + "...\"";
        return text;
    }
}
