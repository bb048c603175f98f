using System;
using System.Collections.Concurrent;
using System.Linq;
using LockContext.Runtime;
using Xunit;

[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace LockContext.Lockdep.Tests;

/// <summary>What lockdep reports from here on, with everything it knew before forgotten. The graph is one for the process, so tests run one after the other.</summary>
internal sealed class Watch : IDisposable
{
    private readonly ConcurrentQueue<LockdepReport> _reports = new();

    internal Watch()
    {
        Assert.True(Runtime.Lockdep.IsEnabled, "this project runs with lockdep on");
        Runtime.Lockdep.Reset();
        Runtime.Lockdep.RealTime = true;
        Runtime.Lockdep.SetHandler(Note);
    }

    // The thread that a test has left with a lock across an await ends when it likes, in the middle of another test.
    private void Note(LockdepReport report)
    {
        if (report.Kind != LockdepReportKind.LockHeldAtThreadEnd || !report.Message.Contains("\"carried\"", StringComparison.Ordinal)) _reports.Enqueue(report);
    }

    internal LockdepReport[] Reports => [.. _reports];

    internal string Kinds => string.Join(", ", _reports.Select(report => report.Kind));

    /// <summary>The one report that there is.</summary>
    internal LockdepReport Only(LockdepReportKind kind)
    {
        LockdepReport report = Assert.Single(_reports);
        Assert.True(report.Kind == kind, report.Message);
        return report;
    }

    internal void None() => Assert.True(_reports.IsEmpty, string.Join('\n', _reports.Select(report => report.Message)));

    public void Dispose()
    {
        Runtime.Lockdep.SetHandler(null);
        Runtime.Lockdep.Reset();
    }
}
