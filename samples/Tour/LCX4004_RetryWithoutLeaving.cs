using LockContext.Runtime;

namespace Tour;

/// <summary>Who retries under a lock waits for memory that others could free if they got the lock.</summary>
unsafe class RetryWithoutLeaving
{
    private readonly SleepingLock _gate = new();

    private void* _spare;

    void Wrong()
    {
        using (_gate.EnterScope())
        {
            while (_spare == null)
                _spare = PageAllocator.Shared.AllocPages(GfpFlags.NoWait, 0); // LCX4004: retried until it succeeds
        }
    }

    /// <summary>Failure is the caller's to deal with, who holds nothing and can make room.</summary>
    bool Right()
    {
        using (_gate.EnterScope())
        {
            _spare = PageAllocator.Shared.AllocPages(GfpFlags.NoWait, 0);
            return _spare != null;
        }
    }

    /// <summary>Or the lock is released before the next attempt, which may wait for memory.</summary>
    void RightToo()
    {
        void* page = null;
        while (true)
        {
            using (_gate.EnterScope())
            {
                page = page == null ? PageAllocator.Shared.AllocPages(GfpFlags.NoWait, 0) : page;
                if (page != null)
                {
                    _spare = page;
                    return;
                }
            }

            page = PageAllocator.Shared.AllocPages(GfpFlags.Kernel, 0);
        }
    }
}
