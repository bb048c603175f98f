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
    private const int MaxSteps = 5000;

    /// <summary>The sites from the given one (included) to the cause (last).</summary>
    public static ImmutableArray<EffectSite> From(EffectSite start, Solver solver)
    {
        var seen = new HashSet<(ISymbol, Effect)>(SiteComparer.Instance);
        var queue = new Queue<ImmutableArray<EffectSite>>();
        queue.Enqueue(ImmutableArray.Create(start));
        for (var steps = 0; queue.Count > 0 && steps < MaxSteps; steps++)
        {
            var path = queue.Dequeue();
            var last = path[path.Length - 1];
            if (last.Callee is null || last.CalleeEffect is null)
                return path;
            if (!seen.Add((last.Callee, last.CalleeEffect)) || !solver.Solve(last.Callee, withEffects: true, last.CalleeEffect.Kind == EffectKind.ManagedAllocation).TryGetSites(last.CalleeEffect, out var sites))
                continue;
            foreach (var site in sites.OrderBy(s => s.Callee?.GetDocumentationCommentId() ?? "", System.StringComparer.Ordinal).ThenBy(s => s.At, LocationOrder.Instance))
                queue.Enqueue(path.Add(site));
        }

        return ImmutableArray.Create(start);
    }

    private sealed class SiteComparer : IEqualityComparer<(ISymbol Callee, Effect Effect)>
    {
        public static readonly SiteComparer Instance = new();

        public bool Equals((ISymbol Callee, Effect Effect) x, (ISymbol Callee, Effect Effect) y) =>
            SymbolEqualityComparer.Default.Equals(x.Callee, y.Callee) && x.Effect.Equals(y.Effect);

        public int GetHashCode((ISymbol Callee, Effect Effect) key) => SymbolEqualityComparer.Default.GetHashCode(key.Callee) ^ key.Effect.GetHashCode();
    }
}
