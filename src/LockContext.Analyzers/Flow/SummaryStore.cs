using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Linq;
using Microsoft.CodeAnalysis;

namespace LockContext.Analyzers.Flow;

/// <summary>
/// The summaries of a compilation. While the names are still searched by which code that changes locks is found, it also knows what each was made from, so that a new name takes with it only what
/// has asked for that name.
/// </summary>
internal sealed class SummaryStore
{
    /// <summary>Final summaries.</summary>
    public ConcurrentDictionary<SummaryKey, Summary> Finished { get; } = new();

    /// <summary>Walks that are good for as long as it is answered as it was which members may change what is held.</summary>
    public ConcurrentDictionary<Body, Survey> Surveys { get; } = new();

    /// <summary>What the summaries were made from, each after all that it has read.</summary>
    public ConcurrentQueue<(SummaryKey Key, Reads Reads)> Made { get; private set; } = new();

    /// <summary>Whether the names are still searched.</summary>
    public bool RemembersReads { get; private set; } = true;

    /// <summary>Takes out the summaries that were made when members were taken to leave all locks alone that may change some; nobody else uses the store meanwhile.</summary>
    public void Forget(Func<IMethodSymbol, bool> mayChangeLocks)
    {
        var stale = new HashSet<SummaryKey>();
        var kept = new ConcurrentQueue<(SummaryKey, Reads)>();
        foreach (var (key, reads) in Made)
        {
            if (reads.Keys.Any(stale.Contains) || reads.NotChanging.Any(mayChangeLocks))
                stale.Add(key);
            else
                kept.Enqueue((key, reads));
        }

        foreach (var key in stale)
            Finished.TryRemove(key, out _);
        Made = kept;
    }

    /// <summary>From now on the names are known.</summary>
    public void Settle()
    {
        RemembersReads = false;
        Made = new();
    }
}

/// <summary>What a summary was made from.</summary>
internal sealed class Reads
{
    public static readonly Reads None = new();

    /// <summary>The summaries of members outside of its group.</summary>
    public HashSet<SummaryKey> Keys { get; } = new();

    /// <summary>Members that were taken to leave all locks alone.</summary>
    public HashSet<IMethodSymbol> NotChanging { get; } = new(SymbolEqualityComparer.Default);
}

/// <summary>A walk over a body that has read no summary of another member.</summary>
/// <param name="Findings">What it has seen, if there was nothing that it would have read.</param>
/// <param name="Answers">Which members it was told may change what is held, and which not.</param>
/// <param name="Asks">The summaries that it would have read for its own.</param>
internal sealed record Survey(Summary Summary, Findings? Findings, Dictionary<IMethodSymbol, bool> Answers, SummaryKey[] Asks)
{
    /// <summary>Whether the summary is the member's.</summary>
    public bool IsKnown => Asks.Length == 0;

    public Reads Reads
    {
        get
        {
            var reads = new Reads();
            reads.NotChanging.UnionWith(Answers.Where(a => !a.Value).Select(a => a.Key));
            return reads;
        }
    }
}
