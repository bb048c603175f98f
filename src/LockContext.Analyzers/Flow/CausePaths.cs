using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using LockContext.Analyzers.Model;
using Microsoft.CodeAnalysis;

namespace LockContext.Analyzers.Flow;

/// <summary>
/// Chooses the path from a call to the innermost cause of one of its effects: the shortest, ties broken by documentation ID and position. A search over final summaries, so it depends on nothing
/// but the program.
/// </summary>
internal static class CausePaths
{
    private const int MaxSteps = 100_000;

    /// <summary>The sites from the given one (included) to the cause (last); the given one alone if there is none.</summary>
    public static ImmutableArray<EffectSite> From(EffectSite start, Solver solver)
    {
        var seen = new HashSet<(ISymbol, TypeArguments, Effect)>(SiteComparer.Instance);
        var queue = new Queue<Step>();
        queue.Enqueue(new Step(start, null));
        for (var steps = 0; queue.Count > 0 && steps < MaxSteps; steps++)
        {
            var step = queue.Dequeue();
            var last = step.Site;
            if (last.Callee is null || last.CalleeEffect is null)
                return step.Path();
            if (!seen.Add((last.Callee, last.Types, last.CalleeEffect)) || !solver.Solve(last.Callee, withEffects: true, last.CalleeEffect.Kind == EffectKind.ManagedAllocation, last.Types).TryGetSites(last.CalleeEffect, out var sites))
                continue;
            foreach (var site in sites.Length == 1 ? sites : InOrder(sites))
                queue.Enqueue(new Step(site, step));
        }

        return ImmutableArray.Create(start);
    }

    private static IEnumerable<EffectSite> InOrder(ImmutableArray<EffectSite> sites) =>
        sites.OrderBy(s => s.Callee?.GetDocumentationCommentId() ?? "", System.StringComparer.Ordinal).ThenBy(s => s.At, LocationOrder.Instance);

    /// <summary>A site and how it was reached; paths of thousands of calls share what they have in common.</summary>
    private sealed record Step(EffectSite Site, Step? Before)
    {
        public ImmutableArray<EffectSite> Path()
        {
            var path = ImmutableArray.CreateBuilder<EffectSite>();
            for (var step = this; step is not null; step = step.Before)
                path.Add(step.Site);
            path.Reverse();
            return path.ToImmutable();
        }
    }

    private sealed class SiteComparer : IEqualityComparer<(ISymbol Callee, TypeArguments Types, Effect Effect)>
    {
        public static readonly SiteComparer Instance = new();

        public bool Equals((ISymbol Callee, TypeArguments Types, Effect Effect) x, (ISymbol Callee, TypeArguments Types, Effect Effect) y) =>
            SymbolEqualityComparer.Default.Equals(x.Callee, y.Callee) && x.Types.Equals(y.Types) && x.Effect.Equals(y.Effect);

        public int GetHashCode((ISymbol Callee, TypeArguments Types, Effect Effect) key) => SymbolEqualityComparer.Default.GetHashCode(key.Callee) ^ key.Effect.GetHashCode();
    }
}
