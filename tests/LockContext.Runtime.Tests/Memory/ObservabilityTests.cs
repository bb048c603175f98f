using System;
using System.Collections.Generic;
using System.Diagnostics.Metrics;
using System.IO;
using System.Linq;
using System.Runtime.CompilerServices;
using Xunit;

namespace LockContext.Runtime.Tests;

public sealed unsafe class ObservabilityTests() : PageAllocatorFixture(Small with { Pages = 3072, MovablePages = 1024 })
{
    [Fact]
    public void Zones_count_what_they_serve_and_what_others_should_have()
    {
        Alloc(GfpFlags.Kernel);
        Alloc(GfpFlags.NoWait, 6);
        Alloc(GfpFlags.Kernel | GfpFlags.Movable);
        Assert.Equal((2, 0), Counts(0));
        Assert.Equal((1, 0), Counts(1));
        while (Alloc(GfpFlags.NoWait | GfpFlags.Movable, 5) != 0)
        {
        }

        ZoneStatistics normal = Allocator.GetZoneStatistics(0);
        Assert.Equal("Normal", normal.Name);
        Assert.True(normal.ForeignAllocations > 10);
        Assert.Equal(normal.Allocations - 2, normal.ForeignAllocations);
        Assert.Equal(Now.Allocations, normal.Allocations + Allocator.GetZoneStatistics(1).Allocations);
        Assert.Equal(1024 / 32, normal.LowMemoryReserve);
        Assert.Throws<ArgumentOutOfRangeException>(() => Allocator.GetZoneStatistics(2));
        Assert.Throws<ArgumentOutOfRangeException>(() => Allocator.GetZoneStatistics(-1));
    }

    [Fact]
    public void No_locks_failures_are_counted_by_band()
    {
        Free(Alloc(GfpFlags.Kernel));
        Assert.NotEqual(0, Alloc(GfpFlags.NoLocks));
        Assert.Equal(0, Alloc(GfpFlags.NoLocks, 1));
        ZoneStatistics zone = Allocator.GetZoneStatistics(0);
        LeaveInNormal(zone.LowMark);
        Alloc(GfpFlags.NoLocks);
        Alloc(GfpFlags.NoLocks);
        LeaveInNormal(zone.MinMark);
        for (int i = 0; i < 3; i++) Alloc(GfpFlags.NoLocks);
        Assert.Equal((1, 1, 2, 3), (Now.NoLocksHits, Now.NoLocksFailuresAboveLow, Now.NoLocksFailuresAboveMin, Now.NoLocksFailuresBelowMin));
        Assert.Equal(6, Now.NoLocksFailures);
    }

    [Fact]
    public void Flags_are_counted_when_asked_for()
    {
        Alloc(GfpFlags.Kernel);
        Assert.Equal((0, 0), Allocator.GetFlagStatistics(GfpFlags.DirectReclaim));
        Allocator.Tunables = Allocator.Tunables with { CountFlags = true };
        Alloc(GfpFlags.Kernel | GfpFlags.Zero);
        Alloc(GfpFlags.NoLocks);
        Alloc(GfpFlags.NoLocks, 5);
        Alloc(GfpFlags.None);
        Assert.Equal((1, 0), Allocator.GetFlagStatistics(GfpFlags.DirectReclaim));
        Assert.Equal((1, 0), Allocator.GetFlagStatistics(GfpFlags.Zero));
        Assert.Equal((2, 1), Allocator.GetFlagStatistics(GfpFlags.NoLocks));
        Assert.Equal((1, 0), Allocator.GetFlagStatistics(GfpFlags.None));
        Allocator.Tunables = Allocator.Tunables with { CountFlags = false };
        Alloc(GfpFlags.Kernel);
        Assert.Equal((1, 0), Allocator.GetFlagStatistics(GfpFlags.DirectReclaim));
        Assert.Throws<ArgumentException>(() => Allocator.GetFlagStatistics(GfpFlags.Kernel));
    }

    [Fact]
    public void Zone_info_says_what_the_statistics_say()
    {
        Alloc(GfpFlags.Kernel);
        Alloc(GfpFlags.NoLocks);
        using var text = new StringWriter();
        Allocator.WriteZoneInfo(text);
        string[] lines = text.ToString().ReplaceLineEndings("\n").Split('\n', StringSplitOptions.TrimEntries);
        Assert.Contains("Node 0, zone   Normal", lines);
        Assert.Contains("Node 0, zone  Movable", lines);
        Assert.Contains($"pages free     {Allocator.GetZoneStatistics(0).FreePages}", lines);
        Assert.Contains("type      Movable      0      0      0      0      0      0      0      0      0      0      1", lines);
        Assert.Contains("batch: 8", lines);
        Assert.Contains("pcp hit rate   50.0 %", lines);
        Assert.Contains("no_locks       hits 1 failed above_low 0 min_to_low 0 below_min 0", lines);
        Assert.Throws<ArgumentNullException>(() => Allocator.WriteZoneInfo(null!));
    }

    [Fact]
    public void Owners_are_reported_by_place()
    {
        Alloc(GfpFlags.Kernel);
        Assert.Equal(0, Allocator.WriteOwners(TextWriter.Null));
        Allocator.TrackOwners = true;
        nint forgotten = 0;
        for (int i = 0; i < 2; i++) forgotten = Forget(GfpFlags.Kernel, 2);
        nint freed = Alloc(GfpFlags.NoWait);
        nint freedToo = Alloc(GfpFlags.NoWait);
        Free(freed);
        FreeNoLocks(freedToo);
        using var text = new StringWriter();
        Assert.Equal(8, Allocator.WriteOwners(text));
        Assert.Contains("2 times, 8 pages:", text.ToString(), StringComparison.Ordinal);
        Assert.Contains("mask 0xcc0(GFP_KERNEL)", text.ToString(), StringComparison.Ordinal);
        Assert.Contains(nameof(Forget), text.ToString(), StringComparison.Ordinal);
        Free(forgotten, 2);
        Assert.Equal(4, Allocator.WriteOwners(TextWriter.Null));
        Allocator.TrackOwners = false;
        Assert.Equal(0, Allocator.WriteOwners(TextWriter.Null));
    }

    [Fact]
    public void Instruments_report_every_allocator()
    {
        Alloc(GfpFlags.Kernel);
        var values = new Dictionary<string, long>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Meter.Name == "LockContext.Runtime.Pages") self.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            if (tags[0].Value is int number && number == Allocator.Number) values[string.Join('.', [instrument.Name, .. tags[1..].ToArray().Select(tag => tag.Value)])] = value;
        });
        listener.Start();
        listener.RecordObservableInstruments();
        Assert.Equal(Now.FreePages, values["pages.free"]);
        Assert.Equal(1, values["pages.allocated"]);
        Assert.Equal(1, values["allocations"]);
        Assert.Equal(0, values["no_locks_failures.min_to_low"]);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private nint Forget(GfpFlags flags, int order) => Alloc(flags, order);

    private (long Allocations, long Foreign) Counts(int zone) => (Allocator.GetZoneStatistics(zone).Allocations, Allocator.GetZoneStatistics(zone).ForeignAllocations);

    private void LeaveInNormal(int pages)
    {
        BuddyZone zone = Allocator.Zones[0];
        for (int order = PageAllocator.MaxOrder; order >= 0; order--)
        {
            while (zone.FreePages - pages >= 1 << order && zone.Allocate(order, MigrateType.Movable, -1) is var frame and not PageFrames.None)
                Keep((nint)Peek.Frames(Allocator).AddressOf(frame), order);
        }
    }
}
