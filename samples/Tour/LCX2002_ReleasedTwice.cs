using System.Threading;

namespace Tour;

/// <summary>Releasing what is not held sets free what somebody else is holding.</summary>
class ReleasedTwice
{
    private SpinLock _gate = new(enableThreadOwnerTracking: false);
    private int _count;

    void Wrong()
    {
        bool taken = false;
        _gate.Enter(ref taken);
        _count++;
        _gate.Exit();
        Report();
        _gate.Exit(); // LCX2002: is released here but
    }

    void Right()
    {
        bool taken = false;
        _gate.Enter(ref taken);
        _count++;
        _gate.Exit();
        Report();
    }

    private static void Report()
    {
    }
}
