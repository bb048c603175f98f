using System;
using System.Collections.Generic;
using System.Diagnostics.Metrics;
using System.Diagnostics.Tracing;
using System.Threading;
using Xunit;

namespace LockContext.Runtime.Tests;

/// <summary>Listeners to instruments and events that use what they are told of. Each in a process of its own: what is published is published once.</summary>
[Collection(TortureRuns.Name)]
public sealed unsafe class ListenerTests
{
    [Fact]
    public void One_that_allocates_when_it_is_told_of_instruments() => AssertGood(Child.Run(AllocateWhenPublished));

    [Fact]
    public void One_that_throws_when_it_is_told_of_instruments()
    {
        (int exitCode, string output) = Child.Run(ThrowWhenPublished);
        AssertGood((exitCode, output));
        Assert.Contains("a listener threw", output, StringComparison.Ordinal);
    }

    [Fact]
    public void One_that_allocates_when_it_is_told_of_the_event_source_and_of_each_event() => AssertGood(Child.Run(AllocateWhenTold));

    [Fact]
    public void One_that_uses_caches_while_it_is_told_of_measurements()
    {
        using var pages = new PageAllocator(new PageAllocatorOptions { Pages = 1024, BackgroundReclaim = false });
        using var cache = new SlabCache("measured", 64, 0, pages);
        SlabCache? gone = new("gone", 64, 0, pages);
        int told = 0;
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, me) =>
            {
                if (instrument.Meter.Name is SlabMeter.Name or PageMeter.Name) me.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((_, _, _, _) =>
        {
            told++;
            cache.Free(cache.Alloc(GfpFlags.Kernel));
            pages.FreePages(pages.AllocPages(GfpFlags.Kernel, 0), 0);
            cache.Shrink();
            gone?.Dispose();
            gone = null;
        });
        listener.Start();
        listener.RecordObservableInstruments();
        Assert.True(told > 20);
        Assert.Null(gone);
    }

    internal static int AllocateWhenPublished()
    {
        var names = new List<string>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, _) =>
            {
                if (!instrument.Meter.Name.StartsWith("LockContext", StringComparison.Ordinal)) return;
                names.Add(instrument.Meter.Name + "/" + instrument.Name);
                Use();
                using var pages = new PageAllocator(new PageAllocatorOptions { Pages = 256, BackgroundReclaim = false });
                using var cache = new SlabCache("nested", 64, 0, pages);
                cache.Free(cache.Alloc(GfpFlags.Kernel));
            },
        };
        listener.Start();
        Use();
        return names.Count == new HashSet<string>(names).Count && names.Count > 20 ? 0 : names.Count;
    }

    internal static int ThrowWhenPublished()
    {
        int told = 0;
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, _) =>
            {
                if (!instrument.Meter.Name.StartsWith("LockContext", StringComparison.Ordinal)) return;
                told++;
                throw new FormatException(instrument.Name);
            },
        };
        listener.Start();
        Use();
        using (var cache = new SlabCache("own", 64)) cache.Free(cache.Alloc(GfpFlags.Kernel));
        return told > 20 ? 0 : 1;
    }

    internal static int AllocateWhenTold()
    {
        using var listener = new AllocatingListener();
        Use();
        return listener.Sources == 1 && listener.Events > 0 && listener.Failure is null ? 0 : Fail($"{listener.Sources} {listener.Events} {listener.Failure}");
    }

    private static int Fail(string why)
    {
        Console.WriteLine(why);
        return 1;
    }

    private static void AssertGood((int ExitCode, string Output) run) => Assert.True(run.ExitCode == 0, run.Output);

    private static void Use()
    {
        void* memory = KernelMemory.Alloc(100, GfpFlags.Kernel);
        void* block = KernelMemory.Alloc(100_000, GfpFlags.Kernel);
        void* page = PageAllocator.Shared.AllocPages(GfpFlags.Kernel, 0);
        if (memory == null || block == null || page == null) throw new InvalidOperationException("no memory");
        KernelMemory.Free(memory);
        KernelMemory.Free(block);
        PageAllocator.Shared.FreePages(page, 0);
    }

    private sealed class AllocatingListener : EventListener
    {
        internal int Sources;
        internal int Events;
        internal Exception? Failure;

        protected override void OnEventSourceCreated(EventSource eventSource)
        {
            if (eventSource.Name != "LockContext-Runtime-Memory") return;
            Sources++;
            EnableEvents(eventSource, EventLevel.Verbose, EventKeywords.All);
            Try();
        }

        protected override void OnEventWritten(EventWrittenEventArgs eventData)
        {
            if (eventData.EventSource.Name != "LockContext-Runtime-Memory") return;
            Interlocked.Increment(ref Events);
            Try();
        }

        // The event source catches what we throw.
        private void Try()
        {
            try
            {
                Use();
            }
            catch (Exception exception)
            {
                Failure = exception;
                throw;
            }
        }
    }
}
