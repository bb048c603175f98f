using System;
using System.Runtime.InteropServices;
using System.Threading;
using Xunit;

namespace LockContext.Runtime.Tests;

/// <summary>What implementations of RCU are usually asked: forward progress, barriers of several threads, publication, and readers at the edge.</summary>
[Collection(TortureRuns.Name)]
public sealed unsafe class RcuScenarioTests
{
    private static int s_stop;
    private static long s_runs;

    /// <summary>A callback that queues itself for ever keeps neither grace periods nor barriers nor other callbacks from ending.</summary>
    [Fact]
    public void A_callback_that_never_ends_holds_up_nobody()
    {
        var head = (RcuHead*)NativeMemory.AllocZeroed((nuint)sizeof(RcuHead));
        s_stop = 0;
        s_runs = 0;
        Rcu.Call(head, &Again);
        for (int i = 0; i < 100; i++)
        {
            Rcu.Barrier();
            Rcu.Synchronize();
        }

        // A barrier may come while it runs and has not queued itself yet, and so wait for nothing more; two in a row cannot.
        Assert.InRange(Volatile.Read(ref s_runs), 50, long.MaxValue);
        Volatile.Write(ref s_stop, 1);
        Rcu.Barrier();
        Rcu.Barrier();
        Assert.Equal(0, Rcu.GetStatistics().Backlog);
        NativeMemory.Free(head);
    }

    private static void Again(RcuHead* head)
    {
        s_runs++;
        if (Volatile.Read(ref s_stop) == 0) Rcu.Call(head, &Again);
    }

    /// <summary>Each of several threads queues one; a barrier after they have done so waits for all of them, whichever CPU they were on.</summary>
    [Fact]
    public void A_barrier_waits_for_the_callbacks_of_all_threads()
    {
        const int Threads = 8;
        const int Rounds = 100;
        int invoked = 0;
        using var queued = new Barrier(Threads + 1);
        using var waited = new Barrier(Threads + 1);
        var threads = new Thread[Threads];
        for (int i = 0; i < Threads; i++)
        {
            var callback = new RcuCallback(_ => Interlocked.Increment(ref invoked));
            threads[i] = new Thread(() =>
            {
                for (int round = 0; round < Rounds; round++)
                {
                    Rcu.Call(callback);
                    queued.SignalAndWait();
                    waited.SignalAndWait();
                }
            });
            threads[i].Start();
        }

        for (int round = 1; round <= Rounds; round++)
        {
            queued.SignalAndWait();
            Rcu.Barrier();
            Assert.Equal(round * Threads, Volatile.Read(ref invoked));
            waited.SignalAndWait();
        }

        foreach (Thread thread in threads) Assert.True(thread.Join(Deadline.Generous));
    }

    /// <summary>Threads that come, read and end at once, also while a grace period looks at their record.</summary>
    [Fact]
    public void Threads_read_and_end_while_grace_periods_run()
    {
        bool stop = false;
        var updater = new Thread(() =>
        {
            while (!Volatile.Read(ref stop)) Rcu.SynchronizeExpedited();
        });
        updater.Start();
        for (int i = 0; i < 500; i++)
        {
            var reader = new Thread(static () =>
            {
                using (Rcu.Read())
                {
                    using (Rcu.Read()) Thread.Yield();
                }
            }, 128 * 1024);
            reader.Start();
            if (i % 3 == 0) Assert.True(reader.Join(Deadline.Generous));
        }

        Volatile.Write(ref stop, true);
        Assert.True(updater.Join(Deadline.Generous));
    }

    [Fact]
    public void Sections_nest_as_deep_as_is_said_and_no_deeper()
    {
        var reader = new Thread(() =>
        {
            int depth = 0;
            try
            {
                while (true)
                {
                    Rcu.ReadLock();
                    depth++;
                }
            }
            catch (InvalidOperationException)
            {
            }

            Assert.Equal(65_535, depth);
            for (; depth > 0; depth--)
            {
                Assert.True(Rcu.IsReading);
                Rcu.ReadUnlock();
            }

            Assert.False(Rcu.IsReading);
            Assert.Throws<SynchronizationLockException>(Rcu.ReadUnlock);
        });
        reader.Start();
        Assert.True(reader.Join(Deadline.Generous));
        Rcu.Synchronize();
    }

    /// <summary>Cookies of every kind agree: what is older has elapsed when what is younger has, and elapsed is for ever.</summary>
    [Fact]
    public void Cookies_elapse_in_order()
    {
        var cookies = new RcuCookie[200];
        bool stop = false;
        var other = new Thread(() =>
        {
            while (!Volatile.Read(ref stop)) Rcu.Synchronize();
        });
        other.Start();
        for (int round = 0; round < 200; round++)
        {
            for (int i = 0; i < cookies.Length; i++) cookies[i] = (i & 1) == 0 ? Rcu.Snapshot() : Rcu.StartPoll();
            bool later = false;
            for (int i = cookies.Length - 1; i >= 0; i--)
            {
                bool elapsed = Rcu.Poll(cookies[i]);
                Assert.True(elapsed || !later, "an older cookie is open, a younger one is not");
                later |= elapsed;
            }

            Rcu.Synchronize(cookies[^1]);
            Assert.All(cookies, cookie => Assert.True(Rcu.Poll(cookie)));
        }

        Volatile.Write(ref stop, true);
        Assert.True(other.Join(Deadline.Generous));
    }

    /// <summary>Objects of every size class, with the head at their end, mixed with mappings and objects without a head: thousands at once from several threads.</summary>
    [Fact]
    public void Every_kind_of_memory_from_several_threads_is_freed()
    {
        using var reports = new Reports();
        var pages = new PageAllocator(new PageAllocatorOptions { Pages = 65_536, BackgroundReclaim = false });
        var heap = new KernelHeap(pages);
        var threads = new Thread[3];
        for (int i = 0; i < threads.Length; i++)
        {
            int seed = i;
            threads[i] = new Thread(() =>
            {
                var random = new Random(seed);
                for (int round = 0; round < 5000; round++)
                {
                    nuint size = (nuint)random.Next(16, 12_000);
                    void* memory = random.Next(50) == 0 ? heap.AllocVirtual(size, GfpFlags.Kernel) : heap.Alloc(size, GfpFlags.Kernel);
                    if (memory == null) continue;
                    if (random.Next(10) == 0) Rcu.FreeMightSleep(memory);
                    else Rcu.Free(memory, (RcuHead*)((byte*)memory + ((size - 16) & ~(nuint)7)));
                }
            });
            threads[i].Start();
        }

        foreach (Thread thread in threads) Assert.True(thread.Join(Deadline.Generous));
        Rcu.FreeBarrier();
        Assert.Empty(reports.All);
        foreach (SlabCache cache in heap.Classes) Assert.Equal((0L, 0L), (cache.GetStatistics().AllocatedObjects, cache.GetStatistics().RejectedFrees));
        Assert.Equal(heap.LargeAllocations, heap.LargeFrees);
        heap.Dispose();
        pages.Drain();
        Assert.Equal(pages.GetStatistics().PresentPages, pages.GetStatistics().FreePages);
        pages.Dispose();
    }
}
