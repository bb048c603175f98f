using System;
using System.Threading;

namespace LockContext.Runtime;

/// <summary>Slow paths: what is done under the cache's lock, and how slabs come and go.</summary>
public sealed unsafe partial class SlabCache
{
    /// <summary>Allocates a slab, outside of the lock, and adds it.</summary>
    /// <exception cref="InvalidOperationException">The constructor of this cache is what asks for it.</exception>
    private bool TryAddSlab(GfpFlags flags)
    {
        if (_constructor is not null && Construction.IsUnderWay(_number)) SlabMisuse.ThrowInsideConstructor(Name);
        byte* block = AllocBlock(flags & ~NotForPages, out int order);
        if (block == null) return false;

        Extent* slab = (Extent*)TakeBlock(ref _headers, flags & ~NotForPages);
        if (slab == null)
        {
            _pages.FreePages(block, order);
            return false;
        }

        *slab = new Extent
        {
            Base = block + _layout.RedZone,
            Stride = _layout.Stride,
            Reciprocal = Extent.ReciprocalOf(_layout.Stride),
            Count = _layout.Count(order),
            Free = _layout.Count(order),
            Owner = _number,
            Slots = _slots.Table,
            Kind = (byte)ExtentKind.Slab,
            Order = (byte)order,
        };
        new Span<byte>(Extent.State(slab, 0), slab->Count).Fill(Extent.InSlab);
        bool complete = false;
        try
        {
            _debugger?.Prepare(slab);
            Construct(slab);
            complete = PageMap.TrySet(block, (nuint)1 << order, slab);
        }
        finally
        {
            if (!complete)
            {
                _pages.FreePages(block, order);
                GiveBlock(ref _headers, slab);
            }
        }

        if (!complete) return false;
        _lock.Enter();
        _lists.Add(slab);
        _lock.Exit();
        MemoryEvents.Log?.Grown(Name, flags, order);
        return true;
    }

    // As SLUB does it: the preferred order only if it is there without effort, the least one with all the effort that the flags allow.
    private byte* AllocBlock(GfpFlags flags, out int order)
    {
        order = _layout.Order;
        if (order > _layout.LeastOrder)
        {
            GfpFlags easily = (flags & ~(GfpFlags.NoFail | GfpFlags.RetryMayFail | GfpFlags.DirectReclaim)) | GfpFlags.NoWarn;
            byte* block = (byte*)_pages.AllocPages(easily, order);
            if (block != null) return block;
            order = _layout.LeastOrder;
        }

        return (byte*)_pages.AllocPages(flags, order);
    }

    private void Construct(Extent* slab)
    {
        if (_constructor is null) return;
        Construction here = default;
        Construction.Begin(&here, _number);
        try
        {
            for (uint i = 0; i < (uint)slab->Count; i++) _constructor((nint)Extent.Object(slab, i));
        }
        finally
        {
            Construction.End(&here);
        }
    }

    /// <summary>A header or magazine from a pool, which grows if need be. Called without the lock.</summary>
    private void* TakeBlock(ref NativePool pool, GfpFlags flags)
    {
        _lock.Enter();
        void* block = pool.TryTake();
        _lock.Exit();
        if (block != null) return block;

        byte* chunk = pool.AllocChunk(flags, out int order);
        if (chunk == null) return null;
        _lock.Enter();
        pool.AddChunk(chunk, order);
        block = pool.TryTake();
        _lock.Exit();
        return block;
    }

    private void GiveBlock(ref NativePool pool, void* block)
    {
        _lock.Enter();
        pool.Give(block);
        _lock.Exit();
    }

    private Magazine* TakeEmptyMagazine()
    {
        Magazine* magazine = _barn.TryTakeEmpty();
        if (magazine != null) return magazine;
        magazine = (Magazine*)TakeBlock(ref _magazines, Speculative);
        if (magazine != null) *magazine = new Magazine { Capacity = _magazineCapacity };
        return magazine;
    }

    /// <summary>Finds a place for a magazine that nobody uses, with objects or without.</summary>
    private void GiveMagazine(Magazine* magazine)
    {
        if (magazine->Count == magazine->Capacity && _barn.TryPutFull(magazine)) return;
        PutBack(magazine);
        if (!_barn.TryPutEmpty(magazine)) GiveBlock(ref _magazines, magazine);
    }

    /// <summary>This thread's slot, with magazines if there is memory for them; if not, one without.</summary>
    private SlabSlot* SlotOfThisThread()
    {
        if (!_usesMagazines || Volatile.Read(ref _closed)) return _slots.Current;
        SlabSlot* slot = _slots.Current;
        if (slot->Main->Capacity != 0) return slot;

        int index = ThreadIndex.Register();
        if (index == 0 || (!_slots.HasChunk(index) && !TryAddSlots(index))) return slot;
        slot = _slots.Current;

        // The number may be that of a thread that has ended, and its slot full of objects.
        if (slot->Main->Capacity != 0) return slot;
        Magazine* main = TakeEmptyMagazine();
        Magazine* spare = main == null ? null : TakeEmptyMagazine();
        if (spare != null && SlabSlot.TryEnter(slot))
        {
            slot->Main = main;
            slot->Spare = spare;
            SlabSlot.Exit(slot);
            return slot;
        }

        if (main != null) GiveMagazine(main);
        if (spare != null) GiveMagazine(spare);
        return slot;
    }

    private bool TryAddSlots(int index)
    {
        byte* page = (byte*)_pages.AllocPages(Speculative, 0);
        if (page == null) return false;
        _lock.Enter();
        bool needed = !_slots.HasChunk(index);
        if (needed)
        {
            _slots.AddChunk(index, page);
            _slotPages++;
        }

        _lock.Exit();
        if (!needed) _pages.FreePages(page, 0);
        return true;
    }

    /// <summary>Puts all objects of a magazine back into their slabs, and slabs that become empty back to the page allocator if there are enough.</summary>
    private int PutBack(Magazine* magazine)
    {
        int count = magazine->Count;
        if (count == 0) return 0;
        _lock.Enter();
        for (int i = 0; i < count; i++) PutBackHeld(Magazine.Entries(magazine)[i].Entry);
        magazine->Count = 0;
        PutBackRemoteFrees();
        SlabHooks.Reached(SlabHooks.Place.Cache);
        bool surplus = _lists.EmptySlabs > _keepEmpty;
        _lock.Exit();
        if (surplus) ReleaseEmptySlabs(_keepEmpty);
        return count;
    }

    private void PutBackOne(nuint entry)
    {
        Interlocked.Increment(ref _slowFrees);
        _lock.Enter();
        PutBackHeld(entry);
        PutBackRemoteFrees();
        int keep = _closed ? 0 : _keepEmpty;
        bool surplus = _lists.EmptySlabs > keep;
        _lock.Exit();
        if (surplus) ReleaseEmptySlabs(keep);
        if (keep == 0 && Volatile.Read(ref _closed)) TryRelease();
    }

    [RequiresLock("_lock")]
    private void PutBackHeld(nuint entry)
    {
        if (!_lists.TryPut(entry)) Interlocked.Increment(ref _rejectedFrees);
    }

    [RequiresLock("_lock")]
    private void PutBackRemoteFrees()
    {
        nint link = _remote.TakeAll();
        while (link != 0)
        {
            nint next = *(nint*)link;
            byte* item = (byte*)link - _layout.LinkOffset;
            Extent* extent = PageMap.Find(item);
            PutBackHeld(Magazine.Entry(extent, Extent.IndexOf(extent, (nuint)item - (nuint)extent->Base)));
            link = next;
        }
    }

    /// <summary>Gives slabs without objects in use back to the page allocator, outside of the lock.</summary>
    private void ReleaseEmptySlabs(int keep)
    {
        Extent* chain = null;
        _lock.Enter();
        while (_lists.EmptySlabs > keep)
        {
            Extent* slab = _lists.AnEmptyOne;
            _lists.Remove(slab);
            PageMap.Clear(slab->Base - _layout.RedZone, (nuint)1 << slab->Order);
            slab->Owner = 0;

            // No object: a wrongful free that finds the header all the same is refused by the index.
            slab->Count = 0;
            slab->Next = chain;
            chain = slab;
        }

        _releasing++;
        _lock.Exit();
        while (chain != null)
        {
            Extent* slab = chain;
            chain = slab->Next;
            Interlocked.Add(ref _releasedPages, 1 << slab->Order);
            _pages.FreePages(slab->Base - _layout.RedZone, slab->Order);
            MemoryEvents.Log?.Shrunk(Name, slab->Order);
            GiveBlock(ref _headers, slab);
        }

        _lock.Enter();
        _releasing--;
        _lock.Exit();
    }
}
