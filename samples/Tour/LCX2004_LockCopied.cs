using System.Threading;

namespace Tour;

/// <summary>A lock is a place in memory. A copy is another place, and always free.</summary>
class LockCopied
{
    private readonly SpinLock _wrong = new(enableThreadOwnerTracking: false); // LCX2004: locking it excludes nobody
    private SpinLock _right = new(enableThreadOwnerTracking: false);

    void Wrong()
    {
        SpinLock copy = _right; // LCX2004: locking it excludes nobody
        bool taken = false;
        copy.Enter(ref taken);
        copy.Exit();
    }

    void Right()
    {
        ref SpinLock same = ref _right;
        bool taken = false;
        same.Enter(ref taken);
        same.Exit();
    }
}
