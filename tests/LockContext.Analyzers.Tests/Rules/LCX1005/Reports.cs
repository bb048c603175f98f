using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Rules.LCX1005;

public class Reports
{
    [Theory]
    [InlineData("void M() { Rcu.ReadLock(); {|LCX1005:Rcu.Synchronize()|}; Rcu.ReadUnlock(); }")]
    [InlineData("void M() { Rcu.ReadLock(); {|LCX1005:Rcu.Barrier()|}; Rcu.ReadUnlock(); }")]
    [InlineData("void M() { using (Rcu.Read()) {|LCX1005:Rcu.Synchronize()|}; }")]
    [InlineData("void M() { Rcu.ReadLock(); Rcu.ReadLock(); Rcu.ReadUnlock(); {|LCX1005:Rcu.Synchronize()|}; Rcu.ReadUnlock(); }")]
    [InlineData("void M() { Rcu.ReadLock(); {|LCX1005:Outer()|}; Rcu.ReadUnlock(); } void Outer() => Inner(); void Inner() => Rcu.Synchronize();")]
    [InlineData("void M() { Rcu.ReadLock(); {|LCX1005:Flush()|}; Rcu.ReadUnlock(); } [Sleepable] void Flush() => Rcu.Synchronize();")]
    [InlineData("void M() { Open(); {|LCX1005:Rcu.Synchronize()|}; Rcu.ReadUnlock(); } void Open() => Rcu.ReadLock();")]
    public Task Inside_a_read_section(string members) => RuntimeSource.Members(members);

    [Theory]
    [InlineData("void M() { _raw.Enter(); Rcu.ReadLock(); {|LCX1005:Rcu.Synchronize()|}; Rcu.ReadUnlock(); _raw.Exit(); }")]
    [InlineData("void M() { Rcu.ReadLock(); _raw.Enter(); {|LCX1005:Rcu.Synchronize()|}; _raw.Exit(); Rcu.ReadUnlock(); }")]
    [InlineData("[RawAtomic] void M() { Rcu.ReadLock(); {|LCX1005:Rcu.Synchronize()|}; Rcu.ReadUnlock(); }")]
    public Task Before_everything_else_that_is_wrong_there(string member) => RuntimeSource.Members(member);

    [Fact]
    public Task Before_other_causes_of_the_same_call() => RuntimeSource.Members("""
        void M() { Rcu.ReadLock(); {|LCX1005:Helper(null)|}; Rcu.ReadUnlock(); }
        void Helper(void* p) { Thread.Sleep(1); Rcu.FreeMightSleep(p); lock (this) { } Rcu.Synchronize(); }
        """);

    [Theory]
    [InlineData("void M() { _raw.Enter(); {|LCX1001:Rcu.Synchronize()|}; _raw.Exit(); }")]
    [InlineData("[RawAtomic] void M() => {|LCX1001:Rcu.Synchronize()|};")]
    [InlineData("void M() { _sleeping.Enter(); {|LCX1011:Rcu.Synchronize()|}; _sleeping.Exit(); }")]
    public Task Only_a_sleep_where_no_reader_is_held_up(string member) => RuntimeSource.Members(member);

    [Theory]
    [InlineData("void M() => Rcu.Call(() => {|LCX1005:Rcu.Synchronize()|});")]
    [InlineData("void M() => Rcu.Call(() => {|LCX1005:Outer()|}); void Outer() => Rcu.Synchronize();")]
    [InlineData("void M() => Rcu.Call({|LCX1005:OnFree|}); void OnFree() => Rcu.Synchronize();")]
    [InlineData("void M() => Rcu.Call({|LCX1005:Rcu.Synchronize|});")]
    [InlineData("void M(RcuHead* head) => Rcu.Call(head, {|LCX1005:&OnFree|}); static void OnFree(RcuHead* head) => Rcu.Synchronize();")]
    [InlineData("void M(RcuHead* head) => Rcu.Call(head, {|LCX1011:&OnFree|}); static void OnFree(RcuHead* head) => Thread.Sleep(1);")]
    public Task In_a_callback(string members) => RuntimeSource.Members(members);

    [Theory]
    [InlineData("[NoGracePeriodWait] void M() => {|LCX1005:Rcu.Synchronize()|};")]
    [InlineData("[NoGracePeriodWait] void M() => {|LCX1005:Rcu.FreeMightSleep(null)|};")]
    [InlineData("[NoGracePeriodWait] void M() { _raw.Enter(); {|LCX1005:Reclaim()|}; _raw.Exit(); } void Reclaim() => Rcu.Barrier();")]
    [InlineData("[NoGracePeriodWait] class A { void M() => {|LCX1005:Reclaim()|}; [Sleepable] void Reclaim() => Rcu.Barrier(); }")]
    public Task In_an_allocator(string members) => RuntimeSource.Members(members);

    [Theory]
    [InlineData("Domain.ReadLock(); {|LCX1005:Domain.Synchronize()|}; Domain.ReadUnlock();")]
    public Task The_same_readers_even_where_they_may_sleep(string statements) => RuntimeSource.Members($$"""
        void M() { {{statements}} }

        [ReadSection(Inner = WaitClass.Sleep), Trusted("a source copy")]
        static class Domain
        {
            [Acquires] public static void ReadLock() { }
            [Releases] public static void ReadUnlock() { }
            [WaitsForGracePeriod] public static void Synchronize() { }
        }
        """);

    [Fact]
    public Task Message_shows_the_section_and_the_path() => RuntimeSource.Members("""
        void M()
        {
            Rcu.ReadLock();
            {|#0:Shrink()|};
            Rcu.ReadUnlock();
        }
        void Shrink() => Rcu.Synchronize();
        """,
        Verify.Diagnostic("LCX1005").WithLocation(0).WithMessage(
            "'Synchronize' waits for all readers while Rcu (taken at line 12) is held: Shrink -> Synchronize, which cannot end before this does; move it after ReadUnlock"));
}
