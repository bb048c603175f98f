using System;
using System.Runtime.CompilerServices;
using System.Threading;

namespace LockContext.Runtime;

/// <summary>
/// Objects of one size in native memory: what a <c>kmem_cache</c> is to the kernel. A thread takes them from a magazine of its own and puts them back into one; magazines are exchanged, full for empty, in
/// a barn that all threads share; and only when that does not help either, objects move between magazines and slabs under a sleeping lock.
/// </summary>
/// <remarks>
/// <para>
/// <b>What it may do depends on the flags.</b> With <see cref="GfpFlags.NoLocks"/>, <see cref="Alloc"/> looks at magazines and does nothing else, so it may be called anywhere, under a raw spin lock too, and from inside
/// the cache itself. Without it, it may take the cache's lock and that of the zone (<see cref="WaitClass.Config"/>), and with <see cref="GfpFlags.DirectReclaim"/> it may sleep. <see cref="Free"/> may take the
/// cache's lock; <see cref="FreeNoLocks"/> takes nothing that sleeps.
/// </para>
/// <para><b>It never waits for a grace period</b>, because a grace period may be waiting for memory.</para>
/// <para><b>Freeing touches no object</b>: whether it is allocated, and where it goes, is written elsewhere. Objects that have gone cold are freed for the price of a byte each.</para>
/// <para>
/// <b>Misuse is found</b>: a pointer that is not the start of an object of this cache, or of one that is free already, is refused and counted. <see cref="SlabDebug"/> finds more, for a price.
/// </para>
/// <para><b>Thread-safety</b>: every member may be called from any thread, and an object be freed by another than allocated it, except that <see cref="Dispose"/> has to come last. <b>Managed allocation</b>: none
/// after construction, unless a call is refused with an exception.</para>
/// <para><b>Reclaim</b>: when its page allocator is short of pages, a cache gives up slabs without objects in use, and then what lies in magazines.</para>
/// <para><b>Source</b>: J. Bonwick, "The slab allocator", USENIX 1994; J. Bonwick and J. Adams, "Magazines and Vmem", USENIX 2001; for the barn, V. Babka's sheaves in Linux 6.18.</para>
/// </remarks>
/// <example><code>
/// using var nodes = new SlabCache("nodes", sizeof(Node));
/// var node = (Node*)nodes.Alloc(GfpFlags.Kernel);
/// if (node == null) ...
/// nodes.Free(node);
/// </code></example>
[NoGracePeriodWait]
public sealed unsafe partial class SlabCache : IDisposable
{
    // Movable objects there are none; the others are about pages, or done here.
    private const GfpFlags NotForPages = GfpFlags.Zero | GfpFlags.Movable | GfpFlags.Account | GfpFlags.Comp;
    private const GfpFlags Known = (GfpFlags)0x1FF_FFF8 & ~(GfpFlags)0x200;

    // Flags that need a look before anything is handed out. Those of every other mask are right in any combination.
    private const GfpFlags NeedCheck = ~Known | GfpFlags.NoFail | GfpFlags.Movable | GfpFlags.Zero;

    /// <summary>For magazines and slots, which are good to have and not needed: never waits, and leaves the reserves alone.</summary>
    private const GfpFlags Speculative = GfpFlags.NoWait | GfpFlags.NoMemAlloc;

    /// <summary>Enough to catch an access some elements past the end, or to a neighbour of an unaligned structure.</summary>
    private const int RedZoneBytes = 16;

    private readonly PageAllocator _pages;
    private readonly SlabLayout _layout;
    private readonly Action<nint>? _constructor;
    private readonly ushort _number;
    private readonly int _keepEmpty;
    private readonly int _magazineCapacity;
    private readonly bool _usesMagazines;
    private readonly SlabDebugger? _debugger;
    private readonly SlabShrinker _shrinker;

    private SlabSlots _slots;
    private Barn _barn;
    private RemoteFrees _remote;

    // Guards what follows.
    private readonly SleepingLock _lock = new();
    private SlabLists _lists;
    private NativePool _headers;
    private NativePool _magazines;
    private int _slotPages;
    private int _releasing;
    private bool _closed;
    private bool _released;

    // Of threads without a slot.
    private long _slowAllocations;
    private long _slowFrees;
    private long _refills;
    private long _releasedPages;
    private long _failures;
    private long _noLocksFailures;
    private long _rejectedFrees;

    /// <summary>Makes a cache. It has to be disposed: it has native memory.</summary>
    /// <param name="name">What statistics and reports call it.</param>
    /// <param name="objectSize">Bytes of an object, 1 to 1 MiB.</param>
    /// <param name="alignment">A power of two, at most 4 096, that addresses of objects are multiples of; 0 means 8.</param>
    /// <param name="pages">Where slabs come from; <see langword="null"/> means <see cref="PageAllocator.Shared"/>.</param>
    /// <exception cref="ArgumentNullException"><paramref name="name"/> is <see langword="null"/>.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="objectSize"/> or <paramref name="alignment"/> is outside of its range.</exception>
    /// <exception cref="InvalidOperationException">There are 65 535 caches already.</exception>
    public SlabCache(string name, int objectSize, int alignment = 0, PageAllocator? pages = null)
        : this(new SlabCacheOptions { Name = name, ObjectSize = objectSize, Alignment = alignment, Pages = pages })
    {
    }

    /// <summary>Makes a cache. It has to be disposed: it has native memory.</summary>
    /// <param name="options">What for.</param>
    /// <exception cref="ArgumentNullException"><paramref name="options"/> or the name in it is <see langword="null"/>.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside of its range.</exception>
    /// <exception cref="InvalidOperationException">There are 65 535 caches already.</exception>
    public SlabCache(SlabCacheOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        Name = options.Name;
        _pages = options.Pages ?? PageAllocator.Shared;
        _constructor = options.Constructor;
        _keepEmpty = options.EmptySlabs;
        bool debugs = options.Debug != SlabDebug.None;
        _usesMagazines = !debugs;
        _layout = new SlabLayout(options.ObjectSize, options.Alignment, keepsContents: debugs || _constructor is not null, redZone: (options.Debug & SlabDebug.RedZones) != 0 ? RedZoneBytes : 0);
        if (debugs) _debugger = new SlabDebugger(this, _layout, options.Debug, _constructor is not null);
        _magazineCapacity = options.MagazineCapacity != 0 ? options.MagazineCapacity : Magazine.CapacityFor(_layout.Stride);
        _headers = new NativePool(_pages, SlabLayout.RoundUp(sizeof(Extent) + _layout.Count(_layout.Order), 64), ListKind.MaxOrder);
        _magazines = new NativePool(_pages, SlabLayout.RoundUp(Magazine.HeaderBytes + _magazineCapacity * sizeof(FreeObject), 64), highestOrder: 1);
        _slots.Initialise();
        _number = Owners.Add(this);
        _shrinker = new SlabShrinker(this);
        _pages.Register(_shrinker);
        Telemetry.Publish(Telemetry.Parts.Slabs);
    }

    /// <summary>What statistics and reports call it.</summary>
    public string Name { get; }

    /// <summary>Bytes of an object, as asked for.</summary>
    public int ObjectSize => _layout.ObjectSize;

    internal ushort Number => _number;

    internal PageAllocator Pages => _pages;

    /// <summary>The heap that this is a size class of.</summary>
    internal KernelHeap? Heap { get; set; }

    /// <summary>See <see cref="SlabSlots.Table"/>.</summary>
    internal nint* SlotTable => _slots.Table;

    /// <summary>Makes a cache for values of one type, aligned as they have to be.</summary>
    /// <typeparam name="T">The type.</typeparam>
    /// <param name="pages">Where slabs come from; <see langword="null"/> means <see cref="PageAllocator.Shared"/>.</param>
    /// <returns>A new cache with the type's name.</returns>
    public static SlabCache ForType<T>(PageAllocator? pages = null)
        where T : unmanaged
        => new(typeof(T).Name, sizeof(T), AlignmentOf<T>(), pages);

    /// <summary>Whether an address lies in a slab of this cache, allocated or not.</summary>
    /// <param name="address">Any address.</param>
    /// <returns>Whether it is ours.</returns>
    [RawAtomic]
    public bool Owns(void* address)
    {
        Extent* extent = PageMap.Find(address);
        return extent != null && (extent->Owner == _number || IsGuarded(extent));
    }

    /// <summary>How often an object has been freed before, modulo 64: who keeps it with a pointer can tell later whether the object is still the same one. Costs nothing to keep; read in some nanoseconds.</summary>
    /// <param name="item">Any address.</param>
    /// <returns>0 to 63, or -1 if nothing that is allocated in this cache starts there.</returns>
    [RawAtomic]
    public int GenerationOf(void* item)
    {
        Extent* extent = PageMap.Find(item);
        return extent != null && extent->Owner == _number ? GenerationOf(extent, item) : -1;
    }

    /// <summary>What is allocated, counted by call stack, most first; empty unless the cache has <see cref="SlabDebug.Track"/>.</summary>
    /// <returns>Text of several lines.</returns>
    public string GetLeakReport() => _debugger?.Leaks() ?? "";

    [RawAtomic]
    internal int GenerationOf(Extent* extent, void* item)
    {
        nuint offset = (nuint)item - (nuint)extent->Base;
        uint index = Extent.IndexOf(extent, offset);
        if ((nuint)index * extent->Stride != offset || index >= (uint)extent->Count) return -1;
        byte state = *Extent.State(extent, index);
        return (state & Extent.Allocated) != 0 ? state >> 2 : -1;
    }

    /// <summary>Whether an object, allocated or not, starts at an address of an extent of this cache.</summary>
    internal bool IsObject(Extent* extent, void* item)
    {
        nuint offset = (nuint)item - (nuint)extent->Base;
        uint index = Extent.IndexOf(extent, offset);
        return (nuint)index * extent->Stride == offset && index < (uint)extent->Count;
    }

    /// <summary>Sends every thread that uses the cache to the slow path once.</summary>
    internal void DivertOnce()
    {
        int used = ThreadIndex.Used;
        for (int i = 1; i <= used; i++)
        {
            SlabSlot* slot = _slots.At(i);
            if (slot != null) SlabSlot.DivertOnce(slot);
        }
    }

    internal string DescribeTracks(void* item) => _debugger?.Describe((nint)item) ?? "";

    // What follows a byte in a structure starts at a multiple of its alignment.
    private static int AlignmentOf<T>()
        where T : unmanaged
        => (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)(sizeof(WithByte<T>) - sizeof(T)));

    private struct WithByte<T>
        where T : unmanaged
    {
#pragma warning disable CS0649, CS0169, IDE0044, IDE0051 // only its size is of interest
        private byte _byte;
        private T _value;
#pragma warning restore CS0649, CS0169, IDE0044, IDE0051
    }
}
