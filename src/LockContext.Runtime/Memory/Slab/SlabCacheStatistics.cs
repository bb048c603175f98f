namespace LockContext.Runtime;

/// <summary>What a <see cref="SlabCache"/> holds and has done. Objects unless a member says otherwise; counters count from the making of the cache.</summary>
/// <remarks>Gathered without stopping anybody: each value is right at some moment during the call, but not all at the same one.</remarks>
public readonly record struct SlabCacheStatistics
{
    /// <summary>Slabs.</summary>
    public int Slabs { get; init; }

    /// <summary>Of <see cref="Slabs"/>, those without an object in use.</summary>
    public int EmptySlabs { get; init; }

    /// <summary>Pages that the slabs consist of.</summary>
    public long Pages { get; init; }

    /// <summary>Objects that the slabs have room for.</summary>
    public long Objects { get; init; }

    /// <summary>Objects with users.</summary>
    public long AllocatedObjects { get; init; }

    /// <summary>Free objects in magazines and on their way.</summary>
    public long CachedObjects { get; init; }

    /// <summary>Bytes of headers, states, magazines and slots; the table of extents, 8 bytes for a page, is everybody's.</summary>
    public long MetadataBytes { get; init; }

    /// <summary>Allocations that succeeded.</summary>
    public long Allocations { get; init; }

    /// <summary>Frees accepted.</summary>
    public long Frees { get; init; }

    /// <summary>Allocations served by a magazine: without a sleeping lock.</summary>
    public long MagazineHits { get; init; }

    /// <summary>Allocations that filled a magazine from slabs, or took a single object from one.</summary>
    public long Refills { get; init; }

    /// <summary>Frees without locks that found no room in a magazine, so that somebody else has to put the object into its slab.</summary>
    public long RemoteFrees { get; init; }

    /// <summary>Allocations with <see cref="GfpFlags.NoLocks"/> that returned <see langword="null"/>.</summary>
    public long NoLocksFailures { get; init; }

    /// <summary>Allocations that returned <see langword="null"/>, those with <see cref="GfpFlags.NoLocks"/> included.</summary>
    public long Failures { get; init; }

    /// <summary>Frees refused, or found out later: double, foreign, misaligned.</summary>
    public long RejectedFrees { get; init; }
}
