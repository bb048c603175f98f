using System.Collections.Generic;
using LockContext.Runtime;

namespace Tour;

/// <summary>One way out forgets the lock, and the next one to come waits for ever.</summary>
class StillHeld
{
    private readonly Dictionary<int, int> _table = [];
    private RawSpinLock _gate;

    int Wrong(int key)
    {
        _gate.Enter(); // LCX2001: still held when the method is left at line 16
        if (!_table.Remove(key, out int value))
            return -1;

        _gate.Exit();
        return value;
    }

    int Right(int key)
    {
        using (_gate.EnterScope())
            return _table.Remove(key, out int value) ? value : -1;
    }
}
