using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Threading;

namespace LockContext.Runtime;

public sealed unsafe partial class SlabCache
{
    /// <summary>Allocates an object.</summary>
    /// <remarks>
    /// <para>With <see cref="GfpFlags.NoLocks"/> it never waits, throws or looks beyond the magazines: of this thread, and of the barn if nobody is using that. Other flags are then
    /// ignored, except <see cref="GfpFlags.Zero"/>.</para>
    /// <para>Otherwise: from a magazine, else from slabs with a refill of the magazine, else from a new slab with the same flags, first of the preferred order without reclaim, then of the least that takes an object. If there are no
    /// pages and <see cref="GfpFlags.DirectReclaim"/> allows it, what lies in other threads' magazines is collected.</para>
    /// <para><b>Wait class</b>: by flags, <see cref="WaitClass.Spin"/>, <see cref="WaitClass.Config"/> or <see cref="WaitClass.Sleep"/>; see <see cref="GfpFlags"/>.</para>
    /// </remarks>
    /// <param name="flags">What may be done for it.</param>
    /// <returns>The object, or <see langword="null"/>: no memory. <see langword="null"/> is final; trying again at once does not help. The contents are undefined without <see cref="GfpFlags.Zero"/> and
    /// without a constructor.</returns>
    /// <exception cref="ArgumentException"><paramref name="flags"/> has unknown bits, has both <see cref="GfpFlags.Movable"/> and <see cref="GfpFlags.Reclaimable"/>, has <see cref="GfpFlags.NoFail"/>
    /// without <see cref="GfpFlags.DirectReclaim"/>, with <see cref="GfpFlags.NoRetry"/> or <see cref="GfpFlags.RetryMayFail"/>, or for objects above 8 KiB; or has <see cref="GfpFlags.Zero"/> where the cache has
    /// a constructor.</exception>
    /// <exception cref="InvalidOperationException">Called by the cache's own <see cref="SlabCacheOptions.Constructor"/>, which would have to be run for it.</exception>
    /// <exception cref="ObjectDisposedException">The cache is disposed.</exception>
    [Allocates]
    public void* Alloc(GfpFlags flags)
    {
        // The thread first: that is a call, and what is known before it has to be saved.
        uint thread = ThreadIndex.Current;
        void* item = TryTake(SlabSlots.Of(_slots.Table, thread), flags);
        return item != null ? item : AllocSlowly(flags);
    }

    /// <summary>Takes an object from the magazine of a slot.</summary>
    /// <returns>The object, or <see langword="null"/> if it has to be done in a longer way.</returns>
    [RawAtomic]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void* TryTake(SlabSlot* slot, GfpFlags flags)
    {
        if (LockdepSwitch.IsOn) Lockdep.MightAlloc(GfpScope.Apply(flags));

        // The fast path asks nothing about locks: what it does is legal everywhere.
        if ((flags & NeedCheck) == 0)
        {
            if (SlabSlot.TryEnter(slot))
            {
                Magazine* magazine = slot->Main;
                int count = magazine->Count - 1;
                if (count >= 0)
                {
                    FreeObject* top = Magazine.Entries(magazine) + count;
                    nuint entry = top->Entry;
                    if (Extent.TryHandOut(Extent.State(Magazine.ExtentOf(entry), Magazine.IndexOf(entry))))
                    {
                        magazine->Count = count;
                        slot->Allocations++;
                        byte* item = top->Item;
                        SlabSlot.Exit(slot);
                        return item;
                    }
                }

                SlabSlot.Exit(slot);
            }
        }

        return null;
    }

    /// <summary>What is left to do where <see cref="TryTake"/> has found nothing.</summary>
    [Allocates]
    internal void* AllocSlowly(GfpFlags flags) => (flags & GfpFlags.NoLocks) != 0 ? AllocWithoutLocks(flags) : AllocWithLocks(flags);

    [RawAtomic]
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void* AllocWithoutLocks(GfpFlags flags)
    {
        nuint entry = 0;
        SlabSlot* slot = _slots.Current;
        if (slot->Main->Capacity != 0 && SlabSlot.TryEnterDiverted(slot))
        {
            entry = TakeFromMagazines(slot, wait: false);

            // Without an atomic operation, which would cost more than the rest of a miss.
            if (entry == 0) slot->NoLocksFailures++;
            SlabSlot.Exit(slot);
            SlabTrace.Divert(slot);
            if (entry == 0) return null;
        }
        else
        {
            // A thread that has no magazine yet, or is inside its slot: one object from the barn.
            while ((entry = _debugger is null ? _barn.TryTakeOne() : TryTakeOneFromSlabs()) != 0 && !HandOut(entry))
            {
            }

            if (entry == 0)
            {
                Interlocked.Increment(ref _noLocksFailures);
                return null;
            }

            Interlocked.Increment(ref _slowAllocations);
        }

        return Deliver(entry, flags & ~(_constructor is null ? GfpFlags.None : GfpFlags.Zero), mayThrow: false);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void* AllocWithLocks(GfpFlags flags)
    {
        flags = GfpScope.Apply(flags);
        PageMisuse.ThrowIfContradictory(flags, ~Known, order: 0);
        SlabMisuse.ThrowIfUnfit(flags, _layout.LeastOrder, _constructor is not null);
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _closed), this);

        if (GuardedObjects.Pool is { } guards && _constructor is null)
        {
            void* guarded = guards.TryAlloc(this, ObjectSize, _layout.Alignment);
            if (guarded != null)
            {
                if ((flags & GfpFlags.Zero) != 0) NativeMemory.Clear(guarded, (nuint)ObjectSize);
                SlabTrace.Divert(_slots.Current);
                MemoryEvents.Log?.ObjectAllocated(Name, guarded, (nuint)ObjectSize, flags);
                return guarded;
            }
        }

        SlabSlot* slot = SlotOfThisThread();
        nuint entry = 0;
        if (SlabSlot.TryEnterDiverted(slot))
        {
            entry = TakeFromMagazines(slot, wait: true);
            SlabSlot.Exit(slot);
        }

        if (entry == 0) entry = TakeFromSlabs(slot, flags);
        SlabTrace.Divert(slot);
        if (entry == 0) return Fail(flags);
        void* item = Deliver(entry, flags, mayThrow: true);
        MemoryEvents.Log?.ObjectAllocated(Name, item, (nuint)ObjectSize, flags);
        return item;
    }

    private void* Fail(GfpFlags flags)
    {
        Interlocked.Increment(ref _failures);
        if ((flags & GfpFlags.NoWarn) == 0) MemoryEvents.Log?.SlabFailed(Name, flags, ObjectSize);
        return null;
    }

    /// <summary>Takes an object from the thread's magazines, or from one of the barn that becomes the thread's. The slot is entered.</summary>
    /// <returns>The entry of an object that is handed out now, or 0.</returns>
    [RawAtomic]
    private nuint TakeFromMagazines(SlabSlot* slot, bool wait)
    {
        SlabHooks.Reached(SlabHooks.Place.Slot);
        while (true)
        {
            Magazine* magazine = slot->Main;
            if (magazine->Count == 0)
            {
                if (magazine->Capacity == 0) return 0;
                if (slot->Spare->Count > 0)
                {
                    slot->Main = slot->Spare;
                    slot->Spare = magazine;
                    continue;
                }

                Magazine* full = _barn.TryExchangeEmpty(magazine, wait);
                if (full == null) return 0;
                slot->Main = full;
                continue;
            }

            nuint entry = Magazine.Entries(magazine)[--magazine->Count].Entry;
            if (HandOut(entry))
            {
                slot->Allocations++;
                return entry;
            }
        }
    }

    // Whoever freed an object twice at once, or overwrote our memory, has left a second copy: it is dropped here.
    [RawAtomic]
    private bool HandOut(nuint entry)
    {
        if (Extent.TryHandOutExactly(Extent.State(Magazine.ExtentOf(entry), Magazine.IndexOf(entry)))) return true;
        Interlocked.Increment(ref _rejectedFrees);
        return false;
    }

    [RawAtomic]
    private void* Deliver(nuint entry, GfpFlags flags, bool mayThrow)
    {
        Extent* extent = Magazine.ExtentOf(entry);
        byte* item = Extent.Object(extent, Magazine.IndexOf(entry));
        if (_debugger is not null && !mayThrow) _debugger.OnAllocated(item, mayThrow: false);
        else if (_debugger is not null) OnAllocated(entry, item);
        if ((flags & GfpFlags.Zero) != 0) NativeMemory.Clear(item, (nuint)_layout.ObjectSize);
        return item;
    }

    // Whoever is told of the mistake may throw; then nobody gets the object, and it goes back.
    [RawAtomic]
    [Trusted("debugging: it costs what its documentation says; the way back is that of an ordinary free, where an exception comes out")]
    private void OnAllocated(nuint entry, byte* item)
    {
        bool told = false;
        try
        {
            _debugger!.OnAllocated(item, mayThrow: true);
            told = true;
        }
        finally
        {
            if (!told && Extent.TryTakeBackExactly(Extent.State(Magazine.ExtentOf(entry), Magazine.IndexOf(entry))))
            {
                _debugger!.MarkFree(item);
                PutBackOne(entry);
            }
        }
    }

    /// <summary>Takes an object from slabs, and more of them into a magazine for the thread.</summary>
    /// <returns>The entry of an object that is handed out now, or 0: no memory.</returns>
    private nuint TakeFromSlabs(SlabSlot* slot, GfpFlags flags)
    {
        Magazine* magazine = slot->Main->Capacity != 0 ? TakeEmptyMagazine() : null;
        try
        {
            return TakeFromSlabs(magazine, flags);
        }
        finally
        {
            // What a constructor throws must not take the magazine with it.
            if (magazine != null) Install(slot, magazine);
        }
    }

    private nuint TakeFromSlabs(Magazine* magazine, GfpFlags flags)
    {
        bool collected = false;
        bool interrupted = false;
        nuint entry;
        while ((entry = FillFromSlabs(magazine)) == 0)
        {
            if (TryAddSlab(flags)) continue;

            // Others may have what we need, and not need it.
            if ((flags & GfpFlags.DirectReclaim) == 0) return 0;
            if (CollectMagazines() == 0 || collected)
            {
                // Pages there are for those that must not fail; what is missing is address space for a table.
                if ((flags & GfpFlags.NoFail) == 0) return 0;
                interrupted |= Interruption.TrySleep(1);
            }

            collected = true;
        }

        // Only what must not fail has slept.
        if (interrupted) Interruption.Postpone();
        Interlocked.Increment(ref _refills);
        Interlocked.Increment(ref _slowAllocations);
        MemoryEvents.Log?.Refilled(Name, flags);
        return entry;
    }

    /// <summary>Fills a magazine from slabs and takes one object more.</summary>
    private nuint FillFromSlabs(Magazine* magazine)
    {
        nuint entry = 0;
        _lock.Enter();
        PutBackRemoteFrees();
        while (entry == 0 && _lists.Best != null)
        {
            entry = _lists.TakeOne(_lists.Best);
            if (!HandOut(entry)) entry = 0;
        }

        if (magazine != null)
        {
            while (magazine->Count < magazine->Capacity && _lists.Best != null) _lists.Take(_lists.Best, magazine);
        }

        SlabHooks.Reached(SlabHooks.Place.Cache);
        _lock.Exit();
        return entry;
    }

    // For caches that watch their objects and have no magazines: what is in slabs, if nobody is there.
    [RawAtomic]
    private nuint TryTakeOneFromSlabs()
    {
        if (!_lock.TryEnter()) return 0;
        nuint entry = _lists.Best == null ? 0 : _lists.TakeOne(_lists.Best);
        _lock.Exit();
        return entry;
    }

    /// <summary>Makes a magazine the thread's if one of its own is empty, and finds another place for what is left over.</summary>
    private void Install(SlabSlot* slot, Magazine* magazine)
    {
        if (magazine->Count > 0 && SlabSlot.TryEnter(slot))
        {
            if (slot->Main->Count == 0 && slot->Main->Capacity != 0)
            {
                Magazine* empty = slot->Main;
                slot->Main = magazine;
                magazine = empty;
            }

            SlabSlot.Exit(slot);
        }

        GiveMagazine(magazine);
    }
}
