using System;
using System.Collections.Generic;
using LockContext.Runtime;
using Xunit;

namespace LockContext.Lockdep.Tests;

/// <summary>Handlers of reports that call back into what reports.</summary>
public sealed unsafe class Handlers
{
    private readonly RawSpinLock[] _raw = [new RawSpinLock("raw"), new RawSpinLock("inner")];
    private readonly SleepingLock _sleeping = new("sleeping");
    private readonly SleepingLock _other = new("other");

    private void Mistake()
    {
        _raw[0].Enter();
        _sleeping.Enter();
        _sleeping.Exit();
        _raw[0].Exit();
    }

    /// <summary>Inside a report nothing is looked at: the handler may take what it needs to say what it has to say, the same mistake included, and is not called inside itself.</summary>
    [Fact]
    public void One_that_makes_mistakes_itself_is_not_called_inside_itself()
    {
        using var watch = new Watch();
        int depth = 0;
        var kinds = new List<LockdepReportKind>();
        Runtime.Lockdep.SetHandler(report =>
        {
            Assert.Equal(1, ++depth);
            kinds.Add(report.Kind);
            _raw[1].Enter();
            _other.Enter();
            Rcu.FreeMightSleep(KernelMemory.Alloc(64, GfpFlags.Kernel));
            Runtime.Lockdep.AssertMaySleep();
            _other.Exit();
            _raw[1].Exit();
            Runtime.Lockdep.DescribeHeldLocks();
            Runtime.Lockdep.GetStatistics();
            depth--;
        });
        Mistake();
        Mistake();
        Assert.Equal([LockdepReportKind.InvalidWaitContext], kinds);
        Assert.Equal(2, Runtime.Lockdep.CountOf(LockdepReportKind.InvalidWaitContext));
        Assert.Equal(0, HeldLocks.Current.Depth);
    }

    [Fact]
    public void One_that_is_replaced_or_throws_inside_itself_leaves_everything_in_order()
    {
        using var watch = new Watch();
        int told = 0;
        Runtime.Lockdep.SetHandler(_ =>
        {
            told++;
            Runtime.Lockdep.SetHandler(null);
            throw new FormatException();
        });
        _raw[0].Enter();
        Assert.Throws<FormatException>(() => _sleeping.Enter());
        Assert.False(_sleeping.IsHeld);
        _raw[0].Exit();
        Assert.Equal((1, 0), (told, HeldLocks.Current.Depth));
        Runtime.Lockdep.SetHandler(_ => told++);
        _sleeping.Enter();
        _raw[0].Enter();
        _raw[0].Exit();
        _sleeping.Exit();
        Assert.Equal((1, 0), (told, HeldLocks.Current.Depth));
    }
}
