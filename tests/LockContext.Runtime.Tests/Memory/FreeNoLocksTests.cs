using Xunit;

namespace LockContext.Runtime.Tests;

public sealed class FreeNoLocksTests : PageAllocatorFixture
{
    [Fact]
    public void A_page_goes_to_the_list_while_there_is_room()
    {
        nint page = Alloc(GfpFlags.Kernel);
        FreeNoLocks(page);
        Assert.Equal(0, Now.ParkedPages);
        Assert.Equal(page, Alloc(GfpFlags.NoLocks));
    }

    [Fact]
    public void What_finds_no_room_is_parked_until_the_next_ordinary_free()
    {
        nint block = Alloc(GfpFlags.Kernel, 4);
        nint page = Alloc(GfpFlags.Kernel);
        int free = Now.FreePages;
        FreeNoLocks(block, 4);
        Assert.Equal(16, Now.ParkedPages);
        Assert.Equal(free, Now.FreePages);

        Free(page);
        Assert.Equal(0, Now.ParkedPages);
        Assert.Equal(free + 16, Now.FreePages);
    }

    [Fact]
    public void An_allocation_that_needs_the_zone_finds_parked_blocks()
    {
        nint block = Alloc(GfpFlags.Kernel, 4);
        LeaveFree(64);
        FreeNoLocks(block, 4);
        Assert.NotEqual(0, Alloc(GfpFlags.NoWait));
        Assert.Equal(0, Now.ParkedPages);
    }

    [Fact]
    public void Only_no_locks_frees_park_each_block_once_and_lose_none()
    {
        for (int round = 0; round < 10; round++)
        {
            var blocks = new nint[100];
            for (int i = 0; i < blocks.Length; i++) blocks[i] = Alloc(GfpFlags.Kernel, 4);
            foreach (nint block in blocks) FreeNoLocks(block, 4);
            Assert.Equal(1600, Now.ParkedPages);
            Allocator.Drain();
            Assert.Equal(0, Now.ParkedPages);
        }
    }

    [Fact]
    public void A_full_list_is_not_overfilled()
    {
        var pages = new nint[200];
        for (int i = 0; i < pages.Length; i++) pages[i] = Alloc(GfpFlags.Kernel);
        foreach (nint page in pages) FreeNoLocks(page);
        Assert.Equal(2 * 81, Now.CpuListPages);
        Assert.True(Now.ParkedPages > 0);
    }
}
