using System.Collections.Immutable;
using System.Linq;
using LockContext.Analyzers.Flow;
using LockContext.Analyzers.Knowledge;
using LockContext.Analyzers.Model;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace LockContext.Analyzers.Rules;

/// <summary>
/// LCX3007: a public member keeps its callers waiting and does not say so, and callers in other projects see its declaration only. Nobody pays for what nobody sees: calls are followed only where the project
/// has given the rule a severity; hidden as it is, it knows what the member does itself.
/// </summary>
internal sealed class UndeclaredEffects : IBodyRule
{
    public DiagnosticDescriptor Descriptor => Descriptors.UndeclaredEffects;

    public void Check(Member member)
    {
        var method = member.Body.Method;
        if (member.Body.IsIterator || member.Body.Graph.OriginalOperation is IFieldInitializerOperation or IPropertyInitializerOperation || !Hierarchy.IsOpenToAll(method)
            || method.Locations.FirstOrDefault(l => l.IsInSource) is not { SourceTree: { } tree } location || IsDeclared(member.Knowledge.FactsOf(method)))
        {
            return;
        }

        var severity = member.Analysis.SeverityOf(Descriptor, tree);
        if (severity == ReportDiagnostic.Suppress)
            return;
        var isShown = severity is ReportDiagnostic.Info or ReportDiagnostic.Warn or ReportDiagnostic.Error;
        var effects = isShown
            ? member.Solver.Solve(method, withEffects: true).Effects.Where(e => e.Key.Needs > WaitClass.Spin && e.Key.Guards.IsEmpty).Select(e => (Effect: e.Key, Site: e.Value[0]))
            : member.Findings.Own.Select(e => (e.Effect, e.Site));
        var worst = effects.Select(e => (e.Effect, Path: CausePaths.From(e.Site, member.Solver)))
            .OrderByDescending(e => e.Effect.Needs)
            .ThenBy(e => e.Path.Length)
            .ThenBy(e => e.Path[e.Path.Length - 1].At, LocationOrder.Instance)
            .FirstOrDefault();
        if (worst.Effect is null)
            return;
        var contract = worst.Effect.Needs == WaitClass.Sleep ? "Sleepable" : $"ContextLimit(WaitClass.{worst.Effect.Needs})";
        member.Report(Diagnostic.Create(Descriptor, location, worst.Path.Select(s => s.At), ImmutableDictionary<string, string?>.Empty.Add("Contract", contract),
            (method.AssociatedSymbol ?? method).Name, worst.Effect.Kind == EffectKind.Lock ? "can block" : "can sleep", ": " + ContextReport.PathText(worst.Path), $"[{contract}]"));
    }

    private static bool IsDeclared(MethodFacts facts) => facts.DeclaresEffects || facts.TakesOrReleases;
}
