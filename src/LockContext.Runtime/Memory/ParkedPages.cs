using System.Threading;

namespace LockContext.Runtime;

/// <summary>Blocks freed where no lock may be taken, waiting for somebody who may. A stack that is pushed to one by one and taken as a whole.</summary>
/// <remarks>
/// <para>
/// Pushing is a compare-exchange on the head. That the head may have been taken and come back in between (ABA) does no harm, because a push only needs the link it wrote to be the head
/// at the moment of the exchange; it is popping single elements that would be wrong, and nobody does.
/// </para>
/// <para>The link is written before the compare-exchange, a full fence, and read after the exchange of <see cref="TakeAll"/>, one as well.</para>
/// <para>It cannot grow without bound: its elements are the blocks themselves, each of which is here at most once.</para>
/// <para><b>Source</b>: R. K. Treiber, "Systems programming: coping with parallelism", IBM RJ 5118, 1986.</para>
/// </remarks>
[RawAtomic]
internal sealed class ParkedPages(PageFrames frames, PathGate gate)
{
    private int _head = PageFrames.None;
    private int _pages;

    internal bool Any => Volatile.Read(ref _head) != PageFrames.None;

    /// <summary>Pages parked, at about this moment.</summary>
    internal int Count => Volatile.Read(ref _pages);

    /// <summary>Parks a block in state <see cref="PageState.Returned"/>.</summary>
    internal void Park(int frame, int order)
    {
        Interlocked.Add(ref _pages, 1 << order);
        int head = Volatile.Read(ref _head);
        while (true)
        {
            frames[frame].Next = head;
            int seen = Interlocked.CompareExchange(ref _head, frame, head);
            if (seen == head) break;
            head = seen;
        }

        // After the push. TakeAll clears it before it takes: if our store is overwritten by that, our push, which came before the store, is among what is taken.
        gate.SetParked(true);
    }

    /// <summary>Takes everything that is parked, as a chain.</summary>
    internal int TakeAll()
    {
        if (!Any)
        {
            // Somebody has taken it before its pusher said that it is there.
            if (gate.HasParked) gate.SetParked(false);
            if (!Any) return PageFrames.None;
        }

        gate.SetParked(false);
        return Interlocked.Exchange(ref _head, PageFrames.None);
    }

    /// <summary>Counts pages that <see cref="TakeAll"/> returned as gone, once they are in the zone.</summary>
    internal void Left(int pages) => Interlocked.Add(ref _pages, -pages);
}
