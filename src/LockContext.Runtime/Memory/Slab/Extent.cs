using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Threading;

namespace LockContext.Runtime;

/// <summary>What a run of pages is used for.</summary>
internal enum ExtentKind
{
    /// <summary>Nothing: a header that waits for a use.</summary>
    None = 0,

    /// <summary>A slab: objects of one size, with a state byte each behind the header.</summary>
    Slab,

    /// <summary>One block of the page allocator, for a size above those that have slabs.</summary>
    Pages,

    /// <summary>A mapping of its own.</summary>
    Virtual,

    /// <summary>One sampled object between two inaccessible pages.</summary>
    Guarded,
}

/// <summary>The header of a run of pages. It lies apart from the pages, so that a user who writes past his memory does not reach it, and freeing touches no object.</summary>
/// <remarks>
/// <para>
/// <b>Behind the header of a slab lies one byte for each object</b>, its state. Cold objects are freed without touching them: the states of 64 objects share a cache line.
/// </para>
/// <code>
/// State:  bit 0     allocated: with a user
///         bit 1     in the slab: on no magazine. Bits 0 and 1 are never both set; neither means in a magazine, a barn or on the list of remote frees
///         bits 2-7  generation: counts frees, modulo 64
/// </code>
/// <para>
/// <b>Who may write a state.</b> Whoever has the object: the thread that takes it from its magazine, the user who frees it, or the holder of the cache's lock for objects that are in the slab.
/// It changes hands by way of a lock, so plain accesses do. A second free of an object finds bit 0 clear and is refused, and an object that has come into two magazines all the same, because two
/// threads freed it at the very same moment, is found when the second copy is taken: its state then is not that of a free object. What plain accesses cannot exclude is that the two threads
/// also take the two copies at the very same moment; <see cref="SlabDebug.ExactFrees"/> buys that for a compare-exchange per operation.
/// </para>
/// </remarks>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct Extent
{
    internal const byte Allocated = 1;
    internal const byte InSlab = 2;
    internal const byte Whereabouts = Allocated | InSlab;
    internal const byte GenerationStep = 4;

    /// <summary>The first object; behind the pages' start by a red zone if there is one.</summary>
    internal byte* Base;

    /// <summary>The reciprocal of <see cref="Stride"/>, 2^40 over it rounded up: an index is a multiplication instead of a division.</summary>
    internal ulong Reciprocal;

    /// <summary>Bytes from one object to the next.</summary>
    internal uint Stride;

    /// <summary>How many objects; 0 for what is no slab, or none any more. So a free need not ask what it is: no index is below.</summary>
    internal int Count;

    /// <summary>How many of them are in the slab. Guarded by the cache's lock.</summary>
    internal int Free;

    /// <summary>For a slab, the list that it is on. Otherwise whether it is allocated, 1 or 0, so that of several frees one succeeds.</summary>
    internal int List;

    /// <summary>For a slab, the slots of its cache, <see cref="SlabSlots.Table"/>: a free finds that of its thread without a look at the cache. Not looked at where there is no object.</summary>
    internal nint* Slots;

    internal Extent* Next;
    internal Extent* Previous;

    /// <summary>For a slab, the number of its cache in <see cref="Owners"/>; otherwise 0.</summary>
    internal ushort Owner;

    /// <summary>For what is no slab, the number of the first cache of the <see cref="KernelHeap"/> that it belongs to.</summary>
    internal ushort Heap;

    /// <summary>No object below this index is in the slab. Guarded by the cache's lock.</summary>
    internal ushort Hint;
    internal byte Kind;
    internal byte Order;

    /// <summary>What the user asked for, where this is no slab. In the place of the reciprocal: a header is one cache line.</summary>
    internal nuint Bytes
    {
        readonly get => (nuint)Reciprocal;
        set => Reciprocal = value;
    }

    internal const int ReciprocalShift = 40;

    internal static ulong ReciprocalOf(uint stride) => ((1ul << ReciprocalShift) + stride - 1) / stride;

    /// <summary>The state of one object.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static byte* State(Extent* extent, uint index) => (byte*)(extent + 1) + index;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static byte* Object(Extent* extent, uint index) => extent->Base + (nuint)index * extent->Stride;

    /// <summary>The index of the object at an address. Whether it starts there, the caller asks by multiplying.</summary>
    /// <remarks>
    /// Exact: 2^40 / stride is rounded up by less than 1, so the product is too large by less than offset / 2^40. The fractions of quotients are multiples of 1 / stride, so the integer part is right as long as offset times stride is
    /// below 2^40; the largest slab has 2^20 bytes or one object, the largest object as many.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static uint IndexOf(Extent* extent, nuint offset) => (uint)((offset * extent->Reciprocal) >> ReciprocalShift);

    /// <summary>Takes an object from a user who frees it.</summary>
    /// <returns>Whether it was allocated.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static bool TryTakeBack(byte* state)
    {
        byte seen = *state;
        if ((seen & Whereabouts) != Allocated) return false;
        *state = TakenBack(seen);
        return true;
    }

    /// <summary>As <see cref="TryTakeBack"/>; of several at the same moment exactly one succeeds.</summary>
    internal static bool TryTakeBackExactly(byte* state)
    {
        byte seen = Volatile.Read(ref *state);
        return (seen & Whereabouts) == Allocated && Interlocked.CompareExchange(ref *state, TakenBack(seen), seen) == seen;
    }

    /// <summary>Gives an object from a magazine to a user.</summary>
    /// <returns>Whether it was free, as what lies in a magazine has to be; if not, this was the second copy of an object freed twice.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static bool TryHandOut(byte* state)
    {
        byte seen = *state;
        if ((seen & Whereabouts) != 0) return false;
        *state = (byte)(seen | Allocated);
        return true;
    }

    /// <summary>As <see cref="TryHandOut"/>; of several at the same moment exactly one succeeds.</summary>
    internal static bool TryHandOutExactly(byte* state)
    {
        byte seen = Volatile.Read(ref *state);
        return (seen & Whereabouts) == 0 && Interlocked.CompareExchange(ref *state, (byte)(seen | Allocated), seen) == seen;
    }

    // Clears bit 0 and counts one up from bit 2.
    private static byte TakenBack(byte seen) => (byte)(seen + GenerationStep - Allocated);
}
