using LockContext.Runtime;

namespace Tour;

/// <summary>The list of a processor holds single pages. Whoever takes no lock cannot get more than one.</summary>
unsafe class NoLocksForSeveralPages
{
    void* Wrong() => PageAllocator.Shared.AllocPages(GfpFlags.NoLocks, 2); // LCX4002: always returns null

    void* Right() => PageAllocator.Shared.AllocPages(GfpFlags.NoLocks, 0);
}
