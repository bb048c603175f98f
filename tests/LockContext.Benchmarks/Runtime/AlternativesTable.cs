using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Threading;
using LockContext.Runtime;

namespace LockContext.Benchmarks.Runtime;

/// <summary>What else could have been done so that deferred frees are legal under a raw lock, as far as it can be measured here; <c>docs/rcu.md</c> has the rest of the argument.</summary>
internal sealed unsafe class AlternativesTable : IBenchmarkTable
{
    private const int Burst = 100;
    private const int Bursts = 500;
    private const int ObjectSize = 128;

    private static readonly Action<nint> s_free = static item => KernelMemory.Free((void*)item);
    private static readonly DeferredWork s_work = new(1 << 17);
    private static RawSpinLock s_lock;
    private static RawSpinLock s_listLock;
    private static RcuHead* s_list;
    private static long s_done;
    private static long s_count;

    [ThreadStatic]
    private static int t_contexts;

    public string Name => "alternatives";

    public string Title => "Alternatives that were rejected";

    public string Remarks => $"""
        *Knowing the context*: what every raw lock would pay if an allocation were to ask whether it is in one. *Freeing under a raw lock*: bursts of {Burst} objects of {ObjectSize} bytes, allocated and then freed under the lock, until the last of them is free; by blocks, by a queue of work with a thread of
        its own, and by a list that a timer empties once per burst (which is armed after the lock, since arming takes a monitor). The third, a function that never allocates, is the columns "by call" of RCU. The last rows are about the fourth, *raw locks in the allocator*: threads, twice as many as processors, that allocate and free
        blocks of 16 pages from the zone. *A block, after* is what one of the threads waits for one, and *processor time* what all of them use for one and its return, waiting included. *Held* is for how long somebody who looks on finds the zone's lock held without a break: what a raw lock would add to the
        latency of everything raw. *A thread beside* sleeps for a millisecond again and again; it is how much later than that it runs. That one is about the scheduler: a process cannot turn preemption off, and who waits for our raw lock for long offers his time slice, to the thread beside as well, while those who
        do not have to wait run until it ends. 99th and 99.9th percentiles, because it is not the median that matters.
        """;

    public IEnumerable<BenchmarkRow> Rows()
    {
        Rcu.Initialize();
        yield return new BenchmarkRow("knowing the context", [Candidate.Loop("RawSpinLock", Lock), Candidate.Loop("with a count of contexts", LockAndCount)]);
        yield return new BenchmarkRow("freeing under a raw lock", [Candidate.Value("Rcu.Free", ByBlocks), Candidate.Value("DeferredWork", ByWork), Candidate.Value("a timer per burst", ByTimer)]);
        yield return new BenchmarkRow("a block, after (99.9 %)", [Candidate.Value("zone lock sleeping", () => Wait(ZoneLockKind.Sleeping)), Candidate.Value("zone lock raw", () => Wait(ZoneLockKind.Raw))]) { Unit = "us" };
        yield return new BenchmarkRow("a block, processor time", [Candidate.Value("zone lock sleeping", () => ProcessorTime(ZoneLockKind.Sleeping)), Candidate.Value("zone lock raw", () => ProcessorTime(ZoneLockKind.Raw))]);
        yield return new BenchmarkRow("held, for (99.9 %)", [Candidate.Value("zone lock sleeping", () => HeldFor(ZoneLockKind.Sleeping)), Candidate.Value("zone lock raw", () => HeldFor(ZoneLockKind.Raw))]) { Unit = "us" };
        yield return new BenchmarkRow("a thread beside, late by (99 %)",
        [
            Candidate.Value("zone lock sleeping", () => Lateness(ZoneLockKind.Sleeping)), Candidate.Value("zone lock raw", () => Lateness(ZoneLockKind.Raw)), Candidate.Value("nobody allocates", () => Lateness(null)),
        ])
        { Unit = "us" };
    }

    private static void Lock(int operations)
    {
        for (var i = 0; i < operations; i++)
        {
            s_lock.Enter();
            s_count++;
            s_lock.Exit();
        }
    }

    private static void LockAndCount(int operations)
    {
        for (var i = 0; i < operations; i++)
        {
            EnterAndCount();
            s_count++;
            ExitAndCount();
        }
    }

    // Not inlined into each other, or the count would be kept in a register.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void EnterAndCount()
    {
        t_contexts++;
        s_lock.Enter();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void ExitAndCount()
    {
        s_lock.Exit();
        t_contexts--;
    }

    private static double ByBlocks() => Bursted(
        static item => Rcu.Free((void*)item, (RcuHead*)item),
        static () => { },
        Rcu.FreeBarrier);

    private static double ByWork() => Bursted(
        static item =>
        {
            // A full queue would be a failure to free under the lock; here it is large enough.
            if (!s_work.TryPost(s_free, item)) throw new InvalidOperationException("The queue is full.");
        },
        static () => { },
        s_work.Flush);

    private static double ByTimer()
    {
        s_done = 0;
        using var timer = new Timer(static _ => EmptyList());
        return Bursted(
            static item =>
            {
                var head = (RcuHead*)item;
                s_listLock.Enter();
                head->Next = s_list;
                s_list = head;
                s_listLock.Exit();
            },
            () => timer.Change(0, Timeout.Infinite),
            static () =>
            {
                EmptyList();
                while (Volatile.Read(ref s_done) < Burst * Bursts) Thread.Yield();
            });
    }

    private static void EmptyList()
    {
        s_listLock.Enter();
        var head = s_list;
        s_list = null;
        s_listLock.Exit();
        var count = 0;
        while (head != null)
        {
            var next = head->Next;
            KernelMemory.Free(head);
            head = next;
            count++;
        }

        Interlocked.Add(ref s_done, count);
    }

    private static double Bursted(Action<nint> free, Action afterBurst, Action wait)
    {
        var objects = new nint[Burst];
        var start = Stopwatch.GetTimestamp();
        for (var burst = 0; burst < Bursts; burst++)
        {
            for (var i = 0; i < Burst; i++) objects[i] = (nint)KernelMemory.Alloc(ObjectSize, GfpFlags.Kernel | GfpFlags.NoFail);
            s_lock.Enter();
#pragma warning disable LCX1010 // what is measured is handed over as a delegate
            foreach (var item in objects) free(item);
#pragma warning restore LCX1010
            s_lock.Exit();
            afterBurst();
        }

        wait();
        return Stopwatch.GetElapsedTime(start).TotalNanoseconds / (Burst * Bursts);
    }

    private static double Lateness(ZoneLockKind? kind)
    {
        using var load = new ZoneLoad(kind);
        var late = new List<double>();
        for (var i = 0; i < 300; i++)
        {
            var start = Stopwatch.GetTimestamp();
            Thread.Sleep(1);
            late.Add(Stopwatch.GetElapsedTime(start).TotalMicroseconds - 1000);
        }

        return Percentile(late, 0.99);
    }

    private static double Wait(ZoneLockKind kind)
    {
        using var load = new ZoneLoad(kind, but: 1);
        var waits = new List<double>();
        for (var end = Stopwatch.GetTimestamp() + (Stopwatch.Frequency * 3 / 10); Stopwatch.GetTimestamp() < end;)
        {
            var start = Stopwatch.GetTimestamp();
            var block = load.Allocator.AllocPages(GfpFlags.NoWait, ZoneLoad.Order);
            waits.Add(Stopwatch.GetElapsedTime(start).TotalMicroseconds);
            if (block != null) load.Allocator.FreePages(block, ZoneLoad.Order);
        }

        return Percentile(waits, 0.999);
    }

    private static double ProcessorTime(ZoneLockKind kind)
    {
        using var load = new ZoneLoad(kind);
        var before = (Time: Environment.CpuUsage.TotalTime, Blocks: load.Blocks);
        Thread.Sleep(300);
        return (Environment.CpuUsage.TotalTime - before.Time).TotalNanoseconds / Math.Max(1, load.Blocks - before.Blocks);
    }

    private static double HeldFor(ZoneLockKind kind)
    {
        using var load = new ZoneLoad(kind);
        var zone = load.Allocator.Zones[0].Lock;
        var holds = new List<double>();
        long since = 0;
        for (var end = Stopwatch.GetTimestamp() + (Stopwatch.Frequency * 3 / 10); ;)
        {
            var now = Stopwatch.GetTimestamp();
            if (now >= end) return Percentile(holds, 0.999);
            if (!zone.IsHeld)
            {
                if (since != 0) holds.Add((now - since) * 1e6 / Stopwatch.Frequency);
                since = 0;
            }
            else if (since == 0)
            {
                since = now;
            }
        }
    }

    private static double Percentile(List<double> values, double part)
    {
        values.Sort();
        return values.Count == 0 ? 0 : values[(int)((values.Count - 1) * part)];
    }

    /// <summary>Threads that keep the lock of a zone busy.</summary>
    private sealed class ZoneLoad : IDisposable
    {
        /// <summary>More than lists have: each allocation and free takes the zone's lock.</summary>
        internal const int Order = 4;

        private readonly List<Thread> _threads = [];
        private bool _stop;
        private long _blocks;

        internal ZoneLoad(ZoneLockKind? kind, int but = 0)
        {
            Allocator = new PageAllocator(new PageAllocatorOptions { Pages = 16_384, ZoneLock = kind ?? ZoneLockKind.Sleeping });
            if (kind is null) return;
            for (var i = but; i < 2 * Environment.ProcessorCount; i++)
            {
                _threads.Add(new Thread(Work));
                _threads[^1].Start();
            }
        }

        internal PageAllocator Allocator { get; }

        internal long Blocks => Volatile.Read(ref _blocks);

        public void Dispose()
        {
            Volatile.Write(ref _stop, true);
            foreach (var thread in _threads) thread.Join();
            Allocator.Dispose();
        }

        private void Work()
        {
            var blocks = new nint[64];
            while (!Volatile.Read(ref _stop))
            {
                for (var i = 0; i < blocks.Length; i++) blocks[i] = (nint)Allocator.AllocPages(GfpFlags.NoWait, Order);
                foreach (var block in blocks)
                {
                    if (block != 0) Allocator.FreePages((void*)block, Order);
                }

                Interlocked.Add(ref _blocks, blocks.Length);
            }
        }
    }
}
