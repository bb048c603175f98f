using System;

namespace LockContext.Runtime;

/// <summary>What RCU has to say about the program that uses it.</summary>
public enum RcuReportKind
{
    /// <summary>A thread ended inside a read section. Its section counts as left: it will never read again.</summary>
    ReaderDied,

    /// <summary>A thread has been inside one read section for longer than <see cref="RcuOptions.StallTimeout"/>, and holds up a grace period. The grace period goes on waiting.</summary>
    ReaderStalled,

    /// <summary>A callback threw. The callbacks after it run.</summary>
    CallbackThrew,

    /// <summary>A callback returned inside a read section that it had opened. The section has been closed.</summary>
    SectionLeftOpen,

    /// <summary>An object was to be freed twice after one grace period. It is not freed at all if that was found before, and once otherwise.</summary>
    DoubleFree,

    /// <summary>An object that was to be freed after a grace period is not allocated, or none of the allocator's. Nothing was freed.</summary>
    FreeRefused,

    /// <summary>A block of objects was about to be freed before its grace period was over: a mistake of RCU itself. They are not freed.</summary>
    EarlyFree,

    /// <summary>A head was passed to <c>Rcu.Call</c> again before its callback had run. Some of the callbacks that were queued around it do not run; they count as invoked.</summary>
    QueuedTwice,
}

/// <summary>A report of RCU, see <see cref="Rcu.SetReportHandler"/>.</summary>
/// <param name="Kind">What it is about.</param>
/// <param name="Message">What happened, in words.</param>
/// <param name="Exception">What was thrown, if something was.</param>
public sealed record RcuReport(RcuReportKind Kind, string Message, Exception? Exception);
