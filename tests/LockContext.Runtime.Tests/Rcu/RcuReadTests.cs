using System;
using System.Threading;
using Xunit;

namespace LockContext.Runtime.Tests;

[Collection(TortureRuns.Name)]
public sealed unsafe class RcuReadTests
{
    [Fact]
    public void Sections_nest()
    {
        Assert.False(Rcu.IsReading);
        Rcu.ReadLock();
        using (Rcu.Read()) Assert.True(Rcu.IsReading);
        Assert.True(Rcu.IsReading);
        Rcu.ReadUnlock();
        Assert.False(Rcu.IsReading);
    }

    [Fact]
    public void Leaving_what_was_not_entered_is_refused()
    {
        Assert.Throws<SynchronizationLockException>(Leave);
        using (Rcu.Read())
        {
        }

        Assert.Throws<SynchronizationLockException>(Leave);
        Assert.False(Rcu.IsReading);
        Rcu.Synchronize();

        // And on a thread that has never read.
        using var actor = new Actor("novice");
        actor.Do(() => Assert.Throws<SynchronizationLockException>(Leave));

        static void Leave()
        {
#pragma warning disable LCX2002 // what is tested
            Rcu.ReadUnlock();
#pragma warning restore LCX2002
        }
    }

    [Fact]
    public void A_scope_leaves_once()
    {
        Rcu.ReadLock();
        Rcu.ReadScope scope = Rcu.Read();
        scope.Dispose();
        scope.Dispose();
        Assert.True(Rcu.IsReading);
        Rcu.ReadUnlock();
    }

    [Fact]
    public void Nesting_has_a_limit_and_says_so()
    {
        for (int i = 0; i < 65_535; i++) Rcu.ReadLock();
        Assert.Throws<InvalidOperationException>(() => Rcu.ReadLock());
        for (int i = 0; i < 65_535; i++) Rcu.ReadUnlock();
        Assert.False(Rcu.IsReading);

        // The number beside the count has not suffered.
        Rcu.Synchronize();
    }

    [Fact]
    public void Published_is_what_is_dereferenced()
    {
        int value = 1;
        int* published = null;
        Rcu.Assign(&published, &value);
        using (Rcu.Read()) Assert.True(Rcu.Dereference(&published) == &value);

        string? text = null;
        Rcu.Assign(ref text, "new");
        using (Rcu.Read()) Assert.Equal("new", Rcu.Dereference(in text));
    }

    [Fact]
    public void Reading_allocates_nothing()
    {
        int value = 1;
        int* published = &value;
        Rcu.Initialize();
        int sum = 0;
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100_000; i++)
        {
            using (Rcu.Read()) sum += *Rcu.Dereference(&published);
            Rcu.ReadLock();
            Rcu.ReadLock();
            Rcu.ReadUnlock();
            Rcu.ReadUnlock();
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(100_000, sum);
    }
}
