using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Engine;

/// <summary>States are merged only when the same things are held.</summary>
[Trait("Policy", "Ways through a body")]
public class PathSensitivity
{
    [Fact]
    public Task The_same_condition_twice() => Spec.Members("""
        void M(bool b)
        {
            bool taken = false;
            if (b) _l.Enter(ref taken);
            _n++;
            if (b) _l.Exit();
            Thread.Sleep(1);
        }
        """);

    [Fact]
    public Task The_opposite_condition() => Spec.Members("""
        void M(bool b)
        {
            bool taken = false;
            if (b) _l.Enter(ref taken);
            if (!b) Thread.Sleep(1);
            if (b) { {|LCX1001:Thread.Sleep(1)|}; _l.Exit(); }
            Thread.Sleep(1);
        }
        """);

    [Fact]
    public Task Held_on_one_way_is_held() => Spec.Members("""
        void M(bool b)
        {
            bool taken = false;
            if (b) _l.Enter(ref taken);
            {|LCX1001:Thread.Sleep(1)|};
            if (b) _l.Exit();
        }
        """);

    [Fact]
    public Task A_condition_that_changes_between_is_another() => Spec.Members("""
        void M(bool b)
        {
            bool taken = false;
            if (b) _l.Enter(ref taken);
            b = _n > 0;
            if (taken) _l.Exit();
            Thread.Sleep(1);
        }
        """);

    [Fact]
    public Task Early_return_without_the_lock() => Spec.Members("""
        void M()
        {
            bool taken = false;
            if (_b) { Thread.Sleep(1); return; }
            _l.Enter(ref taken);
            if (_n > 0) { _l.Exit(); Thread.Sleep(1); return; }
            _n++;
            _l.Exit();
        }
        """);

    [Fact]
    public Task Code_that_is_never_reached() => Spec.Held("""
        const bool never = false;
        if (never) Thread.Sleep(1);
        if (false) Thread.Sleep(1);
        while (false) Thread.Sleep(1);
        """);

    [Fact]
    public Task Constant_bool_arguments_choose_the_way() => Spec.Held(
        "Flush(wait: false); {|LCX1001:Flush(wait: true)|};",
        "void Flush(bool wait) { _n++; if (wait) Thread.Sleep(1); }");

    [Fact]
    public Task Constant_timeouts_are_passed_on() => Spec.Held(
        "TryWait(0); {|LCX1001:TryWait(5)|};",
        "bool TryWait(int milliseconds) => _semaphore.Wait(milliseconds);");

    /// <summary>A test of an order and its opposite, in all ways of writing them.</summary>
    [Theory]
    [InlineData("n > 0", "n <= 0")]
    [InlineData("n > 0", "0 >= n")]
    [InlineData("n < m", "m <= n")]
    [InlineData("n >= m", "n < m")]
    [InlineData("n >= m", "m > n")]
    [InlineData("n == m", "n != m")]
    public Task Opposite_orders(string test, string opposite) => Spec.Members($$"""
        void M(int n, int m)
        {
            bool t = false;
            if ({{test}}) _l.Enter(ref t);
            if ({{opposite}}) Thread.Sleep(1);
            if ({{test}}) {|LCX1001:Thread.Sleep(2)|};
            if ({{test}}) _l.Exit();
        }
        """);

    /// <summary>Not a number is neither less than anything nor anything else, and neither is null.</summary>
    [Theory]
    [InlineData("double")]
    [InlineData("int?")]
    public Task Values_without_a_total_order(string type) => Spec.Members($$"""
        void M({{type}} n)
        {
            bool t = false;
            if (!(n > 0)) _l.Enter(ref t);
            if (n <= 0) {|LCX1001:Thread.Sleep(1)|};
            if (!(n > 0)) _l.Exit();
        }
        void N({{type}} n)
        {
            bool t = false;
            if (n <= 0) return;
            if (!(n > 0)) { _l.Enter(ref t); {|LCX1001:Thread.Sleep(1)|}; _l.Exit(); }
        }
        """);

    [Fact]
    public Task A_loop_over_constants_runs() => Spec.Members("""
        void M()
        {
            bool t = false;
            for (int i = 0; i < 3; i++)
            {
                if (!t) _l.Enter(ref t);
            }
            {|LCX1001:Thread.Sleep(1)|};
            _l.Exit();
        }
        void N()
        {
            for (uint i = 5; i < 3; i++)
            {
                bool t = false;
                _l.Enter(ref t);
                Thread.Sleep(1);
                _l.Exit();
            }
        }
        """);
}
