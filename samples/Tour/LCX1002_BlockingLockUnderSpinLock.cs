using System.Collections.Generic;
using System.Threading;

namespace Tour;

/// <summary>A monitor puts its waiters to sleep, a spin lock makes them spin. The blocking one belongs outside: everywhere, or each waits for the other.</summary>
class BlockingLockUnderSpinLock
{
    private readonly List<int> _index = [];
    private SpinLock _gate = new(enableThreadOwnerTracking: false);
    private int _last;

    void Wrong(int key)
    {
        bool taken = false;
        try
        {
            _gate.Enter(ref taken);
            _last = key;
            lock (_index) // LCX1002: can block while
                _index.Add(key);
        }
        finally
        {
            if (taken)
                _gate.Exit();
        }
    }

    void Right(int key)
    {
        lock (_index)
        {
            bool taken = false;
            try
            {
                _gate.Enter(ref taken); // LCX2005: and elsewhere 'BlockingLockUnderSpinLock._index' while 'BlockingLockUnderSpinLock._gate' is held
                _last = key;
            }
            finally
            {
                if (taken)
                    _gate.Exit();
            }

            _index.Add(key);
        }
    }

    /// <summary>Or do not wait at all: an attempt is always allowed.</summary>
    bool RightAsWell(int key)
    {
        bool taken = false;
        try
        {
            _gate.Enter(ref taken);
            _last = key;
            if (!Monitor.TryEnter(_index))
                return false;

            try
            {
                _index.Add(key);
                return true;
            }
            finally
            {
                Monitor.Exit(_index);
            }
        }
        finally
        {
            if (taken)
                _gate.Exit();
        }
    }
}
