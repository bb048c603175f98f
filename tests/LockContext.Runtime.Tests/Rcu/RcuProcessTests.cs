using System;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Threading;
using Xunit;

namespace LockContext.Runtime.Tests;

/// <summary>RCU and the process as a whole.</summary>
[Collection(TortureRuns.Name)]
public sealed unsafe class RcuProcessTests
{
    private static readonly (string Name, string Value) s_fenced = ("LOCKCONTEXT_RCU_FENCED", "1");

    [Fact]
    public void A_process_ends_with_callbacks_waiting()
    {
        (int exitCode, string output) = Child.Run(EndWithBacklog);
        Assert.True(exitCode == 0, output);
        Assert.Contains("backlog", output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_first_use_may_be_under_a_raw_lock()
    {
        (int exitCode, string output) = Child.Run(FirstUse);
        Assert.True(exitCode == 0, output);
    }

    [Fact]
    public void Readers_have_a_fence_where_the_kernel_offers_no_barrier()
    {
        (int exitCode, string output) = Child.Run(Torture, s_fenced);
        Assert.True(exitCode == 0, output);
        Assert.Contains("asymmetric False", output, StringComparison.Ordinal);
    }

    internal static int EndWithBacklog()
    {
        var reader = new Thread(() =>
        {
            Rcu.ReadLock();
            Thread.Sleep(Timeout.Infinite);
        })
        { IsBackground = true };
        reader.Start();
        while (Rcu.GetStatistics().Readers == 0) Thread.Sleep(1);
        const int Many = 100_000;
        var heads = (RcuHead*)NativeMemory.AllocZeroed(Many, (nuint)sizeof(RcuHead));
        for (int i = 0; i < Many; i++) Rcu.Call(heads + i, &Nothing);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"backlog {Rcu.GetStatistics().Backlog}"));
        return 0;
    }

    internal static int FirstUse()
    {
        var raw = new RawSpinLock();
        var head = (RcuHead*)NativeMemory.AllocZeroed((nuint)sizeof(RcuHead));
        raw.Enter();
        Rcu.Call(head, &Nothing);
        RcuCookie cookie = Rcu.StartPoll();
        raw.Exit();
        Rcu.Barrier();
        while (!Rcu.Poll(cookie)) Thread.Sleep(1);
        return 0;
    }

    internal static int Torture()
    {
        RcuVerdict verdict = RcuTorture.Run(new TorturedRcu(), TimeSpan.FromSeconds(1));
        RcuVerdict tight = RcuTorture.Run(new TorturedRcu(), TimeSpan.FromSeconds(1), new RcuTortureOptions { Readers = 1, Updaters = 1, Churn = false, Flood = 0, Pressure = false, Tight = true });
        Console.WriteLine(FormattableString.Invariant($"asymmetric {Rcu.GetStatistics().AsymmetricBarriers} {verdict} {tight}"));
        return verdict.IsGood && tight.IsGood ? 0 : 1;
    }

    private static void Nothing(RcuHead* head)
    {
    }
}
