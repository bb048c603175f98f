using LockContext.Analyzers.Flow;
using Microsoft.CodeAnalysis;

namespace LockContext.Analyzers.Rules;

/// <summary>LCX4007: an allocation in code that must not reclaim, whose flags leave out a part of what a speculative allocation should say.</summary>
internal sealed class SpeculativeMaskIncomplete : IBodyRule
{
    public DiagnosticDescriptor Descriptor => Descriptors.SpeculationIncomplete;

    public void Check(Member member)
    {
        foreach (var report in ContextReport.Of(member))
        {
            if (report.Breach == Breach.Speculation)
                member.Report(report.Create(Descriptor));
        }
    }
}
