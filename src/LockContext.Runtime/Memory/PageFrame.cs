using System.Threading;

namespace LockContext.Runtime;

/// <summary>What the allocator knows about one page. Kept apart from the page itself, so that a user who writes past his memory does not reach it.</summary>
/// <remarks>
/// <code>
/// State:   bits 0-3  order of the block that this page heads
///          bits 4-5  migrate type of the per-CPU list that a single page goes back to
///          bits 8-10 who has the page (PageState)
/// </code>
/// Only the first page of a block has a state other than <see cref="PageState.Tail"/>. A free by a user takes the state from Allocated to Returned in one compare-exchange,
/// so of any number of frees of the same block exactly one succeeds; every other transition is made by whoever has the block, and nobody else then writes the word.
/// </remarks>
internal struct PageFrame
{
    internal const int OrderMask = 0xF;
    internal const int TypeShift = 4;
    internal const int TypeMask = 3 << TypeShift;

    // Not properties with backing fields: compare-exchange needs the address.
    internal int State;

    /// <summary>The next frame on the list that this one is on, as an index; <see cref="PageFrames.None"/> at the end.</summary>
    internal int Next;

    /// <summary>The one before, where the list has such links.</summary>
    internal int Previous;

    internal readonly int Order => State & OrderMask;

    internal readonly int Type => (State & TypeMask) >> TypeShift;

    /// <summary>Takes an allocated block from its user. Fails if somebody else has done so, or the block is not allocated in this way.</summary>
    internal static bool TryReturn(ref int state, int seen)
        => Interlocked.CompareExchange(ref state, (seen & (OrderMask | TypeMask)) | (int)PageState.Returned, seen) == seen;

    internal static PageState StateOf(int word) => (PageState)(word & ~(OrderMask | TypeMask));

    internal static int Word(PageState state, int order, int type = 0) => (int)state | (type << TypeShift) | order;
}

/// <summary>Who has a block of pages. Zero, so that fresh memory says so, means that the page heads no block.</summary>
internal enum PageState
{
    /// <summary>Not the first page of a block, or not yet part of the zone.</summary>
    Tail = 0,

    /// <summary>On a free list of the zone.</summary>
    InZone = 1 << 8,

    /// <summary>On a per-CPU list.</summary>
    Listed = 2 << 8,

    /// <summary>With a user.</summary>
    Allocated = 3 << 8,

    /// <summary>On its way back: parked, or in a chain that somebody is carrying.</summary>
    Returned = 4 << 8,
}
