using System;
using System.Collections.Generic;
using System.Diagnostics.Metrics;
using System.Linq;
using System.Threading;

namespace LockContext.Runtime;

/// <summary>All page allocators of the process, for those who look at them from outside: the meter and the event source.</summary>
internal static class Allocators
{
    private static readonly object s_lock = new();
    private static readonly List<WeakReference<PageAllocator>> s_all = [];
    private static bool s_tracing;

    internal static void Add(PageAllocator allocator)
    {
        lock (s_lock)
        {
            s_all.RemoveAll(reference => !reference.TryGetTarget(out _));
            s_all.Add(new WeakReference<PageAllocator>(allocator));
            if (s_tracing) allocator.SetTracing(true);
        }

        Telemetry.Publish(Telemetry.Parts.Pages);
    }

    internal static void Remove(PageAllocator allocator)
    {
        // Whether interrupted or not: what is disposed half-way is lost.
        bool interrupted = Interruption.Enter(s_lock);
        try
        {
            s_all.RemoveAll(reference => !reference.TryGetTarget(out PageAllocator? other) || other == allocator);
        }
        finally
        {
            Monitor.Exit(s_lock);
        }

        if (interrupted) Interruption.Postpone();
    }

    internal static void SetTracing(bool on)
    {
        lock (s_lock)
        {
            s_tracing = on;
            foreach (PageAllocator allocator in All()) allocator.SetTracing(on);
        }
    }

    internal static PageAllocator[] All()
    {
        lock (s_lock) return [.. s_all.Select(reference => reference.TryGetTarget(out PageAllocator? allocator) ? allocator : null).OfType<PageAllocator>()];
    }
}

/// <summary>The meter <c>LockContext.Runtime.Pages</c>: what <c>dotnet-counters</c> shows. Everything is read when somebody asks, nothing is counted for it.</summary>
internal static class PageMeter
{
    internal const string Name = "LockContext.Runtime.Pages";

    private static readonly Meter s_meter = new(Name);

    internal static void Publish()
    {
        Telemetry.Tell(() => s_meter.CreateObservableGauge("pages", Pages, "{page}", "Pages by where they are."));
        Count("allocations", "Allocations that succeeded.", now => now.Allocations);
        Count("frees", "Frees accepted.", now => now.Frees);
        Count("list_hits", "Allocations served from a list.", now => now.CpuListHits);
        Count("refills", "Batches moved from a zone to a list.", now => now.Refills);
        Count("failures", "Allocations that returned null.", now => now.Failures);
        Count("no_locks_hits", "Allocations without locks that succeeded.", now => now.NoLocksHits);
        Count("direct_reclaims", "Allocations that reclaimed in their own thread.", now => now.DirectReclaims);
        Count("background_wakeups", "Times the background reclaimer was woken.", now => now.BackgroundWakeups);
        Count("reclaimed_pages", "Pages brought back from lists.", now => now.ReclaimedPages);
        Count("shrunk_pages", "Pages that shrinkers freed.", now => now.ShrunkPages);
        Count("returned_pages", "Pages given back to the system.", now => now.ReturnedPages);
        Count("rejected_frees", "Frees refused.", now => now.RejectedFrees);
        Telemetry.Tell(() => s_meter.CreateObservableCounter("no_locks_failures", NoLocksFailures, "{allocation}", "Allocations without locks that failed, by the band that free memory was in."));
    }

    private static Measurement<long> Of(PageAllocator allocator, long value, string key, string tag) => new(value, new("allocator", allocator.Number), new(key, tag));

    private static IEnumerable<Measurement<long>> Pages()
    {
        foreach (PageAllocator allocator in Allocators.All())
        {
            PageAllocatorStatistics now = allocator.GetStatistics();
            yield return Of(allocator, now.FreePages, "state", "free");
            yield return Of(allocator, now.CpuListPages, "state", "listed");
            yield return Of(allocator, now.ParkedPages, "state", "parked");
            yield return Of(allocator, now.AllocatedPages, "state", "allocated");
            yield return Of(allocator, now.ChargedPages, "state", "charged");
        }
    }

    private static IEnumerable<Measurement<long>> NoLocksFailures()
    {
        foreach (PageAllocator allocator in Allocators.All())
        {
            PageAllocatorStatistics now = allocator.GetStatistics();
            yield return Of(allocator, now.NoLocksFailuresAboveLow, "band", "above_low");
            yield return Of(allocator, now.NoLocksFailuresAboveMin, "band", "min_to_low");
            yield return Of(allocator, now.NoLocksFailuresBelowMin, "band", "below_min");
        }
    }

    private static void Count(string name, string description, Func<PageAllocatorStatistics, long> value)
        => Telemetry.Tell(() => s_meter.CreateObservableCounter(
            name,
            () => Allocators.All().Select(allocator => new Measurement<long>(value(allocator.GetStatistics()), new KeyValuePair<string, object?>("allocator", allocator.Number))),
            "{event}",
            description));
}
