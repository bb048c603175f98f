using System.Collections.Generic;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace LockContext.Analyzers.Rules;

/// <summary>LCX1008: <c>await</c> or <c>yield return</c> while something is held that belongs to a thread or limits what may run.</summary>
internal sealed class SuspensionWhileHeld : IBodyRule
{
    public DiagnosticDescriptor Descriptor => Descriptors.SuspensionWhileHeld;

    public void Check(Member member)
    {
        foreach (var place in member.Findings.Suspensions.GroupBy(s => s.Operation.Syntax).OrderBy(g => g.Key.SpanStart))
        {
            // The innermost of several is the one to release first.
            var innermost = place.OrderByDescending(s => s.Held.TakenAt, Flow.LocationOrder.Instance).First();
            var taken = innermost.Held.TakenAt;
            var held = innermost.Held.Display + (taken is null ? "" : $" (taken at line {ContextReport.Line(taken)})");
            var additional = new List<Location>();
            if (taken is not null)
                additional.Add(taken);
            member.Report(Diagnostic.Create(Descriptor, place.Key.GetLocation(), additional, Promotion.Properties(innermost.Held.Traits.ByShape), innermost.Operation is IAwaitOperation ? "await" : "yield return", held));
        }
    }
}
