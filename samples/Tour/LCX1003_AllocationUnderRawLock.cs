using LockContext.Runtime;

namespace Tour;

/// <summary>
/// A page allocator hands out pages from a list per processor without a lock. When that list is empty it has to take a lock, and may have to reclaim memory:
/// unless the caller says that it would rather have nothing.
/// </summary>
unsafe class AllocationUnderRawLock
{
    private RawSpinLock _gate;
    private void* _block;
    private nint _linked;

    void Wrong(nint pointer)
    {
        _gate.Enter();
        void* block = PageAllocator.Shared.AllocPages(GfpFlags.NoWait, 0); // LCX1003: AllocPages
        if (block != null)
            _block = block;
        else
            _linked = pointer;
        _gate.Exit();
    }

    void Right(nint pointer)
    {
        _gate.Enter();
        void* block = PageAllocator.Shared.AllocPages(GfpFlags.NoLocks, 0);
        if (block != null)
            _block = block;
        else
            _linked = pointer;
        _gate.Exit();
    }

    /// <summary>What counts is the value of the flags when they arrive.</summary>
    void WrongThroughAHelper()
    {
        using (_gate.EnterScope())
            _block = Refill(GfpFlags.Kernel); // LCX1003: Refill -> PageAllocator.AllocPages
    }

    void RightThroughAHelper()
    {
        using (_gate.EnterScope())
            _block = Refill(GfpFlags.NoLocks);
    }

    private static void* Refill(GfpFlags flags) => PageAllocator.Shared.AllocPages(flags | GfpFlags.Zero, 0);
}
