using System.Collections.Generic;
using Xunit;

namespace LockContext.Runtime.Tests;

/// <summary>Two zones: 8 MiB for everybody, 4 MiB for what can be moved. Frames of the movable zone come first.</summary>
public sealed unsafe class ZonelistTests() : PageAllocatorFixture(Small with { Pages = 3072, MovablePages = 1024 + 17, MinFreePages = 96, LowMemoryReserveRatio = 8 })
{
    private BuddyZone Normal => Allocator.Zones[0];

    private BuddyZone Movable => Allocator.Zones[1];

    [Fact]
    public void Each_zone_has_its_share_of_memory_and_marks()
    {
        // Whole page blocks only.
        Assert.Equal((2048, 1024), (Normal.PresentPages, Movable.PresentPages));
        Assert.Equal((64, 32), (Normal.Marks.Min, Movable.Marks.Min));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(5)]
    public void Movable_allocations_come_from_the_movable_zone_and_others_never(int order)
    {
        Assert.True(IsMovable(Alloc(GfpFlags.Kernel | GfpFlags.Movable, order)));
        Assert.False(IsMovable(Alloc(GfpFlags.Kernel, order)));
        Assert.False(IsMovable(Alloc(GfpFlags.Kernel | GfpFlags.Reclaimable, order)));
        while (Alloc(GfpFlags.MemAlloc, order) is var block and not 0) Assert.False(IsMovable(block));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    public void Movable_allocations_fall_back_and_leave_the_reserve_to_others(int order)
    {
        var blocks = new List<nint>();
        while (Alloc(GfpFlags.NoWait | GfpFlags.Movable, order) is var block and not 0) blocks.Add(block);
        Assert.Contains(blocks, IsMovable);
        Assert.Contains(blocks, block => !IsMovable(block));
        Allocator.Drain();

        // An eighth of the movable zone beyond the min mark; less than a block more.
        Assert.InRange(Normal.FreePages, 64 + 128, 64 + 128 + (1 << order));
        Assert.NotEqual(0, Alloc(GfpFlags.NoWait, order));
    }

    [Fact]
    public void Without_locks_only_movable_allocations_get_pages_of_the_movable_zone()
    {
        Free(Alloc(GfpFlags.Kernel | GfpFlags.Movable));
        Assert.Equal(0, Alloc(GfpFlags.NoLocks));
        Assert.True(IsMovable(Alloc(GfpFlags.NoLocks | GfpFlags.Movable)));
    }

    [Fact]
    public void Without_locks_a_zone_below_low_is_passed_over_and_the_next_is_tried()
    {
        Free(Alloc(GfpFlags.Kernel));
        Free(Alloc(GfpFlags.Kernel | GfpFlags.Movable));
        var held = new List<int>();
        while (Movable.FreePages > Movable.Marks.Low) held.Add(Movable.Allocate(0, MigrateType.Movable, -1));
        Assert.False(IsMovable(Alloc(GfpFlags.NoLocks | GfpFlags.Movable)));
        foreach (int frame in held) Allocator.FreePages(Peek.Frames(Allocator).AddressOf(frame), 0);
        Assert.True(IsMovable(Alloc(GfpFlags.NoLocks | GfpFlags.Movable)));
    }

    private bool IsMovable(nint block) => Movable.Contains(Peek.Frames(Allocator).IndexOf((void*)block));
}
