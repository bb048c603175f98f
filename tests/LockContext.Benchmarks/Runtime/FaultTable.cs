using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Threading;
using LockContext.Runtime;
using SpeculativeFaults;

namespace LockContext.Benchmarks.Runtime;

/// <summary>The ways of a page fault in <c>samples/SpeculativeFaults</c>.</summary>
internal sealed class FaultTable : IBenchmarkTable
{
    private const int Pages = 256;

    // Of each measurement, in milliseconds.
    private const int Duration = 30;

    // A table of its own for each thread, and one for whoever disturbs.
    private const nuint Distance = 512 * PageAllocator.PageSize;
    private const nuint Elsewhere = 16 * Distance;

    public string Name => "faults";

    public string Title => "Page faults of the sample";

    public string Remarks => $"""
        The ways of a fault in `samples/SpeculativeFaults`: {Pages} pages of a range are faulted in and discarded again, for {Duration} ms; only the faults are timed, and include their page. *One section* is one read section under the sequence of the whole address space, *short sections* are several under that of their range; a fault
        that has to be done again is done under the lock, in the same time. *Somebody who maps* is a second thread that maps and unmaps a range elsewhere, without a pause between.
        """;

    public IEnumerable<BenchmarkRow> Rows()
    {
        yield return new BenchmarkRow("a fault", [.. Ways().Select(way => Candidate.Value(way.Name, () => Measure(way.Fault, threads: 1, disturbed: false)))]) { Targets = [Target.Faster(1.3, "lock of the address space")] };
        yield return new BenchmarkRow("a fault, two threads at once", [.. Ways().Select(way => Candidate.Value(way.Name, () => Measure(way.Fault, threads: 2, disturbed: false)))]);
        yield return new BenchmarkRow("a fault beside somebody who maps", [.. Ways().Select(way => Candidate.Value(way.Name, () => Measure(way.Fault, threads: 1, disturbed: true)))]);
    }

    private static IEnumerable<(string Name, Action<AddressSpace, nuint> Fault)> Ways() =>
    [
        ("one section", static (space, address) => space.Fault(address)),
        ("short sections", static (space, address) =>
        {
            if (space.TryInSteps(address) == FaultResult.Retry) space.FaultUnderLock(address);
        }),
        ("lock of the range", static (space, address) =>
        {
            if (space.FaultUnderRangeLock(address) == FaultResult.Retry) space.FaultUnderLock(address);
        }),
        ("lock of the address space", static (space, address) => space.FaultUnderLock(address)),
    ];

    private static double Measure(Action<AddressSpace, nuint> fault, int threads, bool disturbed)
    {
        using var pages = new PageAllocator(new PageAllocatorOptions { Pages = 8192 });
        using var space = new AddressSpace(pages);
        for (var i = 0; i < threads; i++) space.Map((nuint)i * Distance, (nuint)i * Distance + (Pages * PageAllocator.PageSize));
        var stop = false;
        var beside = new Thread(() =>
        {
            while (!Volatile.Read(ref stop))
            {
                space.Map(Elsewhere, Elsewhere + PageAllocator.PageSize);
                space.Unmap(Elsewhere);
            }
        });
        if (disturbed) beside.Start();
        var times = new double[threads];
        var workers = new Thread[threads];
        using var begin = new Barrier(threads);
        for (var i = 0; i < threads; i++)
        {
            var mine = i;
            workers[i] = new Thread(() => times[mine] = Work(space, (nuint)mine * Distance, fault, begin));
            workers[i].Start();
        }

        foreach (var worker in workers) worker.Join();
        Volatile.Write(ref stop, true);
        if (disturbed) beside.Join();
        for (var i = 0; i < threads; i++) space.Unmap((nuint)i * Distance);
        Rcu.FreeBarrier();
        double sum = 0;
        foreach (var time in times) sum += time;
        return sum / threads;
    }

    private static double Work(AddressSpace space, nuint start, Action<AddressSpace, nuint> fault, Barrier begin)
    {
        begin.SignalAndWait();
        long ticks = 0;
        long faults = 0;
        for (var end = Stopwatch.GetTimestamp() + (Stopwatch.Frequency * Duration / 1000); Stopwatch.GetTimestamp() < end;)
        {
            var since = Stopwatch.GetTimestamp();
            for (nuint page = 0; page < Pages; page++) fault(space, start + (page * PageAllocator.PageSize));
            ticks += Stopwatch.GetTimestamp() - since;
            faults += Pages;
            space.Discard(start, start + (Pages * PageAllocator.PageSize));
        }

        return ticks * 1e9 / Stopwatch.Frequency / faults;
    }
}
