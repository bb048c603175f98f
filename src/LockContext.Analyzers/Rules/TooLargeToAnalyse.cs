using System.Linq;
using Microsoft.CodeAnalysis;

namespace LockContext.Analyzers.Rules;

/// <summary>LCX3006: the walk over a member hit its budget, so silence there means nothing.</summary>
internal sealed class TooLargeToAnalyse : IBodyRule
{
    public DiagnosticDescriptor Descriptor => Descriptors.TooLargeToAnalyse;

    public void Check(Member member)
    {
        if ((member.Findings.GivenUp ?? member.Findings.Missing) is { } why)
            member.Report(Create(member.Body.Method, why));
    }

    public static Diagnostic Create(IMethodSymbol method, string why) =>
        Diagnostic.Create(Descriptors.TooLargeToAnalyse, method.Locations.FirstOrDefault() ?? Location.None, method.Name, why);
}
