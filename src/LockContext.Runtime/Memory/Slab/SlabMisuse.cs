using System;
using System.Diagnostics.CodeAnalysis;

namespace LockContext.Runtime;

/// <summary>What misusing slabs throws. All of it off the fast path.</summary>
internal static class SlabMisuse
{
    [DoesNotReturn]
    internal static void ThrowForeign(nuint item, string? owner)
        => throw new ArgumentException(owner is null ? $"0x{item:x} is not memory of this allocator." : $"0x{item:x} is not an object of the cache '{owner}'.", nameof(item));

    [DoesNotReturn]
    internal static void ThrowInside(nuint item)
        => throw new ArgumentException($"0x{item:x} lies inside of memory of this allocator, but nothing that was allocated starts there.", nameof(item));

    [DoesNotReturn]
    internal static void ThrowNotAllocated(nuint item, string history)
        => throw new InvalidOperationException($"0x{item:x} is not allocated: it was freed before.{history}");

    [DoesNotReturn]
    internal static void ThrowInsideConstructor(string cache)
        => throw new InvalidOperationException($"The constructor of the cache '{cache}' allocates from that cache, or disposes it. Making its objects takes the constructor, and so on without end.");

    internal static void ThrowIfUnfit(GfpFlags flags, int leastOrder, bool hasConstructor)
    {
        if ((flags & GfpFlags.NoFail) != 0 && leastOrder > 1)
            throw new ArgumentException("Objects of this size need blocks of an order that nobody can promise never to fail: remove NoFail.", nameof(flags));
        if ((flags & GfpFlags.Zero) != 0 && hasConstructor)
            throw new ArgumentException("The cache has a constructor, whose work zeroing would undo: remove Zero.", nameof(flags));
    }
}
