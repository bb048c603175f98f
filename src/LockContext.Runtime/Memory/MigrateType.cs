using System;

namespace LockContext.Runtime;

/// <summary>Kinds of use that are kept apart, so that a page that can never move does not sit in the middle of a block of movable ones.</summary>
/// <remarks>The numbers of the first three are those of bits 3 and 4 of <see cref="GfpFlags"/>; 3, both bits, cannot be asked for.</remarks>
internal static class MigrateType
{
    internal const int Unmovable = 0;
    internal const int Movable = 1;
    internal const int Reclaimable = 2;

    /// <summary>How many types an allocation can ask for.</summary>
    internal const int Count = 3;

    /// <summary>Kept back for blocks of several pages that are wanted by somebody who cannot wait.</summary>
    internal const int HighAtomic = 3;

    /// <summary>How many types a page block can have.</summary>
    internal const int OfBlocks = 4;

    internal static int Of(GfpFlags flags) => (int)((uint)(flags & (GfpFlags.Movable | GfpFlags.Reclaimable)) >> 3);

    /// <summary>
    /// Where to look when a type has no pages left, best first: page by page whatever can be freed on request does the least harm to others, and
    /// only what is left then comes from the type that is opposite in kind.
    /// </summary>
    internal static ReadOnlySpan<byte> FallbacksOf(int type) => type switch
    {
        Unmovable => [Reclaimable, Movable],
        Movable => [Reclaimable, Unmovable],
        _ => [Unmovable, Movable],
    };
}

/// <summary>Which of the page lists of an order a block belongs on: one for each type of the normal zone, and one for the zone of movable memory.</summary>
internal static class ListKind
{
    /// <summary>Blocks of the zone of movable memory, all of which have one type.</summary>
    internal const int MovableZone = 3;

    internal const int Count = 4;

    /// <summary>The highest order that lists are kept for, as in Linux; larger blocks come from the zone.</summary>
    internal const int MaxOrder = 3;

    internal const int Orders = MaxOrder + 1;

    internal static int TypeOf(int kind) => kind == MovableZone ? MigrateType.Movable : kind;

    internal static int ZoneOf(int kind) => kind == MovableZone ? 1 : 0;

    internal static int Of(int zone, int type) => zone == 0 ? type : MovableZone;

    /// <summary>Where the list of a kind and order is among all lists.</summary>
    internal static int Index(int kind, int order) => kind * Orders + order;
}
