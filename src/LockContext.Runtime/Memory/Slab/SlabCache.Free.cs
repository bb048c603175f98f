using System;
using System.Runtime.CompilerServices;
using System.Threading;

namespace LockContext.Runtime;

public sealed unsafe partial class SlabCache
{
    /// <summary>Frees an object of this cache, by whatever thread and with whatever flags it was allocated.</summary>
    /// <remarks>
    /// It goes into this thread's magazine. Full magazines go to the barn and from there, when there are too many, back to the slabs.
    /// <para><b>Wait class</b>: <see cref="WaitClass.Config"/>.</para>
    /// <para>A refused free leaves everything as it was, and is counted in <see cref="SlabCacheStatistics.RejectedFrees"/>.</para>
    /// </remarks>
    /// <param name="item">The object, or <see langword="null"/>, which does nothing.</param>
    /// <exception cref="ArgumentException"><paramref name="item"/> is not the address of an object of this cache.</exception>
    /// <exception cref="InvalidOperationException">The object is not allocated: it was freed before.</exception>
    [Frees(WithoutLocks = nameof(FreeNoLocks), DeferredBy = typeof(Rcu))]
    public void Free(void* item)
    {
        Lockdep.MightFree("SlabCache.Free");
        Extent* extent = PageMap.Find(item);
        if (extent != null && extent->Owner == _number && TryFree(extent, item)) return;
        if (item != null && !TryFreeGuarded(extent, item)) ThrowRejected(item);
    }

    /// <summary>Frees an object where nothing may be taken that sleeps: under a raw spin lock, in a callback that must not be late.</summary>
    /// <remarks>
    /// It goes into this thread's magazine, or into one of the barn if nobody is using that. Else it is left, without a lock, for the next ordinary allocation or free that needs the slabs.
    /// <para><b>Wait class</b>: <see cref="WaitClass.Spin"/>; it never waits, throws or wakes anybody. A free that <see cref="Free"/> would refuse with an exception is counted in
    /// <see cref="SlabCacheStatistics.RejectedFrees"/> and otherwise ignored.</para>
    /// </remarks>
    /// <param name="item">The object, or <see langword="null"/>, which does nothing.</param>
    [RawAtomic]
    public void FreeNoLocks(void* item)
    {
        Extent* extent = PageMap.Find(item);
        if (extent != null && extent->Owner == _number && TryFreeNoLocks(extent, item)) return;
        if (item != null && !TryFreeGuardedNoLocks(extent, item)) CountRejected(item, mayThrow: false);
    }

    /// <summary>Frees many objects of this cache at once, for less than one by one.</summary>
    /// <remarks>
    /// <b>Wait class</b>: <see cref="WaitClass.Config"/>. Entries of 0 are passed over. If some are refused, all others are freed all the same, and then the first refusal is thrown.
    /// </remarks>
    /// <param name="items">Their addresses.</param>
    /// <exception cref="ArgumentException">One of <paramref name="items"/> is not the address of an object of this cache.</exception>
    /// <exception cref="InvalidOperationException">One of them is not allocated: it was freed before, or is there twice.</exception>
    [Frees]
    public void FreeBulk(ReadOnlySpan<nint> items)
    {
        Lockdep.MightFree("SlabCache.FreeBulk");
        Exception? refused = null;
        while (!items.IsEmpty)
        {
            int freed = FreeRun(items);
            if (freed == 0)
            {
                // The first needs more than a magazine, or is none of ours.
                FreeOneOfMany((void*)items[0], ref refused);
                freed = 1;
            }

            items = items[freed..];
        }

        if (refused is not null) throw refused;
    }

    private void FreeOneOfMany(void* item, ref Exception? refused)
    {
        try
        {
            Extent* extent = PageMap.Find(item);
            if ((extent == null || extent->Owner != _number || !TryFree(extent, item)) && item != null && !TryFreeGuarded(extent, item)) ThrowRejected(item);
        }
#pragma warning disable CA1031 // whoever is told of a mistake may throw anything; the others are freed all the same
        catch (Exception exception)
#pragma warning restore CA1031
        {
            refused ??= exception;
        }
    }

    /// <summary>Frees an object of an extent of this cache.</summary>
    /// <returns>Whether it was one that is allocated.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal bool TryFree(Extent* extent, void* item) => TryPut(extent, item, ThreadIndex.Current) || TryFreeSlowly(extent, item);

    /// <summary>Frees an object of a slab, of whichever cache, if it is one that is allocated and has a place in its thread's magazine.</summary>
    /// <returns>Whether it has been done.</returns>
    [RawAtomic]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static bool TryPut(Extent* extent, void* item, uint thread)
    {
        nuint offset = (nuint)item - (nuint)extent->Base;
        uint index = Extent.IndexOf(extent, offset);
        if ((nuint)index * extent->Stride != offset || index >= (uint)extent->Count) return false;

        SlabSlot* slot = SlabSlots.Of(extent->Slots, thread);
        if (!SlabSlot.TryEnter(slot)) return false;

        Magazine* magazine = slot->Main;
        int count = magazine->Count;
        if (count < magazine->Capacity && Extent.TryTakeBack(Extent.State(extent, index)))
        {
            Magazine.Set(Magazine.Entries(magazine) + count, Magazine.Entry(extent, index), item);
            magazine->Count = count + 1;
            slot->Frees++;
            SlabSlot.Exit(slot);
            return true;
        }

        SlabSlot.Exit(slot);
        return false;
    }

    /// <summary>Frees an object of an extent of this cache without waiting for anything.</summary>
    [RawAtomic]
    internal bool TryFreeNoLocks(Extent* extent, void* item)
    {
        nuint offset = (nuint)item - (nuint)extent->Base;
        uint index = Extent.IndexOf(extent, offset);
        if ((nuint)index * extent->Stride != offset || index >= (uint)extent->Count || !Extent.TryTakeBackExactly(Extent.State(extent, index))) return false;

        _debugger?.OnFreed((byte*)item, mayThrow: false);
        SlabSlot* slot = _slots.Current;
        nuint entry = Magazine.Entry(extent, index);
        bool put = false;
        if (SlabSlot.TryEnterDiverted(slot))
        {
            put = TryPutIntoMagazines(slot, entry, wait: false);
            SlabSlot.Exit(slot);
            SlabTrace.Divert(slot);
        }

        if (put) return true;
        Interlocked.Increment(ref _slowFrees);
        _remote.Push((nint*)((byte*)item + _layout.LinkOffset));
        return true;
    }

    /// <summary>Frees those at the start that can be freed into magazines, one after another, entering the slot once.</summary>
    /// <returns>How many.</returns>
    internal int FreeRun(ReadOnlySpan<nint> items)
    {
        SlabSlot* slot = _slots.Current;
        if (!SlabSlot.TryEnter(slot)) return 0;

        Magazine* magazine = slot->Main;
        int count = magazine->Count;
        int capacity = magazine->Capacity;
        int freed = 0;
        for (; freed < items.Length; freed++)
        {
            void* item = (void*)items[freed];
            Extent* extent = PageMap.Find(item);
            if (extent == null || extent->Owner != _number) break;
            nuint offset = (nuint)item - (nuint)extent->Base;
            uint index = Extent.IndexOf(extent, offset);
            if ((nuint)index * extent->Stride != offset || index >= (uint)extent->Count) break;
            if (count == capacity)
            {
                magazine->Count = count;
                if (!TryMakeRoom(slot, wait: true)) break;
                magazine = slot->Main;
                count = magazine->Count;
                capacity = magazine->Capacity;
            }

            if (!Extent.TryTakeBack(Extent.State(extent, index))) break;
            Magazine.Set(Magazine.Entries(magazine) + count++, Magazine.Entry(extent, index), item);
        }

        if (capacity != 0) magazine->Count = count;
        slot->Frees += freed;
        SlabSlot.Exit(slot);
        return freed;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool TryFreeSlowly(Extent* extent, void* item)
    {
        nuint offset = (nuint)item - (nuint)extent->Base;
        uint index = Extent.IndexOf(extent, offset);
        if ((nuint)index * extent->Stride != offset || index >= (uint)extent->Count || !Extent.TryTakeBackExactly(Extent.State(extent, index))) return false;

        try
        {
            _debugger?.OnFreed(Extent.Object(extent, index), mayThrow: true);
        }
        finally
        {
            // Before anybody can get it, or the next allocation of it might be told first.
            MemoryEvents.Log?.ObjectFreed(Name, Extent.Object(extent, index));
            SlabSlot* slot = SlotOfThisThread();
            PutSlowly(slot, Magazine.Entry(extent, index));
            SlabTrace.Divert(slot);
        }

        return true;
    }

    private void PutSlowly(SlabSlot* slot, nuint entry)
    {
        if (TryPut(slot, entry)) return;

        // The barn has no empty magazine, or too many full ones. Ours goes to the slabs, unless somebody has made room meanwhile, and an empty one takes its place.
        Magazine* magazine = slot->Main->Capacity != 0 ? TakeEmptyMagazine() : null;
        if (magazine != null && SlabSlot.TryEnter(slot))
        {
            Magazine* full = slot->Main;
            slot->Main = magazine;
            Magazine.Push(magazine, entry);
            slot->Frees++;
            SlabSlot.Exit(slot);
            GiveMagazine(full);
            return;
        }

        if (magazine != null) GiveMagazine(magazine);
        PutBackOne(entry);
    }

    private bool TryPut(SlabSlot* slot, nuint entry)
    {
        if (!SlabSlot.TryEnterDiverted(slot)) return false;
        bool put = TryPutIntoMagazines(slot, entry, wait: true);
        SlabSlot.Exit(slot);
        return put;
    }

    /// <summary>Puts an object into the thread's magazines, or into one of the barn that becomes the thread's. The slot is entered.</summary>
    [RawAtomic]
    private bool TryPutIntoMagazines(SlabSlot* slot, nuint entry, bool wait)
    {
        SlabHooks.Reached(SlabHooks.Place.Slot);
        if (slot->Main->Count == slot->Main->Capacity && !TryMakeRoom(slot, wait)) return false;
        Magazine* magazine = slot->Main;
        Magazine.Push(magazine, entry);
        slot->Frees++;
        return true;
    }

    /// <summary>Replaces the thread's full magazine by one with room. The slot is entered.</summary>
    [RawAtomic]
    private bool TryMakeRoom(SlabSlot* slot, bool wait)
    {
        Magazine* full = slot->Main;
        if (full->Capacity == 0) return false;
        if (slot->Spare->Count < slot->Spare->Capacity)
        {
            slot->Main = slot->Spare;
            slot->Spare = full;
            return true;
        }

        Magazine* empty = _barn.TryExchangeFull(full, wait);
        if (empty == null) return false;
        slot->Main = empty;
        return true;
    }

    private bool TryFreeGuarded(Extent* extent, void* item)
        => IsGuarded(extent) && GuardedObjects.Pool!.TryFree(extent, item);

    [RawAtomic]
    private bool TryFreeGuardedNoLocks(Extent* extent, void* item)
        => IsGuarded(extent) && GuardedObjects.Pool!.TryFreeNoLocks(extent, item);

    [RawAtomic]
    private bool IsGuarded(Extent* extent)
        => extent != null && extent->Kind == (byte)ExtentKind.Guarded && extent->Heap == _number;

    [MethodImpl(MethodImplOptions.NoInlining)]
    internal void ThrowRejected(void* item)
    {
        CountRejected(item, mayThrow: true);
        Extent* extent = PageMap.Find(item);
        if (IsGuarded(extent) && extent->Base == item) SlabMisuse.ThrowNotAllocated((nuint)item, "\n" + GuardedObjects.Pool!.Describe(extent));
        if (extent == null || extent->Owner != _number) SlabMisuse.ThrowForeign((nuint)item, Name);
        nuint offset = (nuint)item - (nuint)extent->Base;
        uint index = Extent.IndexOf(extent, offset);
        if ((nuint)index * extent->Stride != offset || index >= (uint)extent->Count) SlabMisuse.ThrowInside((nuint)item);
        SlabMisuse.ThrowNotAllocated((nuint)item, DescribeTracks(item));
    }

    /// <summary>Bytes of the object at an address of an extent of this cache, or 0 if none that is allocated starts there.</summary>
    [RawAtomic]
    internal nuint UsableSize(Extent* extent, void* item)
    {
        nuint offset = (nuint)item - (nuint)extent->Base;
        uint index = Extent.IndexOf(extent, offset);
        bool allocated = (nuint)index * extent->Stride == offset && index < (uint)extent->Count && (*Extent.State(extent, index) & Extent.Allocated) != 0;
        return allocated ? (nuint)ObjectSize : 0;
    }

    [RawAtomic]
    internal void CountRejected(void* item, bool mayThrow)
    {
        Interlocked.Increment(ref _rejectedFrees);
        _debugger?.OnRejected(item, mayThrow);
    }
}
