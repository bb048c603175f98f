using System;
using System.Threading;

namespace LockContext.Runtime;

/// <summary>Where reports go. They are made on RCU's own threads and by callers that may sleep, never on a path of a reader, of a call or of a free.</summary>
internal static class RcuReports
{
    private static Action<RcuReport>? s_handler;

    internal static void SetHandler(Action<RcuReport>? handler) => Volatile.Write(ref s_handler, handler);

    [Sleepable]
    internal static void Report(RcuReportKind kind, string message, Exception? exception = null)
    {
        Action<RcuReport>? handler = Volatile.Read(ref s_handler);
        if (handler is null)
        {
            Write(kind, message, exception);
            return;
        }

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
    }

    private static void Write(RcuReportKind kind, string message, Exception? exception)
        => Console.Error.WriteLine(exception is null ? $"rcu: {kind}: {message}" : $"rcu: {kind}: {message} {exception}");
}
