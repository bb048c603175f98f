using System;
using System.Numerics;

namespace LockContext.Runtime;

/// <summary>How the objects of a cache lie in its slabs.</summary>
internal readonly struct SlabLayout
{
    /// <summary>The largest object that a cache takes: a quarter of the largest block, so that slabs have some.</summary>
    internal const int LargestObject = (PageAllocator.PageSize << PageAllocator.MaxOrder) / 4;

    /// <summary>
    /// Slabs of small objects have 32 KiB: the header and the table entries of a slab of one page would be more than the 2 % of it that are to be spent on book-keeping altogether. Pages of it that no
    /// object has been taken from are never touched. Those of 33 to 64 bytes have twice as much, because the states of their objects alone, a byte each, are most of the 2 %.
    /// </summary>
    private const int PreferredOrder = 3;

    /// <summary>Larger slabs are harder to find, so from here on some waste is the lesser evil.</summary>
    private const int HighestOrder = 5;

    internal SlabLayout(int objectSize, int alignment, bool keepsContents, int redZone)
    {
        Alignment = Math.Max(alignment, sizeof(long));
        ObjectSize = objectSize;

        // A free object on the list of remote frees needs a word for its link: its own first one, unless its contents are to be kept. Then the link is behind the red zone on the object's right; behind the
        // link comes the red zone on the left of the next object.
        LinkOffset = keepsContents ? RoundUp(objectSize + redZone, sizeof(long)) : 0;
        int used = Math.Max(keepsContents ? LinkOffset + sizeof(long) : objectSize, sizeof(long));
        RedZone = RoundUp(redZone, Alignment);
        Stride = (uint)(RoundUp(used, Alignment) + RedZone);
        LeastOrder = OrderFor((uint)RedZone + Stride);
        Order = LeastOrder;
        int preferred = Stride is > 32 and <= 64 ? PreferredOrder + 1 : PreferredOrder;
        while (Order < HighestOrder && (Order < preferred || Waste(Order) > (PageAllocator.PageSize << Order) / 16)) Order++;
        Order = Math.Max(Order, LeastOrder);
    }

    internal int ObjectSize { get; }

    internal int Alignment { get; }

    /// <summary>Bytes from one object to the next.</summary>
    internal uint Stride { get; }

    /// <summary>Bytes before the first object.</summary>
    internal int RedZone { get; }

    /// <summary>Where in a free object the link to the next one is.</summary>
    internal int LinkOffset { get; }

    /// <summary>The order of a slab, as long as there are blocks of it.</summary>
    internal int Order { get; }

    /// <summary>The least order that takes an object, for when there are not.</summary>
    internal int LeastOrder { get; }

    /// <summary>How many objects a slab of an order has.</summary>
    internal int Count(int order) => Math.Min((int)(((PageAllocator.PageSize << order) - RedZone) / Stride), ushort.MaxValue);

    internal static int OrderFor(nuint bytes)
        => bytes <= PageAllocator.PageSize ? 0 : BitOperations.Log2((uint)((bytes - 1) >> PageAllocator.PageShift)) + 1;

    internal static int RoundUp(int value, int alignment) => (value + alignment - 1) & -alignment;

    private int Waste(int order) => (PageAllocator.PageSize << order) - RedZone - Count(order) * (int)Stride;
}
