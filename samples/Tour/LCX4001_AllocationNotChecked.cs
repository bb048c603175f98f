using LockContext.Runtime;

namespace Tour;

/// <summary>An allocation that must not wait fails when memory is short: the one case that no test on a developer's machine has seen.</summary>
unsafe class AllocationNotChecked
{
    void Wrong()
    {
        int* counter = (int*)PageAllocator.Shared.AllocPages(GfpFlags.NoWait, 0);
        *counter = 1; // LCX4001: compare it with null first
        PageAllocator.Shared.FreePages(counter, 0);
    }

    bool Right()
    {
        int* counter = (int*)PageAllocator.Shared.AllocPages(GfpFlags.NoWait, 0);
        if (counter == null)
            return false;
        *counter = 1;
        PageAllocator.Shared.FreePages(counter, 0);
        return true;
    }

    /// <summary>Through a helper it is the same.</summary>
    void WrongThroughAHelper() => Zeroed(GfpFlags.Atomic)[0] = 1; // LCX4001: 'Zeroed'

    private static int* Zeroed(GfpFlags flags) => (int*)PageAllocator.Shared.AllocPages(flags | GfpFlags.Zero, 0);
}
