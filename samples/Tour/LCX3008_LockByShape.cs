using System.Threading;

namespace Tour;

/// <summary>A lock does not have to be of a lock type: here it is a word that a loop spins on. The rule itself is hidden; what it leads to is not.</summary>
class LockByShape
{
    private int _state;
    private int _count;

    private void Enter()
    {
        var wait = new SpinWait();
        while (Interlocked.CompareExchange(ref _state, 1, 0) != 0)
            wait.SpinOnce();
    }

    private void Exit() => Volatile.Write(ref _state, 0);

    void Wrong()
    {
        Enter();
        _count++;
        Thread.Sleep(1); // LCX1001: while '_state' (a spin lock by its shape, taken at line
        Exit();
    }

    void Right()
    {
        Enter();
        _count++;
        Exit();
        Thread.Sleep(1);
    }
}
