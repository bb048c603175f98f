using System.Threading;

namespace LockContext.Runtime;

public sealed unsafe partial class SlabCache
{
    // Of slots that are gone.
    private long _slotAllocations;
    private long _slotFrees;
    private long _slotNoLocksFailures;

    /// <summary>What the cache holds and has done. Waits for nothing and allocates nothing.</summary>
    /// <returns>The figures, each right at some moment during the call.</returns>
    [RawAtomic]
    public SlabCacheStatistics GetStatistics()
    {
        long hits = _slotAllocations, frees = _slotFrees, noLocksFailures = _slotNoLocksFailures + Volatile.Read(ref _noLocksFailures);
        int used = ThreadIndex.Used;
        for (int i = 1; i <= used; i++)
        {
            SlabSlot* slot = _slots.At(i);
            if (slot == null) continue;
            hits += Volatile.Read(ref slot->Allocations);
            frees += Volatile.Read(ref slot->Frees);
            noLocksFailures += Volatile.Read(ref slot->NoLocksFailures);
        }

        long refills = Volatile.Read(ref _refills);
        long slow = Volatile.Read(ref _slowAllocations);
        long allocations = hits + slow;
        frees += Volatile.Read(ref _slowFrees);
        long allocated = allocations - frees;
        return new SlabCacheStatistics
        {
            Slabs = _lists.Slabs,
            EmptySlabs = _lists.EmptySlabs,
            Pages = _lists.Pages,
            Objects = _lists.Objects,
            AllocatedObjects = allocated,
            CachedObjects = System.Math.Max(0, _lists.Objects - _lists.FreeObjects - allocated),
            MetadataBytes = _headers.Bytes + _magazines.Bytes + (long)_slotPages * PageAllocator.PageSize + SlabSlots.Chunks * sizeof(nint),
            Allocations = allocations,
            Frees = frees,
            MagazineHits = allocations - refills,
            Refills = refills,
            RemoteFrees = _remote.Pushed,
            NoLocksFailures = noLocksFailures,
            Failures = noLocksFailures + Volatile.Read(ref _failures),
            RejectedFrees = Volatile.Read(ref _rejectedFrees),
        };
    }
}
