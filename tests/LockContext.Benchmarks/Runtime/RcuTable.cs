using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Threading;
using LockContext.Runtime;
#if LIGHT_EPOCH
using FASTER.core;
#endif

namespace LockContext.Benchmarks.Runtime;

/// <summary>RCU and deferred free, beside liburcu, an epoch scheme in C#, and locks.</summary>
internal sealed unsafe class RcuTable : IBenchmarkTable
{
    private const int Objects = 500_000;
    private const int ColdObjects = 1_000_000;
    private const int ObjectSize = 128;

    private static readonly int** s_published = Publish();
    private static readonly ReaderWriterLockSlim s_readerWriter = new();
    private static readonly object s_monitor = new();
    private static readonly Node* s_nodes = (Node*)NativeMemory.AllocZeroed(Objects, (nuint)sizeof(Node));
    private static long s_sum;

    public string Name => "rcu";

    public string Title => "RCU and deferred free";

    public string Remarks => """
        *Read pair* opens a section, reads through a published pointer and leaves: by two calls, as liburcu does, and by a scope, which leaves as well if something throws. liburcu runs in a child process of its own, in C, in the same rounds; it is there if its development package is, and LightEpoch (FASTER) if the benchmarks were
        built with `-p:Peers=true`. *One busy reader* is a second thread that does nothing but read pairs, on another processor. *Call* is per callback, 500,000 in a row with heads in native memory; *to Barrier* includes running them. *Free* is per object of 128 bytes, with blocks at hand. *Cold drain*: a million such
        objects in random order, everything evicted from the cache, then one grace period and the freeing, by blocks of pointers and by callbacks linked through the objects. *A second reader*: how much longer a pair takes when another thread does the same.
        """;

    public IEnumerable<BenchmarkRow> Rows()
    {
        Rcu.Initialize();
        yield return new BenchmarkRow("read pair, inlined", [Candidate.Loop("Rcu, lock and unlock", ReadByPair), Candidate.Loop("Rcu, scope", ReadInlined), .. C("read"), Candidate.Loop("no protection", Unprotected), .. Locks()]) { Targets = [Target.AtMost(1, "liburcu memb")] };
        yield return new BenchmarkRow("read pair, not inlined", [
            Candidate.Loop("Rcu", ReadNotInlined),
#if LIGHT_EPOCH
            Candidate.Loop("LightEpoch", EpochNotInlined),
#endif
        ])
        { Targets = [Target.AtMost(0.3, "LightEpoch")] };
        yield return new BenchmarkRow("Synchronize, nobody reads", [Candidate.Loop("Rcu", Synchronize), .. C("synchronize")]);
        yield return new BenchmarkRow("Synchronize, one busy reader", [Candidate.Value("Rcu", SynchronizeBusy), .. C("busy")]) { Targets = [Target.AtMost(1.5, "liburcu memb")] };
        yield return new BenchmarkRow("Call", [Candidate.Value("Rcu", () => Call(barrier: false)), .. C("call")]);
        yield return new BenchmarkRow("Call to Barrier", [Candidate.Value("Rcu", () => Call(barrier: true)), .. C("barrier")]) { Targets = [Target.AtMost(1, "liburcu memb")] };
        yield return new BenchmarkRow("Free", [Candidate.Value("blocks", () => Free(byCall: false)), Candidate.Value("by call", () => Free(byCall: true))]) { Targets = [Target.Nanoseconds(20)] };
        yield return new BenchmarkRow("alloc, Free and drain", [Candidate.Value("blocks", () => AllocFreeDrain(byCall: false)), Candidate.Value("by call", () => AllocFreeDrain(byCall: true))]) { Targets = [Target.Nanoseconds(100)] };
        yield return new BenchmarkRow("cold drain", [Candidate.Value("blocks", () => ColdDrain(byCall: false)), Candidate.Value("by call", () => ColdDrain(byCall: true))]) { Targets = [Target.Faster(4.5, "by call")] };
        yield return new BenchmarkRow("a second reader", [Candidate.Value("Rcu", () => SecondThread(ReadInlined)), Candidate.Value("an empty loop", () => SecondThread(Empty))]) { Unit = "x", Targets = [Target.AtMost(1 / 0.95, "an empty loop")] };
    }

    private static IEnumerable<Candidate> C(string command) => Liburcu.All.Select(flavor => Candidate.Value(flavor.Name, () => flavor.Measure(command)));

    private static IEnumerable<Candidate> Locks() => [Candidate.Loop("ReaderWriterLockSlim", ReadUnderReaderWriter), Candidate.Loop("lock", ReadUnderMonitor)];

    private static int** Publish()
    {
        var value = (int*)NativeMemory.AllocZeroed(64);
        var published = (int**)NativeMemory.AllocZeroed(64);
        *published = value;
        return published;
    }

    private static void ReadInlined(int operations)
    {
        var sum = 0L;
        var published = s_published;
        for (var i = 0; i < operations; i++)
        {
            using (Rcu.Read()) sum += *Rcu.Dereference(published);
        }

        Volatile.Write(ref s_sum, sum);
    }

    // As in C: nobody leaves the section if what is read there throws.
    private static void ReadByPair(int operations)
    {
        var sum = 0L;
        var published = s_published;
        for (var i = 0; i < operations; i++)
        {
            Rcu.ReadLock();
            sum += *Rcu.Dereference(published);
            Rcu.ReadUnlock();
        }

        Volatile.Write(ref s_sum, sum);
    }

    private static void ReadNotInlined(int operations)
    {
        var sum = 0L;
        for (var i = 0; i < operations; i++) sum += ReadOne();
        Volatile.Write(ref s_sum, sum);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int ReadOne()
    {
        using (Rcu.Read()) return *Rcu.Dereference(s_published);
    }

#if LIGHT_EPOCH
    private static readonly LightEpoch s_epoch = new();

    private static void EpochNotInlined(int operations)
    {
        var sum = 0L;
        for (var i = 0; i < operations; i++) sum += EpochOne();
        Volatile.Write(ref s_sum, sum);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int EpochOne()
    {
        s_epoch.Resume();
        var value = **s_published;
        s_epoch.Suspend();
        return value;
    }
#endif

    private static void Unprotected(int operations)
    {
        var sum = 0L;
        for (var i = 0; i < operations; i++) sum += *(int*)Volatile.Read(ref *(nint*)s_published);
        Volatile.Write(ref s_sum, sum);
    }

    private static void ReadUnderReaderWriter(int operations)
    {
        var sum = 0L;
        for (var i = 0; i < operations; i++)
        {
            s_readerWriter.EnterReadLock();
            sum += **s_published;
            s_readerWriter.ExitReadLock();
        }

        Volatile.Write(ref s_sum, sum);
    }

    private static void ReadUnderMonitor(int operations)
    {
        var sum = 0L;
        for (var i = 0; i < operations; i++)
        {
            lock (s_monitor) sum += **s_published;
        }

        Volatile.Write(ref s_sum, sum);
    }

    private static void Synchronize(int operations)
    {
        for (var i = 0; i < operations; i++) Rcu.Synchronize();
    }

    private static double SynchronizeBusy()
    {
        const int Count = 2000;
        var stop = false;
        using var reading = new ManualResetEventSlim();
        var reader = new Thread(() =>
        {
            Processor.RunOn(first: false);
            while (!Volatile.Read(ref stop))
            {
                ReadInlined(1000);
                reading.Set();
            }
        });
        reader.Start();
        reading.Wait();
        var undo = Processor.RunOn(first: true);
        var start = Stopwatch.GetTimestamp();
        Synchronize(Count);
        var time = Stopwatch.GetElapsedTime(start).TotalNanoseconds / Count;
        undo();
        Volatile.Write(ref stop, true);
        reader.Join();
        return time;
    }

    private static double Call(bool barrier)
    {
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < Objects; i++) Rcu.Call(&s_nodes[i].Head, &Count);
        var time = Stopwatch.GetElapsedTime(start);
        Rcu.Barrier();
        if (barrier) time = Stopwatch.GetElapsedTime(start);
        return time.TotalNanoseconds / Objects;
    }

    private static void Count(RcuHead* head) => s_sum++;

    private static double Free(bool byCall)
    {
        // With blocks at hand: those of the first time, which is a rush and not counted.
        const int Few = 10_000;
        const int Times = 10;
        using var mode = new Mode(byCall);
        var time = TimeSpan.Zero;
        for (var i = -1; i < Times; i++)
        {
            var objects = Allocate(Few);
            var start = Stopwatch.GetTimestamp();
            foreach (var item in objects) Rcu.Free((void*)item, (RcuHead*)item);
            if (i >= 0) time += Stopwatch.GetElapsedTime(start);
            Rcu.FreeBarrier();
        }

        return time.TotalNanoseconds / (Few * Times);
    }

    private static double AllocFreeDrain(bool byCall)
    {
        const int Few = 200_000;
        using var mode = new Mode(byCall);
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < Few; i++)
        {
            var item = KernelMemory.Alloc(ObjectSize, GfpFlags.Kernel);
            Rcu.Free(item, (RcuHead*)item);
        }

        Rcu.FreeBarrier();
        return Stopwatch.GetElapsedTime(start).TotalNanoseconds / Few;
    }

    private static double ColdDrain(bool byCall)
    {
        // A million pointers at once are 2,000 blocks, more than lists have.
        using var mode = new Mode(byCall, zoneLock: true);
        var objects = Allocate(ColdObjects);
        new Random(1).Shuffle(objects);
        using var entered = new ManualResetEventSlim();
        using var leave = new ManualResetEventSlim();
        var reader = new Thread(() =>
        {
            // A section that lasts keeps everything where it is until all are queued and the cache is cold.
            Rcu.ReadLock();
            entered.Set();
            leave.Wait();
            Rcu.ReadUnlock();
        });
        reader.Start();
        entered.Wait();
        foreach (var item in objects) Rcu.Free((void*)item, (RcuHead*)item);
        Evict();
        var start = Stopwatch.GetTimestamp();
        leave.Set();
        Rcu.FreeBarrier();
        var time = Stopwatch.GetElapsedTime(start);
        reader.Join();
        return time.TotalNanoseconds / ColdObjects;
    }

    private static nint[] Allocate(int count)
    {
        var objects = new nint[count];
        for (var i = 0; i < count; i++)
        {
            objects[i] = (nint)KernelMemory.Alloc(ObjectSize, GfpFlags.Kernel | GfpFlags.Zero);
            if (objects[i] == 0) throw new InsufficientMemoryException();
        }

        return objects;
    }

    private static void Evict()
    {
        var other = new byte[128 << 20];
        for (var i = 0; i < other.Length; i += 64) other[i]++;
        GC.KeepAlive(other);
    }

    private static double SecondThread(Action<int> loop)
    {
        const int Count = 40_000_000;
        loop(Count / 4);
        var alone = Time();
        using var go = new ManualResetEventSlim();
        var second = 0.0;
        var thread = new Thread(() =>
        {
            loop(Count / 4);
            go.Wait();
            second = Time();
        });
        thread.Start();
        Thread.Sleep(30);
        go.Set();
        var first = Time();
        thread.Join();
        return (first + second) / 2 / alone;

        double Time()
        {
            var start = Stopwatch.GetTimestamp();
            loop(Count);
            return Stopwatch.GetElapsedTime(start).TotalNanoseconds;
        }
    }

    private static void Empty(int operations)
    {
        var sum = 0L;
        for (var i = 0; i < operations; i++) sum += i ^ (sum << 1);
        Volatile.Write(ref s_sum, sum);
    }

    private struct Node
    {
        internal RcuHead Head;
        internal fixed long More[6];
    }

    /// <summary>Deferred frees by blocks or by callbacks while it lives.</summary>
    private sealed class Mode : IDisposable
    {
        private readonly RcuOptions _before = Rcu.Options;

        internal Mode(bool byCall, bool zoneLock = false)
        {
            Rcu.FreeBarrier();
            Rcu.Options = _before with { FreeByCall = byCall, QueueFloodLimit = int.MaxValue, BlocksMayTakeZoneLock = zoneLock };
        }

        public void Dispose()
        {
            Rcu.FreeBarrier();
            Rcu.Options = _before;
        }
    }
}
