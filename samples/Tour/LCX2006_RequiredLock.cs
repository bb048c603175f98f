using System.Collections.Generic;
using LockContext;

namespace Tour;

/// <summary>What expects its caller to hold a lock says so, and whoever calls it without is told.</summary>
class RequiredLock
{
    private readonly object _gate = new();
    private readonly List<int> _items = [];

    void Wrong(int item) => AddCore(item); // LCX2006: 'AddCore' needs '_gate' held

    void Right(int item)
    {
        lock (_gate)
            AddCore(item);
    }

    [RequiresLock(nameof(_gate))]
    private void AddCore(int item) => _items.Add(item);
}
