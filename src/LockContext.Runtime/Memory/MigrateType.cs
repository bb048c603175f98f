using System;

namespace LockContext.Runtime;

/// <summary>Kinds of use that are kept apart, so that a page that can never move does not sit in the middle of a block of movable ones.</summary>
/// <remarks>The numbers are those of bits 3 and 4 of <see cref="GfpFlags"/>; 3, both bits, is not a type.</remarks>
internal static class MigrateType
{
    internal const int Unmovable = 0;
    internal const int Movable = 1;
    internal const int Reclaimable = 2;
    internal const int Count = 3;

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
