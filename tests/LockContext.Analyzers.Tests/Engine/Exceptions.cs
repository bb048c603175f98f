using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Engine;

/// <summary>What runs, and with which locks, when something throws.</summary>
[Trait("Policy", "Ways through a body")]
public class Exceptions
{
    [Fact]
    public Task A_catch_inside_the_section_still_holds() => Spec.Held("""
        try { _n++; Other(); }
        catch (InvalidOperationException) { {|LCX1001:Thread.Sleep(1)|}; }
        """, "void Other() { }");

    [Fact]
    public Task A_catch_outside_of_the_section_that_finally_closed_does_not() => Spec.Members("""
        void M()
        {
            try
            {
                bool taken = false;
                try { _l.Enter(ref taken); Other(); }
                finally { if (taken) _l.Exit(); }
            }
            catch (InvalidOperationException)
            {
                Thread.Sleep(1);
            }
        }
        void Other() { }
        """);

    [Fact]
    public Task A_filter_runs_before_inner_finally_blocks() => Spec.Members("""
        void M()
        {
            try
            {
                bool taken = false;
                try { _l.Enter(ref taken); throw new InvalidOperationException(); }
                finally { if (taken) _l.Exit(); }
            }
            catch (Exception) when ({|LCX1001:Slow()|})
            {
                Thread.Sleep(1);
            }
        }
        static bool Slow() { Thread.Sleep(1); return true; }
        """);

    [Fact]
    public Task A_filter_with_nothing_held() => Spec.Members("""
        void M()
        {
            try { throw new InvalidOperationException(); }
            catch (Exception) when (Slow()) { }
            bool taken = false;
            _l.Enter(ref taken);
            _l.Exit();
        }
        static bool Slow() { Thread.Sleep(1); return true; }
        """);

    [Fact]
    public Task A_catch_that_rethrows_is_a_throw_path() => Spec.Held("""
        try { Other(); }
        catch { Thread.Sleep(1); throw; }
        """, "void Other() { }");

    [Fact]
    public Task A_catch_that_swallows_is_not() => Spec.Held("""
        try { Other(); }
        catch { {|LCX1001:Thread.Sleep(1)|}; }
        """, "void Other() { }");

    [Fact]
    public Task Finally_runs_on_throw_paths_too_and_is_not_exempt() => Spec.Members("""
        void M()
        {
            bool taken = false;
            _l.Enter(ref taken);
            try { if (_b) throw new InvalidOperationException(); }
            finally { {|LCX1001:Thread.Sleep(1)|}; _l.Exit(); }
        }
        """);

    [Fact]
    public Task DoesNotReturn_ends_the_path() => Spec.Held("""
        if (_b) { Fail(); }
        _n++;
        """, """
        [DoesNotReturn] static void Fail() { Thread.Sleep(1); Environment.FailFast("x"); }
        """);

    [Fact]
    public Task A_throw_inside_the_callee_exempts_that_path_of_it() => Spec.Held(
        "Check(); {|LCX1001:CheckSlowly()|};",
        """
        void Check() { if (_n < 0) { Thread.Sleep(1); throw new InvalidOperationException(); } }
        void CheckSlowly() { Thread.Sleep(1); if (_n < 0) throw new InvalidOperationException(); }
        """);
}
