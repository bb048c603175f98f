using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Rules.LCX1010;

public class Reports
{
    [Theory]
    [InlineData("{|LCX1010:_unknown.Run()|};")]
    [InlineData("{|LCX1010:_unknown.Default()|};")]
    [InlineData("_ = {|LCX1010:_unknown.Name|};")]
    [InlineData("{|LCX1010:_unknown.Name|} = \"a\";")]
    [InlineData("_n = {|LCX1010:_unknown[1]|};")]
    [InlineData("{|LCX1010:_unknown.E += Static|};")]
    [InlineData("{|LCX1010:_abstract.Run()|}; {|LCX1010:_abstract.Virtual()|}; {|LCX1010:_collection.Clear()|}; {|LCX1010:_open.Run()|};")]
    [InlineData("foreach (int i in {|LCX1010:_enumerable|}) _n++;")]
    [InlineData("{|LCX1010:Native()|};")]
    [InlineData("{|LCX1010:_method.Invoke(null, null)|};")]
    [InlineData("{|LCX1010:_dynamic.Foo(1)|};")]
    [InlineData("_n = {|LCX1010:_dynamic.Bar|};")]
    [InlineData("unsafe { {|LCX1010:_pointer()|}; }")]
    [InlineData("{|LCX1010:Deep()|};")]
    public Task Calls_that_may_go_anywhere(string statements) => Unknown.In("[RawAtomic] void M()", statements);

    [Theory]
    [InlineData("{|LCX1010:_action()|};")]
    [InlineData("{|LCX1010:_action.Invoke()|};")]
    [InlineData("_action?{|LCX1010:.Invoke()|};")]
    [InlineData("{|LCX1010:Property2()|};")]
    [InlineData("Plain?{|LCX1010:.Invoke()|};")]
    [InlineData("var a = _action; {|LCX1010:a()|};")]
    [InlineData("{|LCX1010:_inline.SetResult()|};")]
    public Task Delegates_and_callbacks_without_a_lock(string statements) => Unknown.In("[RawAtomic] void M()", statements);

    [Theory]
    [InlineData("bool t = false; _l.Enter(ref t); {|LCX1010:_unknown.Run()|}; _unknown.Run(); {|LCX1010:Native()|}; _l.Exit();")]
    [InlineData("bool t = false; _l.Enter(ref t); {|LCX1010:Deep()|}; _l.Exit();")]
    public Task Under_a_spin_lock(string statements) => Unknown.In("void M()", statements);

    [Theory]
    [InlineData("[NoReclaim] void M()")]
    [InlineData("[ContextLimit(WaitClass.Config)] void M()")]
    [InlineData("[RawAtomic] void M()")]
    public Task Everywhere_if_asked_to(string method) => Unknown.In(method, "{|LCX1010:_unknown.Run()|};", "all");

    [Fact]
    public Task Something_worse_comes_first() => Spec.Members("""
        // LCX1010
        [RawAtomic] void M() => {|LCX1001:Both()|};
        void Both() { _i.Run(); Thread.Sleep(1); }
        public interface I { void Run(); }
        I _i = null!;
        """);

    [Fact]
    public Task Anybody_may_pass_a_delegate_to_a_public_member() => Spec.Code("""
        public class C { [RawAtomic] public void Run(Action a) { {|LCX1010:a()|}; } [RawAtomic] void Run2(Action a) => a(); }
        """);

    [Theory]
    [InlineData("{|#0:_unknown.Run()|};", "'IUnknown.Run' may do anything (anybody may implement it) in [RawAtomic] 'M'; declare what it promises, such as [RawAtomic] or [Sleepable]")]
    [InlineData("{|#0:Deep()|};", "'IUnknown.Run' may do anything (anybody may implement it) in [RawAtomic] 'M': Deep -> IUnknown.Run; declare what it promises, such as [RawAtomic] or [Sleepable]")]
    [InlineData("{|#0:_action()|};", "'_action' may do anything (it is a delegate that others have made) in [RawAtomic] 'M'; declare what it promises, such as [RawAtomic] or [Sleepable]")]
    [InlineData("{|#0:Native()|};", "'C.Native' may do anything (it is native code) in [RawAtomic] 'M'; declare what it promises, such as [RawAtomic] or [Sleepable]")]
    public Task Messages(string statements, string message) => Unknown.In(
        "[RawAtomic] void M()", statements, expected: [Verify.Diagnostic("LCX1010").WithLocation(0).WithSeverity(Microsoft.CodeAnalysis.DiagnosticSeverity.Info).WithMessage(message)]);
}
