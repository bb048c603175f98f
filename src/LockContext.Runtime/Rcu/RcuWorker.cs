using System.Threading;

namespace LockContext.Runtime;

/// <summary>RCU's own errands: grace periods that somebody asked for without waiting.</summary>
/// <remarks>A thread apart from that of the callbacks, since it runs no foreign code and so is never held up by any.</remarks>
#pragma warning disable CA1001 // lives as long as the process
internal sealed class RcuWorker
#pragma warning restore CA1001
{
    [RawAtomic]
    [Trusted("reads a field that is set once; only the very first use starts a thread, and Rcu.Initialize has that done beforehand")]
    internal static RcuWorker Instance => Single.Value;

    private readonly Doorbell _bell = new();
    private readonly Thread _thread;
    private int _started;
    private ulong _wanted;

    private RcuWorker()
    {
        _thread = new Thread(Run) { IsBackground = true, Name = "LockContext RCU worker" };
        Start();
    }

    /// <summary>Starts the thread, once.</summary>
    internal void Start()
    {
        if (Interlocked.Exchange(ref _started, 1) == 0) _thread.Start();
    }

    /// <summary>Asks for a grace period. Rings once for as many as share it.</summary>
    [RawAtomic]
    internal void Want(ulong target)
    {
        ulong seen = Volatile.Read(ref _wanted);
        while ((long)(target - seen) > 0)
        {
            ulong previous = Interlocked.CompareExchange(ref _wanted, target, seen);
            if (previous == seen)
            {
                _bell.Ring();
                return;
            }

            seen = previous;
        }
    }

    private void Run()
    {
        while (true)
        {
            // A wish that comes after this look rings, and the ring is kept.
            ulong wanted = Volatile.Read(ref _wanted);
            if (GracePeriods.HasElapsed(wanted)) _bell.Wait(Timeout.Infinite);
            else GracePeriods.WaitFor(wanted, expedited: false);
        }
    }

    private static class Single
    {
        internal static readonly RcuWorker Value = new();
    }
}
