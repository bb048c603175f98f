using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.CompilerServices;
using LockContext.Runtime;
using Xunit;

namespace LockContext.Lockdep.Tests;

/// <summary>
/// The wait-context matrix of Linux' <c>lib/locking-selftest.c</c> at run time: nine contexts by four things taken in them. 11 of the 36 cells must be reported. The
/// analyzer's test of the same name has the same cells.
/// </summary>
public sealed class WaitContextMatrix
{
    private static readonly Dictionary<string, (Action Enter, Action Exit)> s_outer = new()
    {
        ["threaded interrupt"] = Context(LockdepContext.ThreadedIrq),
        ["hard interrupt"] = Context(LockdepContext.HardIrq),
        ["soft interrupt"] = Context(LockdepContext.SoftIrq),
        ["reader"] = Section(LockTraits.Reader),
        ["bottom-half reader"] = Section(LockTraits.Reader),
        ["sched reader"] = Section(LockTraits.SchedReader),
        ["raw lock"] = Raw(new StrongBox<RawSpinLock>(new RawSpinLock("outer"))),
        ["spinning lock"] = Spinning(new SleepingLock("outer")),
        ["mutex"] = Mutex(new LockdepMap("outer", WaitClass.Sleep)),
    };

    private static readonly Dictionary<string, (Action Enter, Action Exit)> s_inner = new()
    {
        ["reader"] = Section(LockTraits.Reader),
        ["raw lock"] = Raw(new StrongBox<RawSpinLock>(new RawSpinLock("inner"))),
        ["spinning lock"] = Spinning(new SleepingLock("inner")),
        ["mutex"] = Mutex(new LockdepMap("inner", WaitClass.Sleep)),
    };

    // Rows as in the kernel's table; columns: reader, raw lock, spinning lock, mutex. x is reported.
    private static readonly (string Outer, string Cells)[] s_expected =
    [
        ("threaded interrupt", "---x"),
        ("hard interrupt", "--xx"),
        ("soft interrupt", "---x"),
        ("reader", "---x"),
        ("bottom-half reader", "---x"),
        ("sched reader", "--xx"),
        ("raw lock", "--xx"),
        ("spinning lock", "---x"),
        ("mutex", "----"),
    ];

    public static TheoryData<string, string, bool> Cells
    {
        get
        {
            var data = new TheoryData<string, string, bool>();
            foreach ((string outer, string cells) in s_expected)
            {
                foreach ((string inner, char cell) in s_inner.Keys.Zip(cells)) data.Add(outer, inner, cell == 'x');
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public void Cell(string outer, string inner, bool isReported)
    {
        using var watch = new Watch();
        s_outer[outer].Enter();
        s_inner[inner].Enter();
        s_inner[inner].Exit();
        s_outer[outer].Exit();
        Assert.Equal(isReported ? nameof(LockdepReportKind.InvalidWaitContext) : "", watch.Kinds);
    }

    // Without the real-time assumption a sleeping spin lock spins: it may be taken where a raw one may, and a mutex still nowhere where it could not.
    [Theory]
    [MemberData(nameof(Cells))]
    public void Cell_when_not_real_time(string outer, string inner, bool isReported)
    {
        using var watch = new Watch();
        Runtime.Lockdep.RealTime = false;
        s_outer[outer].Enter();
        s_inner[inner].Enter();
        s_inner[inner].Exit();
        s_outer[outer].Exit();
        Runtime.Lockdep.RealTime = true;
        Assert.Equal(isReported && inner == "mutex" ? nameof(LockdepReportKind.InvalidWaitContext) : "", watch.Kinds);
    }

    [Fact]
    public void It_has_thirty_six_cells_of_which_eleven_report()
    {
        Assert.Equal(36, Cells.Count);
        Assert.Equal(11, s_expected.Sum(row => row.Cells.Count(cell => cell == 'x')));
    }

    private static (Action, Action) Context(LockdepContext context) => (() => Runtime.Lockdep.BeginContext(context), () => Runtime.Lockdep.EndContext(context));

    private static (Action, Action) Section(uint traits) => (() => Runtime.Lockdep.BeginRead(traits, "here", 1), () => Runtime.Lockdep.EndRead(traits));

    private static (Action, Action) Raw(StrongBox<RawSpinLock> taken) => (() => taken.Value.Enter(), () => taken.Value.Exit());

    private static (Action, Action) Spinning(SleepingLock taken) => (() => taken.Enter(), taken.Exit);

    private static (Action, Action) Mutex(LockdepMap taken) => (() => taken.Acquire(), taken.Release);
}
