using System;

namespace LockContext.Runtime;

/// <summary>Places inside the allocator's own locked regions, where a test may call it again.</summary>
internal enum HookPoint
{
    /// <summary>A zone lock is held, blocks are being taken.</summary>
    ZoneAllocate,

    /// <summary>A zone lock is held, blocks are being merged.</summary>
    ZoneFree,

    /// <summary>A thread is inside its own list, which is being filled or emptied.</summary>
    ThreadList,

    /// <summary>The raw lock of a CPU's list is held.</summary>
    CpuList,
}

/// <summary>What a test wants to have run there, or to fail. Not on the way of a list hit, and one load elsewhere.</summary>
internal sealed class AllocatorHooks
{
    internal Action<HookPoint>? Hook { get; set; }

    /// <summary>What makes allocations fail on purpose.</summary>
    internal FaultInjection? Faults { get; set; }

    [RawAtomic]
    [Trusted("nothing but a test sets a hook, and what it runs there is the matter of that test")]
    internal void Run(HookPoint point) => Hook?.Invoke(point);
}
