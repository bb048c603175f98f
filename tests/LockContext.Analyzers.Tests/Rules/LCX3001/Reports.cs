using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Rules.LCX3001;

public class Reports
{
    [Theory]
    [InlineData("[RawAtomic, {|LCX3001:Sleepable|}] void M() { }")]
    [InlineData("[RawAtomic, {|LCX3001:Sleepable|}] int P => 1;")]
    [InlineData("[RawAtomic, {|LCX3001:Sleepable|}] C() { }")]
    [InlineData("[RawAtomic, {|LCX3001:Sleepable|}] delegate void D();")]
    [InlineData("[RawAtomic, {|LCX3001:Sleepable|}] class Nested { }")]
    [InlineData("void M([RawAtomic, {|LCX3001:Sleepable|}] Action a) { }")]
    [InlineData("[RawAtomic, {|LCX3001:Sleepable|}] private Action? _a;")]
    [InlineData("[RawAtomic, {|LCX3001:Sleepable|}] event Action? E;")]
    [InlineData("interface I { [RawAtomic, {|LCX3001:Sleepable|}] void M(); }")]
    [InlineData("void M() { [RawAtomic, {|LCX3001:Sleepable|}] void Local() { } Local(); }")]
    [InlineData("[RawAtomic, {|LCX3001:WaitsForGracePeriod|}] void M() { }")]
    [InlineData("[RawAtomic, {|LCX3001:DefersFree(MightSleep = true)|}] void M() { }")]
    public Task Contradictions(string member) => Spec.Members(member);

    [Theory]
    [InlineData("[{|LCX3001:RawAtomic|}] async Task M() { await Task.Yield(); }")]
    [InlineData("[{|LCX3001:RawAtomic|}] async Task M() => await Task.Yield();")]
    [InlineData("[{|LCX3001:RawAtomic|}] IEnumerable<int> M() { yield return 1; }")]
    [InlineData("[{|LCX3001:RawAtomic|}] IEnumerable<int> P { get { yield return 1; } }")]
    [InlineData("void M() { [{|LCX3001:RawAtomic|}] async Task Local() { await Task.Yield(); } _ = Local(); }")]
    [InlineData("void M() { Func<Task> f = [{|LCX3001:RawAtomic|}] async () => await Task.Yield(); }")]
    public Task RawAtomic_code_cannot_be_suspended(string member) => Spec.Members(member);

    [Theory]
    [InlineData("""[RawAtomic, {|LCX3001:Trusted("")|}] void M() { }""")]
    [InlineData("""[RawAtomic, {|LCX3001:Trusted("  ")|}] void M() { }""")]
    [InlineData("""[{|LCX3001:Acquires("_nothing")|}] void M() { }""")]
    [InlineData("""[{|LCX3001:Acquires("_gate.nothing")|}] void M() { }""")]
    [InlineData("""[{|LCX3001:Releases("nothing")|}] void M() { }""")]
    [InlineData("""[{|LCX3001:RequiresLock("nothing")|}] void M() { }""")]
    [InlineData("""[{|LCX3001:AssertsHeld("nothing")|}] void M() { }""")]
    public Task Malformed(string member) => Spec.Members(member);

    [Theory]
    [InlineData("[{|LCX3001:LockClass|}]")]
    [InlineData("[{|LCX3001:LockClass(Inner = WaitClass.Spin)|}]")]
    public Task A_lock_class_without_Outer(string attribute) => Spec.Code($$"""
        {{attribute}}
        class Ticket { [Acquires] public void Enter() { } [Releases] public void Exit() { } }
        """);

    [Fact]
    public Task Message_names_both() => Spec.Members(
        "[RawAtomic, {|#0:Sleepable|}] void M() { }",
        Verify.Diagnostic("LCX3001").WithLocation(0).WithMessageContaining("RawAtomic", "Sleepable"));
}
