using System;

namespace LockContext.Runtime;

/// <summary>The marks that free memory is measured against, in pages. Below low the background reclaimer is woken; below min only reserves are left.</summary>
/// <remarks>
/// Sizes as in Linux: min is the square root of 16 times the memory in KiB, between 128 KiB and 256 MiB; low and high lie one and two steps above it, a step
/// being a quarter of min or 0.1 % of the memory, whichever is more.
/// </remarks>
internal readonly struct Watermarks
{
    /// <summary>The distance of the marks in ten-thousandths of the memory, unless it is set.</summary>
    internal const int DefaultScaleFactor = 10;

    internal Watermarks(int pages, int? min, int scaleFactor = DefaultScaleFactor)
    {
        Min = min ?? DefaultMin(pages);
        int step = Math.Max(Min / 4, (int)((long)pages * scaleFactor / 10_000));
        Low = Min + step;
        High = Min + 2 * step;
    }

    internal int Min { get; }

    internal int Low { get; }

    internal int High { get; }

    /// <summary>The number of free pages that an allocation with these flags must leave untouched.</summary>
    internal int ReserveFor(GfpFlags flags)
    {
        // No mark at all, not even zero: free pages are compared with "greater than".
        if ((flags & (GfpFlags.MemAlloc | GfpFlags.NoMemAlloc)) == GfpFlags.MemAlloc) return -1;

        int mark = Min;
        if ((flags & GfpFlags.High) != 0)
        {
            mark -= mark / 2;
            if ((flags & (GfpFlags.DirectReclaim | GfpFlags.NoMemAlloc)) == 0) mark -= mark / 4;
        }

        return mark;
    }

    private static int DefaultMin(int pages)
    {
        const int PageKilobytes = PageAllocator.PageSize / 1024;
        double kilobytes = Math.Sqrt((double)pages * PageKilobytes * 16);
        return (int)Math.Clamp(kilobytes, 128, 262_144) / PageKilobytes;
    }
}
