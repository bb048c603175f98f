using System;
using System.Threading;

namespace LockContext.Runtime;

/// <summary>What <see cref="SlabDebug"/> has found.</summary>
public enum SlabReportKind
{
    /// <summary>A free object has been written to.</summary>
    PoisonOverwritten,

    /// <summary>A byte before or behind an object has been written to.</summary>
    RedZoneOverwritten,

    /// <summary>An object was freed that is not allocated.</summary>
    DoubleFree,

    /// <summary>An object was freed to a cache that it is not of, or an address that no object starts at.</summary>
    WrongFree,
}

/// <summary>A mistake of a user of slabs.</summary>
/// <param name="Kind">Which.</param>
/// <param name="Cache">The name of the cache that found it.</param>
/// <param name="Address">The address of the object, or that was freed.</param>
/// <param name="Message">All that is known, on several lines: what was expected where, and the stacks of <see cref="SlabDebug.Track"/>.</param>
public sealed record SlabReport(SlabReportKind Kind, string Cache, nint Address, string Message);

/// <summary>Who is told of what <see cref="SlabDebug"/> finds.</summary>
public static class SlabReports
{
    private static Action<SlabReport>? s_handler;
    private static long s_count;

    [ThreadStatic]
    private static bool t_isTelling;

    /// <summary>How many reports there have been.</summary>
    public static long Count => Volatile.Read(ref s_count);

    /// <summary>Sets what is called with each report, on the thread that made the mistake visible. Without a handler the text goes to the error stream.</summary>
    /// <remarks>
    /// The handler may be called in any context that frees memory: it should note the report and return. What it throws comes out of the call that found the mistake, after everything has been put in its place: an object
    /// that was to be freed is free, and one that was to be allocated is not. Calls without locks never throw; there it goes to the error stream. So do reports of mistakes that the handler itself makes: it is not called inside itself.
    /// </remarks>
    /// <param name="handler">The handler, or <see langword="null"/> for none.</param>
    public static void SetHandler(Action<SlabReport>? handler) => Volatile.Write(ref s_handler, handler);

    /// <summary>Tells the handler, or the error stream.</summary>
    /// <param name="report">What.</param>
    /// <param name="mayThrow">Whether what the handler throws may come out.</param>
    internal static void Tell(SlabReport report, bool mayThrow)
    {
        Interlocked.Increment(ref s_count);
        if (Volatile.Read(ref s_handler) is not { } handler || t_isTelling)
        {
            Console.Error.WriteLine(report.Message);
            return;
        }

        t_isTelling = true;
        try
        {
            handler(report);
        }
        catch (Exception exception) when (!mayThrow)
        {
            Console.Error.WriteLine($"{report.Message}\nAnd the handler of this report threw {exception}");
        }
        finally
        {
            t_isTelling = false;
        }
    }
}
