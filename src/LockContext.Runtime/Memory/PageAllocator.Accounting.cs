using System.Threading;

namespace LockContext.Runtime;

public sealed unsafe partial class PageAllocator
{
    private long _limitFailures;
    private long _budgetFailures;
    private long _chargedPages;

    // Before the allocation, so that a page that nobody may have is not taken from others. Only those who may reclaim do so at the limit.
    private bool TryCharge(GfpFlags flags, int order, out MemoryGroup? group)
    {
        group = MemoryGroup.Current;
        if (group is null) return true;
        int pages = 1 << order;
        bool memAlloc = (flags & (GfpFlags.MemAlloc | GfpFlags.NoMemAlloc)) == GfpFlags.MemAlloc;
        bool force = memAlloc || (flags & (GfpFlags.High | GfpFlags.NoFail)) != 0;
        bool charged = group.TryCharge(pages, force);
        if (!charged && (flags & GfpFlags.DirectReclaim) != 0) charged = ReclaimAndCharge(flags, group, pages);
        if (!charged) CountLimitFailure(group);
        return charged;
    }

    /// <summary>Charges a page of ours, allocated without <see cref="GfpFlags.Account"/> and not used yet, to a group that need not be the thread's.</summary>
    [RawAtomic]
    internal bool TryCharge(MemoryGroup group, void* page)
    {
        if (!group.TryCharge(1, force: false))
        {
            CountLimitFailure(group);
            return false;
        }

        MarkCharged(_frames.IndexOf(page), 0, group);
        return true;
    }

    [Sleepable]
    private bool ReclaimAndCharge(GfpFlags flags, MemoryGroup group, int pages)
    {
        int tries = (flags & GfpFlags.NoRetry) != 0 ? 1 : MaxReclaimRetries;
        for (int i = 0; i < tries; i++)
        {
            long freed = ShrinkFor(flags, group);
            if (group.TryCharge(pages, force: false)) return true;
            if (freed == 0) return false;
        }

        return false;
    }

    [RawAtomic]
    private void CountLimitFailure(MemoryGroup group)
    {
        group.CountLimitFailure();
        Interlocked.Increment(ref _limitFailures);
    }

    // The block is in our hands, and until it is delivered nobody else writes its frame.
    [RawAtomic]
    private void MarkCharged(int frame, int order, MemoryGroup group)
    {
        ref PageFrame entry = ref _frames[frame];
        entry.Group = group.Number;
        entry.State |= PageFrame.Charged;
        Interlocked.Add(ref _chargedPages, 1 << order);
    }

    // Called by whoever has taken the block from its user, so once for each block.
    [RawAtomic]
    private void Uncharge(int frame, int order)
    {
        Interlocked.Add(ref _chargedPages, -(1 << order));
        MemoryGroup.Of(_frames[frame].Group)?.Uncharge(1 << order);
    }

    // Below the low mark and without reclaiming oneself: on the work of others.
    private int AllocOnBudget(GfpFlags flags, int order, int type)
    {
        MemoryGroup? group = MemoryGroup.Current;
        if (group is null || (flags & GfpFlags.DirectReclaim) != 0) return AllocAboveReserve(flags, order, type);
        if (!group.TryRide(1 << order))
        {
            Interlocked.Increment(ref _budgetFailures);
            return PageFrames.None;
        }

        int frame = AllocAboveReserve(flags, order, type);
        if (frame == PageFrames.None) group.Unride(1 << order);
        return frame;
    }
}
