using System.Threading;

namespace Tour;

/// <summary>While a spin lock is held everybody else burns a processor. So its holder must not sleep, and neither must anything it calls.</summary>
class SleepUnderSpinLock
{
    private SpinLock _gate = new(enableThreadOwnerTracking: false);
    private int _pending;

    void Wrong()
    {
        bool taken = false;
        try
        {
            _gate.Enter(ref taken);
            _pending++;
            Flush(); // LCX1001: Flush -> WaitForDevice -> Thread.Sleep
        }
        finally
        {
            if (taken)
                _gate.Exit();
        }
    }

    void Right()
    {
        bool taken = false;
        try
        {
            _gate.Enter(ref taken);
            _pending++;
        }
        finally
        {
            if (taken)
                _gate.Exit();
        }

        Flush();
    }

    private static void Flush() => WaitForDevice();

    private static void WaitForDevice() => Thread.Sleep(1);
}
