using System;

namespace LockContext.Runtime;

/// <summary>
/// What an allocation may do to succeed. The names and numeric values are those of Linux 5.9 with the <c>__GFP_NO_LOCKS</c> patch of August 2020
/// (<c>include/linux/gfp.h</c>), so that a mask in a kernel trace and one in ours read the same.
/// </summary>
/// <remarks>
/// <para>
/// Two thresholds matter to the context an allocation is made in. <see cref="NoLocks"/> is legal everywhere. Everything else takes the zone lock, a
/// <see cref="SleepingLock"/>, and is wrong under a raw spin lock, <see cref="Atomic"/> and <see cref="NoWait"/> included. With <see cref="DirectReclaim"/> the
/// allocation may also sleep for as long as it takes.
/// </para>
/// <para>Flags without an effect in today's <see cref="PageAllocator"/> say so; they are accepted, so that a mask can be passed on.</para>
/// </remarks>
[Flags]
[AllocationFlags]
#pragma warning disable CA1711 // "Flags" at the end of the name: these are "the GFP flags" in every kernel text
public enum GfpFlags : uint
#pragma warning restore CA1711
{
    /// <summary>No bit: takes the zone lock, neither reclaims nor wakes anybody, and leaves the reserves alone.</summary>
    None = 0,

    /// <summary>The owner can move the contents. Served from page blocks of its own, against fragmentation. Excludes <see cref="Reclaimable"/>.</summary>
    [AllocationFlag(AllocationBehavior.Movable)]
    Movable = 0x08,

    /// <summary>The owner can give the memory back when asked. Served from page blocks of its own, against fragmentation. Excludes <see cref="Movable"/>.</summary>
    [AllocationFlag(AllocationBehavior.Reclaimable)]
    Reclaimable = 0x10,

    /// <summary>
    /// Needed for others to make progress: may take half of the pages below the min mark, and 62.5 % if it neither reclaims directly nor names
    /// <see cref="NoMemAlloc"/>. <see cref="NoMemAlloc"/> does not cancel it.
    /// </summary>
    [AllocationFlag(AllocationBehavior.Reserve)]
    High = 0x20,

    /// <summary>Reclaim may start input and output: handed on to shrinkers, see <see cref="ReclaimControl.Flags"/>.</summary>
    [AllocationFlag(AllocationBehavior.None)]
    Io = 0x40,

    /// <summary>Reclaim may call into a file system: handed on to shrinkers, see <see cref="ReclaimControl.Flags"/>.</summary>
    [AllocationFlag(AllocationBehavior.None)]
    Fs = 0x80,

    /// <summary>The memory is zeroed. Without it, its contents are undefined.</summary>
    [AllocationFlag(AllocationBehavior.None)]
    Zero = 0x100,

    // 0x200 was __GFP_ATOMIC: gone from Linux, never here.

    /// <summary>May reclaim memory in the calling thread, and sleep.</summary>
    [AllocationFlag(AllocationBehavior.DirectReclaim)]
    DirectReclaim = 0x400,

    /// <summary>Wakes the background reclaimer when free memory is below the low mark. Does not wait for it.</summary>
    [AllocationFlag(AllocationBehavior.BackgroundReclaim)]
    KswapdReclaim = 0x800,

    /// <summary><see cref="DirectReclaim"/> and <see cref="KswapdReclaim"/>.</summary>
    Reclaim = DirectReclaim | KswapdReclaim,

    /// <summary>The memory is going to be written to. No effect yet.</summary>
    [AllocationFlag(AllocationBehavior.None)]
    Write = 0x1000,

    /// <summary>The caller has a good way to go on without the memory: failure is counted, but not among <see cref="PageAllocatorStatistics.WarnedFailures"/>.</summary>
    [AllocationFlag(AllocationBehavior.NoWarn)]
    NoWarn = 0x2000,

    /// <summary>Goes on reclaiming for as long as the allocator's patience lasts, even for large orders, but may fail. Excludes <see cref="NoFail"/>.</summary>
    [AllocationFlag(AllocationBehavior.MayFail)]
    RetryMayFail = 0x4000,

    /// <summary>Never returns <see langword="null"/>: waits for ever. Needs <see cref="DirectReclaim"/> and an order of at most 1.</summary>
    [AllocationFlag(AllocationBehavior.NoFail)]
    NoFail = 0x8000,

    /// <summary>Reclaims once, does not wait for others to free something, and fails. Excludes <see cref="NoFail"/>.</summary>
    [AllocationFlag(AllocationBehavior.MayFail)]
    NoRetry = 0x10000,

    /// <summary>May take everything, the emergency reserve included: for code that is about to free more than it takes. Cancelled by <see cref="NoMemAlloc"/>.</summary>
    [AllocationFlag(AllocationBehavior.AllReserves)]
    MemAlloc = 0x20000,

    /// <summary>The pages of a block belong together. No effect yet: every block of an order above 0 is allocated and freed as one.</summary>
    [AllocationFlag(AllocationBehavior.None)]
    Comp = 0x40000,

    /// <summary>Leaves the emergency reserve alone, and cancels <see cref="MemAlloc"/>.</summary>
    [AllocationFlag(AllocationBehavior.NoReserves)]
    NoMemAlloc = 0x80000,

    /// <summary>Keeps to the CPU set's memory. No effect: there is one zone.</summary>
    [AllocationFlag(AllocationBehavior.None)]
    HardWall = 0x100000,

    /// <summary>Keeps to this NUMA node. No effect: there is one node.</summary>
    [AllocationFlag(AllocationBehavior.None)]
    ThisNode = 0x200000,

    /// <summary>The memory is charged to the thread's <see cref="MemoryGroup"/>, if it is in one.</summary>
    [AllocationFlag(AllocationBehavior.None)]
    Account = 0x400000,

    /// <summary>
    /// Takes no lock that can sleep: a page from the per-CPU lists or <see langword="null"/>. No refill, no reclaim, no wake-up, no growth of the zone; also
    /// <see langword="null"/> for an order above 0, and while free memory is below the low mark. Legal in every context; cancels every other flag but <see cref="Zero"/>, <see cref="Account"/> and the type.
    /// </summary>
    /// <remarks>
    /// <see langword="null"/> means that there is no memory, not that one should try again: nothing refills the lists until somebody allocates or frees without this flag.
    /// The name alone is enough (<c>AllocPages(GfpFlags.NoLocks, 0)</c>); reclaim bits next to it contradict it.
    /// </remarks>
    [AllocationFlag(AllocationBehavior.NoLocks)]
    NoLocks = 0x800000,

    /// <summary>The run-time validator does not record this allocation's reclaim context. No effect yet.</summary>
    [AllocationFlag(AllocationBehavior.None)]
    NoLockdep = 0x1000000,

    /// <summary>The ordinary allocation of code that may sleep.</summary>
    Kernel = Reclaim | Io | Fs,

    /// <summary>Does not sleep, wakes the background reclaimer, and expects failure. Takes the zone lock. No reserves: not waiting is no reason to get them.</summary>
    NoWait = KswapdReclaim | NoWarn,

    /// <summary>Does not sleep and may take part of the reserve. Takes the zone lock, so it is wrong under a raw spin lock.</summary>
    Atomic = High | KswapdReclaim,

    /// <summary>May reclaim, but not through a file system.</summary>
    NoFs = Reclaim | Io,

    /// <summary>May reclaim, but without input and output.</summary>
    NoIo = Reclaim,
}
