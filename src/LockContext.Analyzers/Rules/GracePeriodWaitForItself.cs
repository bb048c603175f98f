using Microsoft.CodeAnalysis;

namespace LockContext.Analyzers.Rules;

/// <summary>LCX1005: a wait for a grace period inside a read section, in a callback, or in a member that must never get there.</summary>
internal sealed class GracePeriodWaitForItself : IBodyRule
{
    public DiagnosticDescriptor Descriptor => Descriptors.WaitsForItself;

    public void Check(Member member)
    {
        foreach (var report in ContextReport.Of(member))
        {
            if (report.WaitsForItself)
                member.Report(report.Create(Descriptor));
        }
    }
}
