using System;
using System.Diagnostics.CodeAnalysis;

namespace LockContext.Runtime;

/// <summary>What misusing a page allocator throws. All of it off the fast path.</summary>
internal static class PageMisuse
{
    internal static void ThrowIfContradictory(GfpFlags flags, GfpFlags unknown, int order)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(order);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(order, PageAllocator.MaxOrder);

        if ((flags & unknown) != 0)
            Throw(flags, "has bits that mean nothing");
        if ((flags & (GfpFlags.Movable | GfpFlags.Reclaimable)) == (GfpFlags.Movable | GfpFlags.Reclaimable))
            Throw(flags, "says that the memory is movable and that it is reclaimable: it is one or the other");

        if ((flags & GfpFlags.NoFail) == 0) return;
        if ((flags & GfpFlags.DirectReclaim) == 0)
            Throw(flags, "must not fail, but may not wait either: add DirectReclaim or remove NoFail");
        if ((flags & (GfpFlags.NoRetry | GfpFlags.RetryMayFail)) != 0)
            Throw(flags, "must not fail and may fail: remove NoFail, NoRetry or RetryMayFail");
        if (order > 1)
            Throw(flags, "must not fail, which only orders 0 and 1 can promise");
    }

    [DoesNotReturn]
    internal static void ThrowForeign(nuint page, bool inside)
        => throw new ArgumentException(inside ? $"0x{page:x} lies inside a page of this allocator; a page starts at a multiple of {PageAllocator.PageSize}." : $"0x{page:x} is not a page of this allocator.", nameof(page));

    [DoesNotReturn]
    internal static void ThrowNotAllocated(nuint page, int state, int order)
    {
        // The state may have changed since the free was refused; then the general message is the right one.
        int actual = state & PageFrame.OrderMask;
        if (PageFrame.StateOf(state) == PageState.Allocated && actual != order)
            throw new ArgumentException($"The block at 0x{page:x} was allocated with order {actual} and is freed with order {order}.", nameof(order));

        throw new InvalidOperationException($"The block at 0x{page:x} is not allocated: it was freed before, or the address lies inside a larger block.");
    }

    [DoesNotReturn]
    private static void Throw(GfpFlags flags, string why)
        => throw new ArgumentException($"{flags.ToTraceString()} {why}.", nameof(flags));
}
