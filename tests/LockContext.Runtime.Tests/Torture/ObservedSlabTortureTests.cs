using System;
using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Diagnostics.Tracing;
using System.IO;
using Xunit;

namespace LockContext.Runtime.Tests;

/// <summary>The same torture while everything that can be looked at is looked at, listeners come and go, objects are sampled for guarding, and the debugger of slabs is on: nothing is lost by it, and nothing is reported.</summary>
[Collection(TortureRuns.Name)]
public sealed unsafe class ObservedSlabTortureTests : IDisposable
{
    private static readonly PageAllocatorOptions s_options = new() { Pages = 8192, CpuLists = 2, ReclaimPatience = 2 };

    private readonly ConcurrentQueue<SlabReport> _reports = new();

    public ObservedSlabTortureTests()
    {
        SlabReports.SetHandler(_reports.Enqueue);
        GuardedObjects.SampleInterval = 1;
    }

    public void Dispose()
    {
        GuardedObjects.SampleInterval = int.MaxValue;
        SlabReports.SetHandler(null);
    }

    [Theory]
    [InlineData(SlabDebug.None)]
    [InlineData(SlabDebug.ExactFrees)]
    [InlineData(SlabDebug.Poison | SlabDebug.RedZones)]
    public void A_cache_survives_being_watched(SlabDebug debug)
    {
        var pages = new PageAllocator(s_options);
        var cache = new SlabCache(new SlabCacheOptions { Name = "observed", ObjectSize = 72, Pages = pages, Debug = debug });
        using (var observed = new Observed(new TorturedSlabCache(cache))) AssertGood(SlabTorture.Run(observed, TortureRuns.Duration(TimeSpan.FromSeconds(1))));
        cache.Dispose();
        AssertWhole(pages);
    }

    [Theory]
    [InlineData(SlabDebug.None)]
    [InlineData(SlabDebug.Poison | SlabDebug.RedZones)]
    public void A_heap_survives_being_watched(SlabDebug debug)
    {
        var pages = new PageAllocator(s_options);
        var heap = new KernelHeap(pages, debug);
        using (var observed = new Observed(new TorturedKernelHeap(heap))) AssertGood(SlabTorture.Run(observed, TortureRuns.Duration(TimeSpan.FromSeconds(1))));
        heap.Dispose();
        AssertWhole(pages);
    }

    private void AssertGood(SlabVerdict verdict)
    {
        Assert.True(verdict.IsGood, verdict.ToString());
        Assert.True(verdict.Rounds > 1000, verdict.ToString());
        Assert.True(_reports.IsEmpty, _reports.TryPeek(out SlabReport? first) ? first.Message : "");
    }

    private static void AssertWhole(PageAllocator pages)
    {
        pages.Drain();
        PageAllocatorStatistics end = pages.GetStatistics();
        Assert.Equal((0L, end.Allocations, end.PresentPages), (end.RejectedFrees, end.Frees, end.FreePages));
        pages.Dispose();
    }

    private sealed class Observed : ITorturedSlab, IDisposable
    {
        private readonly ITorturedSlab _inner;
        private readonly MeterListener _meters = new();
        private Events? _events;
        private int _looks;

        internal Observed(ITorturedSlab inner)
        {
            _inner = inner;
            _meters.InstrumentPublished = (instrument, me) =>
            {
                if (instrument.Meter.Name is SlabMeter.Name or PageMeter.Name) me.EnableMeasurementEvents(instrument);
            };
            _meters.SetMeasurementEventCallback<long>(static (_, _, _, _) => { });
            _meters.Start();
        }

        public int Size => _inner.Size;

        public nint Alloc(int seed) => _inner.Alloc(seed);

        public void Free(nint item, int seed)
        {
            // What is allocated has a size and an age, whoever is looking.
            if (KernelMemory.UsableSize((void*)item) < (nuint)Size) throw new InvalidOperationException($"0x{item:x} is of {KernelMemory.UsableSize((void*)item)} bytes");
            KernelMemory.GenerationOf((void*)item);
            _inner.Free(item, seed);
        }

        public void FreeBulk(ReadOnlySpan<nint> items) => _inner.FreeBulk(items);

        public void Shrink()
        {
            _looks++;
            if (_looks % 4 == 0) _inner.Shrink();
            if (_looks % 8 == 1) _meters.RecordObservableInstruments();
            if (_looks % 8 == 2) SlabCache.WriteSlabInfo(TextWriter.Null);
            if (_looks % 32 == 8) _events = new Events();
            if (_looks % 32 == 24) _events?.Dispose();
        }

        public long Lost() => _inner.Lost();

        public void Dispose()
        {
            _events?.Dispose();
            _meters.Dispose();
        }

        private sealed class Events : EventListener
        {
            protected override void OnEventSourceCreated(EventSource eventSource)
            {
                if (eventSource.Name == "LockContext-Runtime-Memory") EnableEvents(eventSource, EventLevel.Verbose, EventKeywords.All);
            }
        }
    }
}
