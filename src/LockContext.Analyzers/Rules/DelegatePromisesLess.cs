using System.Linq;
using LockContext.Analyzers.Flow;
using LockContext.Analyzers.Knowledge;
using LockContext.Analyzers.Model;
using Microsoft.CodeAnalysis;

namespace LockContext.Analyzers.Rules;

/// <summary>LCX3003: a delegate is stored or passed where more is promised of it than it is known to keep.</summary>
internal sealed class DelegatePromisesLess : IBodyRule
{
    public DiagnosticDescriptor Descriptor => Descriptors.DelegatePromisesLess;

    public void Check(Member member)
    {
        foreach (var place in member.Findings.Delegates.GroupBy(d => d.Operation.Syntax).OrderBy(g => g.Key.SpanStart))
        {
            var (finding, path) = place.Select(d => (Finding: d, Path: d.Site is null ? default : CausePaths.From(d.Site, member.Solver)))
                .OrderBy(d => d.Finding.Effect?.Kind == EffectKind.ManagedAllocation)
                .ThenBy(d => d.Path.IsDefault ? 0 : d.Path.Length)
                .ThenBy(d => d.Path.IsDefault ? null : d.Path[d.Path.Length - 1].At, LocationOrder.Instance)
                .First();
            var places = path.IsDefault ? Enumerable.Empty<Location>() : path.Skip(1).Select(s => s.At);
            var shown = path.IsDefault || path.Length == 1 ? "" : ": " + ContextReport.PathText(path);
            member.Report(Diagnostic.Create(Descriptor, place.Key.GetLocation(), places, finding.Name, What(finding, path.IsDefault ? null : path[path.Length - 1]), finding.Holder, Contracts.Display(finding.Promise), shown));
        }
    }

    private static string What(DelegateFinding finding, EffectSite? cause) => finding switch
    {
        { Known: { FromTable: false } known } => "is " + Contracts.Display(known),
        { Effect.Kind: EffectKind.ManagedAllocation } => "allocates " + cause?.Allocated?.What,
        { Effect.Kind: EffectKind.Lock } => "can block",
        { Effect.Kind: EffectKind.Allocation or EffectKind.Free } => "takes the allocator's lock",
        { Effect.Kind: EffectKind.GracePeriodWait } => "waits for all readers",
        _ => "can sleep",
    };
}
