using System;
using System.Threading;

namespace LockContext.Runtime;

/// <summary>
/// Native memory of any size, the <c>kmalloc</c> family: small sizes from slab caches of size classes over <see cref="PageAllocator.Shared"/>, sizes above 8 KiB as blocks of pages, and, on request, mappings of
/// their own. <see cref="Free"/> takes all of it, and objects of any <see cref="SlabCache"/> as well.
/// </summary>
/// <remarks>
/// <para>What an allocation may do depends on its flags, as with <see cref="SlabCache.Alloc"/>. <b>It never waits for a grace period.</b></para>
/// <para><b>Alignment</b>: to the largest power of two that divides the size class, at least 16, at most 4 096; so a size that is a power of two is aligned to itself.</para>
/// <para><b>Thread-safety</b>: every member may be called from any thread. <b>Managed allocation</b>: none, unless a call is refused with an exception.</para>
/// <para><b>Debugging</b>: the environment variable <c>LOCKCONTEXT_SLAB_DEBUG</c>, or the run-time configuration property <c>LockContext.Runtime.SlabDebug</c>, names what the size classes watch for, such as
/// <c>Poison, Track</c>; see <see cref="SlabDebug"/>. Read at the first use.</para>
/// <para><b>Pointers are told apart</b> by a table from pages to extents, in two loads and without a lock, whatever the value: slab object, block of pages, mapping, or none of ours.</para>
/// </remarks>
/// <example><code>
/// var buffer = (byte*)KernelMemory.Alloc(200, GfpFlags.Kernel | GfpFlags.Zero);
/// if (buffer == null) ...
/// KernelMemory.Free(buffer);
/// </code></example>
[NoGracePeriodWait]
public static unsafe class KernelMemory
{
    /// <summary>The largest size of <see cref="Alloc"/>: 4 MiB.</summary>
    public const int LargestSize = PageAllocator.PageSize << PageAllocator.MaxOrder;

    private const string DebugVariable = "LOCKCONTEXT_SLAB_DEBUG";
    private const string DebugProperty = "LockContext.Runtime.SlabDebug";

    private static long s_foreignFrees;

    private static class Shared
    {
        internal static readonly KernelHeap Heap;

        // Known to the compiler, unlike a field of the heap.
        internal static readonly nint SlotsBySize;

#pragma warning disable CA1810 // so that a listener which allocates when it is told of the instruments finds the heap
        static Shared()
#pragma warning restore CA1810
        {
            Telemetry.Hold();
            try
            {
                Heap = new KernelHeap(PageAllocator.Shared, ConfiguredDebug());
                SlotsBySize = Heap.SlotsBySize;
            }
            finally
            {
                Telemetry.Release();
            }
        }

        // "Poison, Track" and the like.
        [Trusted("the very first use reads the environment, and says so if there is nothing to be made of it")]
        private static SlabDebug ConfiguredDebug()
        {
            string? modes = Environment.GetEnvironmentVariable(DebugVariable) ?? AppContext.GetData(DebugProperty)?.ToString();
            if (string.IsNullOrWhiteSpace(modes)) return SlabDebug.None;
            if (Enum.TryParse(modes, ignoreCase: true, out SlabDebug debug) && (debug & ~SlabDebug.All) == 0) return debug;
            Console.Error.WriteLine($"{DebugVariable}: '{modes}' is none of {SlabDebug.None}, {SlabDebug.ExactFrees}, {SlabDebug.Poison}, {SlabDebug.RedZones}, {SlabDebug.Track}, {SlabDebug.All}, nor several of them with commas; nothing is watched.");
            return SlabDebug.None;
        }
    }

    internal static KernelHeap Heap => Shared.Heap;

    internal static long ForeignFrees => Volatile.Read(ref s_foreignFrees);

    /// <summary>Allocates memory.</summary>
    /// <remarks>
    /// <para>With <see cref="GfpFlags.NoLocks"/> it never waits or throws: an object from a magazine, or <see langword="null"/> where there is none and for every size above 8 KiB.</para>
    /// <para><b>Wait class</b>: by flags, <see cref="WaitClass.Spin"/>, <see cref="WaitClass.Config"/> or <see cref="WaitClass.Sleep"/>; see <see cref="GfpFlags"/>.</para>
    /// </remarks>
    /// <param name="size">How many bytes. 0 gives an address that is not <see langword="null"/>, may be freed, and must not be accessed.</param>
    /// <param name="flags">What may be done for it.</param>
    /// <returns>The memory, or <see langword="null"/>: there is none, or <paramref name="size"/> is above <see cref="LargestSize"/>. The contents are undefined without <see cref="GfpFlags.Zero"/>.</returns>
    /// <exception cref="ArgumentException"><paramref name="flags"/> are contradictory, see <see cref="SlabCache.Alloc"/>; or <see cref="GfpFlags.NoFail"/> is asked for with a size above 8 KiB.</exception>
    [Allocates]
    public static void* Alloc(nuint size, GfpFlags flags)
    {
        // First of all, because it is a call: what is known before it has to be saved.
        uint thread = ThreadIndex.Current;
        void* memory = KernelHeap.TryTake(Shared.SlotsBySize, thread, size, flags);
        return memory != null ? memory : Shared.Heap.AllocSlowly(size, flags);
    }

    /// <summary>Allocates a mapping of its own, for large sizes: zeroed, in whole pages, with an inaccessible page behind it, and given back to the system when it is freed.</summary>
    /// <remarks><b>Wait class</b>: <see cref="WaitClass.Sleep"/>, so the flags must have <see cref="GfpFlags.DirectReclaim"/>.</remarks>
    /// <param name="size">How many bytes, up to 2^46. 0 as for <see cref="Alloc"/>.</param>
    /// <param name="flags">What may be done for it.</param>
    /// <returns>The memory, or <see langword="null"/>: the system has none, or <paramref name="size"/> is too large, or <paramref name="flags"/> have <see cref="GfpFlags.NoLocks"/>.</returns>
    /// <exception cref="ArgumentException"><paramref name="flags"/> are contradictory, or have neither <see cref="GfpFlags.DirectReclaim"/> nor <see cref="GfpFlags.NoLocks"/>.</exception>
    [Sleepable]
    [Allocates]
    public static void* AllocVirtual(nuint size, GfpFlags flags) => Shared.Heap.AllocVirtual(size, flags);

    /// <summary>Frees memory of any kind: from <see cref="Alloc"/>, from <see cref="AllocVirtual"/>, or an object of a <see cref="SlabCache"/>.</summary>
    /// <remarks>
    /// <b>Wait class</b>: <see cref="WaitClass.Config"/>. A mapping is given back by a system call.
    /// <para>A refused free leaves everything as it was, and is counted.</para>
    /// </remarks>
    /// <param name="memory">What an allocation returned, <see langword="null"/> and the address for no bytes included.</param>
    /// <exception cref="ArgumentException"><paramref name="memory"/> is not memory of ours, or nothing that was allocated starts there; a block or mapping that was freed before is no longer ours.</exception>
    /// <exception cref="InvalidOperationException">It is an object that is not allocated: it was freed before.</exception>
    [Frees(WithoutLocks = nameof(FreeNoLocks), DeferredBy = typeof(Rcu))]
    public static void Free(void* memory) => KernelHeap.Free(memory);

    /// <summary>Frees memory of any kind where nothing may be taken that sleeps: under a raw spin lock, in a callback that must not be late.</summary>
    /// <remarks>
    /// As <see cref="SlabCache.FreeNoLocks"/>. Mappings are left to the next ordinary call that has to do with large memory, and to <see cref="Shrink"/>.
    /// <para><b>Wait class</b>: <see cref="WaitClass.Spin"/>; it never waits or throws. What <see cref="Free"/> would refuse is counted and otherwise ignored.</para>
    /// </remarks>
    /// <param name="memory">What an allocation returned, <see langword="null"/> included.</param>
    [RawAtomic]
    public static void FreeNoLocks(void* memory)
    {
        if (!KernelHeap.TryFreeNoLocks(memory)) CountForeign();
    }

    /// <summary>Frees many at once, of any kinds, for less than one by one.</summary>
    /// <remarks>
    /// Neighbours of one size class are the cheapest. Objects are not touched. If some are refused, all others are freed all the same, and then the first refusal is thrown.
    /// <para><b>Wait class</b>: <see cref="WaitClass.Config"/>.</para>
    /// </remarks>
    /// <param name="memory">What allocations returned; entries of 0 are passed over.</param>
    /// <exception cref="ArgumentException">One of them is not memory of ours, or nothing that was allocated starts there.</exception>
    /// <exception cref="InvalidOperationException">One of them is not allocated: it was freed before, or is there twice.</exception>
    [Frees]
    public static void FreeBulk(ReadOnlySpan<nint> memory) => KernelHeap.FreeBulk(memory);

    /// <summary>How many bytes may be used of what was allocated: the size asked for, rounded up.</summary>
    /// <param name="memory">What an allocation returned.</param>
    /// <returns>Bytes; 0 for every address where nothing allocated starts.</returns>
    [RawAtomic]
    public static nuint UsableSize(void* memory) => KernelHeap.UsableSize(memory);

    /// <summary>Whether an address lies in a mapping of <see cref="AllocVirtual"/>.</summary>
    /// <param name="memory">Any address.</param>
    /// <returns>Whether it does; <see langword="false"/> for slab objects, blocks of pages and everything else.</returns>
    [RawAtomic]
    public static bool IsVirtual(void* memory) => KernelHeap.IsVirtual(memory);

    /// <summary>Collects free objects from the magazines of all threads and gives what nobody uses back to the page allocator and to the system.</summary>
    /// <remarks><b>Wait class</b>: <see cref="WaitClass.Config"/>. See <see cref="SlabCache.Shrink"/>.</remarks>
    /// <returns>The number of pages given back.</returns>
    public static int Shrink() => Shared.Heap.Shrink();

    /// <summary>How often an object has been freed before; see <see cref="SlabCache.GenerationOf(void*)"/>.</summary>
    /// <param name="memory">Any address.</param>
    /// <returns>0 to 63, or -1 if no allocated object of a size class or cache starts there; blocks above 8 KiB and mappings have no generation.</returns>
    [RawAtomic]
    public static int GenerationOf(void* memory) => KernelHeap.GenerationOf(memory);

    /// <summary>What is allocated from size classes, counted by call stack, most first; empty unless they have <see cref="SlabDebug.Track"/>.</summary>
    /// <returns>Text of several lines.</returns>
    public static string GetLeakReport() => Shared.Heap.Leaks();

    [RawAtomic]
    internal static void CountForeign() => Interlocked.Increment(ref s_foreignFrees);
}
