using System;
using System.Threading;

namespace LockContext.Runtime;

internal sealed partial class BuddyZone
{
    /// <summary>Smaller blocks are not given back to the system: a system call for each would cost more than the memory is worth. 64 KiB.</summary>
    internal const int TrimOrder = 4;

    private int _discarded;

    /// <summary>Free pages whose memory is with the system.</summary>
    internal int DiscardedPages => Volatile.Read(ref _discarded);

    /// <summary>The most pages that may be part of the zone. Raising it lets the zone grow when it is short; lowering it takes effect as page blocks become free, see <see cref="Trim"/>.</summary>
    internal int Limit
    {
        get => Volatile.Read(ref _limit);
        set => Volatile.Write(ref _limit, value);
    }

    /// <summary>Gives the memory of free blocks back to the system, and takes page blocks out of the zone while it has more than its limit.</summary>
    /// <param name="keep">How many free pages to leave as they are, for those who come next.</param>
    /// <returns>The number of pages given back.</returns>
    internal int Trim(int keep)
    {
        int pages = Withhold();
        while (FreePages - DiscardedPages - keep >= 1 << TrimOrder)
        {
            int frame = TakeForTrim(out int order);
            if (frame == PageFrames.None) break;

            // The system call is made outside of the lock: the block is on no list meanwhile, so nobody else can have it.
            bool given = _frames.Discard(frame, 1 << order);
            PutBack(frame, order, given);
            if (!given) break;
            pages += 1 << order;
        }

        return pages;
    }

    private int Withhold()
    {
        int pages = 0;
        while (PresentPages > Limit)
        {
            int frame = TakeWholeBlock();
            if (frame == PageFrames.None) break;
            if (_frames.Discard(frame, Blocks.Pages)) pages += Blocks.Pages;
            _lock.Enter();
            _withheld.Push(_frames, frame);
            _lock.Exit();
        }

        return pages;
    }

    private int TakeWholeBlock()
    {
        _lock.Enter();
        int frame = PageFrames.None;
        for (int type = 0; type < MigrateType.OfBlocks && frame == PageFrames.None; type++)
        {
            if (_lists[List(PageAllocator.MaxOrder, type)].Count > 0)
            {
                frame = Split(_lists[List(PageAllocator.MaxOrder, type)].Pop(_frames), PageAllocator.MaxOrder, PageAllocator.MaxOrder, type);
                _frames[frame].State = PageFrame.Word(PageState.Returned, PageAllocator.MaxOrder);
                Volatile.Write(ref _present, _present - Blocks.Pages);
            }
        }

        _lock.Exit();
        return frame;
    }

    // The largest first: fewest system calls.
    private int TakeForTrim(out int order)
    {
        int frame = PageFrames.None;
        _lock.Enter();
        for (order = PageAllocator.MaxOrder; order >= TrimOrder; order--)
        {
            frame = TakeHere(order);
            if (frame != PageFrames.None) break;
        }

        _lock.Exit();
        return frame;
    }

    [RequiresLock("_lock")]
    private int TakeHere(int order)
    {
        for (int type = 0; type < MigrateType.OfBlocks; type++)
        {
            ref FrameList list = ref _lists[List(order, type)];
            int frame = list.Newest;
            if (frame == PageFrames.None || (_frames[frame].State & PageFrame.Discarded) != 0) continue;

            Split(list.Pop(_frames), order, order, type);
            _frames[frame].State = PageFrame.Word(PageState.Returned, order);
            return frame;
        }

        return PageFrames.None;
    }

    private void PutBack(int frame, int order, bool discarded)
    {
        _lock.Enter();
        _frames[frame].State = PageFrame.Word(PageState.Tail, 0);
        Merge(frame, order, discarded ? PageFrame.Discarded : 0);
        _lock.Exit();
    }
}
