using System.Threading;

namespace LockContext.Runtime;

/// <summary>
/// Where the waiters of one word sleep: "sleep while the word has this value" and "wake one", the two operations of a futex, over a monitor.
/// </summary>
/// <remarks>
/// A monitor rather than a kernel event, because it costs nothing until somebody really sleeps and has no handle to dispose of. It is held for a few
/// instructions and never around foreign code.
/// </remarks>
[Trusted("this is how a Config lock sleeps; the analysis sees the locks built on it")]
internal sealed class Parking
{
    private readonly object _monitor = new();

    /// <summary>Sleeps until woken if <paramref name="word"/> has the given value; may return early. Callers look at their word again in any case.</summary>
    /// <returns>Whether the thread was interrupted meanwhile. The caller hands that on with <see cref="Interruption.Postpone"/> once it has stopped waiting; any earlier,
    /// its next sleep would end at once.</returns>
    internal bool SleepWhile(ref int word, int value)
    {
        bool interrupted = EnterMonitor();
        try
        {
            if (Volatile.Read(ref word) == value) Monitor.Wait(_monitor);
        }
        catch (ThreadInterruptedException)
        {
            // The interruption may have eaten a wake-up meant for somebody: hand it on. One too many is harmless.
            interrupted = true;
            Monitor.Pulse(_monitor);
        }
        finally
        {
            Monitor.Exit(_monitor);
        }

        return interrupted;
    }

    /// <summary>Wakes one sleeper, if there is one.</summary>
    internal void WakeOne()
    {
        bool interrupted = EnterMonitor();
        Monitor.Pulse(_monitor);
        Monitor.Exit(_monitor);
        if (interrupted) Interruption.Postpone();
    }

    // Even entering a monitor can be interrupted, and a release that gives up half-way would leave a sleeper asleep for ever.
    private bool EnterMonitor()
    {
        bool interrupted = false;
        while (true)
        {
            try
            {
                Monitor.Enter(_monitor);
                return interrupted;
            }
            catch (ThreadInterruptedException)
            {
                interrupted = true;
            }
        }
    }
}
