using System.Linq;
using LockContext.Analyzers.Flow;
using Microsoft.CodeAnalysis;

namespace LockContext.Analyzers.Rules;

/// <summary>LCX4006: an allocation takes no locks, in a member that nobody calls with a raw lock held. It fails more often than it has to.</summary>
internal sealed class NeedlessNoLocks : IBodyRule
{
    public DiagnosticDescriptor Descriptor => Descriptors.NeedlessNoLocks;

    public void Check(Member member)
    {
        if (member.Findings.NoLocks.Count == 0 || member.Findings.AllocatesWithLocks || member.Findings.GivenUp is not null)
            return;
        var method = member.Body.Method;
        var places = member.Findings.NoLocks.GroupBy(n => n.At).Where(g => g.All(n => !n.InSection)).OrderBy(g => g.Key, LocationOrder.Instance).ToArray();
        if (places.Length == 0 || places[0].Key.SourceTree is not { } tree || member.Analysis.SeverityOf(Descriptor, tree) == ReportDiagnostic.Suppress
            || !member.Analysis.Callers.NobodyHoldsRawLock(method, member.Solver, default))
        {
            return;
        }

        foreach (var place in places)
            member.Report(Diagnostic.Create(Descriptor, place.Key, place.First().Name, place.First().Flag, method.Name));
    }
}
