using System;
using System.Runtime.CompilerServices;

namespace LockContext.Runtime;

/// <summary>Free blocks of one order on their way from a zone to page lists, as runs of neighbours: a handful of numbers for hundreds of pages, whose frames nobody has to touch in between.</summary>
/// <remarks>
/// All frames of a run are in state <see cref="PageState.Tail"/>: a free of one is refused, and no buddy merges with it. Whoever has the runs has the blocks.
/// </remarks>
internal ref struct PageRuns
{
    /// <summary>How many runs fit in. A batch that lies in more pieces is cut short.</summary>
    internal const int Capacity = 48;

    private Firsts _firsts;
    private Lengths _lengths;
    private int _runs;

    internal PageRuns(int order)
    {
        Unsafe.SkipInit(out _firsts);
        Unsafe.SkipInit(out _lengths);
        Order = order;
    }

    internal int Order { get; }

    /// <summary>Blocks that are in it.</summary>
    internal int Count { get; private set; }

    internal readonly bool IsFull => _runs == Capacity;

    /// <summary>Adds blocks that lie next to each other.</summary>
    internal void Add(int first, int blocks)
    {
        _firsts[_runs] = first;
        _lengths[_runs++] = blocks;
        Count += blocks;
    }

    /// <summary>Takes neighbours out that were added last.</summary>
    /// <param name="most">How many blocks at most.</param>
    /// <param name="first">The first of them.</param>
    /// <param name="blocks">How many there are.</param>
    /// <returns>Whether there are any.</returns>
    internal bool TryTakeLast(int most, out int first, out int blocks)
    {
        first = PageFrames.None;
        blocks = 0;
        if (_runs == 0) return false;

        int last = _runs - 1;
        blocks = Math.Min(most, _lengths[last]);
        int left = _lengths[last] - blocks;
        first = _firsts[last] + (left << Order);
        _lengths[last] = left;
        if (left == 0) _runs = last;
        Count -= blocks;
        return true;
    }

    /// <summary>Takes blocks out that were added last, as a chain.</summary>
    /// <param name="frames">The frames.</param>
    /// <param name="kind">The kind of list they are for.</param>
    /// <param name="most">How many blocks at most.</param>
    /// <returns>A chain in state <see cref="PageState.Returned"/>, or <see cref="PageFrames.None"/>.</returns>
    internal int TakeChain(PageFrames frames, int kind, int most)
    {
        int chain = PageFrames.None;
        while (most > 0 && TryTakeLast(most, out int first, out int blocks))
        {
            for (int frame = first + ((blocks - 1) << Order); frame >= first; frame -= 1 << Order)
            {
                ref PageFrame entry = ref frames[frame];
                entry.State = PageFrame.Word(PageState.Returned, Order, kind);
                entry.Next = chain;
                chain = frame;
            }

            most -= blocks;
        }

        return chain;
    }

    [InlineArray(Capacity)]
    private struct Firsts
    {
        private int _first;
    }

    [InlineArray(Capacity)]
    private struct Lengths
    {
        private int _first;
    }
}
