using System;
using System.Numerics;

namespace LockContext.Runtime;

/// <summary>What a <see cref="SlabCache"/> is made for. A value of 0 (or <see langword="null"/>) means: as the cache thinks best.</summary>
/// <remarks>Read once, when the cache is made. Not thread-safe for setting; immutable afterwards.</remarks>
public sealed record SlabCacheOptions
{
    /// <summary>What statistics and reports call it. Need not be unique.</summary>
    public string Name { get; init; } = "";

    /// <summary>Bytes of an object, 1 to 1 MiB.</summary>
    public int ObjectSize { get; init; }

    /// <summary>A power of two, at most 4 096, that addresses of objects are multiples of. The default, 0, is 8.</summary>
    public int Alignment { get; init; }

    /// <summary>Where slabs come from. The default is <see cref="PageAllocator.Shared"/>.</summary>
    public PageAllocator? Pages { get; init; }

    /// <summary>
    /// Runs once for each object when its slab is made, with its address. The contents then stay through frees: whoever frees an object leaves it as the constructor did, and the next user
    /// finds it so. Called by the allocating thread, outside of all locks; what it throws comes out of <see cref="SlabCache.Alloc"/>, and the slab is given back.
    /// It may allocate from elsewhere, from caches with a constructor too. From its own cache it gets what others have freed meanwhile; where that would take another slab, and the constructor once more, the allocation throws
    /// <see cref="InvalidOperationException"/>, as does <see cref="SlabCache.Dispose"/>. An object that is being constructed cannot be freed: it is foreign.
    /// </summary>
    public Action<nint>? Constructor { get; init; }

    /// <summary>Objects in a magazine, 2 to 500. The default, 0, is 62 for objects below 256 bytes, and then 30, 14 and 6 as they get larger.</summary>
    public int MagazineCapacity { get; init; }

    /// <summary>How many slabs without objects in use are kept, 0 to 4 096, before they go back to the page allocator. The default is 2. <see cref="SlabCache.Shrink"/> keeps none.</summary>
    public int EmptySlabs { get; init; } = 2;

    /// <summary>What to watch for.</summary>
    public SlabDebug Debug { get; init; }

    internal void Validate()
    {
        ArgumentNullException.ThrowIfNull(Name, nameof(Name));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(ObjectSize, nameof(ObjectSize));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(ObjectSize, SlabLayout.LargestObject, nameof(ObjectSize));
        ArgumentOutOfRangeException.ThrowIfNegative(Alignment, nameof(Alignment));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Alignment, PageAllocator.PageSize, nameof(Alignment));
        if (Alignment != 0 && !BitOperations.IsPow2(Alignment)) throw new ArgumentOutOfRangeException(nameof(Alignment), Alignment, "An alignment is a power of two.");
        if (MagazineCapacity != 0)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(MagazineCapacity, 2, nameof(MagazineCapacity));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(MagazineCapacity, 500, nameof(MagazineCapacity));
        }

        ArgumentOutOfRangeException.ThrowIfNegative(EmptySlabs, nameof(EmptySlabs));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(EmptySlabs, 4096, nameof(EmptySlabs));
    }
}
