using System;
using System.Collections.Generic;
using System.Diagnostics.Metrics;

namespace LockContext.Runtime;

/// <summary>Instruments of all slab caches, for <c>dotnet-counters</c> and the like: the meter <c>LockContext.Runtime.Slabs</c>, with a tag for the cache's name.</summary>
/// <remarks>All are observed: they cost nothing until somebody asks, and nothing on any path of an allocation then.</remarks>
internal static class SlabMeter
{
    internal const string Name = "LockContext.Runtime.Slabs";

    private static readonly Meter s_meter = Create();

    /// <summary>Has the instruments made, so that a listener finds them before anything has happened.</summary>
    internal static void Publish() => GC.KeepAlive(s_meter);

    private static Meter Create()
    {
        var meter = new Meter(Name);
        meter.CreateObservableGauge("lockcontext.slab.slabs", () => Each(static now => now.Slabs), "{slab}", "Slabs.");
        meter.CreateObservableGauge("lockcontext.slab.pages", () => Each(static now => now.Pages), "{page}", "Pages that the slabs consist of.");
        meter.CreateObservableGauge("lockcontext.slab.objects", () => Each(static now => now.Objects), "{object}", "Objects that the slabs have room for.");
        meter.CreateObservableGauge("lockcontext.slab.allocated", () => Each(static now => now.AllocatedObjects), "{object}", "Objects with users.");
        meter.CreateObservableGauge("lockcontext.slab.cached", () => Each(static now => now.CachedObjects), "{object}", "Free objects in magazines.");
        meter.CreateObservableGauge("lockcontext.slab.metadata", () => Each(static now => now.MetadataBytes), "By", "Headers, states, magazines and slots.");
        meter.CreateObservableCounter("lockcontext.slab.allocations", () => Each(static now => now.Allocations), "{object}", "Allocations that succeeded.");
        meter.CreateObservableCounter("lockcontext.slab.frees", () => Each(static now => now.Frees), "{object}", "Frees accepted.");
        meter.CreateObservableCounter("lockcontext.slab.magazine_hits", () => Each(static now => now.MagazineHits), "{object}", "Allocations served by a magazine.");
        meter.CreateObservableCounter("lockcontext.slab.refills", () => Each(static now => now.Refills), "{refill}", "Allocations that went to the slabs.");
        meter.CreateObservableCounter("lockcontext.slab.remote_frees", () => Each(static now => now.RemoteFrees), "{object}", "Frees without locks that found no room in a magazine.");
        meter.CreateObservableCounter("lockcontext.slab.no_locks_failures", () => Each(static now => now.NoLocksFailures), "{failure}", "Allocations without locks that found nothing.");
        meter.CreateObservableCounter("lockcontext.slab.failures", () => Each(static now => now.Failures), "{failure}", "Allocations that returned null.");
        meter.CreateObservableCounter("lockcontext.slab.rejected_frees", () => Each(static now => now.RejectedFrees), "{object}", "Frees refused.");
        return meter;
    }

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
