using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Rules.LCX2001;

[Trait("Policy", "Lock leaks")]
public class Silences
{
    [Fact]
    public Task The_canonical_pattern() => Spec.Held("if (_b) return; _n++;");

    [Fact]
    public Task Handed_to_the_caller() => Spec.Members("void Begin() { bool taken = false; _l.Enter(ref taken); _n++; }");

    [Fact]
    public Task Handed_to_the_caller_if_it_is_told_so() => Spec.Members("""
        [Acquires("_gate", Try = true)]
        bool TryBegin()
        {
            Monitor.Enter(_gate);
            if (_b) { Monitor.Exit(_gate); return false; }
            return true;
        }
        """);

    [Fact]
    public Task Released_around_something_slow() => Spec.Members("""
        void M() { _l.Exit(); Thread.Sleep(1); bool taken = false; _l.Enter(ref taken); }
        """);

    [Fact]
    public Task Without_finally_a_callee_might_throw() => Spec.Members("""
        void M() { bool taken = false; _l.Enter(ref taken); Other(); _l.Exit(); }
        void Other() => _n = int.Parse("1");
        """);

    [Theory]
    [InlineData("if (_b) { _l.Exit(); return; } _n++; _l.Exit();")]
    [InlineData("if (_b) { _l.Exit(); throw new InvalidOperationException(); } _l.Exit();")]
    [InlineData("while (true) { if (_b) break; _n++; } _l.Exit();")]
    [InlineData("switch (_n) { case 0: _l.Exit(); return; case 1: break; default: goto case 1; } _l.Exit();")]
    [InlineData("if (_b) goto end; _n++; end: _l.Exit();")]
    [InlineData("try { if (_b) return; } finally { _l.Exit(); }")]
    [InlineData("try { _n++; } catch { _l.Exit(); throw; } _l.Exit();")]
    [InlineData("using var guard = new Guard(this); if (_b) return;")]
    [InlineData("try { throw new InvalidOperationException(); } catch (InvalidOperationException) { } finally { _l.Exit(); }")]
    public Task Released_on_every_way_out(string statements) => Spec.Members($$"""
        void M()
        {
            bool taken = false;
            _l.Enter(ref taken);
            {{statements}}
        }
        readonly struct Guard(C c) : IDisposable { public void Dispose() => c._l.Exit(); }
        """);

    [Fact]
    public Task Taken_and_released_under_the_same_condition() => Spec.Members("""
        void M(bool b)
        {
            bool taken = false;
            if (b) _l.Enter(ref taken);
            _n++;
            if (b) _l.Exit();
        }
        """);

    [Fact]
    public Task Semaphores_are_waits() => Spec.Members("""
        void M() { _semaphore.Wait(); if (_b) return; _semaphore.Release(); }
        """);

    [Fact]
    public Task Another_lock_is_released_here() => Spec.Members("""
        void Switch(C other) { bool taken = false; other._l.Enter(ref taken); _l.Exit(); }
        """);

    [Theory]
    [InlineData("Scheduler.Current == null")]
    [InlineData("Scheduler.Current is null && _b")]
    [InlineData("IsShared()")]
    public Task Asked_twice_of_what_a_call_may_have_changed(string condition) => Spec.Members($$"""
        static class Scheduler { public static object? Current => null; }
        static bool IsShared() => Environment.ProcessorCount > 1;
        void Other() { }
        void M()
        {
            try { if ({{condition}}) Monitor.Enter(_gate); Other(); _n++; }
            catch (InvalidOperationException) { Other(); }
            finally { if ({{condition}}) { Other(); Monitor.Exit(_gate); } }
        }
        """);
}
