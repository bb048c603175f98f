using System.Linq;
using LockContext.Analyzers.Flow;
using Microsoft.CodeAnalysis;

namespace LockContext.Analyzers.Rules;

/// <summary>
/// LCX2006: a member that needs a lock held is called without it. A member that later releases a lock which it never took is its caller's agent: it was called with the lock held.
/// </summary>
internal sealed class RequiredLockNotHeld : IBodyRule
{
    public DiagnosticDescriptor Descriptor => Descriptors.RequiredLockNotHeld;

    public void Check(Member member)
    {
        foreach (var place in member.Findings.Required.Where(f => f.SurelyNotHeld || !member.Findings.ReleasedOfCaller.Contains(f.Target)).GroupBy(f => f.Operation.Syntax).OrderBy(g => g.Key.SpanStart))
        {
            var finding = place.First();
            var target = finding.Target.DisplayName is { Length: > 0 } name && finding.Target.Kind is not (TermKind.This or TermKind.Static) ? $"'{name}'" : $"its lock ({finding.TypeName})";
            member.Report(Diagnostic.Create(Descriptor, place.Key.GetLocation(), finding.Callee, target, MemberName(member.Body.Method)));
        }
    }

    private static string MemberName(IMethodSymbol method) => method switch
    {
        { AssociatedSymbol: { } owner } => owner.Name,
        { MethodKind: MethodKind.Constructor or MethodKind.StaticConstructor } => method.ContainingType.Name,
        _ => method.Name,
    };
}
