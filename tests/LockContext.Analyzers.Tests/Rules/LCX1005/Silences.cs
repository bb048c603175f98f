using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Rules.LCX1005;

public class Silences
{
    [Theory]
    [InlineData("void M() { Rcu.ReadLock(); _n++; Rcu.ReadUnlock(); Rcu.Synchronize(); }")]
    [InlineData("void M() { using (Rcu.Read()) { _n++; } Rcu.Synchronize(); }")]
    [InlineData("void M() { Rcu.Synchronize(); Rcu.ReadLock(); Rcu.ReadUnlock(); }")]
    [InlineData("void M(bool b) { if (b) Rcu.ReadLock(); if (b) Rcu.ReadUnlock(); Rcu.Barrier(); }")]
    [InlineData("void M() { lock (this) Rcu.Synchronize(); }")]
    [InlineData("void M() { Rcu.ReadLock(); Rcu.Call(() => _n++); Rcu.ReadUnlock(); }")]
    [InlineData("[Sleepable] void M() => Rcu.Synchronize();")]
    [InlineData("[NoReclaim] void M() => Rcu.Synchronize();")]
    public Task Waiting_where_nobody_is_held_up(string member) => RuntimeSource.Members(member);

    [Fact]
    public Task Work_that_is_handed_to_a_thread_that_may_wait() => RuntimeSource.Members("""
        void M() => Rcu.Call(() => _n++);
        void N() => Task.Run(() => Rcu.Synchronize());
        """);

    [Theory]
    [InlineData("Rcu.ReadLock(); {|LCX1004:Sleepable.Synchronize()|}; Rcu.ReadUnlock();")]
    [InlineData("Sleepable.ReadLock(); Rcu.Synchronize(); Sleepable.ReadUnlock();")]
    public Task Readers_of_another_kind(string statements) => RuntimeSource.Members($$"""
        void M() { {{statements}} }

        [ReadSection(Inner = WaitClass.Sleep), Trusted("a source copy")]
        static class Sleepable
        {
            [Acquires] public static void ReadLock() { }
            [Releases] public static void ReadUnlock() { }
            [WaitsForGracePeriod] public static void Synchronize() { }
        }
        """);

    [Fact]
    public Task Another_domain_of_readers_that_may_sleep() => RuntimeSource.Members("""
        readonly Domain _a = new(), _c = new();
        void M() { _a.ReadLock(); _c.Synchronize(); _a.ReadUnlock(); }

        [ReadSection(Inner = WaitClass.Sleep), Trusted("a source copy")]
        sealed class Domain
        {
            [Acquires] public void ReadLock() { }
            [Releases] public void ReadUnlock() { }
            [WaitsForGracePeriod] public void Synchronize() { }
        }
        """);

    [Fact]
    public Task An_allocator_that_defers() => RuntimeSource.Members("""
        [NoGracePeriodWait]
        void* Alloc(void* old, RcuHead* head)
        {
            Rcu.Free(old, head);
            return PageAllocator.Shared.AllocPages(GfpFlags.NoWait, 0);
        }
        """);
}
