using System;
using System.Collections.Concurrent;
using System.Linq;
using System.Threading;
using Xunit;

namespace LockContext.Runtime.Tests;

/// <summary>A thread that does what it is told and can be told to stop where it is.</summary>
internal sealed class Actor : IDisposable
{
    private readonly BlockingCollection<Action> _script = [];
    private readonly Thread _thread;

    internal Actor(string name)
    {
        _thread = new Thread(() =>
        {
            foreach (Action step in _script.GetConsumingEnumerable()) step();
        })
        { IsBackground = true, Name = name };
        _thread.Start();
    }

    /// <summary>Has it do something, and waits until it is done.</summary>
    internal void Do(Action step)
    {
        using var done = new ManualResetEventSlim();
        _script.Add(() =>
        {
            step();
            done.Set();
        });
        Assert.True(done.Wait(Deadline.Generous), "an actor hangs");
    }

    /// <summary>Lets its thread end, inside of whatever it is inside of.</summary>
    internal void End()
    {
        _script.CompleteAdding();
        Assert.True(_thread.Join(Deadline.Generous));
    }

    public void Dispose()
    {
        if (!_script.IsAddingCompleted) End();
        _script.Dispose();
    }
}

internal static class Deadline
{
    /// <summary>Long enough for a machine that has much else to do: only what hangs takes so long.</summary>
    internal static readonly TimeSpan Generous = TimeSpan.FromSeconds(60);

    /// <summary>Waits for something that is to come about.</summary>
    internal static void Until(Func<bool> condition)
        => Assert.True(SpinWait.SpinUntil(condition, Generous), "it does not come about");
}

/// <summary>Collects the reports of RCU during a test.</summary>
internal sealed class Reports : IDisposable
{
    private readonly ConcurrentQueue<RcuReport> _reports = new();

    internal Reports() => Rcu.SetReportHandler(_reports.Enqueue);

    internal RcuReport[] All => [.. _reports];

    internal RcuReport Single(RcuReportKind kind) => Assert.Single(All, report => report.Kind == kind);

    internal bool Any(RcuReportKind kind) => All.Any(report => report.Kind == kind);

    public void Dispose() => Rcu.SetReportHandler(null);
}
