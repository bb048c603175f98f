using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Rules.LCX2003;

public class Reports
{
    [Theory]
    [InlineData("_l.Enter(ref a); {|LCX2003:_l.Enter(ref b)|}; _l.Exit();")]
    [InlineData("_l.TryEnter(ref a); if (a) { {|LCX2003:_l.Enter(ref b)|}; _l.Exit(); }")]
    [InlineData("_l.Enter(ref a); if (_b) {|LCX2003:_l.Enter(ref b)|}; _l.Exit();")]
    [InlineData("_all[0].Enter(ref a); {|LCX2003:_all[0].Enter(ref b)|}; _all[0].Exit();")]
    [InlineData("_all[i].Enter(ref a); {|LCX2003:_all[i].Enter(ref b)|}; _all[i].Exit();")]
    [InlineData("other._l.Enter(ref a); {|LCX2003:other._l.Enter(ref b)|}; other._l.Exit();")]
    public Task Twice_in_one_method(string statements) => Spec.Members($$"""
        private readonly SpinLock[] _all = new SpinLock[2];
        void M(C other, int i) { bool a = false, b = false; {{statements}} }
        """);

    [Fact]
    public Task Through_a_callee() => Spec.Members(
        """
        void M() { bool t = false; _l.Enter(ref t); {|#0:Save()|}; _l.Exit(); }
        void Save() => Add();
        void Add() { bool t = false; _l.Enter(ref t); _n++; _l.Exit(); }
        """,
        Verify.Diagnostic("LCX2003").WithLocation(0).WithMessageContaining("_l", "Save -> Add"));

    [Fact]
    public Task Through_a_callee_that_is_given_the_lock() => Spec.Members("""
        void M() { bool t = false; _l.Enter(ref t); {|LCX2003:Add(ref _l)|}; Add(ref _l2); _l.Exit(); }
        static void Add(ref SpinLock l) { bool t = false; l.Enter(ref t); l.Exit(); }
        """);

    [Fact]
    public Task Through_recursion() => Spec.Members("""
        void M(int n)
        {
            bool t = false;
            _l.Enter(ref t);
            if (n > 0) {|LCX2003:M(n - 1)|};
            _l.Exit();
        }
        """);

    [Theory]
    [InlineData("bool t = true; {|LCX2003:_l.Enter(ref t)|}; _l.Exit();")]
    [InlineData("bool t = false; _l.Enter(ref t); _l.Exit(); {|LCX2003:_l.Enter(ref t)|}; _l.Exit();")]
    [InlineData("bool t = false; _l.Enter(ref t); {|LCX2003:_l2.Enter(ref t)|}; _l2.Exit(); _l.Exit();")]
    [InlineData("bool t = false; for (int i = 0; i < 3; i++) { {|LCX2003:_l.Enter(ref t)|}; _l.Exit(); }")]
    public Task The_bool_is_not_surely_false(string statements) => Spec.Members($"void M() {{ {statements} }}");

    [Fact]
    public Task A_declared_lock() => Spec.Code("""
        [LockClass(Outer = WaitClass.Spin)]
        struct Ticket { [Acquires] public void Take() { } [Releases] public void Give() { } }

        class C
        {
            Ticket _t;
            void M() { _t.Take(); {|LCX2003:_t.Take()|}; _t.Give(); }
        }
        """);

    [Fact]
    public Task Message_tells_a_deadlock_from_an_exception() => Spec.Members(
        """
        private SpinLock _tracking = new(enableThreadOwnerTracking: true);
        void M() { bool a = false, b = false; _l.Enter(ref a); {|#0:_l.Enter(ref b)|}; _l.Exit(); }
        """,
        Verify.Diagnostic("LCX2003").WithLocation(0).WithMessageContaining("SpinLock '_l'"));
}
