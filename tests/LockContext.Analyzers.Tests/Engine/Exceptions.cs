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

    [Theory]
    [InlineData("Monitor.Enter(_gate); try { throw new InvalidOperationException(); } catch (InvalidOperationException) { Monitor.Exit(_gate); }")]
    [InlineData("Monitor.Enter(_gate); try { throw new ObjectDisposedException(null); } catch (InvalidOperationException) { Monitor.Exit(_gate); }")]
    [InlineData("Monitor.Enter(_gate); try { throw new ArgumentNullException(); } catch (InvalidOperationException) { } catch (ArgumentException) { Monitor.Exit(_gate); }")]
    [InlineData("Monitor.Enter(_gate); try { try { throw new ArgumentNullException(); } finally { _n++; } } catch (ArgumentException) { Monitor.Exit(_gate); }")]
    [InlineData("Monitor.Enter(_gate); try { try { _n = int.Parse(text); Monitor.Exit(_gate); } catch (FormatException) { throw; } } catch (FormatException) { Monitor.Exit(_gate); }")]
    [InlineData("Monitor.Enter(_gate); try { if (_n > 0) throw Made(); Monitor.Exit(_gate); } catch (ArgumentException) { Monitor.Exit(_gate); }")]
    [InlineData("try { Monitor.Enter(_gate); if (Monitor.IsEntered(_gate)) { Monitor.Exit(_gate); } } catch { }")]
    [InlineData("try { _rw.EnterWriteLock(); if (_rw.IsWriteLockHeld) { _rw.ExitWriteLock(); } } catch { }")]
    public Task An_exception_that_is_surely_caught(string statements) => Spec.Members($$"""
        static ArgumentException Made() => new ArgumentNullException();
        readonly ReaderWriterLockSlim _rw = new();
        void M(string text) { {{statements}} }
        """);

    [Theory]
    [InlineData("{|LCX2001:Monitor.Enter(_gate)|}; try { if (_n > 0) throw new NotSupportedException(); Monitor.Exit(_gate); } catch (ArgumentException) { Monitor.Exit(_gate); }")]
    [InlineData("{|LCX2001:Monitor.Enter(_gate)|}; try { if (_n > 0) throw Made(); Monitor.Exit(_gate); } catch (ArgumentNullException) { Monitor.Exit(_gate); }")]
    [InlineData("{|LCX2001:Monitor.Enter(_gate)|}; try { if (_n > 0) throw new ArgumentException(); Monitor.Exit(_gate); } catch (ArgumentException) when (_n > 3) { Monitor.Exit(_gate); }")]
    [InlineData("{|LCX2001:Monitor.Enter(_gate)|}; try { try { if (_n > 0) throw new ArgumentException(); } finally { _n++; } Monitor.Exit(_gate); } catch (InvalidOperationException) { Monitor.Exit(_gate); }")]
    public Task An_exception_that_may_get_past(string statements) => Spec.Members($$"""
        static ArgumentException Made() => new ArgumentNullException();
        void M() { {{statements}} }
        """);
}
