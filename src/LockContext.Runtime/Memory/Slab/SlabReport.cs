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

    /// <summary>How many reports there have been.</summary>
    public static long Count => Volatile.Read(ref s_count);

    /// <summary>Sets what is called with each report, on the thread that made the mistake visible. Without a handler the text goes to the error stream.</summary>
    /// <remarks>The handler may be called in any context that frees memory: it should note the report and return. What it throws comes out of the call that found the mistake.</remarks>
    /// <param name="handler">The handler, or <see langword="null"/> for none.</param>
    public static void SetHandler(Action<SlabReport>? handler) => Volatile.Write(ref s_handler, handler);

    internal static void Tell(SlabReport report)
    {
        Interlocked.Increment(ref s_count);
        if (Volatile.Read(ref s_handler) is { } handler) handler(report);
        else Console.Error.WriteLine(report.Message);
    }
}
