using System.Collections.Generic;
using Xunit;

namespace LockContext.Runtime.Tests;

/// <summary>The table from addresses to extents, at the edges of its own tables. No memory is behind these addresses; nobody looks at it.</summary>
public sealed unsafe class PageMapTests
{
    private const nuint Leaf = (nuint)1 << 30;

    private static readonly Extent s_any;

    [Theory]
    [InlineData(2, 4)]
    [InlineData(1, 2)]
    [InlineData(262_144, 262_146)]
    [InlineData(1, 262_146)]
    public void An_extent_may_lie_across_tables(int before, int pages)
    {
        // Far from where the system puts anything: the upper end of what a process has.
        nuint edge = (nuint)0x6_1234 << 26 & ~(Leaf - 1);
        var start = (byte*)(edge - ((nuint)before << PageAllocator.PageShift));
        nuint count = (nuint)pages;
        fixed (Extent* extent = &s_any)
        {
            Assert.True(PageMap.TrySet(start, count, extent));
            byte* end = start + (count << PageAllocator.PageShift);
            var looks = new List<nint> { (nint)start, (nint)start + 4095, (nint)edge - 1, (nint)edge, (nint)end - 1 };
            foreach (nint at in looks) Assert.True(PageMap.Find((void*)at) == extent, $"{at:x}");
            Assert.True(PageMap.Find(start - 1) == null && PageMap.Find(end) == null);
            PageMap.Clear(start, count);
            foreach (nint at in looks) Assert.True(PageMap.Find((void*)at) == null, $"{at:x}");
        }
    }

    [Fact]
    public void What_is_no_address_is_nobody_s()
    {
        foreach (nuint at in new[] { 0u, 1u, 4095u, nuint.MaxValue, nuint.MaxValue - 4095, (nuint)1 << 48, ((nuint)1 << 48) - 1, (nuint)1 << 63 }) Assert.True(PageMap.Find((void*)at) == null, $"{at:x}");
        fixed (Extent* extent = &s_any) Assert.False(PageMap.TrySet((byte*)(((nuint)1 << 48) - 4096), 2, extent));
        Assert.True(PageMap.Find((void*)(((nuint)1 << 48) - 4096)) == null);
    }
}
