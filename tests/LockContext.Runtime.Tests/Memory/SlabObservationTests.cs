using System;
using System.Collections.Generic;
using System.Diagnostics.Metrics;
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
}
