using System;
using System.Collections.Generic;
using System.Threading;
using Xunit;

namespace LockContext.Runtime.Tests;

public sealed unsafe class ThreadPageListTests : PageAllocatorFixture
{
    private ThreadPageLists Threads => Peek.Threads(Allocator);

    [Fact]
    public void A_thread_without_a_list_is_served_from_that_of_the_cpu()
    {
        Alloc(GfpFlags.Kernel);
        OnThread(() =>
        {
            Assert.NotEqual(0, Alloc(GfpFlags.NoLocks));
            Assert.Null(ThreadPageLists.Find(Allocator));
        });
    }

    [Fact]
    public void Lists_of_ended_threads_are_emptied_and_used_again()
    {
        Alloc(GfpFlags.Kernel);
        int before = Threads.All.Length;
        for (int i = 0; i < 5; i++)
        {
            OnThread(() =>
            {
                nint page = (nint)Allocator.AllocPages(GfpFlags.Kernel | GfpFlags.Reclaimable, 0);
                Allocator.FreePages((void*)page, 0);
                Assert.True(ThreadPageLists.Find(Allocator)!.Pages > 0);
            });
            ThreadPageList mine = ThreadPageLists.Find(Allocator)!;
            Peek.Reclaim(Allocator).DrainIdle();
            Assert.True(Threads.Pages <= mine.Pages);
            Assert.True(Threads.Spares > 0);
        }

        Assert.True(Threads.All.Length <= before + 1);
    }

    [Fact]
    public void An_idle_list_is_emptied_by_somebody_else_and_one_in_use_is_not()
    {
        using var go = new ManualResetEventSlim();
        using var ready = new ManualResetEventSlim();
        ThreadPageList? other = null;
        var worker = new Thread(() =>
        {
            Allocator.FreePages(Allocator.AllocPages(GfpFlags.Kernel, 0), 0);
            other = ThreadPageLists.Find(Allocator);
            ready.Set();
            go.Wait();

            // The owner finds it empty, and goes on.
            Allocator.FreePages(Allocator.AllocPages(GfpFlags.Kernel, 0), 0);
        });
        worker.Start();
        ready.Wait();
        int pages = other!.Pages;
        Assert.True(pages > 0);
        Peek.Reclaim(Allocator).DrainIdle();
        Assert.Equal(pages, other.Pages);
        Peek.Reclaim(Allocator).DrainIdle();
        Assert.Equal(0, other.Pages);
        go.Set();
        worker.Join();
        Assert.True(other.Pages > 0);
    }

    [Fact]
    public void A_page_freed_by_another_thread_goes_to_that_threads_list()
    {
        nint page = Alloc(GfpFlags.Kernel);
        OnThread(() =>
        {
            Free(Alloc(GfpFlags.Kernel));
            ThreadPageList mine = ThreadPageLists.Find(Allocator)!;
            int before = mine.Pages;
            Free(page);
            Assert.Equal(before + 1, mine.Pages);
            Assert.Equal(page, Alloc(GfpFlags.NoLocks));
            Free(page);
        });
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Orders_up_to_3_have_lists(int order)
    {
        nint block = Alloc(GfpFlags.Kernel, order);
        int free = Now.FreePages;
        Free(block, order);
        Assert.Equal(free, Now.FreePages);
        Assert.Equal(block, Alloc(GfpFlags.Kernel, order));
        Assert.Equal(1, Now.Refills);
    }

    /// <summary>Batches of 8, 16, 32, 64 and then what the list may hold, 81; each time also 8 for the CPU's list, which the thread takes next.</summary>
    [Fact]
    public void A_list_that_only_runs_empty_is_filled_with_larger_and_larger_batches()
    {
        int taken = 0;
        foreach (int batch in new[] { 8, 16, 32, 64, 81, 81 })
        {
            for (int i = 0; i < batch + 8; i++) Alloc(GfpFlags.Kernel);
            taken += batch + 8;
            Assert.Equal((taken, 0), (Now.AllocatedPages, Now.CpuListPages));
        }

        Assert.Equal(6, Now.Refills);
    }

    [Fact]
    public void A_list_that_gets_pages_back_goes_back_to_small_batches()
    {
        nint last = 0;
        for (int i = 0; i < 8 + 8 + 16 + 8 + 32 + 8; i++) last = Alloc(GfpFlags.Kernel);
        Assert.Equal(3, Now.Refills);
        for (int i = 0; i < 2; i++)
        {
            Free(last);
            Allocator.Drain();
            last = Alloc(GfpFlags.Kernel);
        }

        // 8 for the CPU's list, 7 for the thread's, one for us.
        Assert.Equal((5, 15), (Now.Refills, Now.CpuListPages));
    }

    [Fact]
    public void A_batch_that_lies_in_too_many_pieces_is_cut_short()
    {
        var pages = new List<nint>();
        while (Now.FreePages > Now.LowMark + 16) pages.Add(Alloc(GfpFlags.Kernel));
        for (int i = 0; i < pages.Count; i += 2) Free(pages[i]);
        Allocator.Drain();
        int free = Now.FreePages;
        var again = new List<nint>();
        for (int i = 0; i < 500; i++) again.Add(Alloc(GfpFlags.Kernel));
        Assert.Equal(500, new HashSet<nint>(again).Count);
        Assert.Equal(free - 500, Now.FreePages + Now.CpuListPages);
        Assert.DoesNotContain(0, again);
    }

    [Fact]
    public void One_thread_may_use_many_allocators()
    {
        var others = new List<PageAllocator>();
        for (int i = 0; i < 4; i++) others.Add(new PageAllocator(Small));
        for (int round = 0; round < 3; round++)
        {
            foreach (PageAllocator other in others)
            {
                void* page = other.AllocPages(GfpFlags.Kernel, 0);
                Assert.True(other.Owns(page));
                other.FreePages(page, 0);
                Assert.Equal(1, other.GetStatistics().Refills);
            }

            others[0].Dispose();
            others.RemoveAt(0);
            Free(Alloc(GfpFlags.Kernel));
        }

        foreach (PageAllocator other in others) other.Dispose();
    }

    [Fact]
    public void A_page_dropped_from_a_list_because_it_was_freed_elsewhere_too_is_not_handed_out()
    {
        // What two frees in the same instant leave behind: the page on our list, and its word naming another.
        nint page = Alloc(GfpFlags.Kernel);
        nint elsewhere = Alloc(GfpFlags.Kernel);
        Free(page);
        PageFrames frames = Peek.Frames(Allocator);
        ref int state = ref frames[frames.IndexOf((void*)page)].State;
        state = PageFrame.Word(PageState.Allocated, 0, 0, 77);
        PageAllocatorStatistics before = Now;
        Assert.NotEqual(page, Alloc(GfpFlags.Kernel));
        Assert.Equal(before.RejectedFrees + 1, Now.RejectedFrees);
        Assert.Equal(before.Frees - 1, Now.Frees);
        Free(elsewhere);

        // The one who has it frees it in the end.
        Free(page);
    }

    private static void OnThread(Action body)
    {
        Exception? failure = null;
        var worker = new Thread(() =>
        {
            try
            {
                body();
            }
            catch (Exception exception)
            {
                failure = exception;
            }
        });
        worker.Start();
        Assert.True(worker.Join(30_000));
        Assert.Null(failure);
    }
}
