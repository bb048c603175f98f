using LockContext.Runtime;

namespace Tour;

/// <summary>Flags are added with a bar, which makes it easy to ask for two things of which only one can be had.</summary>
unsafe class ContradictoryFlags
{
    void* Wrong() => PageAllocator.Shared.AllocPages(GfpFlags.Kernel | GfpFlags.NoLocks, 0); // LCX4003: 'DirectReclaim' has no effect

    void* Right() => PageAllocator.Shared.AllocPages(GfpFlags.NoLocks | GfpFlags.Zero, 0);

    void* WrongAsWell() => PageAllocator.Shared.AllocPages(GfpFlags.NoWait | GfpFlags.NoFail, 0); // LCX4003: which needs 'DirectReclaim'

    void* RightAsWell() => PageAllocator.Shared.AllocPages(GfpFlags.Kernel | GfpFlags.NoFail, 0);
}
