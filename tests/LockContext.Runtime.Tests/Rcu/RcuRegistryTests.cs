using System.Threading;
using Xunit;

namespace LockContext.Runtime.Tests;

[Collection(TortureRuns.Name)]
public sealed class RcuRegistryTests
{
    /// <summary>Threads created and gone: <c>LOCKCONTEXT_TORTURE_THREADS</c>, or else 100 000 in long runs, and fewer otherwise, which is as good for what is looked at.</summary>
    private static readonly int s_threads = TortureRuns.Threads(otherwise: TortureRuns.AreLong ? 100_000 : 5_000);

    [Fact]
    public void Any_number_of_threads_may_come_and_go()
    {
        ReaderRegistry.Search();
        int before = Rcu.GetStatistics().Readers;
        int most = 0;
        for (int i = 0; i < s_threads; i++)
        {
            var passing = new Thread(static () =>
            {
                using (Rcu.Read())
                {
                }
            });
            passing.Start();
            passing.Join();
            most = int.Max(most, Rcu.GetStatistics().Readers);
        }

        // Twice as many as are alive, at most, and a chunk.
        Assert.InRange(most, 1, (2 * before) + 128 + 2);
        ReaderRegistry.Search();
        Assert.InRange(Rcu.GetStatistics().Readers, 0, before + 1);
        Rcu.Synchronize();
    }

    [Fact]
    public void Many_threads_may_read_at_once()
    {
        const int Count = 300;
        using var inside = new CountdownEvent(Count);
        using var leave = new ManualResetEventSlim();
        var readers = new Thread[Count];
        for (int i = 0; i < Count; i++)
        {
            readers[i] = new Thread(() =>
            {
                Rcu.ReadLock();
                inside.Signal();
#pragma warning disable LCX1004 // a reader that stays for long is what is tested
                leave.Wait();
#pragma warning restore LCX1004
                Rcu.ReadUnlock();
            }, 128 * 1024);
            readers[i].Start();
        }

        Assert.True(inside.Wait(Deadline.Generous));
        Assert.True(Rcu.GetStatistics().Readers >= Count);
        RcuCookie cookie = Rcu.StartPoll();
        Assert.False(Rcu.Poll(cookie));
        leave.Set();
        foreach (Thread reader in readers) Assert.True(reader.Join(Deadline.Generous));
        Rcu.Synchronize(cookie);
    }
}
