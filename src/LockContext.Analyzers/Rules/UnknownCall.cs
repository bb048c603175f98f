using Microsoft.CodeAnalysis;

namespace LockContext.Analyzers.Rules;

/// <summary>LCX1010: a call through an interface, a virtual member or a delegate without a contract, into native code or by late binding, in a restricted context.</summary>
internal sealed class UnknownCall : IBodyRule
{
    public DiagnosticDescriptor Descriptor => Descriptors.UnknownCall;

    public void Check(Member member)
    {
        foreach (var report in ContextReport.OfUnknownCalls(member))
            member.Report(report.Create(Descriptor));
    }
}
