using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Rules.LCX1013;

[Trait("Policy", "Managed allocation")]
public class Reports
{
    [Theory]
    [InlineData("[RawAtomic] object M() => {|LCX1013:new object()|};")]
    [InlineData("[RawAtomic] void M() { Action a = {|LCX1013:() => _n++|}; a(); }")]
    [InlineData("[RawAtomic] void M() => {|LCX1013:Make()|}; static object Make() => new object();")]
    [InlineData("[RawAtomic] delegate void D(); void M() { D d = () => { var o = {|LCX1013:new object()|}; }; }")]
    [InlineData("[RawAtomic] string M(string s) => {|LCX1013:s + _n|};")]
    public Task In_attributed_code(string member) => Spec.Members(member);

    [Fact]
    public Task From_an_inherited_contract() => Spec.Code("""
        interface I { [RawAtomic] object M(); }
        class C : I { public object M() => {|LCX1013:new object()|}; }
        [RawAtomic] class D { object M() => {|LCX1013:new object()|}; }
        """);

    [Fact]
    public Task Only_where_nothing_worse_is_to_be_said_of_the_call() => Spec.Members("""
        // LCX1013
        [RawAtomic] void M() { {|LCX1001:Save()|}; lock ({|LCX1002:_gate|}) { } }
        void Save() { var o = new object(); Thread.Sleep(1); }
        """);

    [Fact]
    public Task It_is_a_suggestion() => Spec.Members(
        "[RawAtomic] object M() => {|#0:new object()|};",
        Verify.Diagnostic("LCX1013").WithLocation(0).WithSeverity(Microsoft.CodeAnalysis.DiagnosticSeverity.Info).WithMessageContaining("'new Object' allocates an object in [RawAtomic] 'M'"));
}
