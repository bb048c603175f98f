using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Diagnostics.Metrics;
using System.Diagnostics.Tracing;
using System.IO;
using System.Linq;
using Xunit;

namespace LockContext.Runtime.Tests;

public sealed unsafe class SlabObservationTests : SlabCacheFixture
{
    [Fact]
    public void Slabinfo_has_a_line_for_each_cache()
    {
        string name = $"seen-{Guid.NewGuid():N}";
        var cache = new SlabCache(name, 100, 0, Pages);
        nint[] items = Take(cache, 77);
        var text = new StringWriter();
        SlabCache.WriteSlabInfo(text);
        string[] lines = text.ToString().ReplaceLineEndings("\n").Split('\n');
        Assert.Equal("slabinfo - version: 2.1", lines[0]);
        string[] words = Assert.Single(lines, line => line.StartsWith(name, StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        SlabCacheStatistics now = cache.GetStatistics();
        Assert.Equal(["77", $"{now.Objects}", "104", "315", "8", ":", "tunables", "62"], words[1..9]);
        Assert.Equal(["slabdata", "1", "1", $"{now.CachedObjects}"], words[^4..]);
        cache.FreeBulk(items);
        cache.Dispose();
        text = new StringWriter();
        SlabCache.WriteSlabInfo(text);
        Assert.DoesNotContain(name, text.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Instruments_tell_what_statistics_tell()
    {
        string name = $"metered-{Guid.NewGuid():N}";
        using var cache = new SlabCache(name, 64, 0, Pages);
        nint[] items = Take(cache, 10);
        void* more = cache.Alloc(GfpFlags.NoLocks);
        Assert.True(more != null);
        var seen = new Dictionary<string, long>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (instrument.Meter.Name == "LockContext.Runtime.Slabs") l.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            foreach (KeyValuePair<string, object?> tag in tags)
            {
                if (tag.Key == "cache" && (string?)tag.Value == name) seen[instrument.Name] = value;
            }
        });
        listener.Start();
        listener.RecordObservableInstruments();
        SlabCacheStatistics now = cache.GetStatistics();
        Assert.Equal(now.AllocatedObjects, seen["lockcontext.slab.allocated"]);
        Assert.Equal(now.Slabs, seen["lockcontext.slab.slabs"]);
        Assert.Equal(now.MagazineHits, seen["lockcontext.slab.magazine_hits"]);
        Assert.Equal(now.Refills, seen["lockcontext.slab.refills"]);
        Assert.Equal(14, seen.Count);
        cache.Shrink();
        cache.FreeBulk(items);
        cache.Free(more);
    }

    [Fact]
    public void Events_name_the_flags_in_both_forms()
    {
        string name = $"traced-{Guid.NewGuid():N}";
        Assert.Null(SlabEvents.Log.ConstructionException);
        using var listener = new Listener(name);
        using (var cache = new SlabCache(name, 2048, 0, Pages))
        {
            cache.Free(cache.Alloc(GfpFlags.Kernel | GfpFlags.Zero));
            cache.Shrink();
            var rest = new List<nint>();
            void* page;
            while ((page = Pages.AllocPages(GfpFlags.MemAlloc, 0)) != null) rest.Add((nint)page);
            Assert.True(cache.Alloc(GfpFlags.KswapdReclaim) == null);
            foreach (nint one in rest) Pages.FreePages((void*)one, 0);
        }

        string all = string.Join('\n', listener.Seen);
        Assert.Contains($"SlabAllocated {name} 3 ", all, StringComparison.Ordinal);
        Assert.Contains($"SlabFreed {name} 3", all, StringComparison.Ordinal);
        Assert.Contains($"MagazineRefilled {name} GFP_KERNEL|__GFP_ZERO K|Z", all, StringComparison.Ordinal);
        Assert.Contains($"AllocationFailed {name} 2048 __GFP_KSWAPD_RECLAIM", all, StringComparison.Ordinal);
    }

    private sealed class Listener(string cache) : EventListener
    {
        internal ConcurrentQueue<string> Seen { get; } = new();

        protected override void OnEventSourceCreated(EventSource source)
        {
            if (source.Name == "LockContext-Runtime-Slabs") EnableEvents(source, EventLevel.Verbose, EventKeywords.All);
        }

        protected override void OnEventWritten(EventWrittenEventArgs data)
        {
            // The base class may call before our fields are there.
            if (data.Payload is { Count: > 0 } payload && payload[0] as string == cache) Seen?.Enqueue($"{data.EventName} {string.Join(' ', payload)}");
        }
    }
}
