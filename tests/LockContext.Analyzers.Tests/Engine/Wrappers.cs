using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Engine;

/// <summary>Unannotated code around a lock is found by what it does, in another type and another file as well.</summary>
[Trait("Policy", "Guards")]
public class Wrappers
{
    private const string Gate = """
        class Gate
        {
            private SpinLock _lock = new(false);
            public void Acquire() { bool taken = false; _lock.Enter(ref taken); }
            public void Release() => _lock.Exit();
            public bool TryAcquire() { bool taken = false; _lock.TryEnter(ref taken); return taken; }
            public Token Take() { Acquire(); return new Token(this); }
            public readonly struct Token(Gate gate) : IDisposable { public void Dispose() => gate.Release(); }
        }

        class Outer
        {
            private readonly Gate _gate = new();
            public void Begin() => _gate.Acquire();
            public void End() => _gate.Release();
        }
        """;

    [Theory]
    [InlineData("_gate.Acquire(); {|LCX1001:Thread.Sleep(1)|}; _gate.Release(); Thread.Sleep(1);")]
    [InlineData("_gate.Acquire(); try { {|LCX1001:Thread.Sleep(1)|}; } finally { _gate.Release(); } Thread.Sleep(1);")]
    [InlineData("_outer.Begin(); {|LCX1001:Thread.Sleep(1)|}; _outer.End(); Thread.Sleep(1);")]
    [InlineData("if (_gate.TryAcquire()) { {|LCX1001:Thread.Sleep(1)|}; _gate.Release(); } else { Thread.Sleep(1); }")]
    [InlineData("if (!_gate.TryAcquire()) { Thread.Sleep(1); return; } {|LCX1001:Thread.Sleep(1)|}; _gate.Release();")]
    [InlineData("using (_gate.Take()) { {|LCX1001:Thread.Sleep(1)|}; } Thread.Sleep(1);")]
    [InlineData("{ using var token = _gate.Take(); {|LCX1001:Thread.Sleep(1)|}; } Thread.Sleep(1);")]
    [InlineData("var token = _gate.Take(); {|LCX1001:Thread.Sleep(1)|}; token.Dispose(); Thread.Sleep(1);")]
    [InlineData("_gate.Acquire(); {|LCX2003:_gate.Acquire()|}; _gate.Release();")]
    [InlineData("_gate.Acquire(); _other.Acquire(); _other.Release(); _gate.Release();")]
    [InlineData("_gate.Acquire(); _gate.Release(); {|LCX2002:_gate.Release()|};")]
    [InlineData("{|LCX2001:_gate.Acquire()|}; if (_outer is null) return; _gate.Release();")]
    public Task In_another_file(string statements)
    {
        var test = Spec.Files(
            $$"""
            class User
            {
                private readonly Gate _gate = new(), _other = new();
                private readonly Outer _outer = new();
                void M() { {{statements}} }
            }
            """,
            Gate);
        return test.RunAsync();
    }

    [Fact]
    public Task The_sleep_of_the_caller_is_not_the_wrappers_fault() => Spec.Files("class User { void M(Gate g) { g.Acquire(); {|LCX1001:Thread.Sleep(1)|}; g.Release(); } }", Gate).RunAsync();

    [Fact]
    public Task A_wrapper_in_a_base_class() => Spec.Code("""
        abstract class Base
        {
            private SpinLock _l = new(false);
            protected void Begin() { bool t = false; _l.Enter(ref t); }
            protected void End() => _l.Exit();
        }

        class Derived : Base
        {
            void M() { Begin(); {|LCX1001:Thread.Sleep(1)|}; End(); Thread.Sleep(1); }
        }
        """);

    [Fact]
    public Task An_extension_method_around_a_lock() => Spec.Code("""
        static class Extensions
        {
            public static void Acquire(this ref SpinLock l) { bool t = false; l.Enter(ref t); }
            public static void Run(this Action a) => a();
        }

        class C
        {
            SpinLock _l = new(false), _l2 = new(false);
            void M() { _l.Acquire(); {|LCX1001:Thread.Sleep(1)|}; _l.Exit(); Thread.Sleep(1); }
            void N() { _l.Acquire(); _l2.Acquire(); _l2.Exit(); _l.Exit(); }
        }
        """);

    [Fact]
    public Task A_method_that_swaps_one_lock_for_another() => Spec.Members("""
        void Swap() { _l.Exit(); bool t = false; _l2.Enter(ref t); }
        void M()
        {
            bool t = false;
            _l.Enter(ref t);
            Swap();
            {|LCX1001:Thread.Sleep(1)|};
            _l2.Exit();
            Thread.Sleep(1);
        }
        """);

    [Fact]
    public Task A_method_that_releases_around_something_slow_may_do_it() => Spec.Members("""
        void M() { bool t = false; _l.Enter(ref t); Pause(); _n++; _l.Exit(); }
        void Pause() { _l.Exit(); Thread.Sleep(1); bool t = false; _l.Enter(ref t); }
        """);

    [Fact]
    public Task A_conditional_wrapper() => Spec.Members("""
        void Begin(bool locked) { if (locked) { bool t = false; _l.Enter(ref t); } }
        void End(bool locked) { if (locked) _l.Exit(); }
        void With() { Begin(true); {|LCX1001:Thread.Sleep(1)|}; End(true); Thread.Sleep(1); }
        void Without() { Begin(false); Thread.Sleep(1); End(false); }
        """);
}
