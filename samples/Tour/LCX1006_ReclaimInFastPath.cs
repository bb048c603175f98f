using LockContext;
using LockContext.Runtime;

namespace Tour;

/// <summary>A speculative path succeeds at once or not at all: it promises by <c>[NoReclaim]</c> never to stop and look for memory.</summary>
unsafe class ReclaimInFastPath
{
    private const GfpFlags Speculative = GfpFlags.NoWait | GfpFlags.NoMemAlloc | GfpFlags.NoWarn;

    private void* _table;

    [NoReclaim]
    bool Wrong()
    {
        void* table = Allocate(GfpFlags.Kernel); // LCX1006: Allocate -> PageAllocator.AllocPages
        if (table == null)
            return false;
        _table = table;
        return true;
    }

    /// <summary>On failure the caller leaves the fast path, reclaims, and comes back.</summary>
    [NoReclaim]
    bool Right()
    {
        void* table = Allocate(Speculative);
        if (table == null)
            return false;
        _table = table;
        return true;
    }

    private static void* Allocate(GfpFlags flags) => PageAllocator.Shared.AllocPages(flags | GfpFlags.Zero, 0);
}
