using System;
using System.Threading;

namespace LockContext.Runtime;

public sealed unsafe partial class PageAllocator
{
    private readonly PageAllocatorOptions _options;
    private readonly SleepingLock _tuning = new();
    private PageAllocatorTunables _tunables;

    /// <summary>What can be changed while the allocator runs. Setting it checks all, and then changes all; allocations that are under way may still see the old values.</summary>
    /// <remarks>Takes the zone lock: wait class <see cref="WaitClass.Config"/>. All lists are emptied, so that none holds more than it now may.</remarks>
    /// <exception cref="ArgumentNullException">The value is <see langword="null"/>.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A value is outside of its range; nothing has been changed.</exception>
    public PageAllocatorTunables Tunables
    {
        get => Volatile.Read(ref _tunables);
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            PageAllocatorOptions options = _options with
            {
                MinFreePages = value.MinFreePages,
                WatermarkScaleFactor = value.WatermarkScaleFactor,
                CpuListBatch = value.CpuListBatch,
                CpuListHighFraction = value.CpuListHighFraction,
                ReclaimPatience = value.ReclaimPatience,
                IdleTrimDelay = value.IdleTrimDelay,
            };
            options.Validate();
            if (value.LimitPages is int limit)
            {
                ArgumentOutOfRangeException.ThrowIfNegativeOrZero(limit, nameof(PageAllocatorTunables.LimitPages));
                ArgumentOutOfRangeException.ThrowIfGreaterThan(limit, options.Pages, nameof(PageAllocatorTunables.LimitPages));
            }

            _tuning.Enter();
            try
            {
                Apply(options, value);
            }
            finally
            {
                _tuning.Exit();
            }
        }
    }

    private void Apply(PageAllocatorOptions options, PageAllocatorTunables value)
    {
        foreach (BuddyZone zone in _zones)
        {
            zone.SetMarks(MarksOf(options, zone.ManagedPages));

            // Each zone has its share of the limit, too.
            zone.Limit = value.LimitPages is int limit ? (int)((long)limit * zone.ManagedPages / options.Pages) : zone.ManagedPages;
        }

        int lists = options.EffectiveCpuLists;
        _limits.Set(options.EffectiveBatch, options.EffectiveHigh(_normal.Marks, lists), options.EffectiveHighest(_normal.Marks, lists));
        Volatile.Write(ref _patience, value.ReclaimPatience);
        _trim.SetDelay(value.IdleTrimDelay);
        Volatile.Write(ref _tunables, value);
        _gate.Set(Detour.Counts, value.CountFlags);
        _reclaim.DrainAll();
    }

    // Each zone has its share of the memory to be kept free.
    private static Watermarks MarksOf(PageAllocatorOptions options, int pages)
    {
        int? min = options.MinFreePages is int free ? (int)((long)free * pages / options.Pages) : null;
        return new Watermarks(pages, min, options.WatermarkScaleFactor);
    }
}
