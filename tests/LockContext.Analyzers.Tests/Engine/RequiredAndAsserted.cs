using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Engine;

/// <summary>Locks that the caller is said to hold.</summary>
public class RequiredAndAsserted
{
    private const string Ticket = """
        [LockClass(Outer = WaitClass.Spin)]
        class Ticket
        {
            [Acquires] public void Take() { }
            [Releases] public void Give() { }
            [AssertsHeld] public void AssertHeld() { }
        }
        """;

    [Theory]
    [InlineData("""[RequiresLock("_t")] void M() { {|LCX1001:Thread.Sleep(1)|}; }""")]
    [InlineData("""[RequiresLock("_t")] void M() { _n++; }""")]
    [InlineData("""[RequiresLock("_t")] void M() { _t.Give(); Thread.Sleep(1); _t.Take(); }""")]
    [InlineData("""[RequiresLock("_t")] void M() { {|LCX2003:_t.Take()|}; }""")]
    [InlineData("""[RequiresLock("t")] static void M(Ticket t) { {|LCX1001:Thread.Sleep(1)|}; }""")]
    [InlineData("""[RequiresLock("other._t")] static void M(C other) { {|LCX1001:Thread.Sleep(1)|}; }""")]
    [InlineData("""[RequiresLock("_hot")] void M() { {|LCX1001:Thread.Sleep(1)|}; }""")]
    [InlineData("""[RequiresLock("_gate")] void M() { Thread.Sleep(1); }""")]
    [InlineData("""int P { [RequiresLock("_t")] get { {|LCX1001:Thread.Sleep(1)|}; return 1; } }""")]
    public Task RequiresLock(string member) => Code(member);

    [Theory]
    [InlineData("void M() { Thread.Sleep(1); _t.AssertHeld(); {|LCX1001:Thread.Sleep(1)|}; }")]
    [InlineData("void M() { _t.AssertHeld(); _n++; }")]
    [InlineData("void M() { _t.AssertHeld(); _t.Give(); Thread.Sleep(1); }")]
    [InlineData("""[AssertsHeld("_t")] void Check() { } void M() { Check(); {|LCX1001:Thread.Sleep(1)|}; }""")]
    [InlineData("void M() { if (_n > 0) { _t.AssertHeld(); {|LCX1001:Thread.Sleep(1)|}; } else { Thread.Sleep(1); } }")]
    public Task AssertsHeld(string member) => Code(member);

    [Fact]
    public Task A_callee_that_requires_it_may_be_called_with_it() => Code("""
        [RequiresLock("_t")] void Core() => _n++;
        void M() { _t.Take(); Core(); _t.Give(); }
        """);

    private static Task Code(string member) => Spec.Code($$"""
        {{Ticket}}

        class C
        {
            readonly Ticket _t = new();
            [LockClass(Inner = WaitClass.Spin)] readonly object _hot = new();
            readonly object _gate = new();
            int _n;
            {{member}}
        }
        """);
}
