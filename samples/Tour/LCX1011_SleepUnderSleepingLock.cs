using System.Collections.Generic;
using System.Threading;
using LockContext.Runtime;

namespace Tour;

/// <summary>A sleeping spin lock is for short sections: its waiters spin a moment before they sleep. Long waits do not belong under it.</summary>
class SleepUnderSleepingLock
{
    private readonly SleepingLock _gate = new();
    private readonly SemaphoreSlim _filled = new(0);
    private readonly Stack<int> _items = [];

    int Wrong()
    {
        using (_gate.EnterScope())
        {
            _filled.Wait(); // LCX1011: can sleep while
            return _items.Pop();
        }
    }

    int Right()
    {
        _filled.Wait();
        using (_gate.EnterScope())
            return _items.Pop();
    }
}
