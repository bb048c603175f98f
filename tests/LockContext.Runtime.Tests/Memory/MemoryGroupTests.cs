using System;
using System.Threading;
using Xunit;

namespace LockContext.Runtime.Tests;

public sealed unsafe class MemoryGroupTests : PageAllocatorFixture
{
    private readonly MemoryGroup _group = new("group");

    [Theory]
    [InlineData(GfpFlags.Kernel, 0)]
    [InlineData(GfpFlags.NoWait, 2)]
    [InlineData(GfpFlags.NoWait, 5)]
    [InlineData(GfpFlags.NoLocks, 0)]
    public void A_block_is_charged_until_anybody_frees_it(GfpFlags flags, int order)
    {
        Free(Alloc(GfpFlags.Kernel));
        nint block, other;
        using (_group.Enter())
        {
            block = Alloc(flags | GfpFlags.Account, order);
            other = Alloc(flags | GfpFlags.Account, order);
            Alloc(GfpFlags.Kernel);
        }

        Assert.NotEqual(0, other);
        Assert.Equal((2 << order, 2 << order), (_group.ChargedPages, Now.ChargedPages));
        var freer = new Thread(() => Free(block, order));
        freer.Start();
        freer.Join();
        Assert.Equal(1 << order, _group.ChargedPages);
        FreeNoLocks(other, order);
        Assert.Equal((0, 0, 2 << order), (_group.ChargedPages, Now.ChargedPages, _group.PeakPages));
    }

    [Fact]
    public void Nothing_is_charged_outside_of_a_group()
    {
        Assert.NotEqual(0, Alloc(GfpFlags.Kernel | GfpFlags.Account));
        Assert.Equal(0, Now.ChargedPages);
    }

    [Fact]
    public void Groups_nest_and_the_innermost_pays()
    {
        using var inner = new MemoryGroup("inner");
        using (_group.Enter())
        {
            using (inner.Enter()) Alloc(GfpFlags.Kernel | GfpFlags.Account);
            Assert.Same(_group, MemoryGroup.Current);
            Alloc(GfpFlags.Kernel | GfpFlags.Account, 1);
        }

        Assert.Null(MemoryGroup.Current);
        Assert.Equal((2, 1), (_group.ChargedPages, inner.ChargedPages));
    }

    [Theory]
    [InlineData(GfpFlags.NoWait, false)]
    [InlineData(GfpFlags.NoLocks, false)]
    [InlineData(GfpFlags.Kernel, false)]
    [InlineData(GfpFlags.Atomic, true)]
    [InlineData(GfpFlags.MemAlloc, true)]
    [InlineData(GfpFlags.MemAlloc | GfpFlags.NoMemAlloc, false)]
    [InlineData(GfpFlags.Kernel | GfpFlags.NoFail, true)]
    public void At_the_limit(GfpFlags flags, bool served)
    {
        Free(Alloc(GfpFlags.Kernel));
        _group.LimitPages = 4;
        using (_group.Enter())
        {
            for (int i = 0; i < 4; i++) Assert.NotEqual(0, Alloc(GfpFlags.Kernel | GfpFlags.Account));
            Assert.Equal(served, Alloc(flags | GfpFlags.Account) != 0);
        }

        Assert.Equal(served ? 5 : 4, _group.ChargedPages);
        Assert.Equal(served ? (0L, 0L) : (1, 1), (_group.LimitFailures, Now.LimitFailures));

        // The memory itself was not short.
        Assert.NotEqual(0, Alloc(GfpFlags.NoWait));
    }

    [Fact]
    public void At_the_limit_shrinkers_are_asked_on_behalf_of_the_group()
    {
        var cache = new PageCache(Allocator) { Agrees = control => control.Group == _group };
        Allocator.Register(cache);
        _group.LimitPages = 40;
        using (_group.Enter())
        {
            cache.Fill(GfpFlags.NoWait | GfpFlags.Account);
            Assert.Equal(40, cache.Held);
            Assert.NotEqual(0, Alloc(GfpFlags.Kernel | GfpFlags.Account));
            Assert.True(cache.Held < 40);
        }

        Assert.True(_group.ReclaimedPages > 0);
        Assert.Equal(0, Now.DirectReclaims);
        cache.Empty();
    }

    [Fact]
    public void A_failed_allocation_is_not_charged()
    {
        LeaveFree(64);
        using (_group.Enter())
        {
            Assert.Equal(0, Alloc(GfpFlags.NoWait | GfpFlags.Account));
            Assert.Equal(0, Alloc(GfpFlags.NoLocks | GfpFlags.Account));
        }

        Assert.Equal(0, _group.ChargedPages);
    }

    /// <summary>Rows 75 to 80: whoever never reclaims lives on the work of others, up to his budget; then he works himself.</summary>
    [Fact]
    public void Free_riding_ends_with_the_budget_and_is_paid_back_by_reclaiming()
    {
        var cache = new PageCache(Allocator);
        Allocator.Register(cache);
        cache.Fill(most: 1000);
        LeaveFree(Now.LowMark);
        _group.NonBlockingBudget = 5;
        using (_group.Enter())
        {
            for (int i = 0; i < 5; i++) Assert.NotEqual(0, Alloc(GfpFlags.NoWait));
            Assert.Equal((5, 5), (_group.Debt, _group.FreeRides));
            Assert.Equal(0, Alloc(GfpFlags.NoWait));
            Assert.Equal(1, _group.BudgetFailures);
        }

        // Others are not concerned.
        Assert.NotEqual(0, Alloc(GfpFlags.NoWait));
        using (_group.Enter())
        {
            Allocator.Reclaim(GfpFlags.Kernel);
            Assert.Equal(0, _group.Debt);
            LeaveFree(Now.LowMark);
            Assert.NotEqual(0, Alloc(GfpFlags.NoWait));
        }

        cache.Empty();
    }

    /// <summary>Row 77: each owner has a budget of his own, and the allocator's own users, who are few and free more than they take, are in a group without one. Neither can use up what is another's.</summary>
    [Fact]
    public void Each_owner_has_a_budget_and_an_internal_one_is_exempt()
    {
        using var internals = new MemoryGroup("internal");
        using var careless = new MemoryGroup("careless") { NonBlockingBudget = 3 };
        _group.NonBlockingBudget = 8;
        LeaveFree(Now.LowMark);
        using (careless.Enter())
        {
            for (int i = 0; i < 3; i++) Assert.NotEqual(0, Alloc(GfpFlags.NoWait));
            for (int i = 0; i < 100; i++) Assert.Equal(0, Alloc(GfpFlags.NoWait));

            // On behalf of the careless one, but by the library: a block for objects that are to be freed, for example.
            using (internals.Enter()) Assert.NotEqual(0, Alloc(GfpFlags.NoWait));
            Assert.Equal(0, Alloc(GfpFlags.NoWait));
        }

        using (_group.Enter())
        {
            for (int i = 0; i < 5; i++) Assert.NotEqual(0, Alloc(GfpFlags.NoWait));
        }

        Assert.Equal((3, 100 + 1), (careless.Debt, careless.BudgetFailures));
        Assert.Equal((1, 0, MemoryGroup.Unlimited), (internals.Debt, internals.BudgetFailures, internals.NonBlockingBudget));
        Assert.Equal((5, 0), (_group.Debt, _group.BudgetFailures));
    }

    [Fact]
    public void The_work_is_on_the_requesters_account()
    {
        using var idle = new MemoryGroup("idle");
        var cache = new PageCache(Allocator);
        Allocator.Register(cache);
        cache.Fill();
        using (_group.Enter()) Assert.NotEqual(0, Alloc(GfpFlags.Kernel));
        Assert.Equal(1, _group.DirectReclaims);
        Assert.Equal(Now.ShrunkPages, _group.ReclaimedPages);
        Assert.True(_group.ReclaimTime > TimeSpan.Zero);
        Assert.Equal((0, 0), (idle.DirectReclaims, idle.ReclaimedPages));
        cache.Empty();
    }

    [Fact]
    public void A_disposed_group_takes_nothing_new_and_forgets_nothing_old()
    {
        var short_lived = new MemoryGroup("short");
        nint page;
        using (short_lived.Enter())
        {
            page = Alloc(GfpFlags.Kernel | GfpFlags.Account);
            short_lived.Dispose();
            Assert.Equal(0, Alloc(GfpFlags.NoWait | GfpFlags.Account));
        }

        using var next = new MemoryGroup("next");
        Free(page);
        Assert.Equal((0, 0), (short_lived.ChargedPages, next.ChargedPages));
    }

    [Fact]
    public void Misuse()
    {
        Assert.Throws<ArgumentNullException>(() => new MemoryGroup(null!));
        Assert.Throws<ArgumentOutOfRangeException>(() => _group.LimitPages = -1);
        Assert.Throws<ArgumentOutOfRangeException>(() => _group.NonBlockingBudget = -1);
    }
}
