using System;
using System.Buffers;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Threading;
using LockContext.Runtime;

namespace LockContext.Benchmarks.Runtime;

/// <summary>Pages: ours against allocators in C asked for 4 KiB at a multiple of 4 KiB, and against what .NET has. The first byte of every page is written.</summary>
internal sealed unsafe class PageTable : IBenchmarkTable
{
    [ThreadStatic]
    private static nint t_block;

    private const int Outstanding = 512;

    public string Name => "pages";

    public string Title => "Pages";

    public string Remarks => """
        A page is allocated, its first byte is written, and it is freed. *Outstanding* rows allocate 512 pages and then free them in the order of their allocation; figures are for one page. Allocators in C are asked
        for 4 KiB at a multiple of 4 KiB, and called. The short way of ours is compiled into its caller, where it may be looked up once for several calls whose list this is; *in calls* it is called through a method that is not inlined, and looks it up at each
        call. Rows without a rival: *NoLocks* against the ordinary way, both in calls; a miss; pages that all come from the zone in batches (only the allocations are timed), and the zone lock as a raw lock.

        The row of two calls is what any allocator in .NET pays that is called twice, for a page and for its return, and has to find what belongs to its thread each time: two calls, each of which stores one number. It takes longer than
        tcmalloc takes for everything, so the target of half of tcmalloc for a pair is out of reach for calls; and in a loop that looks up its thread once, what is left is the region, the stack and the state of the page, none of which can be
        left out: without the region nobody could take memory from a thread that is idle, and without the state no double free would be found. *The parts of a pair* are their profile, each alone in a loop of its own.
        """;

    public IEnumerable<BenchmarkRow> Rows()
    {
        var rivals = NativeAllocator.All;
        yield return new BenchmarkRow("Page, allocate and free",
        [
            Ours("LockContext", Options(), allocator => n => Pair(allocator, n)),
            Ours("LockContext, in calls", Options(), allocator => n => PairInCalls<Kernel>(allocator, n)),
            .. rivals.Select(r => Candidate.Loop($"{r.Name}, aligned", n => Pair(r, n))),
            Candidate.Loop("NativeMemory, aligned", NativePair),
            Candidate.Loop("ArrayPool.Shared", PoolPair),
        ])
        { Targets = [Target.AtMost(0.5, "tcmalloc, aligned"), Target.Nanoseconds(10)] };

        yield return new BenchmarkRow("Two calls that find their thread's storage, and nothing else",
        [
            Candidate.Loop("a load and a store in each", Floor),
            .. rivals.Where(r => r.Name == "tcmalloc").Select(r => Candidate.Loop($"{r.Name}, aligned", n => Pair(r, n))),
        ]);

        yield return new BenchmarkRow("The parts of a pair",
        [
            Candidate.Loop("whose list: thread-local, in a call, twice", LookUpThread),
            Candidate.Loop("in and out of the region, twice", EnterAndLeave),
            Candidate.Loop("down and up the stack", PopAndPush),
            Candidate.Loop("page to frame and back, state twice", ChangeState),
        ]);

        yield return new BenchmarkRow("Page, 512 outstanding",
        [
            Ours("LockContext", Options(), allocator => n => Many(allocator, n)),
            Ours("LockContext, in calls", Options(), allocator => n => ManyInCalls(allocator, n)),
            .. rivals.Select(r => Candidate.Loop($"{r.Name}, aligned", n => Many(r, n))),
            Candidate.Loop("NativeMemory, aligned", NativeMany),
            Candidate.Loop("ArrayPool.Shared", PoolMany),
        ])
        { Targets = [Target.AtMost(1, "tcmalloc, aligned"), Target.Nanoseconds(40)] };

        yield return new BenchmarkRow("Page without locks, hit",
        [
            Ours("NoLocks", Options(), allocator => n => PairInCalls<NoLocks>(allocator, n)),
            Ours("Kernel", Options(), allocator => n => PairInCalls<Kernel>(allocator, n)),
        ])
        { Targets = [Target.AtMost(1.1, "Kernel")] };

        yield return new BenchmarkRow("Page without locks, miss", [Ours("NoLocks", Options(), Miss)]) { Targets = [Target.Nanoseconds(10)] };
        yield return new BenchmarkRow("Page from the zone by way of a refill",
        [
            Refill("sleeping zone lock", Options()),
            Refill("raw zone lock", Options() with { ZoneLock = ZoneLockKind.Raw }),
        ])
        { Targets = [Target.Nanoseconds(25)] };
        yield return new BenchmarkRow("Page, every free checked", [Ours("CheckedFrees", Options() with { CheckedFrees = true }, allocator => n => Pair(allocator, n))]);
        yield return new BenchmarkRow("Block of 8 pages, allocate and free",
        [
            Ours("LockContext", Options(), allocator => n => Pair(allocator, 3, n)),
            .. rivals.Select(r => Candidate.Loop($"{r.Name}, aligned", n => Pair(r, n, 3))),
        ]);
        yield return new BenchmarkRow("Block of 64 pages, allocate and free, from the zone",
        [
            Ours("LockContext", Options(), allocator => n => Pair(allocator, 6, n)),
            .. rivals.Select(r => Candidate.Loop($"{r.Name}, aligned", n => Pair(r, n, 6))),
        ]);
    }

    private static PageAllocatorOptions Options() => new() { BackgroundReclaim = false };

    private static Candidate Ours(string name, PageAllocatorOptions options, Func<PageAllocator, Action<int>> body)
        => Candidate.Loop(name, () =>
        {
            var allocator = new PageAllocator(options);
            return (body(allocator), allocator.Dispose);
        });

    /// <summary>Flags that are known where the call is compiled, as those of nearly all calls are.</summary>
    private interface IFlags
    {
        static abstract GfpFlags Value { get; }
    }

    private readonly struct Kernel : IFlags
    {
        public static GfpFlags Value => GfpFlags.Kernel;
    }

    private readonly struct NoLocks : IFlags
    {
        public static GfpFlags Value => GfpFlags.NoLocks;
    }

    // The loops are not inlined: or one candidate of a row becomes part of a method of the harness with its arguments known, and another does not.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Pair(PageAllocator allocator, int n)
    {
        for (var i = 0; i < n; i++)
        {
            var page = (byte*)allocator.AllocPages(GfpFlags.Kernel, 0);
            *page = 1;
            allocator.FreePages(page, 0);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void PairInCalls<TFlags>(PageAllocator allocator, int n)
        where TFlags : struct, IFlags
    {
        // NoLocks needs something to find.
        allocator.FreePages(allocator.AllocPages(GfpFlags.Kernel, 0), 0);
        for (var i = 0; i < n; i++)
        {
            var page = (byte*)Alloc<TFlags>(allocator);
            *page = 1;
            Free(allocator, page);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void* Alloc<TFlags>(PageAllocator allocator)
        where TFlags : struct, IFlags
        => allocator.AllocPages(TFlags.Value, 0);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Free(PageAllocator allocator, void* page) => allocator.FreePages(page, 0);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Pair(PageAllocator allocator, int order, int n)
    {
        for (var i = 0; i < n; i++)
        {
            var page = (byte*)allocator.AllocPages(GfpFlags.Kernel, order);
            *page = 1;
            allocator.FreePages(page, order);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Pair(NativeAllocator rival, int n, int order = 0)
    {
        var aligned = rival.AlignedAlloc;
        var free = rival.Free;
        var bytes = (nuint)PageAllocator.PageSize << order;
        for (var i = 0; i < n; i++)
        {
            var page = (byte*)aligned(bytes, bytes);
            *page = 1;
            free(page);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void NativePair(int n)
    {
        for (var i = 0; i < n; i++)
        {
            var page = (byte*)NativeMemory.AlignedAlloc(PageAllocator.PageSize, PageAllocator.PageSize);
            *page = 1;
            NativeMemory.AlignedFree(page);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void PoolPair(int n)
    {
        for (var i = 0; i < n; i++)
        {
            var page = ArrayPool<byte>.Shared.Rent(PageAllocator.PageSize);
            page[0] = 1;
            ArrayPool<byte>.Shared.Return(page);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Many(PageAllocator allocator, int n)
    {
        var pages = stackalloc nint[Outstanding];
        for (var done = 0; done < n; done += Outstanding)
        {
            for (var i = 0; i < Outstanding; i++)
            {
                var page = (byte*)allocator.AllocPages(GfpFlags.Kernel, 0);
                *page = 1;
                pages[i] = (nint)page;
            }

            for (var i = 0; i < Outstanding; i++) allocator.FreePages((void*)pages[i], 0);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void ManyInCalls(PageAllocator allocator, int n)
    {
        var pages = stackalloc nint[Outstanding];
        for (var done = 0; done < n; done += Outstanding)
        {
            for (var i = 0; i < Outstanding; i++)
            {
                var page = (byte*)Alloc<Kernel>(allocator);
                *page = 1;
                pages[i] = (nint)page;
            }

            for (var i = 0; i < Outstanding; i++) Free(allocator, (void*)pages[i]);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Many(NativeAllocator rival, int n)
    {
        var pages = stackalloc nint[Outstanding];
        var aligned = rival.AlignedAlloc;
        var free = rival.Free;
        for (var done = 0; done < n; done += Outstanding)
        {
            for (var i = 0; i < Outstanding; i++)
            {
                var page = (byte*)aligned(PageAllocator.PageSize, PageAllocator.PageSize);
                *page = 1;
                pages[i] = (nint)page;
            }

            for (var i = 0; i < Outstanding; i++) free((void*)pages[i]);
        }
    }

    private static void NativeMany(int n)
    {
        var pages = stackalloc nint[Outstanding];
        for (var done = 0; done < n; done += Outstanding)
        {
            for (var i = 0; i < Outstanding; i++)
            {
                var page = (byte*)NativeMemory.AlignedAlloc(PageAllocator.PageSize, PageAllocator.PageSize);
                *page = 1;
                pages[i] = (nint)page;
            }

            for (var i = 0; i < Outstanding; i++) NativeMemory.AlignedFree((void*)pages[i]);
        }
    }

    private static void PoolMany(int n)
    {
        var pages = new byte[Outstanding][];
        for (var done = 0; done < n; done += Outstanding)
        {
            for (var i = 0; i < Outstanding; i++)
            {
                pages[i] = ArrayPool<byte>.Shared.Rent(PageAllocator.PageSize);
                pages[i][0] = 1;
            }

            foreach (var page in pages) ArrayPool<byte>.Shared.Return(page);
        }
    }

    private static Action<int> Miss(PageAllocator allocator)
    {
        // The thread has a list, as it has in practice; then nothing is left on any.
        allocator.FreePages(allocator.AllocPages(GfpFlags.Kernel, 0), 0);
        return n =>
        {
            allocator.Drain();
            for (var i = 0; i < n; i++)
            {
                if (allocator.AllocPages(GfpFlags.NoLocks, 0) != null) throw new InvalidOperationException("Not a miss.");
            }
        };
    }

    // Only the allocations are timed: all of them come from a zone that is whole, a batch at a time.
    private static Candidate Refill(string name, PageAllocatorOptions options)
    {
        PageAllocator? allocator = null;
        var pages = new nint[32_768];
        return Candidate.Value(
            name,
            () =>
            {
                allocator ??= new PageAllocator(options);
                var start = Stopwatch.GetTimestamp();
                for (var i = 0; i < pages.Length; i++) pages[i] = (nint)allocator.AllocPages(GfpFlags.Kernel, 0);
                var nanoseconds = Stopwatch.GetElapsedTime(start).TotalNanoseconds / pages.Length;
                foreach (var page in pages) allocator.FreePages((void*)page, 0);
                allocator.Drain();
                return nanoseconds;
            },
            () => allocator?.Dispose());
    }

    private static void Floor(int n)
    {
        if (t_block == 0) t_block = (nint)NativeMemory.AllocZeroed(64);
        for (var i = 0; i < n; i++)
        {
            First();
            Second();
        }
    }

    private static nint s_sink;

    private static void LookUpThread(int n)
    {
        nint sum = 0;
        for (var i = 0; i < n; i++) sum += CurrentBlock() + CurrentBlock();
        Volatile.Write(ref s_sink, sum);
    }

    // Not inlined, or it would be looked up once for the whole loop.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static nint CurrentBlock() => (nint)ThreadPageList.Block;

    private static void EnterAndLeave(int n)
    {
        var block = default(ThreadPageBlock);
        var entered = 0;
        for (var i = 0; i < n; i++)
        {
            Volatile.Write(ref block.Busy, 1);
            if (Volatile.Read(ref block.Revoked) == 0) entered++;
            Volatile.Write(ref block.Busy, 0);
            Volatile.Write(ref block.Busy, 1);
            if (Volatile.Read(ref block.Revoked) == 0) entered++;
            Volatile.Write(ref block.Busy, 0);
        }

        Volatile.Write(ref s_sink, entered);
    }

    // What is taken is what has just been given back, so each load waits for the store before it: this is most of what a pair takes.
    private static void PopAndPush(int n)
    {
        var frames = stackalloc int[4];
        var slot = new ThreadPageBlock.Slot { Base = frames, Top = frames + 1, Limit = frames + 4 };
        var there = &slot;
        for (var i = 0; i < n; i++)
        {
            var top = (int*)Volatile.Read(ref *(nint*)&there->Top) - 1;
            if (top < there->Base) return;
            var frame = *top;
            Volatile.Write(ref *(nint*)&there->Top, (nint)top);
            top = (int*)Volatile.Read(ref *(nint*)&there->Top);
            if (top >= there->Limit) return;
            *top = frame;
            Volatile.Write(ref *(nint*)&there->Top, (nint)(top + 1));
            there->Put++;
        }
    }

    private static void ChangeState(int n)
    {
        var table = stackalloc PageFrame[16];
        var allocated = PageFrame.Word(PageState.Allocated, 0, 0, 1);
        var listed = PageFrame.Word(PageState.Listed, 0, 0, 1);
        table[5].State = listed;
        nuint memory = (nuint)1 << 32;
        nuint page = memory + (5 << PageAllocator.PageShift);
        for (var i = 0; i < n; i++)
        {
            var frame = BitOperations.RotateRight(Volatile.Read(ref page) - memory, PageAllocator.PageShift);
            if (frame >= 16 || table[frame].State != listed) return;
            Volatile.Write(ref table[frame].State, allocated);
            var word = Volatile.Read(ref table[frame].State);
            if (word != allocated) return;
            Volatile.Write(ref table[frame].State, word + (PageState.Listed - PageState.Allocated));
            Volatile.Write(ref page, memory + (frame << PageAllocator.PageShift));
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void First() => *(int*)t_block = 1;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Second() => *(int*)t_block = 0;
}
