using System;
using System.IO;
using System.Runtime.InteropServices;
using System.Threading;
using Xunit;

namespace LockContext.Runtime.Tests;

public sealed unsafe class TrimTests
{
    private const int Pages = 32 * 256;

    [Fact]
    public void Free_memory_goes_back_to_the_system_and_comes_back_as_zeros()
    {
        using var allocator = new PageAllocator(new PageAllocatorOptions { Pages = Pages, BackgroundReclaim = false });
        void* kept = allocator.AllocPages(GfpFlags.Kernel, 3);
        NativeMemory.Fill(kept, 8 * PageAllocator.PageSize, 0x77);
        Use(allocator);
        int resident = Resident(allocator);
        Assert.True(resident > Pages * 9 / 10, $"{resident} pages resident");

        int returned = allocator.Trim();
        Assert.True(returned > Pages * 9 / 10, $"{returned} pages returned");
        Assert.Equal(returned, allocator.GetStatistics().ReturnedPages);
        Assert.InRange(Resident(allocator), 0, Pages / 10);
        Assert.Equal(0, allocator.Trim());

        foreach (byte value in new ReadOnlySpan<byte>(kept, 8 * PageAllocator.PageSize)) Assert.Equal(0x77, value);
        allocator.FreePages(kept, 3);
        Use(allocator);
    }

    [Fact]
    public void It_goes_back_by_itself_when_it_has_been_quiet()
    {
        using var allocator = new PageAllocator(new PageAllocatorOptions { Pages = Pages, IdleTrimDelay = 20 });
        var worker = new Thread(() => Use(allocator));
        worker.Start();
        worker.Join();
        Assert.True(SpinWait.SpinUntil(() => allocator.GetStatistics() is { CpuListPages: 0 } now && now.ReturnedPages > Pages * 9 / 10, 20_000), allocator.GetStatistics().ToString());
        Assert.InRange(Resident(allocator), 0, Pages / 10);
    }

    [Fact]
    public void A_lower_limit_takes_page_blocks_out_and_a_higher_one_lets_them_back()
    {
        using var allocator = new PageAllocator(new PageAllocatorOptions { Pages = Pages, BackgroundReclaim = false });
        BuddyZone zone = Peek.Zone(allocator);
        zone.Limit = Pages / 2;
        allocator.Trim();
        Assert.Equal(Pages / 2, allocator.GetStatistics().PresentPages);
        int got = 0;
        while (allocator.AllocPages(GfpFlags.MemAlloc, PageAllocator.MaxOrder) != null) got++;
        Assert.Equal(Pages / 2 / 1024, got);
        zone.Limit = Pages;
        while (allocator.AllocPages(GfpFlags.MemAlloc, PageAllocator.MaxOrder) != null) got++;
        Assert.Equal(Pages / 1024, got);
    }

    private static void Use(PageAllocator allocator)
    {
        var blocks = new nint[Pages];
        int count = 0;
        while ((nint)allocator.AllocPages(GfpFlags.NoWait, count % 5) is var block and not 0)
        {
            NativeMemory.Fill((void*)block, (nuint)PageAllocator.PageSize << (count % 5), 0xFF);
            blocks[count++] = block;
        }

        for (int i = 0; i < count; i++) allocator.FreePages((void*)blocks[i], i % 5);
    }

    // Pages of the allocator's memory that the system has provided: the kernel's own account of the mappings.
    private static int Resident(PageAllocator allocator)
    {
        if (!OperatingSystem.IsLinux()) return allocator.GetStatistics().ReturnedPages > 0 ? 0 : Pages;
        PageFrames frames = Peek.Frames(allocator);
        ulong start = (ulong)frames.AddressOf(0), end = (ulong)frames.AddressOf(frames.Count);
        int pages = 0;
        bool ours = false;
        foreach (string line in File.ReadLines("/proc/self/smaps"))
        {
            if (line.IndexOf('-', StringComparison.Ordinal) is var dash and > 0 && ulong.TryParse(line.AsSpan(0, dash), System.Globalization.NumberStyles.HexNumber, null, out ulong at)) ours = at >= start && at < end;
            else if (ours && line.StartsWith("Rss:", StringComparison.Ordinal)) pages += int.Parse(line.AsSpan(4).Trim().TrimEnd("kB").Trim(), null) / 4;
        }

        return pages;
    }
}
