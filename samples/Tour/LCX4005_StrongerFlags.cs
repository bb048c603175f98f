using LockContext.Runtime;

namespace Tour;

/// <summary>A parameter for flags is a promise to whoever must not wait. A suggestion: the build does not print it, editors do.</summary>
unsafe class StrongerFlags
{
    void* Wrong(GfpFlags flags) => PageAllocator.Shared.AllocPages(GfpFlags.Kernel, 0);

    void* Right(GfpFlags flags) => PageAllocator.Shared.AllocPages(flags | GfpFlags.Zero, 0);
}
