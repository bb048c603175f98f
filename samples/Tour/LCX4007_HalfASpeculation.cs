using LockContext;
using LockContext.Runtime;

namespace Tour;

/// <summary>A speculative allocation says three things: wake the reclaimer, leave the reserves alone whatever my caller has opened, and do not log a failure.</summary>
unsafe class HalfASpeculation
{
    [NoReclaim]
    void* Wrong() => PageAllocator.Shared.AllocPages(GfpFlags.NoWait, 0); // LCX4007: without 'NoMemAlloc'

    [NoReclaim]
    void* Right() => PageAllocator.Shared.AllocPages(GfpFlags.NoWait | GfpFlags.NoMemAlloc | GfpFlags.NoWarn, 0);
}
