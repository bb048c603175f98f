using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Attributes;

public class OtherContracts
{
    [Fact]
    public Task Trusted_stops_the_walk() => Spec.Held("Atomic(); Plain(); {|LCX1001:Sleepy()|};", """
        [RawAtomic, Trusted("sized at start-up")] static void Atomic() => Thread.Sleep(1);
        [Trusted("only in tests")] static void Plain() => Thread.Sleep(1);
        [Sleepable, Trusted("written by hand")] static void Sleepy() { }
        """);

    [Fact]
    public Task Trusted_on_a_type() => Spec.Code("""
        [RawAtomic, Trusted("the primitive itself")]
        class Primitive { public void M() => Thread.Sleep(1); }
        class C { readonly Primitive _p = new(); [RawAtomic] void M() => _p.M(); }
        """);

    [Theory]
    [InlineData("Spin", "{|LCX1001:Thread.Sleep(1)|};")]
    [InlineData("Sleep", "Thread.Sleep(1);")]
    [InlineData("Spin", "bool t = false; _l.Enter(ref t); _l.Exit();")]
    public Task ContextLimit(string limit, string statement) => Spec.Members($$"""[ContextLimit(WaitClass.{{limit}})] void M() { {{statement}} }""");

    [Fact]
    public Task ContextLimit_is_inherited() => Spec.Code("""
        interface IHandler { [ContextLimit(WaitClass.Spin)] void Handle(); }
        class C : IHandler { public void Handle() => {|LCX1001:Thread.Sleep(1)|}; }
        """);

    [Fact]
    public Task WaitsForGracePeriod_is_Sleepable_as_well() => RuntimeSource.Held("{|LCX1001:Rcu.Synchronize()|};");

    [Theory]
    [InlineData("Wait(0);")]
    [InlineData("WaitSpan(TimeSpan.Zero);")]
    [InlineData("WaitSpan(default);")]
    [InlineData("{|LCX1001:Wait(1)|};")]
    [InlineData("{|LCX1001:Wait(_n)|};")]
    [InlineData("{|LCX1001:WaitSpan(TimeSpan.FromDays(1))|};")]
    [InlineData("{|LCX1001:WaitDefault()|};")]
    public Task Timeout(string statement) => Spec.Held(statement, """
        [Sleepable] static bool Wait([LockContext.Timeout] int ms) => true;
        [Sleepable] static bool WaitSpan([LockContext.Timeout] TimeSpan span) => true;
        [Sleepable] static bool WaitDefault([LockContext.Timeout] int ms = -1) => true;
        """);
}
