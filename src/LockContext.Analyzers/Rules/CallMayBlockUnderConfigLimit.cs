using LockContext.Analyzers.Flow;
using LockContext.Analyzers.Model;
using Microsoft.CodeAnalysis;

namespace LockContext.Analyzers.Rules;

/// <summary>LCX1011: a call that sleeps where the limit is that of a sleeping spin lock or a callback.</summary>
internal sealed class CallMayBlockUnderConfigLimit : IBodyRule
{
    public DiagnosticDescriptor Descriptor => Descriptors.BlocksUnderConfigLimit;

    public void Check(Member member)
    {
        foreach (var report in ContextReport.Of(member))
        {
            if (report.Breach == Breach.Wait && !report.InRawContext && !report.IsAboutGracePeriods && !report.Context.Limits.ReadSection)
                member.Report(report.Create(Descriptor));
        }
    }
}
