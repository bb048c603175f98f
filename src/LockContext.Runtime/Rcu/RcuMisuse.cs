using System;
using System.Diagnostics.CodeAnalysis;
using System.Threading;

namespace LockContext.Runtime;

/// <summary>What misusing RCU throws, kept out of line so that the fast paths stay small enough to inline.</summary>
internal static class RcuMisuse
{
    [DoesNotReturn]
    internal static void ThrowNotReading()
        => throw new SynchronizationLockException("A read section is left but this thread is in none.");

    [DoesNotReturn]
    internal static void ThrowTooDeep()
        => throw new InvalidOperationException($"More than {ReaderRecord.MostSections} read sections are open inside each other.");

    /// <summary>A wait for readers, by a reader or by the thread that runs callbacks, would be a wait for itself.</summary>
    internal static void ThrowIfWaitingForItself(string operation)
    {
        if (CurrentReader.IsReading)
            throw new InvalidOperationException($"{operation} inside a read section would wait for this very section.");
        if (RcuReports.IsReporting)
            throw new InvalidOperationException($"{operation} in a report handler might wait for the grace period that the report is about.");
        if (CurrentReader.RunsCallbacks)
            throw new InvalidOperationException($"{operation} in a callback would wait for the thread that it keeps busy.");
    }

    [DoesNotReturn]
    internal static void ThrowPending()
        => throw new InvalidOperationException("The callback is queued already and has not run yet.");
}
