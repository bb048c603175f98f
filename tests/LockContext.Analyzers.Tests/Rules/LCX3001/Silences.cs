using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Rules.LCX3001;

public class Silences
{
    [Theory]
    [InlineData("[NoReclaim, Sleepable] void M() { }")]
    [InlineData("[RawAtomic, NoReclaim] void M() { }")]
    [InlineData("[Sleepable] async Task M() => await Task.Yield();")]
    [InlineData("[NoReclaim] async Task M() => await Task.Yield();")]
    [InlineData("""[RawAtomic, Trusted("measured")] void M() { }""")]
    [InlineData("[RawAtomic, ContextLimit(WaitClass.Spin)] void M() { }")]
    [InlineData("""[Acquires("_gate")] void M() => Monitor.Enter(_gate);""")]
    [InlineData("""[Acquires("other._gate")] void M(C other) => Monitor.Enter(other._gate);""")]
    [InlineData("""[Acquires("gate")] void M(object gate) => Monitor.Enter(gate);""")]
    [InlineData("""[Acquires("_gate", Try = true)] bool M() => Monitor.TryEnter(_gate);""")]
    [InlineData("""[Acquires("_gate", Try = true)] void M([LockTaken] out bool taken) => taken = Monitor.TryEnter(_gate);""")]
    [InlineData("[Sleepable] bool M([LockContext.Timeout] int milliseconds) => true;")]
    [InlineData("[Sleepable] bool M([LockContext.Timeout] TimeSpan timeout) => true;")]
    [InlineData("void M([RunsHere] Action a, [RunsLater] Func<int> b) { }")]
    public Task Sound_declarations(string member) => Spec.Members(member);

    [Fact]
    public Task The_members_own_word_beats_the_types() => Spec.Code("""
        [RawAtomic]
        class C
        {
            [Sleepable] void M() => Thread.Sleep(1);
            void N() { }
        }
        """);

    [Fact]
    public Task Field_level_classes_may_leave_Outer_to_the_type() => Spec.Code("""
        class C { [LockClass(Inner = WaitClass.Spin)] private readonly Lock _hot = new(); }
        """);
}
