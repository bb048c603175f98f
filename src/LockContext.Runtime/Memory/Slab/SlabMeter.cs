using System;
using System.Collections.Generic;
using System.Diagnostics.Metrics;

namespace LockContext.Runtime;

/// <summary>Instruments of all slab caches, for <c>dotnet-counters</c> and the like: the meter <c>LockContext.Runtime.Slabs</c>, with a tag for the cache's name.</summary>
/// <remarks>All are observed: they cost nothing until somebody asks, and nothing on any path of an allocation then.</remarks>
internal static class SlabMeter
{
    internal const string Name = "LockContext.Runtime.Slabs";

    private static readonly Meter s_meter = new(Name);

    internal static void Publish()
    {
        Gauge("lockcontext.slab.slabs", static now => now.Slabs, "{slab}", "Slabs.");
        Gauge("lockcontext.slab.pages", static now => now.Pages, "{page}", "Pages that the slabs consist of.");
        Gauge("lockcontext.slab.objects", static now => now.Objects, "{object}", "Objects that the slabs have room for.");
        Gauge("lockcontext.slab.allocated", static now => now.AllocatedObjects, "{object}", "Objects with users.");
        Gauge("lockcontext.slab.cached", static now => now.CachedObjects, "{object}", "Free objects in magazines.");
        Gauge("lockcontext.slab.metadata", static now => now.MetadataBytes, "By", "Headers, states, magazines and slots.");
        Counter("lockcontext.slab.allocations", static now => now.Allocations, "{object}", "Allocations that succeeded.");
        Counter("lockcontext.slab.frees", static now => now.Frees, "{object}", "Frees accepted.");
        Counter("lockcontext.slab.magazine_hits", static now => now.MagazineHits, "{object}", "Allocations served by a magazine.");
        Counter("lockcontext.slab.refills", static now => now.Refills, "{refill}", "Allocations that went to the slabs.");
        Counter("lockcontext.slab.remote_frees", static now => now.RemoteFrees, "{object}", "Frees without locks that found no room in a magazine.");
        Counter("lockcontext.slab.no_locks_failures", static now => now.NoLocksFailures, "{failure}", "Allocations without locks that found nothing.");
        Counter("lockcontext.slab.failures", static now => now.Failures, "{failure}", "Allocations that returned null.");
        Counter("lockcontext.slab.rejected_frees", static now => now.RejectedFrees, "{object}", "Frees refused.");
    }

    private static void Gauge(string name, Func<SlabCacheStatistics, long> value, string unit, string description)
        => Telemetry.Tell(() => s_meter.CreateObservableGauge(name, () => Each(value), unit, description));

    private static void Counter(string name, Func<SlabCacheStatistics, long> value, string unit, string description)
        => Telemetry.Tell(() => s_meter.CreateObservableCounter(name, () => Each(value), unit, description));

    // One measurement for each name: caches that share one are added up.
    private static IEnumerable<Measurement<long>> Each(Func<SlabCacheStatistics, long> value)
    {
        var sums = new Dictionary<string, long>();
        foreach (SlabCache? cache in Owners.All)
        {
            if (cache is not null) sums[cache.Name] = sums.GetValueOrDefault(cache.Name) + value(cache.GetStatistics());
        }

        foreach ((string name, long sum) in sums) yield return new Measurement<long>(sum, new KeyValuePair<string, object?>("cache", name));
    }
}
