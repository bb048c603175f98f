using LockContext.Analyzers.Model;
using Microsoft.CodeAnalysis;

namespace LockContext.Analyzers.Rules;

/// <summary>LCX5001: the form of a deferred free that may have to wait for the grace period itself, where nothing may wait.</summary>
internal sealed class DeferredFreeMayWait : IBodyRule
{
    public DiagnosticDescriptor Descriptor => Descriptors.DeferredFreeMaySleep;

    public void Check(Member member)
    {
        foreach (var report in ContextReport.Of(member))
        {
            if (report is { WaitsForItself: false, Effect.Kind: EffectKind.DeferredFree })
                member.Report(report.Create(Descriptor));
        }
    }
}
