using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Threading;

namespace LockContext.Runtime;

/// <summary>Memory of any size over one page allocator: slab caches by size class, blocks of pages above them, and mappings of their own.</summary>
/// <remarks>What <see cref="KernelMemory"/> is over <see cref="PageAllocator.Shared"/>; there its members are documented.</remarks>
[NoGracePeriodWait]
internal sealed unsafe class KernelHeap : IDisposable
{
    /// <summary>The largest size that has a class; above, whole pages waste less than half.</summary>
    internal const int LargestClass = 8192;

    /// <summary>What an allocation of no bytes returns: not null, since it did not fail, and no address that anything may be read from.</summary>
    internal const nuint ZeroSize = 16;

    // What events call memory that is of no cache.
    private const string LargeName = "kmalloc-large";
    private const string VirtualName = "vmalloc";

    private const int Granularity = 16;
    private const int Sizes = (LargestClass / Granularity) + 1;
    private const ulong LargestMapping = 1ul << 46;
    private const GfpFlags NotForPages = GfpFlags.Movable | GfpFlags.Account;
    private const GfpFlags Known = (GfpFlags)0x1FF_FFF8 & ~(GfpFlags)0x200;

    private readonly PageAllocator _pages;

    // By size in units of 16 bytes, rounded up: one load from the size to the cache, and one from it to the cache's slots without a look at any object. Pinned, and kept by this heap.
    private readonly SlabCache[] _bySize = new SlabCache[Sizes];
    private readonly nint[] _slotsBySize = GC.AllocateArray<nint>(Sizes, pinned: true);
    private readonly SlabCache[] _classes;

    // Headers of blocks and mappings.
    private readonly SleepingLock _lock = new();
    private NativePool _headers;

    // Freed without locks: blocks of pages already given back, of which the header is left, and mappings. Linked by Next.
    private nint _parked;
    private long _largeAllocations;
    private long _largeFrees;
    private long _virtualBytes;
    private long _failures;
    private long _rejectedFrees;

    internal KernelHeap(PageAllocator pages, SlabDebug debug = SlabDebug.None)
    {
        _pages = pages;
        _headers = new NativePool(pages, sizeof(Extent), highestOrder: 0);
        ReadOnlySpan<int> sizes = ClassSizes;
        _classes = new SlabCache[sizes.Length];
        int next = 0;
        for (int i = 0; i < sizes.Length; i++)
        {
            // A power of two is aligned to itself, as it is in Linux; others to the power of two in them.
            int alignment = Math.Min(1 << BitOperations.TrailingZeroCount(sizes[i]), PageAllocator.PageSize);
            _classes[i] = new SlabCache(new SlabCacheOptions { Name = $"kmalloc-{sizes[i]}", ObjectSize = sizes[i], Alignment = alignment, Pages = pages, Debug = debug }) { Heap = this };
            for (; next <= sizes[i] / Granularity; next++)
            {
                _bySize[next] = _classes[i];
                _slotsBySize[next] = (nint)_classes[i].SlotTable;
            }
        }

        SlotsBySize = (nint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_slotsBySize));
    }

    /// <summary>Four classes for each doubling, so that at most a fifth of an object is waste; below 128 bytes one for each 16.</summary>
    internal static ReadOnlySpan<int> ClassSizes =>
    [
        16, 32, 48, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512, 640, 768, 896, 1024,
        1280, 1536, 1792, 2048, 2560, 3072, 3584, 4096, 5120, 6144, 7168, 8192,
    ];

    internal ReadOnlySpan<SlabCache> Classes => _classes;

    internal long LargeAllocations => Volatile.Read(ref _largeAllocations);

    internal long LargeFrees => Volatile.Read(ref _largeFrees);

    internal long VirtualBytes => Volatile.Read(ref _virtualBytes);

    internal long Failures => Volatile.Read(ref _failures);

    internal long RejectedFrees => Volatile.Read(ref _rejectedFrees);

    /// <summary>The table from sizes to slots, for <see cref="TryTake"/>. Good for as long as the heap is.</summary>
    internal nint SlotsBySize { get; }

    [Allocates]
    internal void* Alloc(nuint size, GfpFlags flags)
    {
        void* memory = TryTake(SlotsBySize, ThreadIndex.Current, size, flags);
        return memory != null ? memory : AllocSlowly(size, flags);
    }

    /// <summary>Takes an object from a magazine of a thread, for a caller that has looked up the number of its thread, and knows the table of a heap without having to look at the heap.</summary>
    /// <returns>The object, or <see langword="null"/> if it has to be done in a longer way.</returns>
    [RawAtomic]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void* TryTake(nint slotsBySize, uint thread, nuint size, GfpFlags flags)
    {
        // No bytes wrap round to the largest value, and are sorted out with sizes that have no class. So there is nothing to check about the index.
        if (size - 1 >= LargestClass) return null;
        return SlabCache.TryTake(SlabSlots.Of(((nint**)slotsBySize)[(size + Granularity - 1) / Granularity], thread), flags);
    }

    /// <summary>What is left to do where <see cref="TryTake"/> has found nothing.</summary>
    [Allocates]
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal void* AllocSlowly(nuint size, GfpFlags flags) => size - 1 < LargestClass ? ClassOf(size).AllocSlowly(flags) : AllocLarge(size, flags);

    /// <summary>The cache whose objects a size is served from.</summary>
    internal SlabCache ClassOf(nuint size) => _bySize[(size + Granularity - 1) / Granularity];

    private void* AllocLarge(nuint size, GfpFlags flags)
    {
        if ((flags & GfpFlags.NoLocks) != 0)
        {
            if (size == 0) return (void*)ZeroSize;
            Interlocked.Increment(ref _failures);
            return null;
        }

        bool tooLarge = size > PageAllocator.PageSize << PageAllocator.MaxOrder;
        int order = tooLarge || size == 0 ? 0 : SlabLayout.OrderFor(size);
        PageMisuse.ThrowIfContradictory(flags, ~Known, order);
        if (size == 0) return (void*)ZeroSize;
        if (tooLarge) return Fail();

        DrainParked();
        byte* block = (byte*)_pages.AllocPages(flags & ~GfpFlags.Movable, order);
        if (block == null) return Fail();
        Extent* extent = MakeExtent(ExtentKind.Pages, block, (nuint)1 << order, order, size, flags);
        if (extent == null)
        {
            _pages.FreePages(block, order);
            return Fail();
        }

        MemoryEvents.Log?.ObjectAllocated(LargeName, block, size, flags);
        return block;
    }

    [Sleepable]
    [Allocates]
    internal void* AllocVirtual(nuint size, GfpFlags flags)
    {
        if (LockdepSwitch.IsOn) Lockdep.MightAlloc(GfpScope.Apply(flags));

        // Whoever says NoLocks gets what it promises even here: an answer at once.
        if ((flags & GfpFlags.NoLocks) != 0) return Fail();
        PageMisuse.ThrowIfContradictory(flags, ~Known, order: 0);
        if ((flags & GfpFlags.DirectReclaim) == 0) throw new ArgumentException("A mapping takes system calls that may sleep: the flags need DirectReclaim.", nameof(flags));
        if (size == 0) return (void*)ZeroSize;
        DrainParked();
        if (size > LargestMapping) return Fail();

        nuint bytes = (size + PageAllocator.PageSize - 1) & ~(nuint)(PageAllocator.PageSize - 1);
        nuint guard = (nuint)Environment.SystemPageSize;
        if (_pages.FaultInjection is { } faults && faults.ShouldFail(flags, bytes)) return Fail();
        byte* memory = SystemMemory.Map(bytes + guard);
        if (memory == null) return Fail();

        // What is behind the last page belongs to nobody: running on into it is a fault instead of damage.
        byte* end = (byte*)(((nuint)memory + bytes + guard - 1) & ~(guard - 1));
        bool isGuarded = SystemMemory.Protect(end, (nuint)(memory + bytes + guard - end), accessible: false);
        Extent* extent = isGuarded ? MakeExtent(ExtentKind.Virtual, memory, bytes >> PageAllocator.PageShift, 0, size, flags) : null;
        if (extent == null)
        {
            SystemMemory.Release(memory, bytes + guard);
            return Fail();
        }

        Interlocked.Add(ref _virtualBytes, (long)bytes);
        MemoryEvents.Log?.ObjectAllocated(VirtualName, memory, size, flags);
        return memory;
    }

    [Frees]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Free(void* memory)
    {
        uint thread = ThreadIndex.Current;
        Extent* extent = PageMap.Find(memory);
        if (extent != null && SlabCache.TryPut(extent, memory, thread)) return;
        FreeSlowly(extent, memory);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void FreeSlowly(Extent* extent, void* memory)
    {
        if (extent != null)
        {
            int owner = extent->Owner;
            if (owner != 0)
            {
                SlabCache cache = Owners.Of(owner);
                if (!cache.TryFree(extent, memory)) cache.ThrowRejected(memory);
                return;
            }

            if (TryFreeLarge(extent, memory)) return;
        }

        ThrowIfRejected(memory);
    }

    [RawAtomic]
    internal static bool TryFreeNoLocks(void* memory)
    {
        Extent* extent = PageMap.Find(memory);
        if (extent == null) return (nuint)memory is 0 or ZeroSize;
        int owner = extent->Owner;
        if (owner == 0) return TryFreeLargeNoLocks(extent, memory);
        SlabCache cache = Owners.Of(owner);
        if (cache.TryFreeNoLocks(extent, memory)) return true;
        cache.CountRejected(memory, mayThrow: false);
        return true;
    }

    /// <summary>Frees what can be freed and throws for the first that cannot.</summary>
    [Frees]
    internal static void FreeBulk(ReadOnlySpan<nint> memory)
    {
        Exception? refused = null;
        while (!memory.IsEmpty)
        {
            Extent* extent = PageMap.Find((void*)memory[0]);
            int freed = extent != null && extent->Owner != 0 ? Owners.Of(extent->Owner).FreeRun(memory) : 0;
            if (freed == 0)
            {
                FreeOneOfMany((void*)memory[0], ref refused);
                freed = 1;
            }

            memory = memory[freed..];
        }

        if (refused is not null) throw refused;
    }

    private static void FreeOneOfMany(void* memory, ref Exception? refused)
    {
        try
        {
            Free(memory);
        }
#pragma warning disable CA1031 // whoever is told of a mistake may throw anything; the others are freed all the same
        catch (Exception exception)
#pragma warning restore CA1031
        {
            refused ??= exception;
        }
    }

    /// <summary>Takes a block or mapping from its user: of all frees, the compare-exchange of one succeeds.</summary>
    [RawAtomic]
    private static bool TryTakeBack(Extent* extent, void* memory)
        => extent->Base == memory && Interlocked.CompareExchange(ref extent->List, 0, 1) == 1;

    private static bool TryFreeLarge(Extent* extent, void* memory)
    {
        if (extent->Kind == (byte)ExtentKind.Guarded) return GuardedObjects.Pool!.TryFree(extent, memory);
        if (!TryTakeBack(extent, memory)) return false;
        MemoryEvents.Log?.ObjectFreed(extent->Kind == (byte)ExtentKind.Virtual ? VirtualName : LargeName, memory);
        KernelHeap heap = Owners.Of(extent->Heap).Heap!;
        Interlocked.Increment(ref heap._largeFrees);
        PageMap.Clear(extent->Base, PagesOf(extent));
        heap.Release(extent, pagesToo: true);
        heap.DrainParked();
        return true;
    }

    [RawAtomic]
    private static bool TryFreeLargeNoLocks(Extent* extent, void* memory)
    {
        if (extent->Kind == (byte)ExtentKind.Guarded) return GuardedObjects.Pool!.TryFreeNoLocks(extent, memory);
        if (!TryTakeBack(extent, memory)) return false;
        KernelHeap heap = Owners.Of(extent->Heap).Heap!;
        Interlocked.Increment(ref heap._largeFrees);
        PageMap.Clear(extent->Base, PagesOf(extent));
        if (extent->Kind == (byte)ExtentKind.Pages) heap._pages.FreePagesNoLocks(extent->Base, extent->Order);
        heap.Park(extent);
        return true;
    }

    // As RemoteFrees, for headers.
    [RawAtomic]
    private void Park(Extent* extent)
    {
        nint head = Volatile.Read(ref _parked);
        while (true)
        {
            extent->Next = (Extent*)head;
            nint seen = Interlocked.CompareExchange(ref _parked, (nint)extent, head);
            if (seen == head) return;
            head = seen;
        }
    }

    private void DrainParked()
    {
        if (Volatile.Read(ref _parked) == 0) return;
        var extent = (Extent*)Interlocked.Exchange(ref _parked, 0);
        while (extent != null)
        {
            Extent* next = extent->Next;
            Release(extent, pagesToo: false);
            extent = next;
        }
    }

    private void Release(Extent* extent, bool pagesToo)
    {
        if (extent->Kind == (byte)ExtentKind.Virtual)
        {
            nuint bytes = PagesOf(extent) << PageAllocator.PageShift;
            SystemMemory.Release(extent->Base, bytes + (nuint)Environment.SystemPageSize);
            Interlocked.Add(ref _virtualBytes, -(long)bytes);
        }
        else if (pagesToo)
        {
            _pages.FreePages(extent->Base, extent->Order);
        }

        _lock.Enter();
        _headers.Give(extent);
        _lock.Exit();
    }

    private Extent* MakeExtent(ExtentKind kind, byte* start, nuint pages, int order, nuint size, GfpFlags flags)
    {
        Extent* extent = TakeHeader(flags & ~(NotForPages | GfpFlags.Zero | GfpFlags.Comp));
        if (extent == null) return null;
        *extent = new Extent { Base = start, Kind = (byte)kind, Order = (byte)order, Bytes = size, List = 1, Heap = _classes[0].Number };
        if (PageMap.TrySet(start, pages, extent))
        {
            Interlocked.Increment(ref _largeAllocations);
            return extent;
        }

        _lock.Enter();
        _headers.Give(extent);
        _lock.Exit();
        return null;
    }

    private Extent* TakeHeader(GfpFlags flags)
    {
        _lock.Enter();
        void* header = _headers.TryTake();
        _lock.Exit();
        if (header != null) return (Extent*)header;
        byte* chunk = _headers.AllocChunk(flags, out int order);
        if (chunk == null) return null;
        _lock.Enter();
        _headers.AddChunk(chunk, order);
        header = _headers.TryTake();
        _lock.Exit();
        return (Extent*)header;
    }

    [RawAtomic]
    private static nuint PagesOf(Extent* extent)
        => extent->Kind == (byte)ExtentKind.Pages ? (nuint)1 << extent->Order : (extent->Bytes + PageAllocator.PageSize - 1) >> PageAllocator.PageShift;

    private void* Fail()
    {
        Interlocked.Increment(ref _failures);
        return null;
    }

    [RawAtomic]
    internal static nuint UsableSize(void* memory)
    {
        Extent* extent = PageMap.Find(memory);
        if (extent == null) return 0;
        return extent->Kind == (byte)ExtentKind.Slab ? Owners.Of(extent->Owner).UsableSize(extent, memory)
            : extent->Kind == (byte)ExtentKind.Guarded ? (extent->Base == memory && Volatile.Read(ref extent->List) == 1 ? extent->Bytes : 0)
            : extent->Base == memory ? PagesOf(extent) << PageAllocator.PageShift
            : 0;
    }

    [RawAtomic]
    internal static bool IsVirtual(void* memory)
    {
        Extent* extent = PageMap.Find(memory);
        return extent != null && extent->Kind == (byte)ExtentKind.Virtual;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void ThrowIfRejected(void* memory)
    {
        if ((nuint)memory is 0 or ZeroSize) return;
        Extent* extent = PageMap.Find(memory);
        if (extent == null)
        {
            KernelMemory.CountForeign();
            SlabMisuse.ThrowForeign((nuint)memory, null);
        }

        if (extent->Kind == (byte)ExtentKind.Guarded)
        {
            KernelMemory.CountForeign();
            if (extent->Base == memory) SlabMisuse.ThrowNotAllocated((nuint)memory, "\n" + GuardedObjects.Pool!.Describe(extent));
            SlabMisuse.ThrowInside((nuint)memory);
        }

        Interlocked.Increment(ref Owners.Of(extent->Heap).Heap!._rejectedFrees);
        if (extent->Base != memory) SlabMisuse.ThrowInside((nuint)memory);
        SlabMisuse.ThrowNotAllocated((nuint)memory, "");
    }

    [RawAtomic]
    internal static int GenerationOf(void* memory)
    {
        Extent* extent = PageMap.Find(memory);
        return extent != null && extent->Owner != 0 ? Owners.Of(extent->Owner).GenerationOf(extent, memory) : -1;
    }

    internal string Leaks() => string.Concat(Array.ConvertAll(_classes, cache => cache.GetLeakReport()));

    /// <summary>Collects what lies in magazines, unmaps what was freed without locks, and gives all empty slabs back.</summary>
    /// <returns>The number of pages given back.</returns>
    internal int Shrink()
    {
        DrainParked();
        int pages = 0;
        foreach (SlabCache cache in _classes) pages += cache.Shrink();
        return pages;
    }

    /// <summary>Gives the memory back. Everything has to have been freed, and no other call may be going on.</summary>
    [Sleepable]
    public void Dispose()
    {
        DrainParked();
        foreach (SlabCache cache in _classes) cache.Dispose();
        if (_largeAllocations == _largeFrees) _headers.Release();
    }
}
