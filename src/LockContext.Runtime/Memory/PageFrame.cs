namespace LockContext.Runtime;

/// <summary>What the allocator knows about one page. Kept apart from the page itself, so that a user who writes past his memory does not reach it.</summary>
/// <remarks>
/// <code>
/// State:   bits 0-3   order of the block that this page heads
///          bits 4-6   list kind: which of the page lists the block goes back to (ListKind)
///          bit  7     charged to a group
///          bits 8-10  who has the block (PageState)
///          bit  11    its memory is with the system (blocks in the zone only)
///          bits 12-31 whose: the number of the thread's list that it came from or is on; 0 if none
/// </code>
/// <para>
/// Only the first page of a block has a state other than <see cref="PageState.Tail"/>. Whoever has the block writes the word, and nobody else, with one exception: frees. Two of them for the
/// same block have to be told apart. A thread that frees what came from its own list takes the word from Allocated to Listed by a plain store; any other free takes it
/// from Allocated to Returned, and from there to a list, by two compare-exchanges. Of two frees by compare-exchange, exactly one gets through the first. If the owner's store falls
/// between the two of another thread, the second fails, and that free is refused. If the store comes after, both have put the block on a list, but the word now names only
/// the owner's: the other list looks at the word before it hands a block out, does not find its own name there, and drops it. So a block is handed out once.
/// </para>
/// <para>
/// What this leaves open is a thread that is suspended between the load and the store of its free for so long that the block's other, equally wrong free has taken it through the zone or to a
/// new user. A compare-exchange would not see that either once the block has its old word again, and costs as much as everything else together.
/// </para>
/// </remarks>
internal struct PageFrame
{
    internal const int OrderMask = 0xF;
    internal const int KindShift = 4;
    internal const int KindMask = 7 << KindShift;
    internal const int Charged = 1 << 7;
    internal const int StateMask = 7 << 8;
    internal const int Discarded = 1 << 11;
    internal const int OwnerShift = 12;

    /// <summary>The highest number that a thread's list may have.</summary>
    internal const int MaxOwner = (1 << (31 - OwnerShift)) - 1;

    // Not properties with backing fields: compare-exchange needs the address.
    internal int State;

    /// <summary>The next frame on the list that this one is on, as an index; <see cref="PageFrames.None"/> at the end.</summary>
    internal int Next;

    /// <summary>The one before, where the list has such links.</summary>
    internal int Previous;

    /// <summary>The group that an allocated block is charged to, by its number.</summary>
    internal int Group;

    internal readonly int Order => State & OrderMask;

    internal readonly int Kind => (State & KindMask) >> KindShift;

    internal static PageState StateOf(int word) => (PageState)(word & StateMask);

    internal static int Word(PageState state, int order, int kind = 0, int owner = 0) => (int)state | (kind << KindShift) | order | (owner << OwnerShift);
}

/// <summary>Who has a block of pages. Zero, so that fresh memory says so, means that the page heads no block.</summary>
internal enum PageState
{
    /// <summary>Not the first page of a block, or not yet part of the zone.</summary>
    Tail = 0,

    /// <summary>On a free list of the zone.</summary>
    InZone = 1 << 8,

    /// <summary>On a page list.</summary>
    Listed = 2 << 8,

    /// <summary>With a user.</summary>
    Allocated = 3 << 8,

    /// <summary>On its way: parked, or in a chain that somebody is carrying.</summary>
    Returned = 4 << 8,
}
