using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Threading;
using LockContext.Analyzers.Knowledge;
using Microsoft.CodeAnalysis;

namespace LockContext.Analyzers.Flow;

/// <summary>
/// Computes summaries on demand: a work-list that starts from the empty summary and re-walks whoever read a summary that has grown, until nothing grows. That is the
/// least fixpoint over the part of the call graph that was asked for, so recursion of any shape is exact, and the order in which members are asked for does
/// not matter.
/// </summary>
/// <remarks>
/// One solver belongs to one thread. Finished summaries are shared through a dictionary; two threads may compute the same one, and then get the same, but never wait for each other.
/// </remarks>
internal sealed class Solver : ISummaries
{
    /// <summary>Walks of one member before its summary is given up; recursion of a sane program settles within a handful.</summary>
    private const int MaxWalks = 40;

    private readonly Bodies _bodies;
    private readonly KnowledgeBase _knowledge;
    private readonly System.Func<IMethodSymbol, bool> _mayChangeLocks;
    private readonly ConcurrentDictionary<SummaryKey, Summary> _finished;
    private readonly CancellationToken _cancellation;

    private readonly Dictionary<SummaryKey, Summary> _current = new();
    private readonly Dictionary<SummaryKey, HashSet<SummaryKey>> _readers = new();
    private readonly Dictionary<SummaryKey, int> _walks = new();
    private readonly List<SummaryKey> _missing = new();
    private SummaryKey? _active;

    public Solver(Bodies bodies, KnowledgeBase knowledge, System.Func<IMethodSymbol, bool> mayChangeLocks, ConcurrentDictionary<SummaryKey, Summary> finished, CancellationToken cancellation)
    {
        _bodies = bodies;
        _knowledge = knowledge;
        _mayChangeLocks = mayChangeLocks;
        _finished = finished;
        _cancellation = cancellation;
    }

    public bool MayChangeLocks(IMethodSymbol method) => _mayChangeLocks(method);

    /// <summary>The final summary of a member.</summary>
    public Summary Solve(IMethodSymbol method, bool withEffects, bool withManaged = false)
    {
        var key = new SummaryKey(KnowledgeBase.Canonical(method), withEffects, withManaged);
        if (_finished.TryGetValue(key, out var summary))
            return summary;
        Settle(new[] { key });
        return _finished.TryGetValue(key, out summary) ? summary : Summary.Unknown;
    }

    /// <summary>Walks a body with findings recorded, once everything it reads is final.</summary>
    /// <param name="watched">A member whose calls are to be recorded.</param>
    public Findings Analyse(Body body, bool collectsOrder = false, IMethodSymbol? watched = null)
    {
        while (true)
        {
            _active = null;
            _missing.Clear();
            var findings = new Findings { CollectsOrder = collectsOrder, Watched = watched };
            new Walk(body, _knowledge, _bodies, this, wantsEffects: false, findings, _cancellation).Run();
            if (_missing.Count == 0)
                return findings;
            Settle(_missing.ToArray());
        }
    }

    Summary ISummaries.Of(IMethodSymbol method, bool withEffects, bool withManaged)
    {
        var key = new SummaryKey(KnowledgeBase.Canonical(method), withEffects, withManaged);
        if (_finished.TryGetValue(key, out var finished))
            return finished;
        if (!withEffects && _finished.TryGetValue(key with { WithEffects = true }, out finished))
            return finished;
        if (_bodies.Of(key.Method) is null)
            return Summary.Unknown;
        if (_current.TryGetValue(key, out var current))
        {
            if (_active is { } reader)
                _readers[key].Add(reader);
            return current;
        }

        // Unknown for now: the walk goes on only to see what else it will ask for, and is done again.
        if (!_missing.Contains(key))
            _missing.Add(key);
        return Summary.Unknown;
    }

    private void Settle(IReadOnlyList<SummaryKey> roots)
    {
        var work = new Stack<SummaryKey>();
        var waiting = new HashSet<SummaryKey>();
        foreach (var root in roots)
            Push(root);

        while (work.Count > 0)
        {
            _cancellation.ThrowIfCancellationRequested();
            var key = work.Pop();
            waiting.Remove(key);
            if (_bodies.Of(key.Method) is not { } body)
            {
                _current[key] = Summary.Unknown;
                continue;
            }

            _active = key;
            _missing.Clear();
            var summary = new Walk(body, _knowledge, _bodies, this, key.WithEffects, findings: null, _cancellation, key.WithManaged).Run();
            if (_missing.Count > 0)
            {
                var missing = _missing.ToArray();
                Push(key);
                for (var i = missing.Length - 1; i >= 0; i--)
                    Push(missing[i]);
                continue;
            }

            if (summary.SameAs(_current[key]))
            {
                _current[key] = summary;
                continue;
            }

            _walks.TryGetValue(key, out var walks);
            _walks[key] = walks + 1;
            _current[key] = walks < MaxWalks ? summary : Summary.Unknown;
            if (walks > MaxWalks)
                continue;
            foreach (var reader in _readers[key])
                Push(reader);
        }

        _active = null;
        foreach (var pair in _current)
            _finished.TryAdd(pair.Key, pair.Value);
        _current.Clear();
        _readers.Clear();

        void Push(SummaryKey key)
        {
            if (!_current.ContainsKey(key))
            {
                _current.Add(key, Summary.Bottom);
                _readers.Add(key, new HashSet<SummaryKey>());
            }

            if (waiting.Add(key))
                work.Push(key);
        }
    }
}

/// <summary>A member, whether its effects were asked for, and whether its managed allocations are to be among them.</summary>
internal readonly record struct SummaryKey(IMethodSymbol Method, bool WithEffects, bool WithManaged = false)
{
    public bool Equals(SummaryKey other) => WithEffects == other.WithEffects && WithManaged == other.WithManaged && SymbolEqualityComparer.Default.Equals(Method, other.Method);

    public override int GetHashCode() => SymbolEqualityComparer.Default.GetHashCode(Method) ^ (WithEffects ? 1 : 0) ^ (WithManaged ? 2 : 0);
}
