using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Threading;
using Xunit;

namespace LockContext.Runtime.Tests;

/// <summary>Memory and the ends of threads, objects and processes.</summary>
[Collection(TortureRuns.Name)]
public sealed unsafe class ThreadEndTests
{
    private static int s_finalized;
    private static int s_late;

    [Fact]
    public void What_a_dead_thread_allocated_is_freed_by_others_and_its_magazines_are_not_lost()
    {
        using var pages = new PageAllocator(new PageAllocatorOptions { Pages = 4096, BackgroundReclaim = false });
        var cache = new SlabCache("dead", 64, 0, pages);
        var items = new ConcurrentBag<nint>();
        for (int i = 0; i < 200; i++)
        {
            var passing = new Thread(() =>
            {
                for (int n = 0; n < 100; n++) items.Add((nint)cache.Alloc(GfpFlags.Kernel));

                // And leaves a magazine half full of free ones.
                for (int n = 0; n < 40 && items.TryTake(out nint item); n++) cache.Free((void*)item);
            });
            passing.Start();
            passing.Join();
        }

        Assert.Equal(items.Count, items.Distinct().Count());
        Assert.DoesNotContain(0, items);
        foreach (nint item in items)
        {
            if ((item & 64) == 0) cache.Free((void*)item);
            else cache.FreeNoLocks((void*)item);
        }

        SlabCacheStatistics now = cache.GetStatistics();
        Assert.Equal((0L, 0L, now.Allocations), (now.AllocatedObjects, now.RejectedFrees, now.Frees));
        cache.Shrink();
        Assert.Equal(0, cache.GetStatistics().Slabs);
        cache.Dispose();
        pages.Drain();
        Assert.Equal(pages.GetStatistics().PresentPages, pages.GetStatistics().FreePages);
    }

    /// <summary>More threads alive than may have magazines: the others do without.</summary>
    [Fact]
    public void More_threads_than_have_numbers()
    {
        using var pages = new PageAllocator(new PageAllocatorOptions { Pages = 16_384, BackgroundReclaim = false });
        var cache = new SlabCache("crowd", 64, 0, pages);
        const int Count = ThreadIndex.Most + 200;
        using var all = new CountdownEvent(Count);
        using var leave = new ManualResetEventSlim();
        var threads = new Thread[Count];
        int failed = 0;
        for (int i = 0; i < Count; i++)
        {
            threads[i] = new Thread(() =>
            {
                void* item = cache.Alloc(GfpFlags.Kernel);
                void* memory = KernelMemory.Alloc(100, GfpFlags.Kernel);
                void* page = pages.AllocPages(GfpFlags.Kernel, 0);
                if (item == null || memory == null || page == null) Interlocked.Increment(ref failed);
                all.Signal();
                leave.Wait();
                cache.Free(item);
                KernelMemory.Free(memory);
                pages.FreePages(page, 0);
            }, 128 * 1024);
            threads[i].Start();
        }

        Assert.True(all.Wait(Deadline.Generous));
        Assert.Equal(Count, cache.GetStatistics().AllocatedObjects);
        leave.Set();
        foreach (Thread thread in threads) Assert.True(thread.Join(Deadline.Generous));
        Assert.Equal(0, failed);
        Assert.Equal((0L, 0L), (cache.GetStatistics().AllocatedObjects, cache.GetStatistics().RejectedFrees));

        // Those that come later have numbers again.
        void* mine = null;
        var later = new Thread(() =>
        {
            for (int i = 0; i < 10; i++) cache.Free(cache.Alloc(GfpFlags.Kernel));
            mine = (void*)(nint)ThreadIndex.Current;
        });
        later.Start();
        later.Join();
        Assert.True(mine != null);
        cache.Dispose();
        pages.Drain();
        Assert.Equal(pages.GetStatistics().PresentPages, pages.GetStatistics().FreePages);
    }

    [Fact]
    public void Finalizers_allocate_and_free()
    {
        s_finalized = 0;
        using var pages = new PageAllocator(new PageAllocatorOptions { Pages = 4096, BackgroundReclaim = false });
        var cache = new SlabCache("finalized", 64, 0, pages);
        const int Count = 5000;
        Scatter(cache, Count);
        var watch = Stopwatch.StartNew();
        while (Volatile.Read(ref s_finalized) < Count && watch.Elapsed < Deadline.Generous)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        // One of them may be in a register of ours.
        Assert.InRange(s_finalized, Count - 1, Count);
        Assert.InRange(cache.GetStatistics().AllocatedObjects, 0, 1);
        Assert.Equal(0, cache.GetStatistics().RejectedFrees);
        cache.Dispose();
    }

    [Fact]
    public void A_process_ends_while_threads_allocate_and_handlers_of_its_end_do_too()
    {
        for (int i = 0; i < 3; i++)
        {
            (int exitCode, string output) = Child.Run(EndInTheMiddle);
            Assert.True(exitCode == 7 && output.Contains("late 1", StringComparison.Ordinal), $"{exitCode} {output}");
        }
    }

    /// <summary>The system forks to start one; what the child does before it becomes another program does not touch our memory.</summary>
    [Fact]
    public void Processes_are_started_while_threads_allocate()
    {
        if (!OperatingSystem.IsLinux()) return;
        bool stop = false;
        long rounds = 0;
        var threads = new Thread[2];
        for (int i = 0; i < threads.Length; i++)
        {
            threads[i] = new Thread(() =>
            {
                while (!Volatile.Read(ref stop)) Work(ref rounds);
            });
            threads[i].Start();
        }

        for (int i = 0; i < 10; i++)
        {
            using Process child = Process.Start(new ProcessStartInfo("/bin/true"))!;
            Assert.True(child.WaitForExit(60_000));
            Assert.Equal(0, child.ExitCode);
        }

        Volatile.Write(ref stop, true);
        foreach (Thread thread in threads) Assert.True(thread.Join(Deadline.Generous));
        Assert.True(rounds > 0);
    }

    internal static int EndInTheMiddle()
    {
        AppDomain.CurrentDomain.ProcessExit += (_, _) =>
        {
            long rounds = 0;
            Work(ref rounds);
            using (Rcu.Read())
            {
            }

            Rcu.Synchronize();
            Rcu.Barrier();
            Rcu.FreeBarrier();
            KernelMemory.Shrink();
            s_late++;
            Console.WriteLine($"late {s_late}");
        };
        for (int i = 0; i < 3; i++)
        {
            new Thread(() =>
            {
                long rounds = 0;
                while (true) Work(ref rounds);
            }) { IsBackground = true }.Start();
        }

        long mine = 0;
        while (mine < 1000) Work(ref mine);
        return 7;
    }

    private static void Work(ref long rounds)
    {
        void* small = KernelMemory.Alloc(64, GfpFlags.Kernel);
        void* large = KernelMemory.Alloc(20_000, GfpFlags.Kernel);
        void* mapping = KernelMemory.AllocVirtual(20_000, GfpFlags.Kernel);
        *(long*)small = *(long*)large = *(long*)mapping = 1;
        Rcu.Free(small, (RcuHead*)small);
        KernelMemory.Free(large);
        KernelMemory.Free(mapping);
        Interlocked.Increment(ref rounds);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Scatter(SlabCache cache, int count)
    {
        var owners = new List<Owner>();
        for (int i = 0; i < count; i++) owners.Add(new Owner(cache));
        GC.KeepAlive(owners);
    }

    private sealed class Owner(SlabCache cache)
    {
        private readonly nint _item = (nint)cache.Alloc(GfpFlags.Kernel);
        private readonly nint _memory = (nint)KernelMemory.Alloc(100, GfpFlags.Kernel);

        ~Owner()
        {
            cache.Free((void*)_item);
            KernelMemory.Free((void*)_memory);
            void* more = KernelMemory.Alloc(300, GfpFlags.NoWait);
            using (Rcu.Read())
            {
            }

            KernelMemory.Free(more);
            Interlocked.Increment(ref s_finalized);
        }
    }
}
