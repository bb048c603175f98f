using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Threading;

namespace LockContext.Runtime;

/// <summary>What one thread has of one cache: a cache line.</summary>
/// <remarks>
/// <para>
/// <b>Only its thread uses a slot, and pays no atomic operation for that.</b> It sets <see cref="Busy"/>, looks at <see cref="Revoked"/>, works, and clears <see cref="Busy"/>; plain stores and loads. Somebody who
/// wants to collect what idle threads have sets <see cref="Revoked"/>, makes every thread of the process execute a full barrier (<see cref="Interlocked.MemoryBarrierProcessWide"/>), and then waits
/// until <see cref="Busy"/> is clear. Either the owner's store of Busy comes before the barrier, and the collector sees it and waits; or its load of Revoked comes after, and it sees that and stays out. That
/// is Dekker's algorithm with the owner's half of the barriers moved to the collector.
/// </para>
/// <para>Busy also turns back a call that comes from inside: a slot is not re-entrant.</para>
/// <para><b>Source</b>: D. Dice, H. Huang, M. Yang, "Asymmetric Dekker synchronization", 2001; biased locking after K. Kawachiya et al., OOPSLA 2002.</para>
/// </remarks>
[StructLayout(LayoutKind.Sequential, Size = Bytes)]
internal unsafe struct SlabSlot
{
    internal const int Bytes = 64;

    /// <summary>A value of <see cref="Revoked"/> that asks the owner to come by, and excludes nobody.</summary>
    private const int Diverted = 2;

    internal int Busy;

    /// <summary>0, or 1 while a collector has the slot, or <see cref="Diverted"/>.</summary>
    internal int Revoked;

    /// <summary>The magazine in use. <see cref="Magazine.None"/> if the thread has none: any attempt then takes the slow path by itself.</summary>
    internal Magazine* Main;

    /// <summary>The one before. Either full or empty most of the time, so that a thread at the edge does not go to the barn again and again.</summary>
    internal Magazine* Spare;

    internal long Allocations;
    internal long Frees;

    /// <summary>Allocations without locks that found nothing.</summary>
    internal long NoLocksFailures;

    /// <summary>Enters the slot of this thread.</summary>
    /// <returns>Whether it may be used now.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static bool TryEnter(SlabSlot* slot)
    {
        if (slot->Busy != 0) return false;
        Volatile.Write(ref slot->Busy, 1);

        // The processor may do this load before that store; see above for who takes care of it.
        if (Volatile.Read(ref slot->Revoked) == 0) return true;
        Volatile.Write(ref slot->Busy, 0);
        return false;
    }

    /// <summary>Sends the owner to the slow path once, unless somebody has the slot already.</summary>
    internal static void DivertOnce(SlabSlot* slot) => Interlocked.CompareExchange(ref slot->Revoked, Diverted, 0);

    /// <summary>Enters the slot of this thread from the slow path, which is where a diversion has sent it.</summary>
    [RawAtomic]
    internal static bool TryEnterDiverted(SlabSlot* slot)
    {
        // Only a diversion is undone: where a collector has put its own mark in between, the exchange fails.
        if (Volatile.Read(ref slot->Revoked) == Diverted) Interlocked.CompareExchange(ref slot->Revoked, 0, Diverted);
        return TryEnter(slot);
    }

    /// <summary>Leaves it. Release: a collector that sees Busy clear sees all that was done.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Exit(SlabSlot* slot) => Volatile.Write(ref slot->Busy, 0);
}

/// <summary>The slots of a cache, by number of thread, a page of 64 at a time.</summary>
internal unsafe struct SlabSlots
{
    internal const int PerChunk = PageAllocator.PageSize / SlabSlot.Bytes;
    private const int Shift = 6;
    internal const int Chunks = (ThreadIndex.Most + 1) / PerChunk;

    /// <summary>A chunk whose slots have no magazine, for threads without a number and for caches that do without magazines.</summary>
    private static readonly nint s_none = MakeNone();

    // Pinned, and kept by the cache.
    private nint[] _memory;

    /// <summary>Pointers to chunks. Never null: what is not there yet is a chunk without magazines. It stays where it is for as long as the cache lives, and so longer than its slabs.</summary>
    internal nint* Table { get; private set; }

    internal void Initialise()
    {
        _memory = GC.AllocateUninitializedArray<nint>(Chunks, pinned: true);
        Array.Fill(_memory, s_none);
        Table = (nint*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_memory));
    }

    /// <summary>This thread's slot, or one without a magazine.</summary>
    internal SlabSlot* Current
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Of(Table, ThreadIndex.Current);
    }

    /// <summary>The slot of a thread, or one without a magazine.</summary>
    /// <param name="table">The slots of a cache.</param>
    /// <param name="thread">The number of the thread, never more than <see cref="ThreadIndex.Most"/>, so there is nothing to check.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static SlabSlot* Of(nint* table, uint thread) => (SlabSlot*)(table[thread >> Shift] + (nint)((thread & (PerChunk - 1)) * SlabSlot.Bytes));

    internal bool HasChunk(int index) => Volatile.Read(ref Table[index >> Shift]) != s_none;

    /// <summary>The slot of a thread, or <see langword="null"/> if its chunk is not there.</summary>
    internal SlabSlot* At(int index)
    {
        nint chunk = Volatile.Read(ref Table[index >> Shift]);
        return chunk == s_none ? null : (SlabSlot*)chunk + (index & (PerChunk - 1));
    }

    /// <summary>Makes slots of a page. Called under the cache's lock.</summary>
    internal void AddChunk(int index, byte* page)
    {
        FillWithNone((SlabSlot*)page);
        Volatile.Write(ref Table[index >> Shift], (nint)page);
    }

    /// <summary>Takes all chunks away, one by one: from then on every slot has no magazine.</summary>
    internal SlabSlot* RemoveChunk(int chunk)
    {
        nint removed = Table[chunk];
        if (removed == s_none) return null;
        Volatile.Write(ref Table[chunk], s_none);
        return (SlabSlot*)removed;
    }

    private static nint MakeNone()
    {
        var chunk = (SlabSlot*)NativeMemory.AlignedAlloc((nuint)PerChunk * SlabSlot.Bytes, SlabSlot.Bytes);
        FillWithNone(chunk);
        return (nint)chunk;
    }

    private static void FillWithNone(SlabSlot* slots)
    {
        for (int i = 0; i < PerChunk; i++) slots[i] = new SlabSlot { Main = (Magazine*)Magazine.None };
    }
}
