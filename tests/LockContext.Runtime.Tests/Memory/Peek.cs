using System.Runtime.CompilerServices;

namespace LockContext.Runtime.Tests;

/// <summary>The inside of an allocator, for tests that have to hold one of its locks.</summary>
internal static class Peek
{
    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_normal")]
    internal static extern ref BuddyZone Zone(PageAllocator allocator);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_frames")]
    internal static extern ref PageFrames Frames(PageAllocator allocator);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_cpuLists")]
    internal static extern ref CpuPageLists Lists(PageAllocator allocator);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_threadLists")]
    internal static extern ref ThreadPageLists Threads(PageAllocator allocator);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_reclaim")]
    internal static extern ref PageReclaim Reclaim(PageAllocator allocator);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_gate")]
    internal static extern ref PathGate Gate(PageAllocator allocator);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_trim")]
    internal static extern ref IdleTrim IdleTrim(PageAllocator allocator);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_pressure")]
    internal static extern ref MemoryPressure Pressure(PageAllocator allocator);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_shrinkers")]
    internal static extern ref ShrinkerList Shrinkers(PageAllocator allocator);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_changing")]
    internal static extern ref object Changing(ShrinkerList list);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_lock")]
    internal static extern ref RawSpinLock Lock(CpuPageList list);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_slots")]
    internal static extern ref SlabSlots Slots(SlabCache cache);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_barn")]
    internal static extern ref Barn Barn(SlabCache cache);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_lock")]
    internal static extern ref SleepingLock Lock(SlabCache cache);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_lock")]
    internal static extern ref RawSpinLock Lock(ref Barn barn);
}
