using System;
using System.Threading;

namespace LockContext.Runtime;

/// <summary>Where reports go. They are made on RCU's own threads and by callers that may sleep, never on a path of a reader, of a call or of a free.</summary>
internal static class RcuReports
{
    private static Action<RcuReport>? s_handler;

    [ThreadStatic]
    private static bool t_isReporting;

    /// <summary>Whether this thread is inside the handler, perhaps in the middle of a grace period.</summary>
    internal static bool IsReporting => t_isReporting;

    internal static void SetHandler(Action<RcuReport>? handler) => Volatile.Write(ref s_handler, handler);

    [Sleepable]
    internal static void Report(RcuReportKind kind, string message, Exception? exception = null)
    {
        Action<RcuReport>? handler = Volatile.Read(ref s_handler);
        if (handler is null || t_isReporting)
        {
            Write(kind, message, exception);
            return;
        }

        t_isReporting = true;
        try
        {
            handler(new RcuReport(kind, message, exception));
        }
#pragma warning disable CA1031 // whatever a handler throws, the thread that reports has other people's callbacks to run
        catch (Exception failure)
#pragma warning restore CA1031
        {
            Write(kind, message, exception);
            Console.Error.WriteLine($"rcu: and the handler of this report threw {failure}");
        }
        finally
        {
            t_isReporting = false;
        }
    }

    private static void Write(RcuReportKind kind, string message, Exception? exception)
        => Console.Error.WriteLine(exception is null ? $"rcu: {kind}: {message}" : $"rcu: {kind}: {message} {exception}");
}
