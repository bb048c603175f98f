using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Threading;
using LockContext.Runtime;

namespace LockContext.Benchmarks.Runtime;

/// <summary>What watching locks costs. Whether they are watched is decided once for a process, so each value comes from a process of its own.</summary>
internal sealed class LockdepTable : IBenchmarkTable
{
    /// <summary>What this program is started with to measure one value: "lockdep", the name of a loop.</summary>
    internal const string Mode = "lockdep";

    private const string Variable = "LOCKCONTEXT_LOCKDEP";

    private static readonly Dictionary<string, Action<int>> s_loops = new()
    {
        ["raw"] = Raw,
        ["bare"] = Bare,
        ["sleeping"] = Sleeping,
        ["nested"] = Nested,
        ["reader"] = Reader,
    };

    private static readonly SleepingLock s_outer = new("outer"), s_middle = new("middle");
    private static RawSpinLock s_raw = new("raw");
    private static BareSpinLock s_bare;
    private static long s_count;

    public string Name => "lockdep";

    public string Title => "Lockdep";

    public string Remarks => "A lock taken and released without competition, by a thread that has taken it before. Each value is measured in a process of its own, with lockdep on or off; *without* is a copy of `RawSpinLock` whose source has no lockdep in it.";

    public IEnumerable<BenchmarkRow> Rows()
    {
        yield return new BenchmarkRow("a raw spin lock", [Of("raw", on: true), Of("raw", on: false), Of("bare", on: false, "without")]) { Targets = [Target.AtMost(2, "off")] };
        yield return new BenchmarkRow("a raw spin lock, off", [Of("raw", on: false), Of("bare", on: false, "without")]) { Targets = [Target.AtMost(1.1, "without")] };
        yield return new BenchmarkRow("a sleeping lock", [Of("sleeping", on: true), Of("sleeping", on: false)]) { Targets = [Target.AtMost(2, "off")] };
        yield return new BenchmarkRow("three locks nested", [Of("nested", on: true), Of("nested", on: false)]) { Targets = [Target.Nanoseconds(60)] };
        yield return new BenchmarkRow("a read section of RCU", [Of("reader", on: true), Of("reader", on: false)]);
    }

    /// <summary>Measures one loop in this process, and prints it.</summary>
    internal static int Measure(string loop)
    {
        var body = s_loops[loop];

        // Until it is compiled for good.
        for (var i = 0; i < 60; i++) body(20_000);
        Thread.Sleep(150);
        for (var i = 0; i < 60; i++) body(20_000);
        const int Operations = 400_000;
        var best = Enumerable.Range(0, 7).Min(_ =>
        {
            var since = Stopwatch.GetTimestamp();
            body(Operations);
            return Stopwatch.GetElapsedTime(since).TotalNanoseconds / Operations;
        });
        Console.WriteLine(best.ToString("R", CultureInfo.InvariantCulture));
        return 0;
    }

    private static Candidate Of(string loop, bool on, string? name = null) => Candidate.Value(name ?? (on ? "on" : "off"), () => Child(loop, on));

    private static double Child(string loop, bool on)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true };
        if (System.IO.Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet") start.ArgumentList.Add(Environment.GetCommandLineArgs()[0]);
        start.ArgumentList.Add(Mode);
        start.ArgumentList.Add(loop);
        start.Environment[Variable] = on ? "1" : "0";
        using var child = Process.Start(start)!;
        var text = child.StandardOutput.ReadToEnd();
        child.WaitForExit();
        return child.ExitCode == 0 ? double.Parse(text, CultureInfo.InvariantCulture) : throw new InvalidOperationException($"'{Mode} {loop}' has failed.");
    }

    private static void Raw(int operations)
    {
        for (var i = 0; i < operations; i++)
        {
            s_raw.Enter();
            s_count++;
            s_raw.Exit();
        }
    }

    private static void Bare(int operations)
    {
        for (var i = 0; i < operations; i++)
        {
            s_bare.Enter();
            s_count++;
            s_bare.Exit();
        }
    }

    private static void Sleeping(int operations)
    {
        for (var i = 0; i < operations; i++)
        {
            s_outer.Enter();
            s_count++;
            s_outer.Exit();
        }
    }

    private static void Nested(int operations)
    {
        for (var i = 0; i < operations; i++)
        {
            s_outer.Enter();
            s_middle.Enter();
            s_raw.Enter();
            s_count++;
            s_raw.Exit();
            s_middle.Exit();
            s_outer.Exit();
        }
    }

    private static void Reader(int operations)
    {
        for (var i = 0; i < operations; i++)
        {
            Rcu.ReadLock();
            s_count++;
            Rcu.ReadUnlock();
        }
    }

    private struct BareSpinLock
    {
        private int _state;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Enter()
        {
            if (Interlocked.CompareExchange(ref _state, 1, 0) != 0) EnterContended();
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Exit()
        {
            if (_state == 0) ThrowNotHeld();
            Volatile.Write(ref _state, 0);
        }

        [MethodImpl(MethodImplOptions.NoInlining)]
        private static void ThrowNotHeld() => throw new SynchronizationLockException();

        [MethodImpl(MethodImplOptions.NoInlining)]
        private void EnterContended()
        {
            while (Volatile.Read(ref _state) != 0 || Interlocked.CompareExchange(ref _state, 1, 0) != 0) Thread.SpinWait(1);
        }
    }
}
