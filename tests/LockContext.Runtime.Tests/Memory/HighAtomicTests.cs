using System.Collections.Generic;
using Xunit;

namespace LockContext.Runtime.Tests;

/// <summary>32 MiB: the smallest zone that keeps a page block for atomic allocations of several pages.</summary>
public sealed class HighAtomicTests() : PageAllocatorFixture(Small with { Pages = 8192, MinFreePages = 64 })
{
    private BuddyZone Zone => Allocator.Zones[0];

    [Fact]
    public void An_atomic_block_below_low_reserves_its_page_block()
    {
        LeaveFree(Now.LowMark);
        Assert.Equal(0, Zone.ReservedHighAtomic);
        Assert.NotEqual(0, Alloc(GfpFlags.Atomic, 2));
        Assert.Equal(Blocks.Pages, Zone.ReservedHighAtomic);
    }

    [Theory]
    [InlineData(GfpFlags.Atomic, 0)]
    [InlineData(GfpFlags.Atomic | GfpFlags.NoMemAlloc, 2)]
    [InlineData(GfpFlags.NoWait, 2)]
    [InlineData(GfpFlags.Kernel | GfpFlags.High | GfpFlags.NoRetry, 2)]
    public void Nothing_else_reserves(GfpFlags flags, int order)
    {
        LeaveFree(Now.LowMark);
        Assert.NotEqual(0, Alloc(flags, order));
        Assert.Equal(0, Zone.ReservedHighAtomic);
    }

    [Fact]
    public void What_is_reserved_does_not_count_for_others_and_serves_atomic_blocks()
    {
        Reserve();
        int reserved = Zone.FreeHighAtomic;
        Assert.True(reserved > 100);

        // Others see what is free without it.
        while (Alloc(GfpFlags.NoWait) != 0)
        {
        }

        Assert.Equal(64, Zone.FreePages - Zone.FreeHighAtomic);
        Assert.Equal(reserved, Zone.FreeHighAtomic);
        while (Alloc(GfpFlags.Atomic, 1) != 0)
        {
        }

        Assert.True(Zone.FreeHighAtomic < reserved);
    }

    [Fact]
    public void Direct_reclaim_gives_the_reserve_to_everybody_before_it_fails()
    {
        Reserve();
        while (Alloc(GfpFlags.NoWait) != 0)
        {
        }

        Assert.NotEqual(0, Alloc(GfpFlags.Kernel | GfpFlags.NoRetry));
        Assert.Equal(0, Zone.ReservedHighAtomic);
        Assert.Equal(0, Zone.FreeHighAtomic);
    }

    // A block from below the low mark while there is more around it: the rest of its page block is then free again, and kept.
    private void Reserve()
    {
        var held = new List<nint>();
        while (Now.FreePages > Now.LowMark) held.Add(Alloc(GfpFlags.NoWait, 4));
        Assert.NotEqual(0, Alloc(GfpFlags.Atomic, 2));
        foreach (nint block in held) Free(block, 4);
        Assert.Equal(Blocks.Pages, Zone.ReservedHighAtomic);
    }
}
