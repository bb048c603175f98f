using System;
using System.Threading;

namespace LockContext.Runtime;

/// <summary>When the instruments and the event source are made: with the first allocator or cache, so that a listener finds them before anything has happened.</summary>
/// <remarks>
/// Listeners are told of each, there and then, and may do anything: allocate, which would be the first use of what is just being made for its first use, or throw. So nothing is published before that
/// is in its place (<see cref="Hold"/>), and what a listener throws is its own affair and goes to the error stream: a program's memory does not hang on who watches it.
/// </remarks>
internal static class Telemetry
{
    [ThreadStatic]
    private static int t_held;

    private static int s_wanted;
    private static int s_published;

    /// <summary>What there is to publish, as bits.</summary>
    [Flags]
    internal enum Parts
    {
        Pages = 1,
        Slabs = 2,
    }

    /// <summary>From here on this thread publishes nothing, until as many calls of <see cref="Release"/>.</summary>
    internal static void Hold() => t_held++;

    /// <summary>Ends a <see cref="Hold"/>; the last one publishes what has come together.</summary>
    internal static void Release()
    {
        if (--t_held == 0) Publish(0);
    }

    /// <summary>Has some instruments made, unless they have been.</summary>
    /// <param name="parts">Which.</param>
    internal static void Publish(Parts parts)
    {
        if ((Volatile.Read(ref s_wanted) & (int)parts) != (int)parts) Interlocked.Or(ref s_wanted, (int)parts);
        if (t_held != 0 || Volatile.Read(ref s_published) == Volatile.Read(ref s_wanted)) return;

        // Whoever sets a bit does what it stands for; a listener that comes back here finds it set.
        int mine = Volatile.Read(ref s_wanted);
        mine &= ~Interlocked.Or(ref s_published, mine);
        if (mine == 0) return;
        GC.KeepAlive(MemoryEvents.Log);
        if ((mine & (int)Parts.Pages) != 0) PageMeter.Publish();
        if ((mine & (int)Parts.Slabs) != 0) SlabMeter.Publish();
    }

    /// <summary>Does something that tells listeners.</summary>
    internal static void Tell(Action publish)
    {
        try
        {
            publish();
        }
#pragma warning disable CA1031 // see above
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Console.Error.WriteLine($"LockContext.Runtime: a listener threw when it was told of an instrument: {exception}");
        }
    }
}
