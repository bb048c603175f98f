using LockContext;
using LockContext.Runtime;

namespace Tour;

/// <summary>The last pages belong to those who can neither wait nor fail. A speculative path can fail.</summary>
unsafe class ReservesInFastPath
{
    [NoReclaim]
    void* Wrong() => PageAllocator.Shared.AllocPages(GfpFlags.Atomic, 0); // LCX1007: allocate without 'High'

    [NoReclaim]
    void* Right() => PageAllocator.Shared.AllocPages(GfpFlags.NoWait | GfpFlags.NoMemAlloc, 0);
}
