using Xunit;

namespace LockContext.Runtime.Tests;

public sealed class WatermarkTests
{
    /// <summary>min, for 16 MiB, 1 GiB and 16 GiB, as in Linux: 512 KiB, 4 MiB, 16 MiB.</summary>
    [Theory]
    [InlineData(16, 512)]
    [InlineData(1024, 4096)]
    [InlineData(16 * 1024, 16384)]
    [InlineData(1, 128)]
    public void Min_is_that_of_linux(int megabytes, int kilobytes)
        => Assert.Equal(kilobytes, new Watermarks(megabytes * 256, null).Min * 4);

    [Fact]
    public void Low_and_high_are_steps_above()
    {
        var small = new Watermarks(2048, 64);
        Assert.Equal((64, 80, 96), (small.Min, small.Low, small.High));

        // 0.1 % of the memory is more than a quarter of min.
        var flat = new Watermarks(100_000, 100);
        Assert.Equal((100, 200, 300), (flat.Min, flat.Low, flat.High));
    }

    [Theory]
    [InlineData(GfpFlags.Kernel, 64)]
    [InlineData(GfpFlags.NoWait, 64)]
    [InlineData(GfpFlags.High | GfpFlags.DirectReclaim, 32)]
    [InlineData(GfpFlags.Atomic | GfpFlags.NoMemAlloc, 32)]
    [InlineData(GfpFlags.Atomic, 24)]
    [InlineData(GfpFlags.MemAlloc, -1)]
    [InlineData(GfpFlags.MemAlloc | GfpFlags.NoMemAlloc, 64)]
    [InlineData(GfpFlags.MemAlloc | GfpFlags.NoMemAlloc | GfpFlags.High, 32)]
    public void Reserves_are_opened_by_flags(GfpFlags flags, int untouched)
        => Assert.Equal(untouched, new Watermarks(2048, 64).ReserveFor(flags));

    [Theory]
    [InlineData(128, 7)]
    [InlineData(256, 15)]
    [InlineData(512, 31)]
    [InlineData(1024, 63)]
    [InlineData(4096, 63)]
    [InlineData(1, 1)]
    public void Batch_is_that_of_linux(int megabytes, int batch)
        => Assert.Equal(batch, new PageAllocatorOptions { Pages = megabytes * 256 }.EffectiveBatch);

    [Fact]
    public void Batch_and_high_are_separate_knobs()
    {
        var options = new PageAllocatorOptions { Pages = 65_536 };
        var marks = new Watermarks(options.Pages, null);
        Assert.Equal(marks.Low / 2, options.EffectiveHigh(marks, 2));
        Assert.Equal(65_536 / 8 / 2, (options with { CpuListHighFraction = 8 }).EffectiveHigh(marks, 2));
        Assert.Equal(15, (options with { CpuListHighFraction = 8 }).EffectiveBatch);
        Assert.Equal(4000, (options with { CpuListBatch = 1000 }).EffectiveHigh(marks, 2));

        // A thread's list may come to hold more, unless the fraction is set; never more than it has room for.
        Assert.Equal(512, options.EffectiveHighest(marks, 2));
        Assert.Equal(65_536 / 400 / 2, (options with { CpuListHighFraction = 400 }).EffectiveHighest(marks, 2));
    }
}
