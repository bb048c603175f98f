using Microsoft.CodeAnalysis;

namespace LockContext.Analyzers.Rules;

/// <summary>LCX1012: callbacks, subscribers or continuations run while a raw lock is held.</summary>
internal sealed class ForeignCodeUnderRawLock : IBodyRule
{
    public DiagnosticDescriptor Descriptor => Descriptors.ForeignCodeUnderRawLock;

    public void Check(Member member)
    {
        foreach (var report in ContextReport.OfForeignCode(member))
            member.Report(report.Create(Descriptor));
    }
}
