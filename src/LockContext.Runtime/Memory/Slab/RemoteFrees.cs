using System.Threading;

namespace LockContext.Runtime;

/// <summary>Objects freed where no lock may be taken and no magazine had room, waiting for somebody who may put them into their slabs.</summary>
/// <remarks>
/// <para>
/// A stack linked through the objects, pushed to one by one and taken as a whole. That the head may have been taken and have come back in between (ABA) does no harm: a push needs only that the
/// link it wrote is the head at the moment of the exchange; popping single elements would be wrong, and nobody does.
/// </para>
/// <para>The link is written before the compare-exchange, a full fence, and read after the exchange of <see cref="TakeAll"/>, one as well.</para>
/// <para>It cannot grow without bound: its elements are objects, each of which is here at most once.</para>
/// <para><b>Source</b>: R. K. Treiber, "Systems programming: coping with parallelism", IBM RJ 5118, 1986.</para>
/// </remarks>
[RawAtomic]
internal unsafe struct RemoteFrees
{
    private nint _head;
    private long _pushed;

    internal bool Any => Volatile.Read(ref _head) != 0;

    internal long Pushed => Volatile.Read(ref _pushed);

    /// <summary>Adds an object.</summary>
    /// <param name="link">The word in it that holds the link.</param>
    internal void Push(nint* link)
    {
        Interlocked.Increment(ref _pushed);
        nint head = Volatile.Read(ref _head);
        while (true)
        {
            *link = head;
            nint seen = Interlocked.CompareExchange(ref _head, (nint)link, head);
            if (seen == head) return;
            head = seen;
        }
    }

    /// <summary>Takes everything, as a chain of links; 0 if there is nothing.</summary>
    internal nint TakeAll() => Any ? Interlocked.Exchange(ref _head, 0) : 0;
}
