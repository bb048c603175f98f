using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using LockContext.Analyzers.Flow;
using Microsoft.CodeAnalysis;

namespace LockContext.Analyzers.Rules;

/// <summary>
/// Chooses the circles that are reported of a tangle of locks: the shortest first, by name where several are as short, and none that shares an order of two locks with one before it. So whoever
/// mends one order of each has no report twice, and every circle of the tangle shares an order with one that is reported. All the circles there are would be many more: two to the power of the
/// number of locks where each is taken under each.
/// </summary>
/// <remarks>
/// A circle can happen if its ways can run at the same moment: no class is held on two of them. Where all choices of places for the shortest circle share one, longer ones are looked for, up to
/// a number of ways tried in vain for each pair of locks.
/// </remarks>
internal sealed class LockOrderCircles
{
    private const int MaxRejected = 4096;

    /// <summary>The classes by name, so that nothing depends on the order in which they were found.</summary>
    private readonly SortedDictionary<string, SortedDictionary<string, Order>> _after = new(StringComparer.Ordinal);
    private readonly Dictionary<string, HashSet<string>> _before = new();

    public LockOrderCircles(IReadOnlyList<LockEdge> edges)
    {
        foreach (var edge in edges.OrderBy(e => e.Site.At, LocationOrder.Instance).ThenBy(e => e.HeldAt, LocationOrder.Instance).ThenBy(e => e.Site.Name, StringComparer.Ordinal))
        {
            var (from, to) = (NameOf(edge.Held), NameOf(edge.Taken));
            if (!_after.TryGetValue(from, out var after))
                _after.Add(from, after = new SortedDictionary<string, Order>(StringComparer.Ordinal));
            if (!after.TryGetValue(to, out var order))
                after.Add(to, order = new Order(from, to));
            if (!_before.TryGetValue(to, out var before))
                _before.Add(to, before = new HashSet<string>());
            before.Add(from);
            order.Add(edge, new HashSet<string>(edge.Gates.Select(NameOf)) { from });
        }
    }

    /// <summary>Of each chosen circle the places, one for each of its orders.</summary>
    public IEnumerable<ImmutableArray<LockEdge>> Choose(CancellationToken cancellation)
    {
        var open = _after.Values.SelectMany(a => a.Values).ToList();
        for (var length = 2; open.Count > 0 && length <= _after.Count; length = open.Select(o => Math.Max(o.Shortest, length + 1)).DefaultIfEmpty().Min())
        {
            foreach (var order in open)
            {
                cancellation.ThrowIfCancellationRequested();
                if (order.Shortest > length || !IsThere(order) || (order.Shortest = Distance(order.To, order.From) + 1) > length)
                    continue;
                if (Circle(order, length) is not { } circle)
                    continue;
                foreach (var (step, _) in circle)
                    Remove(step);
                yield return circle.Select(s => s.Place.Edge).ToImmutableArray();
            }

            open.RemoveAll(o => o.Shortest == int.MaxValue || o.Rejected >= MaxRejected || !IsThere(o));
        }
    }

    private bool IsThere(Order order) => _after[order.From].ContainsKey(order.To);

    private void Remove(Order order)
    {
        _after[order.From].Remove(order.To);
        _before[order.To].Remove(order.From);
    }

    /// <summary>How many orders lead from one class to the other; less than the highest number by one if none do, so that one more is that.</summary>
    private int Distance(string from, string to)
    {
        var seen = new HashSet<string> { from };
        var row = new List<string> { from };
        for (var distance = 1; row.Count > 0; distance++)
        {
            var next = new List<string>();
            foreach (var after in row.Where(_after.ContainsKey).SelectMany(at => _after[at].Keys))
            {
                if (after == to)
                    return distance;
                if (seen.Add(after))
                    next.Add(after);
            }

            row = next;
        }

        return int.MaxValue - 1;
    }

    /// <summary>The first circle by name that begins with the order, is as long as this, and can happen.</summary>
    private List<(Order Order, Place Place)>? Circle(Order first, int length)
    {
        var left = DistancesTo(first.From, length - 1);
        var steps = new List<(Order Order, Place Place)>();
        var held = new HashSet<string>();
        var choices = new Stack<IEnumerator<(Order Order, Place Place)>>();
        choices.Push(PlacesOf(new[] { first }).GetEnumerator());
        while (choices.Count > 0 && first.Rejected < MaxRejected)
        {
            if (!choices.Peek().MoveNext())
            {
                choices.Pop();
                TakeBack();
                continue;
            }

            var (order, place) = choices.Peek().Current;
            if (held.Overlaps(place.Held))
            {
                first.Rejected++;
                continue;
            }

            steps.Add((order, place));
            held.UnionWith(place.Held);
            if (order.To != first.From)
                choices.Push(PlacesOf(_after[order.To].Values.Where(next => left.TryGetValue(next.To, out var rest) && steps.Count + 1 + rest <= length)).GetEnumerator());
            else if (steps.Count == length)
                return steps;
            else
                TakeBack();
        }

        return null;

        void TakeBack()
        {
            if (steps.Count == 0)
                return;
            held.ExceptWith(steps[steps.Count - 1].Place.Held);
            steps.RemoveAt(steps.Count - 1);
            first.Rejected++;
        }

        static IEnumerable<(Order, Place)> PlacesOf(IEnumerable<Order> orders) => orders.SelectMany(o => o.Places, (o, p) => (o, p));
    }

    /// <summary>How far each class is from the one, as long as it is no further than this.</summary>
    private Dictionary<string, int> DistancesTo(string end, int most)
    {
        var distances = new Dictionary<string, int> { [end] = 0 };
        var row = new List<string> { end };
        for (var distance = 1; row.Count > 0 && distance <= most; distance++)
        {
            var next = new List<string>();
            foreach (var before in row.Where(_before.ContainsKey).SelectMany(at => _before[at]))
            {
                if (!distances.ContainsKey(before))
                {
                    distances.Add(before, distance);
                    next.Add(before);
                }
            }

            row = next;
        }

        return distances;
    }

    /// <summary>The documentation ID; types that only their file knows share theirs with others.</summary>
    private static string NameOf(ISymbol lockClass)
    {
        var name = lockClass.GetDocumentationCommentId() ?? $"{lockClass.ContainingSymbol?.GetDocumentationCommentId()}:{lockClass.Name}";
        for (var type = lockClass as INamedTypeSymbol ?? lockClass.ContainingType; type is not null; type = type.ContainingType)
        {
            if (type.IsFileLocal)
                return $"{name}@{type.Locations.FirstOrDefault()?.SourceTree?.FilePath}";
        }

        return name;
    }

    /// <summary>One class is taken while another is held, at some places.</summary>
    private sealed class Order
    {
        private readonly List<Place> _places = new();

        public Order(string from, string to) => (From, To) = (from, to);

        public string From { get; }

        public string To { get; }

        public IReadOnlyList<Place> Places => _places;

        /// <summary>The length of the shortest circle that it is in; it may have become longer since.</summary>
        public int Shortest { get; set; }

        /// <summary>How many steps were taken back on the search for circles that begin with it.</summary>
        public int Rejected { get; set; }

        /// <summary>Notes a place, unless there is one that is as good.</summary>
        public void Add(LockEdge edge, HashSet<string> held)
        {
            if (!_places.Any(p => p.Held.IsSubsetOf(held)))
                _places.Add(new Place(edge, held));
        }
    }

    private sealed class Place
    {
        public Place(LockEdge edge, HashSet<string> held) => (Edge, Held) = (edge, held);

        public LockEdge Edge { get; }

        public HashSet<string> Held { get; }
    }
}
