using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Rules.LCX2004;

public class Reports
{
    [Theory]
    [InlineData("var copy = {|LCX2004:_l|};")]
    [InlineData("SpinLock copy; copy = {|LCX2004:_l|};")]
    [InlineData("_l2 = {|LCX2004:_l|};")]
    [InlineData("ByValue({|LCX2004:_l|});")]
    [InlineData("ByIn({|LCX2004:_l|});")]
    [InlineData("ByIn(in {|LCX2004:_l|});")]
    [InlineData("object o = {|LCX2004:_l|};")]
    [InlineData("Console.WriteLine((object){|LCX2004:_l|});")]
    [InlineData("var copy = {|LCX2004:_all[0]|};")]
    [InlineData("var copy = {|LCX2004:other._l|};")]
    [InlineData("ref SpinLock r = ref _l; var copy = {|LCX2004:r|};")]
    public Task Copies(string statement) => Spec.Members($$"""
        private readonly SpinLock[] _all = new SpinLock[2];
        void M(C other) { {{statement}} }
        static void ByValue(SpinLock l) { }
        static void ByIn(in SpinLock l) { }
        """);

    [Theory]
    [InlineData("SpinLock P => {|LCX2004:_l|};")]
    [InlineData("SpinLock P { get { return {|LCX2004:_l|}; } }")]
    [InlineData("SpinLock Get() => {|LCX2004:_l|};")]
    public Task Returned_from_where_it_stays(string member) => Spec.Members(member);

    [Theory]
    [InlineData("private readonly SpinLock {|LCX2004:_r|} = new(false);")]
    [InlineData("private static readonly SpinLock {|LCX2004:s_r|} = new(false);")]
    [InlineData("private readonly SpinLock {|LCX2004:_r|};")]
    public Task In_a_readonly_field(string member) => Spec.Members(member);

    [Fact]
    public Task A_declared_lock_struct() => Spec.Code("""
        [LockClass(Outer = WaitClass.Spin)]
        struct Ticket { [Acquires] public void Take() { } [Releases] public void Give() { } }

        class C
        {
            private Ticket _t;
            private readonly Ticket {|LCX2004:_r|};
            void M() { var copy = {|LCX2004:_t|}; }
        }
        """);

    [Fact]
    public Task Message_says_what_to_do() => Spec.Members(
        "void M() { var copy = {|#0:_l|}; }",
        Verify.Diagnostic("LCX2004").WithLocation(0).WithMessageContaining("_l", "ref"));
}
