using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Rules.LCX1013;

// LCX1013 is a suggestion: mentioning its id makes it count.
[Trait("Policy", "Managed allocation")]
public class Silences
{
    [Theory]
    [InlineData("[RawAtomic] int M() => _n + 1; // LCX1013")]
    [InlineData("[RawAtomic] void M() { Span<int> s = stackalloc int[4]; _n = s[0]; } // LCX1013")]
    [InlineData("[RawAtomic] void M() { if (_n < 0) throw new ArgumentException($\"{_n}\"); } // LCX1013")]
    [InlineData("void M() { bool t = false; _l.Enter(ref t); var o = new object(); _l.Exit(); } // LCX1013")]
    [InlineData("[ContextLimit(WaitClass.Config)] void M() { var o = new object(); } // LCX1013")]
    [InlineData("void M([RunsHere(Limit = WaitClass.Spin)] Action a) { } void N() => M(static () => { var o = new object(); }); // LCX1013")]
    [InlineData("[RawAtomic] void M() => Quiet(); [RawAtomic, Trusted(\"pooled\")] void Quiet() { var o = new object(); } // LCX1013")]
    [InlineData("[RawAtomic] void M() => Quiet(); [NoReclaim] void Quiet() { } // LCX1013")]
    public Task Code_that_allocates_nothing_or_need_not_care(string members) => Spec.Members(members + "\n");

    [Fact]
    public Task What_is_reported_in_the_callee_is_not_repeated() => Spec.Members("""
        [RawAtomic] void M() => N();
        [RawAtomic] void N() { var o = {|LCX1013:new object()|}; }
        """);
}
