using System.Threading;

namespace Tour;

/// <summary>Stands for a class of somebody else's; what it may do is said in <c>LCX3004_Vendor.lockcontext.txt</c>.</summary>
class VendorDevice
{
    public virtual void Flush()
    {
    }
}

class ModelFile
{
    private SpinLock _lock = new(enableThreadOwnerTracking: false);
    private readonly VendorDevice _device = new();

    void Wrong()
    {
        bool taken = false;
        try
        {
            _lock.Enter(ref taken);
            _device.Flush(); // LCX1001: 'Flush' can sleep
        }
        finally
        {
            if (taken)
                _lock.Exit();
        }
    }

    void Right()
    {
        bool taken = false;
        try
        {
            _lock.Enter(ref taken);
        }
        finally
        {
            if (taken)
                _lock.Exit();
        }

        _device.Flush();
    }
}
