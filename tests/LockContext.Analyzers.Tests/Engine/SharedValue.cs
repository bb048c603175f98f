using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using LockContext.Analyzers.Finding;
using Xunit;

namespace LockContext.Analyzers.Tests.Engine;

/// <summary>A value that several threads ask for is made once, by all of them.</summary>
public class SharedValue
{
    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    public async Task Every_round_runs_once(int threads)
    {
        for (var repetition = 0; repetition < 50; repetition++)
        {
            var made = 0;
            var shared = new Shared<int[]>(forAll =>
            {
                made++;
                var counts = new int[100];
                forAll(0, _ => throw new InvalidOperationException("there is no round"));
                for (var loop = 0; loop < 5; loop++)
                    forAll(counts.Length, i => Interlocked.Increment(ref counts[i]));
                return counts;
            });
            int[][] all = await Task.WhenAll(Enumerable.Range(0, threads).Select(_ => Task.Run(() => shared.Value)));
            Assert.Equal(1, made);
            Assert.All(all, a => Assert.Same(all[0], a));
            Assert.All(all[0], c => Assert.Equal(5, c));
        }
    }

    /// <summary>The rounds of a loop meet, which they only can on two threads.</summary>
    [Fact]
    public async Task Who_waits_helps()
    {
        using var meet = new Barrier(2);
        var shared = new Shared<object>(forAll =>
        {
            forAll(2, _ => Assert.True(meet.SignalAndWait(TimeSpan.FromSeconds(30))));
            return new object();
        });
        object[] both = await Task.WhenAll(Task.Run(() => shared.Value), Task.Run(() => shared.Value));
        Assert.Same(both[0], both[1]);
    }

    [Fact]
    public async Task A_failure_is_everybodys()
    {
        var shared = new Shared<object>(forAll =>
        {
            forAll(10, i =>
            {
                if (i == 7)
                    throw new InvalidOperationException("seven");
            });
            return new object();
        });
        IEnumerable<Task> all = Enumerable.Range(0, 4).Select(_ => Task.Run(() => Assert.Equal("seven", Assert.Throws<InvalidOperationException>(() => shared.Value).Message)));
        await Task.WhenAll(all);
    }
}
