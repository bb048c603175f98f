using System;

namespace LockContext.Runtime;

/// <summary>The size and the tunables of a <see cref="PageAllocator"/>. A value of 0 (or <see langword="null"/>) means: work it out as Linux does.</summary>
/// <remarks>Read once, when the allocator is made. Not thread-safe for setting; immutable afterwards.</remarks>
public sealed record PageAllocatorOptions
{
    /// <summary>How many pages of <see cref="PageAllocator.PageSize"/> bytes to reserve: 1 to 2^22 (16 GiB). The default is 65 536 pages, 256 MiB.</summary>
    /// <remarks>Reserved is not used: the system provides a page when it is first touched.</remarks>
    public int Pages { get; init; } = 65_536;

    /// <summary>
    /// How many of the pages stay outside the zone until an ordinary allocation finds it short, a page block (4 MiB) at a time. An allocation with
    /// <see cref="GfpFlags.NoLocks"/> never makes the zone grow. The default is 0.
    /// </summary>
    public int DeferredPages { get; init; }

    /// <summary>How many per-CPU lists; rounded up to a power of two. The default, 0, is one for each processor.</summary>
    public int CpuLists { get; init; }

    /// <summary>
    /// Pages moved between the zone and a per-CPU list at once, 1 to 4 096. The default, 0, gives 2^n - 1 pages, at most 63, in proportion to the memory; a power of two would send the
    /// pages of neighbouring batches to the same cache sets. Setting this does not change how much a list may hold.
    /// </summary>
    public int CpuListBatch { get; init; }

    /// <summary>
    /// All per-CPU lists together may hold this fraction of the memory: 8 or more, an eighth or less. The default, 0, is the low mark shared out among the lists. A list may always hold four batches.
    /// Setting this does not change the batch: one knob for both would trade contention on the zone lock against latency.
    /// </summary>
    public int CpuListHighFraction { get; init; }

    /// <summary>The min mark in pages, below which only reserves are left; less than <see cref="Pages"/>. The default, <see langword="null"/>, is 4 times the square root of the memory in KiB, in KiB.</summary>
    public int? MinFreePages { get; init; }

    /// <summary>For how many milliseconds an allocation with <see cref="GfpFlags.DirectReclaim"/> waits at most for others to free pages, 0 or more. The default is 200. <see cref="GfpFlags.NoFail"/> waits for ever.</summary>
    public int ReclaimPatience { get; init; } = 200;

    /// <summary>
    /// How many of the pages are set apart for what can be moved: only allocations with <see cref="GfpFlags.Movable"/> are served from there. Rounded down to page blocks (4 MiB); less than
    /// <see cref="Pages"/>. The default is 0: everything serves everybody.
    /// </summary>
    public int MovablePages { get; init; }

    /// <summary>
    /// Movable allocations that fall back to the normal zone leave there, beyond the marks, the size of the movable zone divided by this: 1 or more. The default is 32, as for the normal zone in Linux
    /// (<c>lowmem_reserve_ratio</c>).
    /// </summary>
    public int LowMemoryReserveRatio { get; init; } = 32;

    /// <summary>The distance of the low and high marks from each other in ten-thousandths of the memory, 1 to 1 000; at least a quarter of the min mark. The default is 10, as in Linux.</summary>
    public int WatermarkScaleFactor { get; init; } = Watermarks.DefaultScaleFactor;

    /// <summary>The kind of the zone locks.</summary>
    public ZoneLockKind ZoneLock { get; init; }

    /// <summary>What <see cref="GfpFlags.NoLocks"/> does when the lists have nothing.</summary>
    public NoLocksMode NoLocksMode { get; init; }

    /// <summary>Whether every free takes its block by an atomic operation. Refuses one of two frees of a block by two threads in the same instant, which may end with a page handed out twice otherwise; costs about twice the time. Double frees one after the other are refused always. The default is <see langword="false"/>.</summary>
    public bool CheckedFrees { get; init; }

    /// <summary>After how many milliseconds of quiet the background thread empties lists and gives free memory back to the system: 10 to 3 600 000. The default is 1 000.</summary>
    public int IdleTrimDelay { get; init; } = 1000;

    /// <summary>Whether to have a thread that fetches pages back when free memory is below the low mark. The default is <see langword="true"/>.</summary>
    public bool BackgroundReclaim { get; init; } = true;

    internal int EffectiveMovablePages => MovablePages & ~(Blocks.Pages - 1);

    internal int EffectiveCpuLists => CpuLists != 0 ? CpuLists : Environment.ProcessorCount;

    internal int EffectiveBatch
    {
        get
        {
            if (CpuListBatch != 0) return CpuListBatch;

            // A quarter of a thousandth of the memory, at most a quarter of 1 MiB; then the nearest 2^n - 1 below one and a half times that.
            const int MegabyteInPages = (1 << 20) / PageAllocator.PageSize;
            int batch = Math.Max(1, Math.Min(Pages / 1024, MegabyteInPages) / 4);
            return Math.Max(1, (1 << int.Log2(batch + batch / 2)) - 1);
        }
    }

    internal int EffectiveHigh(Watermarks marks, int lists)
    {
        int shared = CpuListHighFraction != 0 ? Pages / CpuListHighFraction : marks.Low;
        return Math.Max(shared / lists, EffectiveBatch * 4);
    }

    // A list of a thread grows while it runs empty, up to an eighth of the memory for all, unless the fraction is set.
    internal int EffectiveHighest(Watermarks marks, int lists)
    {
        int high = EffectiveHigh(marks, lists);
        return Math.Min(ThreadPageList.MostPages, CpuListHighFraction != 0 ? high : Math.Max(high, Pages / 8 / lists));
    }

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Pages);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Pages, 1 << 22);
        ArgumentOutOfRangeException.ThrowIfNegative(DeferredPages);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(DeferredPages, Pages);
        ArgumentOutOfRangeException.ThrowIfNegative(CpuLists);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(CpuLists, 4096);
        ArgumentOutOfRangeException.ThrowIfNegative(CpuListBatch);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(CpuListBatch, 4096);
        if (CpuListHighFraction != 0) ArgumentOutOfRangeException.ThrowIfLessThan(CpuListHighFraction, 8);
        if (MinFreePages is int min)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(min, nameof(MinFreePages));
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(min, Pages, nameof(MinFreePages));
        }

        ArgumentOutOfRangeException.ThrowIfNegative(ReclaimPatience);
        ArgumentOutOfRangeException.ThrowIfNegative(MovablePages);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(MovablePages, Pages);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(LowMemoryReserveRatio);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(WatermarkScaleFactor);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(WatermarkScaleFactor, 1000);
        ArgumentOutOfRangeException.ThrowIfLessThan(IdleTrimDelay, 10);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(IdleTrimDelay, 3_600_000);
        if (!Enum.IsDefined(ZoneLock)) throw new ArgumentOutOfRangeException(nameof(ZoneLock));
        if (!Enum.IsDefined(NoLocksMode)) throw new ArgumentOutOfRangeException(nameof(NoLocksMode));
    }
}
