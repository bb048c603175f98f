using System;
using System.Threading;
using Xunit;

namespace LockContext.Runtime.Tests;

public sealed unsafe class MisuseTests : PageAllocatorFixture
{
    [Theory]
    [InlineData(-1)]
    [InlineData(PageAllocator.MaxOrder + 1)]
    [InlineData(int.MinValue)]
    [InlineData(0x100)]
    public void Orders_out_of_range(int order)
    {
        nint page = Alloc(GfpFlags.Kernel);
        Assert.Throws<ArgumentOutOfRangeException>(() => Alloc(GfpFlags.Kernel, order));
        Assert.Throws<ArgumentOutOfRangeException>(() => Allocator.FreePages((void*)page, order));
        Allocator.FreePagesNoLocks((void*)page, order);
        Assert.Equal(2, Now.RejectedFrees);
    }

    [Theory]
    [InlineData((GfpFlags)0x200, 0)]
    [InlineData((GfpFlags)1 | GfpFlags.Kernel, 0)]
    [InlineData((GfpFlags)0x2000000, 0)]
    [InlineData(GfpFlags.Movable | GfpFlags.Reclaimable, 0)]
    [InlineData(GfpFlags.Movable | GfpFlags.Reclaimable | GfpFlags.Kernel, 3)]
    [InlineData(GfpFlags.NoFail, 0)]
    [InlineData(GfpFlags.NoFail | GfpFlags.NoWait, 0)]
    [InlineData(GfpFlags.NoFail | GfpFlags.Kernel | GfpFlags.NoRetry, 0)]
    [InlineData(GfpFlags.NoFail | GfpFlags.Kernel | GfpFlags.RetryMayFail, 0)]
    [InlineData(GfpFlags.NoFail | GfpFlags.Kernel, 2)]
    public void Flags_that_contradict_each_other(GfpFlags flags, int order)
    {
        Assert.Throws<ArgumentException>(nameof(flags), () => Alloc(flags, order));

        // Also when the fast path could serve it: misuse is not found by chance.
        Free(Alloc(GfpFlags.Kernel | (flags & GfpFlags.Movable)));
        Assert.Throws<ArgumentException>(nameof(flags), () => Alloc(flags, order));
    }

    [Fact]
    public void A_foreign_page()
    {
        byte* elsewhere = stackalloc byte[1];
        nint address = (nint)elsewhere & ~(PageAllocator.PageSize - 1);
        Assert.False(Allocator.Owns((void*)address));
        AssertRejected<ArgumentException>(address, 0);

        using var other = new PageAllocator(Small);
        void* page = other.AllocPages(GfpFlags.Kernel, 0);
        AssertRejected<ArgumentException>((nint)page, 0);
        other.FreePages(page, 0);
    }

    [Fact]
    public void A_misaligned_address() => AssertRejected<ArgumentException>(Alloc(GfpFlags.Kernel) + 8, 0);

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 0)]
    [InlineData(4, 3)]
    public void Another_order(int allocated, int freed)
    {
        nint block = Alloc(GfpFlags.Kernel, allocated);
        AssertRejected<ArgumentException>(block, freed);

        // The block is still its owner's.
        Free(block, allocated);
    }

    [Fact]
    public void The_middle_of_a_block()
        => AssertRejected<InvalidOperationException>(Alloc(GfpFlags.Kernel, 2) + PageAllocator.PageSize, 0);

    [Fact]
    public void A_page_never_allocated()
    {
        nint page = Alloc(GfpFlags.Kernel);
        AssertRejected<InvalidOperationException>(page ^ PageAllocator.PageSize, 0);
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(0, true)]
    [InlineData(3, false)]
    [InlineData(3, true)]
    public void A_double_free(int order, bool withoutLocks)
    {
        nint block = Alloc(GfpFlags.Kernel, order);
        if (withoutLocks) FreeNoLocks(block, order);
        else Free(block, order);
        AssertRejected<InvalidOperationException>(block, order);

        Allocator.Drain();
        AssertRejected<InvalidOperationException>(block, order);
        nint once = Alloc(GfpFlags.Kernel, order);
        Assert.NotEqual(once, Alloc(GfpFlags.Kernel, order));
    }

    [Fact]
    public void A_refused_free_holds_no_lock()
    {
        nint page = Alloc(GfpFlags.Kernel);
        Free(page);
        AssertRejected<InvalidOperationException>(page, 0);
        Assert.False(Peek.Zone(Allocator).Lock.IsHeld);
        Assert.False(Peek.Lock(Peek.Lists(Allocator).All[0]).IsHeld);
    }

    [Theory]
    [MemberData(nameof(BadOptions))]
    public void Options_out_of_range(PageAllocatorOptions options)
        => Assert.Throws<ArgumentOutOfRangeException>(() => new PageAllocator(options));

    public static TheoryData<PageAllocatorOptions> BadOptions { get; } = new()
    {
        Small with { Pages = 0 },
        Small with { Pages = (1 << 22) + 1 },
        Small with { DeferredPages = -1 },
        Small with { DeferredPages = 2049 },
        Small with { CpuLists = -1 },
        Small with { CpuListBatch = -1 },
        Small with { CpuListHighFraction = 7 },
        Small with { MinFreePages = 2048 },
        Small with { MinFreePages = -1 },
        Small with { ReclaimPatience = -1 },
    };

    [Fact]
    public void No_options() => Assert.Throws<ArgumentNullException>(() => new PageAllocator(null!));

    private void AssertRejected<TException>(nint page, int order)
        where TException : Exception
    {
        PageAllocatorStatistics before = Now;
        Assert.Throws<TException>(() => Allocator.FreePages((void*)page, order));
        Allocator.FreePagesNoLocks((void*)page, order);
        Assert.Equal(before with { RejectedFrees = before.RejectedFrees + 2 }, Now);
    }
}
