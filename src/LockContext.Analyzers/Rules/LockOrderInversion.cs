using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using LockContext.Analyzers.Finding;
using LockContext.Analyzers.Flow;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace LockContext.Analyzers.Rules;

/// <summary>
/// LCX2005: two or more lock classes are taken in orders that lead in a circle. Only the whole compilation shows that, so this is the one rule about code that reports at its end. Each
/// circle once, at the last of its inner acquires in the order of files.
/// </summary>
internal static class LockOrderInversion
{
    private const int MaxChoices = 4096;

    public static DiagnosticDescriptor Descriptor => Descriptors.LockOrderInversion;

    public static void Check(CompilationAnalysisContext context, CompilationAnalysis analysis)
    {
        var (edges, solver) = LockOrderSearch.Edges(analysis, context.Compilation, Descriptor, context.CancellationToken);
        var graph = new Graph(edges);
        var seen = new HashSet<string>();
        foreach (var (from, to) in graph.Pairs)
        {
            context.CancellationToken.ThrowIfCancellationRequested();
            if (graph.ShortestWay(to, from) is not { } back)
                continue;
            var circle = back.Insert(0, from);
            if (!seen.Add(string.Join("|", circle.Distinct().OrderBy(n => n, StringComparer.Ordinal))))
                continue;
            if (Choose(graph, circle) is { } chosen)
                context.ReportDiagnostic(Report(chosen, solver));
        }
    }

    /// <summary>For each step of the circle one place where it is taken, such that no other lock is held at all of them: under such a gate the ways never meet.</summary>
    private static ImmutableArray<LockEdge>? Choose(Graph graph, ImmutableArray<string> circle)
    {
        var steps = Enumerable.Range(0, circle.Length - 1).Select(i => graph.Places(circle[i], circle[i + 1])).ToArray();
        var inside = new HashSet<string>(circle);
        var choice = new int[steps.Length];
        for (var tries = 0; tries < MaxChoices; tries++)
        {
            var chosen = steps.Select((places, i) => places[choice[i]]).ToImmutableArray();
            var gates = chosen.Select(e => e.Gates.Select(Graph.NameOf).Where(g => !inside.Contains(g))).Aggregate((a, b) => a.Intersect(b));
            if (!gates.Any())
                return chosen;
            var step = 0;
            while (step < steps.Length && ++choice[step] == steps[step].Count)
                choice[step++] = 0;
            if (step == steps.Length)
                return null;
        }

        return null;
    }

    private static Diagnostic Report(ImmutableArray<LockEdge> circle, Solver solver)
    {
        var last = circle.OrderBy(e => e.Site.At, LocationOrder.Instance).Last();
        var start = circle.IndexOf(last);
        var others = Enumerable.Range(1, circle.Length - 1).Select(i => circle[(start + i) % circle.Length]).ToArray();
        var places = new List<Location> { last.HeldAt };
        places.AddRange(CausePaths.From(last.Site, solver).Skip(1).Select(s => s.At));
        foreach (var other in others)
        {
            places.Add(other.HeldAt);
            places.AddRange(CausePaths.From(other.Site, solver).Select(s => s.At));
        }

        return Diagnostic.Create(Descriptor, InnerAcquire(last, solver), places, Display(last.Taken), Display(last.Held), Way(last, solver), string.Join(", ", others.Select(o =>
            $"'{Display(o.Taken)}' while '{Display(o.Held)}' is held at {System.IO.Path.GetFileName(o.Site.At.SourceTree?.FilePath)} line {ContextReport.Line(o.Site.At)}{Way(o, solver)}")));
    }

    /// <summary>The call or acquire; of a lambda written in place, what is inside it.</summary>
    private static Location InnerAcquire(LockEdge edge, Solver solver) => CausePaths.From(edge.Site, solver).Select(s => s.At)
        .LastOrDefault(at => at.SourceTree == edge.Site.At.SourceTree && edge.Site.At.SourceSpan.Contains(at.SourceSpan)) ?? edge.Site.At;

    private static string Way(LockEdge edge, Solver solver) => edge.Site.Callee is null ? "" : $" ({ContextReport.PathText(CausePaths.From(edge.Site, solver))})";

    private static string Display(ISymbol lockClass) => lockClass is ITypeSymbol ? lockClass.Name : $"{lockClass.ContainingType?.Name}.{lockClass.Name}";

    /// <summary>The classes by name, so that nothing depends on the order in which they were found.</summary>
    private sealed class Graph
    {
        private readonly Dictionary<(string From, string To), List<LockEdge>> _places = new();
        private readonly Dictionary<string, SortedSet<string>> _next = new();

        public Graph(IReadOnlyList<LockEdge> edges)
        {
            foreach (var edge in edges.OrderBy(e => e.Site.At, LocationOrder.Instance).ThenBy(e => e.HeldAt, LocationOrder.Instance).ThenBy(e => e.Site.Name, StringComparer.Ordinal))
            {
                var (from, to) = (NameOf(edge.Held), NameOf(edge.Taken));
                if (!_places.TryGetValue((from, to), out var places))
                    _places.Add((from, to), places = new List<LockEdge>());
                places.Add(edge);
                if (!_next.TryGetValue(from, out var next))
                    _next.Add(from, next = new SortedSet<string>(StringComparer.Ordinal));
                next.Add(to);
            }
        }

        public static string NameOf(ISymbol lockClass) => lockClass.GetDocumentationCommentId() ?? $"{lockClass.ContainingSymbol?.GetDocumentationCommentId()}:{lockClass.Name}";

        public IEnumerable<(string From, string To)> Pairs => _places.Keys.OrderBy(p => p.From, StringComparer.Ordinal).ThenBy(p => p.To, StringComparer.Ordinal);

        public List<LockEdge> Places(string from, string to) => _places[(from, to)];

        /// <summary>The classes on the shortest way, both ends included; of several the first by name.</summary>
        public ImmutableArray<string>? ShortestWay(string from, string to)
        {
            var cameFrom = new Dictionary<string, string> { [from] = from };
            var queue = new Queue<string>();
            queue.Enqueue(from);
            while (queue.Count > 0)
            {
                var at = queue.Dequeue();
                if (at == to)
                {
                    var way = ImmutableArray.Create(at);
                    for (; at != from; at = cameFrom[at])
                        way = way.Insert(0, cameFrom[at]);
                    return way;
                }

                if (!_next.TryGetValue(at, out var following))
                    continue;
                foreach (var next in following)
                {
                    if (!cameFrom.ContainsKey(next))
                    {
                        cameFrom.Add(next, at);
                        queue.Enqueue(next);
                    }
                }
            }

            return null;
        }
    }
}
