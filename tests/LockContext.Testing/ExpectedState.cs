using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using LockContext.Testing.Markup;
using Microsoft.CodeAnalysis.Text;

namespace LockContext.Testing;

/// <summary>A state with the marks taken out of its sources and turned into expected diagnostics.</summary>
internal sealed class ExpectedState
{
    private readonly Dictionary<int, DiagnosticLocation> _keys = [];

    public ExpectedState(SolutionState state, string? defaultId)
    {
        Clean = new SolutionState().InheritFrom(state);
        Clean.Sources.Clear();
        var expected = ImmutableArray.CreateBuilder<DiagnosticResult>();
        foreach ((string name, string content) in state.Sources)
        {
            (string code, ImmutableArray<MarkedSpan> spans) = TestMarkup.Parse(content);
            Clean.Sources.Add((name, code));
            SourceText text = SourceText.From(code);
            foreach (MarkedSpan marked in spans)
            {
                LinePositionSpan lines = text.Lines.GetLinePositionSpan(marked.Span);
                var location = new DiagnosticLocation { Path = name, Start = lines.Start, End = lines.End };
                if (marked.Name.StartsWith('#'))
                {
                    if (!_keys.TryAdd(int.Parse(marked.Name[1..]), location))
                        throw new VerificationException($"The mark '{marked.Name}' occurs twice.");
                }
                else
                {
                    string id = marked.Name.Length > 0 ? marked.Name : defaultId
                        ?? throw new VerificationException("[|...|] needs an analyzer with exactly one diagnostic; write {|LCXnnnn:...|}.");
                    expected.Add(new DiagnosticResult(id).WithLocations([location]));
                }
            }
        }

        foreach (DiagnosticResult result in state.ExpectedDiagnostics)
            expected.Add(result.WithLocations([.. result.Locations.Select(Resolve)]));
        Expected = expected.ToImmutable();
    }

    public SolutionState Clean { get; }

    public ImmutableArray<DiagnosticResult> Expected { get; }

    public DiagnosticLocation Key(int key) =>
        _keys.TryGetValue(key, out DiagnosticLocation? location) ? location : throw new VerificationException($"No source has a mark '#{key}'.");

    private DiagnosticLocation Resolve(DiagnosticLocation location) => location.MarkupKey is { } key
        ? Key(key)
        : location.Path is null ? location with { Path = Clean.Sources[0].FileName } : location;
}
