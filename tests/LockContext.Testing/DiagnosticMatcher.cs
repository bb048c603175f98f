using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Text;
using Microsoft.CodeAnalysis;

namespace LockContext.Testing;

/// <summary>Compares what was expected with what was reported, one to one.</summary>
internal static class DiagnosticMatcher
{
    public static void Verify(string when, ImmutableArray<DiagnosticResult> expected, IEnumerable<Diagnostic> reported)
    {
        var unexpected = reported.ToList();
        var missing = new List<DiagnosticResult>();
        // The pickiest first, so that a vague expectation does not use up what a precise one needs.
        foreach (DiagnosticResult result in expected.OrderByDescending(Precision))
        {
            int index = unexpected.FindIndex(d => Matches(result, d));
            if (index >= 0)
                unexpected.RemoveAt(index);
            else
                missing.Add(result);
        }

        if (missing.Count == 0 && unexpected.Count == 0)
            return;

        var text = new StringBuilder().AppendLine($"The diagnostics {when} are not the expected ones.");
        foreach (DiagnosticResult result in missing)
            text.AppendLine($"  missing:    {result}");
        foreach (Diagnostic diagnostic in unexpected)
            text.AppendLine($"  unexpected: {Describe(diagnostic)}");
        throw new VerificationException(text.ToString());
    }

    public static string Describe(Diagnostic diagnostic)
    {
        FileLinePositionSpan span = diagnostic.Location.GetLineSpan();
        string text = !diagnostic.Location.IsInSource
            ? "(no source)"
            : $"{span.Path}({span.StartLinePosition.Line + 1},{span.StartLinePosition.Character + 1}-{span.EndLinePosition.Line + 1},{span.EndLinePosition.Character + 1}) '{Shorten(diagnostic.Location)}'";
        return $"{diagnostic.Id} at {text}: {diagnostic.GetMessage()}";
    }

    private static string Shorten(Location location)
    {
        string code = location.SourceTree!.GetText().ToString(location.SourceSpan).ReplaceLineEndings(" ");
        return code.Length <= 60 ? code : code[..60] + "...";
    }

    private static int Precision(DiagnosticResult result) =>
        (result.ExpectedMessage is null ? 0 : 8) + Math.Min(result.MessageFragments.Length, 7) + (result.Severity is null ? 0 : 16) + (result.Locations.IsEmpty ? 0 : 32);

    private static bool Matches(DiagnosticResult expected, Diagnostic actual) =>
        expected.Id == actual.Id
        && (expected.Severity is not { } severity || severity == actual.Severity)
        && LocationsMatch(expected, actual)
        && MessageMatches(expected, actual.GetMessage());

    private static bool LocationsMatch(DiagnosticResult expected, Diagnostic actual)
    {
        if (expected.HasNoLocation)
            return !actual.Location.IsInSource;
        if (expected.Locations.IsEmpty)
            return true;
        if (!expected.Locations[0].Matches(actual.Location))
            return false;
        ImmutableArray<DiagnosticLocation> additional = expected.Locations[1..];
        return additional.IsEmpty
            || (additional.Length == actual.AdditionalLocations.Count && additional.Zip(actual.AdditionalLocations).All(p => p.First.Matches(p.Second)));
    }

    private static bool MessageMatches(DiagnosticResult expected, string message)
    {
        if (expected.ExpectedMessage is { } whole && whole != message)
            return false;
        int from = 0;
        foreach (string fragment in expected.MessageFragments)
        {
            int index = message.IndexOf(fragment, from, StringComparison.Ordinal);
            if (index < 0)
                return false;
            from = index + fragment.Length;
        }

        return true;
    }
}
