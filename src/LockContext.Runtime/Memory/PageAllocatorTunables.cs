namespace LockContext.Runtime;

/// <summary>What can be changed while a <see cref="PageAllocator"/> runs. Each has the meaning, the range and the default of the option of the same name.</summary>
/// <remarks>Immutable: <c>allocator.Tunables = allocator.Tunables with { CpuListBatch = 31 }</c>.</remarks>
public sealed record PageAllocatorTunables
{
    /// <summary>See <see cref="PageAllocatorOptions.MinFreePages"/>.</summary>
    public int? MinFreePages { get; init; }

    /// <summary>See <see cref="PageAllocatorOptions.WatermarkScaleFactor"/>.</summary>
    public int WatermarkScaleFactor { get; init; } = Watermarks.DefaultScaleFactor;

    /// <summary>See <see cref="PageAllocatorOptions.CpuListBatch"/>.</summary>
    public int CpuListBatch { get; init; }

    /// <summary>See <see cref="PageAllocatorOptions.CpuListHighFraction"/>. Does not change the batch.</summary>
    public int CpuListHighFraction { get; init; }

    /// <summary>How many pages may be part of the zones: 1 to <see cref="PageAllocatorOptions.Pages"/>; <see langword="null"/>, the default, for all. Lowering it takes effect as page blocks become free.</summary>
    public int? LimitPages { get; init; }

    /// <summary>See <see cref="PageAllocatorOptions.ReclaimPatience"/>.</summary>
    public int ReclaimPatience { get; init; } = 200;

    /// <summary>See <see cref="PageAllocatorOptions.IdleTrimDelay"/>.</summary>
    public int IdleTrimDelay { get; init; } = 1000;

    /// <summary>Whether to count allocations and failures by flag, see <see cref="PageAllocator.GetFlagStatistics"/>. Allocations then do not take their shortest way. The default is <see langword="false"/>.</summary>
    public bool CountFlags { get; init; }
}
