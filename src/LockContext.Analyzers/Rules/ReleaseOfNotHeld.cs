using System.Linq;
using Microsoft.CodeAnalysis;

namespace LockContext.Analyzers.Rules;

/// <summary>LCX2002: a release on a path on which the lock is surely not held: released before, or a try that failed.</summary>
internal sealed class ReleaseOfNotHeld : IBodyRule
{
    public DiagnosticDescriptor Descriptor => Descriptors.ReleaseOfNotHeld;

    public void Check(Member member)
    {
        foreach (var place in member.Findings.NotHeld.GroupBy(f => f.Operation.Syntax).OrderBy(g => g.Key.SpanStart))
            member.Report(Diagnostic.Create(Descriptor, place.Key.GetLocation(), place.First().Lock));
    }
}
