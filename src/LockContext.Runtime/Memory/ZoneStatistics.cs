namespace LockContext.Runtime;

/// <summary>What a zone holds and has done. Pages unless a member says otherwise.</summary>
public readonly record struct ZoneStatistics
{
    /// <summary><c>Normal</c> or <c>Movable</c>.</summary>
    public string Name { get; init; }

    /// <summary>Pages that the zone would have with all of its memory.</summary>
    public int ManagedPages { get; init; }

    /// <summary>Pages that have joined it.</summary>
    public int PresentPages { get; init; }

    /// <summary>Pages free in it.</summary>
    public int FreePages { get; init; }

    /// <summary>Of <see cref="FreePages"/>, those kept for blocks that are wanted by somebody who cannot wait.</summary>
    public int FreeHighAtomicPages { get; init; }

    /// <summary>Of <see cref="FreePages"/>, those whose memory is with the system.</summary>
    public int DiscardedPages { get; init; }

    /// <summary>The mark below which only reserves are left.</summary>
    public int MinMark { get; init; }

    /// <summary>The mark below which the background reclaimer is woken.</summary>
    public int LowMark { get; init; }

    /// <summary>The mark up to which it works.</summary>
    public int HighMark { get; init; }

    /// <summary>What allocations that have a zone of their own leave to others here.</summary>
    public int LowMemoryReserve { get; init; }

    /// <summary>Allocations served from this zone: <c>PGALLOC</c>.</summary>
    public long Allocations { get; init; }

    /// <summary>Of these, those that would have preferred another zone: <c>NUMA_MISS</c> by another name.</summary>
    public long ForeignAllocations { get; init; }

    /// <summary>Times it took pages from a page block of another migrate type.</summary>
    public long TypeFallbacks { get; init; }

    /// <summary>Page blocks that changed their migrate type.</summary>
    public long Claims { get; init; }
}
