using System;
using System.Threading;

namespace LockContext.Runtime;

public sealed unsafe partial class SlabCache
{
    /// <summary>How often a collector looks at a slot that its owner is in before it leaves that slot alone. Owners stay for some tens of nanoseconds, unless they have been preempted.</summary>
    private const int LooksAtBusySlot = 1000;

    private readonly SleepingLock _collecting = new();

    /// <summary>Collects free objects from the magazines of all threads and from the barn, and gives all slabs without objects in use back to the page allocator.</summary>
    /// <remarks>
    /// <b>Wait class</b>: <see cref="WaitClass.Config"/>. It makes every running thread of the process execute a memory barrier, some microseconds; threads that use the cache meanwhile do without magazines for as long. A slot whose
    /// thread has been preempted inside is left alone.
    /// </remarks>
    /// <returns>The number of pages given back meanwhile.</returns>
    public int Shrink()
    {
        long before = Volatile.Read(ref _releasedPages);
        CollectMagazines();
        ReleaseEmptySlabs(keep: 0);
        return (int)(Volatile.Read(ref _releasedPages) - before);
    }

    /// <summary>Gives all slabs without objects in use back, and leaves magazines alone.</summary>
    internal int ReleaseEmptySlabs()
    {
        long before = Volatile.Read(ref _releasedPages);
        ReleaseEmptySlabs(keep: 0);
        return (int)(Volatile.Read(ref _releasedPages) - before);
    }

    /// <summary>Moves what is in magazines, and what was freed without locks, to the slabs.</summary>
    /// <returns>The number of objects.</returns>
    private int CollectMagazines()
    {
        int objects = 0;
        Magazine* full;
        while ((full = _barn.TryTakeFull()) != null)
        {
            objects += PutBack(full);
            if (!_barn.TryPutEmpty(full)) GiveBlock(ref _magazines, full);
        }

        // One collector at a time: the second would find what the first has revoked, and return it too early.
        _collecting.Enter();
        int used = ThreadIndex.Used;
        for (int i = 1; i <= used; i++)
        {
            SlabSlot* slot = _slots.At(i);

            // An exchange, because a diversion may be under way.
            if (slot != null) Interlocked.Exchange(ref slot->Revoked, 1);
        }

        // See SlabSlot: from here on an owner either is seen busy or sees that it is revoked.
        ProcessWideBarrier();
        for (int i = 1; i <= used; i++)
        {
            SlabSlot* slot = _slots.At(i);
            if (slot == null) continue;
            if (WaitUntilIdle(slot))
            {
                objects += PutBack(slot->Main);
                if (slot->Spare != null) objects += PutBack(slot->Spare);
            }

            // Release: pairs with the owner's look at Revoked. An exchange because of SlabTrace.
            Interlocked.Exchange(ref slot->Revoked, 0);
            SlabTrace.Divert(slot);
        }

        _collecting.Exit();
        if (_remote.Any)
        {
            _lock.Enter();
            PutBackRemoteFrees();
            _lock.Exit();
        }

        return objects;
    }

    [RawAtomic]
    [Trusted("a system call that interrupts other processors for a moment and waits for no thread")]
    private static void ProcessWideBarrier() => Interlocked.MemoryBarrierProcessWide();

    private static bool WaitUntilIdle(SlabSlot* slot)
    {
        for (int looks = 0; Volatile.Read(ref slot->Busy) != 0; looks++)
        {
            if (looks == LooksAtBusySlot) return false;
            Thread.SpinWait(4);
        }

        return true;
    }

    /// <summary>Closes the cache and gives its memory back. Idempotent.</summary>
    /// <remarks>
    /// Comes last: no other call may be going on. From here on <see cref="Alloc"/> throws <see cref="ObjectDisposedException"/>, or returns <see langword="null"/> under <see cref="GfpFlags.NoLocks"/>. Objects that are
    /// still with users stay valid and may be freed; their slabs are given back when the last of their objects is.
    /// </remarks>
    /// <exception cref="InvalidOperationException">Called by the cache's own constructor of objects; nothing has happened.</exception>
    [Sleepable]
    public void Dispose()
    {
        if (Construction.IsUnderWay(_number)) SlabMisuse.ThrowInsideConstructor(Name);
        if (Volatile.Read(ref _closed)) return;
        _pages.Unregister(_shrinker);
        if (Interlocked.Exchange(ref _closed, true)) return;
        CollectMagazines();
        ReleaseSlots();
        ReleaseEmptySlabs(keep: 0);
        TryRelease();
    }

    // Pages of slots; their magazines belong to the pool.
    private void ReleaseSlots()
    {
        for (int chunk = 0; chunk < SlabSlots.Chunks; chunk++)
        {
            SlabSlot* slots = _slots.RemoveChunk(chunk);
            if (slots != null)
            {
                SumUp(slots);
                _pages.FreePages(slots, 0);
            }
        }

        _slotPages = 0;
    }

    private void SumUp(SlabSlot* slots)
    {
        for (int i = 0; i < SlabSlots.PerChunk; i++)
        {
            _slotAllocations += slots[i].Allocations;
            _slotFrees += slots[i].Frees;
            _slotNoLocksFailures += slots[i].NoLocksFailures;
        }
    }

    /// <summary>After the last object has come back: the rest of the memory, and the number.</summary>
    private void TryRelease()
    {
        _lock.Enter();
        bool last = _closed && !_released && _releasing == 0 && _lists.Slabs == 0;
        if (last) _released = true;
        _lock.Exit();
        if (!last) return;
        _headers.Release();
        _magazines.Release();
        Owners.Remove(_number);
    }
}
