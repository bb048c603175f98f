using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Rules.LCX2002;

public class Reports
{
    [Theory]
    [InlineData("_l.Enter(ref taken); _l.Exit(); {|LCX2002:_l.Exit()|};")]
    [InlineData("_l.Enter(ref taken); if (_b) _l.Exit(); {|LCX2002:_l.Exit()|};")]
    [InlineData("_l.TryEnter(ref taken); {|LCX2002:_l.Exit()|};")]
    [InlineData("_l.TryEnter(ref taken); if (!taken) {|LCX2002:_l.Exit()|}; else _l.Exit();")]
    [InlineData("_l.Enter(ref taken); try { _n++; _l.Exit(); } finally { {|LCX2002:_l.Exit()|}; }")]
    [InlineData("Monitor.Enter(_gate); Monitor.Exit(_gate); {|LCX2002:Monitor.Exit(_gate)|};")]
    [InlineData("_lock.Enter(); _lock.Exit(); {|LCX2002:_lock.Exit()|};")]
    [InlineData("if (!Monitor.TryEnter(_gate)) {|LCX2002:Monitor.Exit(_gate)|}; else Monitor.Exit(_gate);")]
    public Task Not_held(string statements) => Spec.Members($$"""void M() { bool taken = false; {{statements}} }""");

    [Fact]
    public Task Through_a_wrapper() => Spec.Members("""
        void End() => _l.Exit();
        void M() { bool taken = false; _l.Enter(ref taken); _l.Exit(); {|LCX2002:End()|}; }
        """);

    [Fact]
    public Task A_declared_lock() => Spec.Code("""
        [LockClass(Outer = WaitClass.Spin)]
        struct Ticket { [Acquires] public void Take() { } [Releases] public void Give() { } }

        class C
        {
            Ticket _t;
            void M() { _t.Take(); _t.Give(); {|LCX2002:_t.Give()|}; }
        }
        """);

    [Fact]
    public Task Message_names_the_lock() => Spec.Members(
        "void M() { bool taken = false; _l.Enter(ref taken); _l.Exit(); {|#0:_l.Exit()|}; }",
        Verify.Diagnostic("LCX2002").WithLocation(0).WithMessageContaining("SpinLock '_l'"));
}
