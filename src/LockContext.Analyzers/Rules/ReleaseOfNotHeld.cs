using System.Linq;
using Microsoft.CodeAnalysis;

namespace LockContext.Analyzers.Rules;

/// <summary>LCX2002: a release on a path on which the lock is surely not held: released before, or a try that failed. Where a lock was taken twice (LCX2003) its second
/// release is that mistake over again.</summary>
internal sealed class ReleaseOfNotHeld : IBodyRule
{
    public DiagnosticDescriptor Descriptor => Descriptors.ReleaseOfNotHeld;

    public void Check(Member member)
    {
        foreach (var place in member.Findings.NotHeld.Where(f => !member.Findings.TakenAgain.Any(t => t.Held.Term.Equals(f.Term))).GroupBy(f => f.Operation.Syntax).OrderBy(g => g.Key.SpanStart))
            member.Report(Diagnostic.Create(Descriptor, place.Key.GetLocation(), place.First().Lock));
    }
}
