using System;
using System.Threading;
using Xunit;

namespace LockContext.Runtime.Tests;

public sealed class GfpScopeTests : PageAllocatorFixture
{
    [Fact]
    public void Each_scope_changes_its_own_bits()
    {
        const GfpFlags All = GfpFlags.Kernel | GfpFlags.Zero;
        using (GfpScope.NoReclaim()) Assert.Equal(All & ~GfpFlags.DirectReclaim, GfpScope.Apply(All));
        using (GfpScope.NoFs()) Assert.Equal(All & ~GfpFlags.Fs, GfpScope.Apply(All));
        using (GfpScope.NoIo()) Assert.Equal(All & ~(GfpFlags.Fs | GfpFlags.Io), GfpScope.Apply(All));
        using (GfpScope.MemAlloc()) Assert.Equal(All | GfpFlags.MemAlloc, GfpScope.Apply(All));
        Assert.Equal(All, GfpScope.Apply(All));
    }

    [Fact]
    public void They_nest_and_end_in_reverse_order()
    {
        using (GfpScope.NoFs())
        {
            using (GfpScope.MemAlloc())
            {
                using (GfpScope.NoReclaim()) Assert.Equal(GfpFlags.KswapdReclaim | GfpFlags.Io | GfpFlags.MemAlloc, GfpScope.Apply(GfpFlags.Kernel));
                Assert.Equal(GfpFlags.NoFs | GfpFlags.MemAlloc, GfpScope.Apply(GfpFlags.Kernel));
            }

            Assert.Equal(GfpFlags.NoFs, GfpScope.Apply(GfpFlags.Kernel));
        }

        Assert.Equal(GfpFlags.Kernel, GfpScope.Apply(GfpFlags.Kernel));
    }

    [Fact]
    public void A_second_disposal_does_nothing()
    {
        GfpScope.Scope outer = GfpScope.NoFs();
        outer.Dispose();
        GfpScope.Scope other = GfpScope.NoIo();
        outer.Dispose();
        Assert.Equal(GfpFlags.NoIo, GfpScope.Apply(GfpFlags.Kernel));
        other.Dispose();
    }

    [Fact]
    public void A_scope_is_its_threads()
    {
        using (GfpScope.NoReclaim())
        {
            GfpFlags seen = GfpFlags.None;
            var other = new Thread(() => seen = GfpScope.Apply(GfpFlags.Kernel));
            other.Start();
            other.Join();
            Assert.Equal(GfpFlags.Kernel, seen);
        }
    }

    [Fact]
    public void Without_reclaim_an_allocation_neither_reclaims_nor_gets_a_reserve()
    {
        LeaveFree(64);
        using (GfpScope.NoReclaim()) Assert.Equal(0, Alloc(GfpFlags.Kernel));
        Assert.Equal(0, Now.DirectReclaims);
        Assert.Equal(0, Alloc(GfpFlags.Kernel | GfpFlags.NoRetry));
        Assert.Equal(1, Now.DirectReclaims);
    }

    [Fact]
    public void With_all_memory_the_reserve_is_open_unless_the_allocation_says_no()
    {
        LeaveFree(10);
        using (GfpScope.MemAlloc())
        {
            Assert.NotEqual(0, Alloc(GfpFlags.NoWait));
            Assert.Equal(0, Alloc(GfpFlags.NoWait | GfpFlags.NoMemAlloc));
        }

        Assert.Equal(0, Alloc(GfpFlags.NoWait));
    }

    [Fact]
    public void What_must_not_fail_contradicts_a_scope_without_reclaim()
    {
        using (GfpScope.NoReclaim()) Assert.Throws<ArgumentException>(() => Alloc(GfpFlags.Kernel | GfpFlags.NoFail));
    }
}
