using System.Runtime.InteropServices;

namespace LockContext.Runtime;

/// <summary>The number of the last grace period that has begun, on a cache line of its own: every reader reads it, and only a grace period writes it.</summary>
internal static unsafe class GracePeriodClock
{
    /// <summary>What a reader stores into its record when it opens its outermost section: the number, with one section open. See <see cref="ReaderRecord"/> for the layout.</summary>
    internal static readonly ulong* Word = Allocate();

    private static ulong* Allocate()
    {
        var word = (ulong*)NativeMemory.AlignedAlloc(ReaderRecord.Size, ReaderRecord.Size);
        *word = ReaderRecord.OneGracePeriod | ReaderRecord.OneSection;
        return word;
    }
}
