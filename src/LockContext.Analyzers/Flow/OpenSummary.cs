using System.Collections.Generic;

namespace LockContext.Analyzers.Flow;

/// <summary>A summary that is being computed.</summary>
internal sealed class OpenSummary
{
    public OpenSummary(SummaryKey key, int index)
    {
        Key = key;
        Index = Low = index;
    }

    public SummaryKey Key { get; }

    public int Index { get; }

    public int Low { get; set; }

    /// <summary>What its body asks for when it knows nothing of any other.</summary>
    public List<SummaryKey> Asks { get; } = new();

    /// <summary>How many of these it asked for itself; what is found later stands with the member that the search came by.</summary>
    public int Explored { get; set; }

    public int Next { get; set; }

    public object? Group { get; private set; }

    public Summary Value { get; set; } = Summary.Bottom;

    /// <summary>To see what it asks for was enough to know all of it.</summary>
    public bool IsKnown { get; set; }

    /// <summary>What the walks over it have read, and over all of its group.</summary>
    public Reads? Reads { get; set; }

    public SortedSet<OpenSummary> Readers { get; } = new(Comparer<OpenSummary>.Create((a, b) => a.Position.CompareTo(b.Position)));

    public bool IsDirty { get; set; }

    public int Changes { get; set; }

    private int Position { get; set; }

    public void Enter(object group, int position, Reads? reads)
    {
        Reads = reads;
        Readers.Clear();
        Position = position;
        Group = group;
        Value = Summary.Bottom;
        IsDirty = true;
        Changes = 0;
    }
}
