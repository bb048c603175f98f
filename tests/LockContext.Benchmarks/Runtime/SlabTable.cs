using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Threading;
using LockContext.Runtime;

namespace LockContext.Benchmarks.Runtime;

/// <summary>Small objects: pairs, bulk, between threads, and what the book-keeping costs.</summary>
internal sealed unsafe class SlabTable : IBenchmarkTable
{
    /// <summary>What a block of pointers of <c>kfree_rcu</c> holds.</summary>
    private const int Bulk = 508;

    public string Name => "slab";

    public string Title => "Slabs and KernelMemory";

    public string Remarks => """
        *Pair* allocates an object, writes its first byte and frees it. *Bulk* frees 508 objects that have just been allocated, by one call or one by one; only freeing is timed. *Producer and consumer* are two threads with a ring between
        them: one allocates, the other frees. *Metadata* is everything but objects, in percent of the slabs' pages, when so many objects of 64 bytes are in use; a cache with few objects has some pages all the same. Calls are not inlined, except in the row that says so and perhaps in that of SlabCache.

        *The parts of a pair* are its profile: each part alone, in a loop of its own, as often as a pair does it. A processor overlaps some of them, so they add up to more than the pair. What a pair takes is mostly the number of its
        instructions, some hundred, which keep the processor busy rather than waiting for one another. tcmalloc finds its thread's state in a register
        plus an offset, keeps no state of an object, and so finds no double free, and cannot take memory from a thread that is idle: the first three parts and the fourth are what that costs us, and the reason why the target of one time
        tcmalloc is missed for pairs while bulk frees and frees by another thread are well ahead. The thread is the dearest of them. A [ThreadStatic] of code that is compiled at run time lies in storage that a call of the system's
        linker finds, once per call of ours where nothing can be inlined; two calls that do nothing else take longer than all of tcmalloc's pair.
        """;

    public IEnumerable<BenchmarkRow> Rows()
    {
        var natives = NativeAllocator.All;
        foreach (var size in new[] { 64, 256, 4096 })
        {
            yield return new BenchmarkRow($"pair, {size} B", [
                Candidate.Loop("KernelMemory", n => Pairs(size, GfpFlags.Kernel, n)),
                Candidate.Loop("KernelMemory, NoLocks", n => Pairs(size, GfpFlags.NoLocks, n)),
                Candidate.Loop("KernelMemory, compiled into its caller", n => PairsInCaller((nuint)size, n)),
                Candidate.Loop("SlabCache", () => Cache(size, PairsOfCache)),
                .. natives.Select(a => Candidate.Loop(a.Name, n => NativePairs(a, (nuint)size, n))),
                Candidate.Loop("NativeMemory", n => NativeMemoryPairs((nuint)size, n)),
                Candidate.Loop("ArrayPool.Shared", n => ArrayPoolPairs(size, n)),
            ])
            { Targets = size == 64 ? [Target.AtMost(1, "tcmalloc"), Target.AtMost(1, "NativeMemory")] : [] };
        }

        yield return new BenchmarkRow("the parts of a pair", [
            Candidate.Loop("whose magazine: thread-local, in a call, twice", LookUpThread),
            Candidate.Loop("whose extent: page map and index", () => WithObject(LookUpExtent)),
            Candidate.Loop("free or not: state byte, twice", () => WithObject(ChangeState)),
            Candidate.Loop("in and out of the slot, twice", EnterAndExit),
            Candidate.Loop("two calls", Calls),
        ]);
        yield return new BenchmarkRow("1,000 outstanding, 64 B, first in first out", [
            Candidate.Loop("KernelMemory", n => Fifo(new Ours(), n)),
            .. natives.Select(a => Candidate.Loop(a.Name, n => Fifo(new Native(a), n))),
        ]);
        yield return new BenchmarkRow($"bulk free of {Bulk}, 64 B, each", [
            Candidate.Value("FreeBulk", () => TimeFrees(bulk: true)),
            Candidate.Value("a loop", () => TimeFrees(bulk: false)),
            .. natives.Select(a => Candidate.Value(a.Name, () => TimeNativeFrees(a))),
        ])
        { Targets = [Target.Faster(1.5, "a loop")] };
        yield return new BenchmarkRow("producer and consumer, 64 B", [
            Candidate.Value("KernelMemory", () => ProducerConsumer(new Ours())),
            .. natives.Select(a => Candidate.Value(a.Name, () => ProducerConsumer(new Native(a)))),
        ])
        { Targets = [Target.AtMost(1, "jemalloc"), Target.Nanoseconds(250)] };
        yield return new BenchmarkRow("a miss under NoLocks", [Candidate.Loop("SlabCache", Misses)]) { Targets = [Target.Nanoseconds(10)] };
        foreach (var objects in new[] { 10_000, 1_000_000 })
        {
            yield return new BenchmarkRow($"metadata, {objects:N0} objects of 64 B", [Candidate.Value("SlabCache", () => Metadata(objects))]) { Unit = "%", Targets = objects > 100_000 ? [Target.Below(2, "%")] : [] };
        }
    }

    private static void Pairs(int size, GfpFlags flags, int operations)
    {
        for (var i = 0; i < operations; i++)
        {
            var item = (byte*)Alloc((nuint)size, flags);
            *item = 1;
            Free(item);
        }
    }

    // The short ways are small enough for that where they are called often.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void PairsInCaller(nuint size, int operations)
    {
        for (var i = 0; i < operations; i++)
        {
            var item = (byte*)KernelMemory.Alloc(size, GfpFlags.Kernel);
            *item = 1;
            KernelMemory.Free(item);
        }
    }

    // As any user has it: a call, not a loop around the insides.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void* Alloc(nuint size, GfpFlags flags) => KernelMemory.Alloc(size, flags);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Free(void* item) => KernelMemory.Free(item);

    private static long s_sink;

    private static void LookUpThread(int operations)
    {
        var sum = 0;
        for (var i = 0; i < operations; i++) sum += CurrentThread() + CurrentThread();
        Volatile.Write(ref s_sink, sum);
    }

    // Not inlined, or it would be looked up once for the whole loop.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int CurrentThread() => (int)ThreadIndex.Current;

    private static (Action<int> Body, Action Cleanup) WithObject(Action<nint, int> body)
    {
        var item = (nint)KernelMemory.Alloc(64, GfpFlags.Kernel);
        return (n => body(item, n), () => KernelMemory.Free((void*)item));
    }

    private static void LookUpExtent(nint item, int operations)
    {
        long sum = 0;
        for (var i = 0; i < operations; i++)
        {
            Extent* extent = PageMap.Find((void*)Volatile.Read(ref item));
            var offset = (nuint)item - (nuint)extent->Base;
            var index = Extent.IndexOf(extent, offset);
            if ((nuint)index * extent->Stride == offset) sum += index;
        }

        Volatile.Write(ref s_sink, sum);
    }

    private static void ChangeState(nint item, int operations)
    {
        Extent* extent = PageMap.Find((void*)item);
        var state = Extent.State(extent, Extent.IndexOf(extent, (nuint)item - (nuint)extent->Base));
        for (var i = 0; i < operations; i++)
        {
            Extent.TryTakeBack(state);
            Extent.TryHandOut(state);
        }
    }

    private static void EnterAndExit(int operations)
    {
        var slot = default(SlabSlot);
        for (var i = 0; i < operations; i++)
        {
            if (SlabSlot.TryEnter(&slot)) SlabSlot.Exit(&slot);
            if (SlabSlot.TryEnter(&slot)) SlabSlot.Exit(&slot);
        }
    }

    private static void Calls(int operations)
    {
        for (var i = 0; i < operations; i++)
        {
            Nothing(i);
            Nothing(i);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Nothing(int argument) => s_sink = argument;

    private static (Action<int> Body, Action Cleanup) Cache(int size, Action<SlabCache, int> body)
    {
        var cache = new SlabCache("benchmark", size);
        return (n => body(cache, n), cache.Dispose);
    }

    private static void PairsOfCache(SlabCache cache, int operations)
    {
        for (var i = 0; i < operations; i++)
        {
            var item = (byte*)cache.Alloc(GfpFlags.Kernel);
            *item = 1;
            cache.Free(item);
        }
    }

    private static void NativePairs(NativeAllocator allocator, nuint size, int operations)
    {
        var malloc = allocator.Malloc;
        var free = allocator.Free;
        for (var i = 0; i < operations; i++)
        {
            var item = (byte*)malloc(size);
            *item = 1;
            free(item);
        }
    }

    private static void NativeMemoryPairs(nuint size, int operations)
    {
        for (var i = 0; i < operations; i++)
        {
            var item = (byte*)NativeMemory.Alloc(size);
            *item = 1;
            NativeMemory.Free(item);
        }
    }

    private static void ArrayPoolPairs(int size, int operations)
    {
        for (var i = 0; i < operations; i++)
        {
            var item = System.Buffers.ArrayPool<byte>.Shared.Rent(size);
            item[0] = 1;
            System.Buffers.ArrayPool<byte>.Shared.Return(item);
        }
    }

    private interface IAllocator
    {
        void* Take(nuint size);

        void Give(void* item);
    }

    private readonly struct Ours : IAllocator
    {
        public void* Take(nuint size) => Alloc(size, GfpFlags.Kernel);

        public void Give(void* item) => Free(item);
    }

    private readonly struct Native(NativeAllocator allocator) : IAllocator
    {
        private readonly delegate* unmanaged[SuppressGCTransition]<nuint, void*> _malloc = allocator.Malloc;
        private readonly delegate* unmanaged[SuppressGCTransition]<void*, void> _free = allocator.Free;

        public void* Take(nuint size) => _malloc(size);

        public void Give(void* item) => _free(item);
    }

    private static readonly nint[] s_items = new nint[1000];

    private static void Fifo<T>(T allocator, int operations)
        where T : struct, IAllocator
    {
        var items = s_items;
        for (var done = 0; done < operations; done += items.Length)
        {
            for (var i = 0; i < items.Length; i++)
            {
                var item = (byte*)allocator.Take(64);
                *item = 1;
                items[i] = (nint)item;
            }

            foreach (var item in items) allocator.Give((void*)item);
        }
    }

    private static double TimeFrees(bool bulk)
    {
        const int Times = 400;
        var items = new nint[Bulk];
        long ticks = 0;
        for (var time = 0; time < Times; time++)
        {
            for (var i = 0; i < Bulk; i++) items[i] = (nint)Alloc(64, GfpFlags.Kernel);
            var start = Stopwatch.GetTimestamp();
            if (bulk)
            {
                KernelMemory.FreeBulk(items);
            }
            else
            {
                foreach (var item in items) Free((void*)item);
            }

            ticks += Stopwatch.GetTimestamp() - start;
        }

        return ticks * 1e9 / Stopwatch.Frequency / (Times * Bulk);
    }

    private static double TimeNativeFrees(NativeAllocator allocator)
    {
        const int Times = 400;
        var items = new nint[Bulk];
        var free = allocator.Free;
        long ticks = 0;
        for (var time = 0; time < Times; time++)
        {
            for (var i = 0; i < Bulk; i++) items[i] = (nint)allocator.Malloc(64);
            var start = Stopwatch.GetTimestamp();
            foreach (var item in items) free((void*)item);
            ticks += Stopwatch.GetTimestamp() - start;
        }

        return ticks * 1e9 / Stopwatch.Frequency / (Times * Bulk);
    }

    private static double ProducerConsumer<T>(T allocator)
        where T : struct, IAllocator
    {
        const int Operations = 200_000;
        var ring = new nint[1024];
        var consumer = new Thread(() =>
        {
            for (var i = 0; i < Operations; i++)
            {
                ref var place = ref ring[i & (ring.Length - 1)];
                nint item;
                while ((item = Volatile.Read(ref place)) == 0) Thread.SpinWait(1);
                *(byte*)item = 2;
                allocator.Give((void*)item);
                Volatile.Write(ref place, 0);
            }
        });
        var start = Stopwatch.GetTimestamp();
        consumer.Start();
        for (var i = 0; i < Operations; i++)
        {
            ref var place = ref ring[i & (ring.Length - 1)];
            var item = (byte*)allocator.Take(64);
            *item = 1;
            while (Volatile.Read(ref place) != 0) Thread.SpinWait(1);
            Volatile.Write(ref place, (nint)item);
        }

        consumer.Join();
        return Stopwatch.GetElapsedTime(start).TotalNanoseconds / Operations;
    }

    // As long as its slabs last, the magazines of this thread are empty.
    private static (Action<int> Body, Action Cleanup) Misses()
    {
        var cache = new SlabCache("misses", 64);
        var items = new List<nint> { (nint)cache.Alloc(GfpFlags.Kernel) };
        nint item;
        while ((item = (nint)cache.Alloc(GfpFlags.NoLocks)) != 0) items.Add(item);
        return (Miss, () =>
        {
            cache.FreeBulk(items.ToArray());
            cache.Dispose();
        });

        void Miss(int operations)
        {
            for (var i = 0; i < operations; i++) cache.Alloc(GfpFlags.NoLocks);
        }
    }

    private static double Metadata(int objects)
    {
        using var pages = new PageAllocator(new PageAllocatorOptions { Pages = 32_768 });
        using var cache = new SlabCache("metadata", 64, 0, pages);
        var items = new nint[objects];
        for (var i = 0; i < objects; i++) items[i] = (nint)cache.Alloc(GfpFlags.Kernel);
        var now = cache.GetStatistics();
        var percent = (now.MetadataBytes + (now.Pages * sizeof(nint))) * 100.0 / (now.Pages << PageAllocator.PageShift);
        cache.FreeBulk(items);
        return percent;
    }
}
