using System.Threading;
using Xunit;

namespace LockContext.Runtime.Tests;

/// <summary>The mode that Linux ended with: lists first, then one try for the zone lock.</summary>
public sealed unsafe class NoLocksModeTests() : PageAllocatorFixture(Small with { NoLocksMode = NoLocksMode.TryZoneLock })
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    public void Empty_lists_are_no_reason_to_fail(int order)
    {
        Assert.NotEqual(0, Alloc(GfpFlags.NoLocks, order));
        Assert.Equal(0, Now.Refills);
        Assert.Equal(1, Now.Allocations);
    }

    [Fact]
    public void Orders_that_no_list_has_are_refused() => Assert.Equal(0, Alloc(GfpFlags.NoLocks, 4));

    [Fact]
    public void Below_low_it_is_null_all_the_same()
    {
        LeaveFree(Now.LowMark);
        Assert.Equal(0, Alloc(GfpFlags.NoLocks));
    }

    [Fact]
    public void A_zone_in_use_is_not_waited_for()
    {
        nint block = Alloc(GfpFlags.Kernel, 5);
        ZoneLock zone = Peek.Zone(Allocator).Lock;
        zone.Enter();
        try
        {
            var worker = new Thread(() =>
            {
                Assert.Equal(0, Alloc(GfpFlags.NoLocks));
                FreeNoLocks(block, 5);
            });
            worker.Start();
            Assert.True(worker.Join(5000));
        }
        finally
        {
            zone.Exit();
        }

        Assert.Equal(32, Now.ParkedPages);
        Assert.NotEqual(0, Alloc(GfpFlags.NoLocks));
    }

    [Fact]
    public void A_free_takes_the_zone_if_it_can()
    {
        nint block = Alloc(GfpFlags.Kernel, 5);
        FreeNoLocks(block, 5);
        Assert.Equal(0, Now.ParkedPages);
        Assert.Equal(2048, Now.FreePages);
    }
}
