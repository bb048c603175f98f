using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Rules.LCX3003;

public class Reports
{
    [Theory]
    [InlineData("Quick q = {|LCX3003:Sleepy|};")]
    [InlineData("Quick q = {|LCX3003:new Quick(Sleepy)|};")]
    [InlineData("var q = {|LCX3003:(Quick)Sleepy|};")]
    [InlineData("Take({|LCX3003:Sleepy|});")]
    [InlineData("Take(a: {|LCX3003:_journal.Append|});")]
    [InlineData("TakeQuick({|LCX3003:Sleepy|});")]
    [InlineData("_field = {|LCX3003:Sleepy|};")]
    [InlineData("Property = {|LCX3003:Sleepy|};")]
    [InlineData("Event += {|LCX3003:Sleepy|};")]
    [InlineData("Take({|LCX3003:[Sleepable] () => Thread.Sleep(1)|});")]
    public Task A_method_that_is_declared_to_be_worse(string statements) => Delegates.In(statements);

    [Theory]
    [InlineData("Take({|LCX3003:_sleepyField|});")]
    [InlineData("Take({|LCX3003:sleepyParameter|});")]
    [InlineData("_field = {|LCX3003:_sleepyField|};")]
    [InlineData("Quick q = {|LCX3003:new Quick(_slow)|};")]
    [InlineData("Quick q = {|LCX3003:new Quick(_sleepyField)|};")]
    [InlineData("Quick q = {|LCX3003:_slow.Invoke|};")]
    [InlineData("Event += {|LCX3003:_sleepyField|};")]
    [InlineData("var local = _sleepyField; Take({|LCX3003:local|});")]
    public Task A_delegate_of_another_place_or_type(string statements) => Delegates.In(statements);

    [Theory]
    [InlineData("Quick q = {|LCX3003:Sleeps|};")]
    [InlineData("Take({|LCX3003:Locks|});")]
    [InlineData("Take({|LCX3003:Inner|});")]
    [InlineData("void Local() => Thread.Sleep(1); Take({|LCX3003:Local|});")]
    [InlineData("Action a = () => Thread.Sleep(1); Take({|LCX3003:a|});")]
    [InlineData("Action a = Sleeps; Take({|LCX3003:a|});")]
    [InlineData("TakeNoReclaim({|LCX3003:Allocates|});")]
    [InlineData("ThreadStart s = Sleeps; Quick q = {|LCX3003:new Quick(s)|};")]
    public Task A_method_whose_body_is_worse(string statements) => Delegates.In(statements);

    [Fact]
    public Task In_initialisers_and_returns() => Spec.Code("""
        [RawAtomic] delegate void Quick();
        class C
        {
            private readonly Quick _quick = {|LCX3003:Slow|};
            [RawAtomic] private readonly Action _action = {|LCX3003:Slow|};
            private static Quick Make() => {|LCX3003:Slow|};
            private static Quick[] Many() => [{|LCX3003:Slow|}];
            [Sleepable] private static void Slow() { }
        }
        """);

    [Theory]
    [InlineData("Take({|#0:Sleepy|});", "'Sleepy' is [Sleepable], but parameter 'a' of 'Take' is [RawAtomic]; give it something that keeps the promise, or take the promise back")]
    [InlineData("Quick q = {|#0:Sleeps|};", "'Sleeps' can sleep, but 'Quick' is [RawAtomic]: Sleeps -> Inner -> Thread.Sleep; give it something that keeps the promise, or take the promise back")]
    [InlineData("_field = {|#0:_sleepyField|};", "'_sleepyField' is [Sleepable], but '_field' is [RawAtomic]; give it something that keeps the promise, or take the promise back")]
    [InlineData("Action a = Locks; Take({|#0:a|});", "'Locks' can block, but parameter 'a' of 'Take' is [RawAtomic]: Locks -> Monitor.Enter; give it something that keeps the promise, or take the promise back")]
    public Task Messages(string statements, string message) => Delegates.In(statements, Verify.Diagnostic("LCX3003").WithLocation(0).WithMessage(message));
}
