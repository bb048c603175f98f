using Xunit;

namespace LockContext.Runtime.Tests;

/// <summary>Who gets a page when: free memory in each band against each kind of allocation. Marks at 64, 80 and 96 pages.</summary>
public sealed class WatermarkBandTests : PageAllocatorFixture
{
    [Theory]
    [InlineData(81, GfpFlags.NoWait, true)]
    [InlineData(81, GfpFlags.Kernel, true)]
    [InlineData(80, GfpFlags.NoWait, true)]
    [InlineData(65, GfpFlags.NoWait, true)]
    [InlineData(65, GfpFlags.None, true)]
    [InlineData(64, GfpFlags.None, false)]
    [InlineData(64, GfpFlags.NoWait, false)]
    [InlineData(64, GfpFlags.NoWait | GfpFlags.NoMemAlloc, false)]
    [InlineData(64, GfpFlags.Kernel, false)]
    [InlineData(64, GfpFlags.Kernel | GfpFlags.NoRetry, false)]
    [InlineData(64, GfpFlags.Atomic, true)]
    [InlineData(33, GfpFlags.High | GfpFlags.DirectReclaim, true)]
    [InlineData(32, GfpFlags.High | GfpFlags.DirectReclaim | GfpFlags.NoRetry, false)]
    [InlineData(33, GfpFlags.Atomic | GfpFlags.NoMemAlloc, true)]
    [InlineData(32, GfpFlags.Atomic | GfpFlags.NoMemAlloc, false)]
    [InlineData(25, GfpFlags.Atomic, true)]
    [InlineData(24, GfpFlags.Atomic, false)]
    [InlineData(24, GfpFlags.MemAlloc, true)]
    [InlineData(1, GfpFlags.MemAlloc, true)]
    [InlineData(0, GfpFlags.MemAlloc, false)]
    [InlineData(64, GfpFlags.MemAlloc | GfpFlags.NoMemAlloc, false)]
    public void Is_served(int free, GfpFlags flags, bool served)
    {
        LeaveFree(free);
        Assert.Equal(served, Alloc(flags) != 0);
        Assert.Equal(served ? 0 : 1, Now.Failures);
        Assert.Equal(served || (flags & GfpFlags.NoWarn) != 0 ? 0 : 1, Now.WarnedFailures);
    }

    [Fact]
    public void A_block_must_leave_the_mark_too()
    {
        // 64 pages of 127 would leave 63 + 1: one fewer than may be left.
        LeaveFree(127);
        Assert.Equal(0, Alloc(GfpFlags.NoWait, 6));
        FreeAll();
        LeaveFree(192);
        Assert.NotEqual(0, Alloc(GfpFlags.NoWait, 6));
    }

    [Fact]
    public void Below_low_nothing_is_put_on_a_list()
    {
        LeaveFree(80);
        Alloc(GfpFlags.NoWait);
        Assert.Equal(0, Now.CpuListPages);
        Assert.Equal(79, Now.FreePages);
    }
}
