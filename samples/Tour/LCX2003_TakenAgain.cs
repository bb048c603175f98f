using LockContext;
using LockContext.Runtime;

namespace Tour;

/// <summary>A raw lock does not know its holder, who waits for itself.</summary>
class TakenAgain
{
    private RawSpinLock _gate;
    private int[] _items = new int[4];
    private int _count;

    void Wrong(int item)
    {
        _gate.Enter();
        if (_count == _items.Length)
            Grow(); // LCX2003: _gate
        _items[_count++] = item;
        _gate.Exit();
    }

    private void Grow()
    {
        _gate.Enter();
        _count = 0;
        _gate.Exit();
    }

    void Right(int item)
    {
        _gate.Enter();
        if (_count == _items.Length)
            GrowLocked();
        _items[_count++] = item;
        _gate.Exit();
    }

    [RequiresLock(nameof(_gate))]
    private void GrowLocked() => _count = 0;
}
