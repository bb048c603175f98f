using LockContext;
using LockContext.Runtime;

namespace Tour;

/// <summary>Flags for the worst case, where the worst case never comes, only fail more often. A suggestion: the build does not print it, editors do.</summary>
unsafe class NeedlessNoLocks
{
    private void* _spare;

    [Sleepable]
    public void Prepare()
    {
        Wrong();
        Right();
    }

    private void Wrong() => _spare = PageAllocator.Shared.AllocPages(GfpFlags.NoLocks, 0);

    private void Right() => _spare = PageAllocator.Shared.AllocPages(GfpFlags.Kernel, 0);
}
