namespace LockContext.Runtime;

/// <summary>What <see cref="GfpFlags.NoLocks"/> does when the page lists have nothing.</summary>
public enum NoLocksMode
{
    /// <summary>Nothing: <see langword="null"/>. What the patch of August 2020 proposed, and what the rules assume. The default.</summary>
    ListsOnly = 0,

    /// <summary>
    /// Tries the zone lock once, and takes a block from the zone if nobody has it: what Linux ended with in 2025 (<c>alloc_pages_nolock</c>). Orders up to 3 are then served too, from lists
    /// or zone. The lock is not re-entrant: from inside the allocator's own sections the answer is <see langword="null"/>.
    /// </summary>
    TryZoneLock = 1,
}
