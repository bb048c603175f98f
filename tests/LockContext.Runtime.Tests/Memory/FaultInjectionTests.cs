using System;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Threading;
using Xunit;

namespace LockContext.Runtime.Tests;

public sealed unsafe class FaultInjectionTests : PageAllocatorFixture
{
    private readonly FaultInjection _faults = new();

    public FaultInjectionTests() => Allocator.FaultInjection = _faults;

    [Fact]
    public void Fails_what_could_be_served_in_every_mode()
    {
        Free(AllocAnyway());
        Assert.Equal(0, Alloc(GfpFlags.NoLocks));
        Assert.Equal(0, Alloc(GfpFlags.NoWait));
        Assert.Equal(0, Alloc(GfpFlags.Atomic, 3));
        Assert.Equal(3, _faults.Failures);
        Assert.Equal(3, Now.Failures);
        Allocator.FaultInjection = null;
        Assert.NotEqual(0, Alloc(GfpFlags.NoLocks));
    }

    [Fact]
    public void Spares_whoever_can_wait_unless_told_otherwise_and_what_must_not_fail_always()
    {
        Assert.NotEqual(0, Alloc(GfpFlags.Kernel));
        _faults.IgnoredFlags = GfpFlags.None;
        Assert.Equal(0, Alloc(GfpFlags.Kernel));
        Assert.NotEqual(0, Alloc(GfpFlags.Kernel | GfpFlags.NoFail));
    }

    [Fact]
    public void Chooses_by_flag_order_and_thread()
    {
        _faults.RequiredFlags = GfpFlags.High;
        Assert.NotEqual(0, Alloc(GfpFlags.NoWait));
        Assert.Equal(0, Alloc(GfpFlags.Atomic));
        _faults.RequiredFlags = GfpFlags.None;
        _faults.MinOrder = 2;
        Assert.NotEqual(0, Alloc(GfpFlags.NoWait, 1));
        Assert.Equal(0, Alloc(GfpFlags.NoWait, 2));
        Assert.Equal(0, Alloc(GfpFlags.NoWait, 3));
        _faults.MinOrder = 0;
        _faults.OnlyThread = new Thread(() => { });
        Assert.NotEqual(0, Alloc(GfpFlags.NoWait));
    }

    [Fact]
    public void Chooses_by_caller()
    {
        _faults.CallerContains = $"{nameof(FaultInjectionTests)}.{nameof(Unlucky)}";
        Assert.NotEqual(0, Alloc(GfpFlags.NoWait));
        Assert.Equal(0, Unlucky());
    }

    [Fact]
    public void Counts_interval_times_and_space()
    {
        _faults.Interval = 3;
        Assert.Equal([true, true, false, true, true, false], Enumerable.Range(0, 6).Select(_ => Alloc(GfpFlags.NoWait) != 0));
        _faults.Interval = 1;
        _faults.Times = 2;
        Assert.Equal([false, false, true, true], Enumerable.Range(0, 4).Select(_ => Alloc(GfpFlags.NoWait) != 0));
        _faults.Times = FaultInjection.Unlimited;
        _faults.Space = 3 * PageAllocator.PageSize;
        Assert.Equal([true, true, true, false, false], Enumerable.Range(0, 5).Select(_ => Alloc(GfpFlags.NoWait) != 0));
    }

    [Fact]
    public void Tosses_the_same_for_the_same_seed()
    {
        _faults.Probability = 30;
        bool[] Run()
        {
            _faults.Seed = 42;
            return Enumerable.Range(0, 200).Select(_ => _faults.ShouldFail(GfpFlags.NoWait, 1)).ToArray();
        }

        bool[] first = Run();
        Assert.Equal(first, Run());
        Assert.InRange(first.Count(failed => failed), 30, 90);
    }

    [Fact]
    public void The_nth_of_a_thread_fails_and_no_other()
    {
        _faults.Probability = 0;
        FaultInjection.FailNth = 3;
        Assert.Equal([true, true, false, true], Enumerable.Range(0, 4).Select(_ => Alloc(GfpFlags.NoWait) != 0));
        Assert.Equal(0, FaultInjection.FailNth);
    }

    /// <summary>Every operation, with its first, second, third chance of failing failed, until one comes through unharmed. Nothing is lost on the way.</summary>
    [Theory]
    [MemberData(nameof(Operations))]
    public void Every_operation_survives_every_failure(string what, Action<PageAllocator> operation, int leastPoints)
    {
        int n = 1;
        for (; ; n++)
        {
            var faults = new FaultInjection { Probability = 0, IgnoredFlags = GfpFlags.None };
            using var allocator = new PageAllocator(Small with { Pages = 3072, DeferredPages = 2048, NoLocksMode = NoLocksMode.TryZoneLock });
            allocator.FaultInjection = faults;
            FaultInjection.FailNth = n;
            operation(allocator);
            bool through = FaultInjection.FailNth != 0;
            FaultInjection.FailNth = 0;
            allocator.FaultInjection = null;
            allocator.Drain();
            PageAllocatorStatistics end = allocator.GetStatistics();
            Assert.True(end is { AllocatedPages: 0, RejectedFrees: 0 } && end.FreePages == end.PresentPages, $"{what}, {n}: {end}");
            Assert.Equal(through ? 0 : 1, faults.Failures);
            if (through) break;
        }

        Assert.True(n > leastPoints, $"{what} had {n - 1} points");
    }

    public static TheoryData<string, Action<PageAllocator>, int> Operations { get; } = new()
    {
        { "a page", a => AllocAndFree(a, GfpFlags.NoWait, 0, 1), 1 },
        { "a page that waits", a => AllocAndFree(a, GfpFlags.Kernel, 0, 1), 1 },
        { "a page without locks", a => AllocAndFree(a, GfpFlags.NoLocks, 0, 1), 1 },
        { "a movable page", a => AllocAndFree(a, GfpFlags.Kernel | GfpFlags.Movable | GfpFlags.Zero, 0, 1), 1 },
        { "many pages", a => AllocAndFree(a, GfpFlags.Kernel, 0, 40), 40 },
        { "blocks with growth of the zone", a => AllocAndFree(a, GfpFlags.Kernel | GfpFlags.NoRetry, 9, 4), 5 },
        { "atomic blocks", a => AllocAndFree(a, GfpFlags.Atomic, 2, 10), 10 },
        { "the whole memory", a => AllocAndFree(a, GfpFlags.NoWait, 5, 80), 80 },
        {
            "pages, a drain and a trim", a =>
            {
                AllocAndFree(a, GfpFlags.NoWait, 1, 3);
                a.Drain();
                a.Trim();
                AllocAndFree(a, GfpFlags.NoWait, 10, 2);
            }, 5
        },
        {
            "a scope", a =>
            {
                using (GfpScope.NoReclaim()) AllocAndFree(a, GfpFlags.Kernel, 0, 2);
            }, 2
        },
    };

    [Fact]
    public void Knobs_out_of_range()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => _faults.Probability = 101);
        Assert.Throws<ArgumentOutOfRangeException>(() => _faults.Probability = -1);
        Assert.Throws<ArgumentOutOfRangeException>(() => _faults.Interval = 0);
        Assert.Throws<ArgumentOutOfRangeException>(() => _faults.Times = -2);
        Assert.Throws<ArgumentOutOfRangeException>(() => _faults.Space = -1);
        Assert.Throws<ArgumentOutOfRangeException>(() => _faults.MinOrder = 11);
        Assert.Throws<ArgumentOutOfRangeException>(() => FaultInjection.FailNth = -1);
    }

    private static void AllocAndFree(PageAllocator allocator, GfpFlags flags, int order, int count)
    {
        var blocks = new nint[count];
        for (int i = 0; i < count; i++) blocks[i] = (nint)allocator.AllocPages(flags, order);
        for (int i = 0; i < count; i++)
        {
            if (i % 2 == 0) allocator.FreePages((void*)blocks[i], order);
            else allocator.FreePagesNoLocks((void*)blocks[i], order);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private nint Unlucky() => Alloc(GfpFlags.NoWait);

    private nint AllocAnyway()
    {
        Allocator.FaultInjection = null;
        nint page = Alloc(GfpFlags.Kernel);
        Allocator.FaultInjection = _faults;
        return page;
    }
}
