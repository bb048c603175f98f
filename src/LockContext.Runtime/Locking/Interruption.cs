using System.Threading;

namespace LockContext.Runtime;

/// <summary><see cref="Thread.Interrupt"/> for code that cannot give up half-way.</summary>
internal static class Interruption
{
    /// <summary>Makes this thread's next interruptible wait throw, after an interruption has been swallowed.</summary>
    internal static void Postpone() => Thread.CurrentThread.Interrupt();

    /// <summary>Sleeps. An interruption ends the sleep; the caller postpones it when it is done.</summary>
    /// <returns>Whether the thread was interrupted.</returns>
    [Sleepable]
    internal static bool TrySleep(int milliseconds)
    {
        try
        {
            Thread.Sleep(milliseconds);
            return false;
        }
        catch (ThreadInterruptedException)
        {
            return true;
        }
    }

    /// <summary>Enters a monitor, whether interrupted or not.</summary>
    /// <returns>Whether the thread was interrupted.</returns>
    [Sleepable]
    [Acquires(nameof(monitor))]
    [Trusted("enters once, in whichever round")]
    internal static bool Enter(object monitor)
    {
        bool interrupted = false;
        while (true)
        {
            try
            {
                Monitor.Enter(monitor);
                return interrupted;
            }
            catch (ThreadInterruptedException)
            {
                interrupted = true;
            }
        }
    }

    /// <summary>Waits for the end of a thread, whether interrupted or not.</summary>
    [Sleepable]
    internal static void Join(Thread thread)
    {
        bool interrupted = false;
        while (true)
        {
            try
            {
                thread.Join();
                break;
            }
            catch (ThreadInterruptedException)
            {
                interrupted = true;
            }
        }

        if (interrupted) Postpone();
    }
}
