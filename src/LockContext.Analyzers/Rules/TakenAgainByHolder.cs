using System.Linq;
using LockContext.Analyzers.Flow;
using Microsoft.CodeAnalysis;

namespace LockContext.Analyzers.Rules;

/// <summary>LCX2003: a lock that its holder cannot take twice is taken twice, directly or by a call; or the flag of an acquire may already be set.</summary>
internal sealed class TakenAgainByHolder : IBodyRule
{
    public DiagnosticDescriptor Descriptor => Descriptors.TakenAgain;

    public void Check(Member member)
    {
        foreach (var place in member.Findings.TakenAgain.GroupBy(f => f.Operation.Syntax).OrderBy(g => g.Key.SpanStart))
        {
            var finding = place.OrderBy(f => f.TakenFlag).First();
            var additional = finding.Held.TakenAt is { } taken ? new[] { taken } : System.Array.Empty<Location>();
            member.Report(Diagnostic.Create(Descriptor, place.Key.GetLocation(), additional, Promotion.Properties(finding.Held.Traits.ByShape), Text(finding, member.Solver)));
        }
    }

    private static string Text(TakenAgainFinding finding, Solver solver)
    {
        var held = finding.Held;
        if (finding.TakenFlag)
            return $"the flag passed to take {held.Display} may already be true here, which is an error at run time; set it to false before";
        var what = finding.Through is { } site ? $"'{site.Name}' takes {held.Display}" : $"{held.Display} is taken";
        var since = held.TakenAt is { } taken ? $" (since line {ContextReport.Line(taken)})" : "";
        var result = held.Traits.TracksOwner ? "it throws, or hangs where owner tracking is off" : "it waits for itself for ever";
        var path = finding.Through is { Callee: not null } through ? ": " + ContextReport.PathText(CausePaths.From(through, solver)) : "";
        return $"{what} again while it is held{since}{path}; {result}; release it before, or split off a version that expects it held";
    }
}
