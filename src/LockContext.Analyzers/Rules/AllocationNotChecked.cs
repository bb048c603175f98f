using System.Linq;
using LockContext.Analyzers.Flow;
using Microsoft.CodeAnalysis;

namespace LockContext.Analyzers.Rules;

/// <summary>LCX4001: what an allocation that may fail returned is dereferenced, and on no way there does anybody look whether it failed. Each allocation is reported once, at its first use.</summary>
internal sealed class AllocationNotChecked : IBodyRule
{
    public DiagnosticDescriptor Descriptor => Descriptors.ResultNotChecked;

    public void Check(Member member)
    {
        foreach (var allocation in member.Findings.UncheckedResults.GroupBy(u => u.Result.At))
        {
            var first = allocation.OrderBy(u => u.At, LocationOrder.Instance).First();
            member.Report(Diagnostic.Create(Descriptor, first.At, new[] { allocation.Key }, first.Text, first.Result.Name, ContextReport.Line(allocation.Key),
                first.IsSpan ? "returned nothing" : "returned null", first.IsSpan ? "check that it is not empty" : "compare it with null first"));
        }
    }
}
