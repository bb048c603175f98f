using System.Linq;
using Microsoft.CodeAnalysis;

namespace LockContext.Analyzers.Rules;

/// <summary>LCX4005: a member lets its caller say how an allocation may go about it, and then allocates with a constant that reclaims.</summary>
internal sealed class StrongerFlagsPassedDown : IBodyRule
{
    public DiagnosticDescriptor Descriptor => Descriptors.StrongerFlags;

    public void Check(Member member)
    {
        foreach (var place in member.Findings.PassedFlags.GroupBy(p => p.At))
        {
            var first = place.First();
            if (place.All(p => p.IsStronger))
                member.Report(Diagnostic.Create(Descriptor, place.Key, first.Name, member.Body.Method.Name, first.Flags.Name));
        }
    }
}
