using System.Linq;
using Microsoft.CodeAnalysis;

namespace LockContext.Analyzers.Rules;

/// <summary>LCX5003: a wait for a grace period with a free right behind it, which could be deferred instead.</summary>
internal sealed class WaitBeforeFreeCanBeDeferred : IBodyRule
{
    public DiagnosticDescriptor Descriptor => Descriptors.WaitBeforeFree;

    public void Check(Member member)
    {
        // A block may be walked more than once.
        foreach (var place in member.Findings.WaitsBeforeFrees.GroupBy(w => w.Wait.Syntax).OrderBy(g => g.Key.SpanStart))
        {
            var finding = place.First();
            var instead = finding.Deferred is { } name ? $"'{name}'" : "a deferred free";
            member.Report(Diagnostic.Create(Descriptor, place.Key.GetLocation(), new[] { finding.Free.Syntax.GetLocation() }, finding.Wait.TargetMethod.Name, finding.Free.TargetMethod.Name, instead));
        }
    }
}
