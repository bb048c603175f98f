using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Engine;

/// <summary>Variables that a member shares with its lambdas and local functions.</summary>
[Trait("Policy", "Ways through a body")]
public class CapturedVariables
{
    [Theory]
    [InlineData("bool taken = false; void Enter() => _l.Enter(ref taken); void Leave() { if (taken) { _l.Exit(); taken = false; } } Enter(); try { _n++; } finally { Leave(); } Thread.Sleep(1); Enter(); Leave(); Leave();")]
    [InlineData("bool taken = false; void Leave() { if (taken) _l.Exit(); } try { _l.Enter(ref taken); } finally { Leave(); } Thread.Sleep(1);")]
    [InlineData("bool taken = false; bool Try() { _l.TryEnter(ref taken); return taken; } if (!Try()) { Thread.Sleep(1); return; } _n++; _l.Exit(); Thread.Sleep(1);")]
    [InlineData("bool taken = false; void Outer() { void Inner() => _l.Enter(ref taken); Inner(); } Outer(); if (taken) _l.Exit(); Thread.Sleep(1);")]
    [InlineData("bool taken = false; Run(() => { _l.Enter(ref taken); _n++; if (taken) _l.Exit(); taken = false; }); Thread.Sleep(1);")]
    [InlineData("bool again = false; Action a = () => again = true; bool t = false; if (!again) _l.Enter(ref t); a(); if (t) _l.Exit(); Thread.Sleep(1);")]
    public Task Are_followed_through_calls(string statements) => Spec.Members($$"""
        void M() { {{statements}} }
        static void Run(Action a) => a();
        """);

    [Fact]
    public Task A_local_function_that_leaves_the_flag_set_is_seen() => Spec.Members("""
        void M()
        {
            bool taken = false;
            void Enter() => _l.Enter(ref taken);
            Enter();
            {|LCX1001:Thread.Sleep(1)|};
            if (taken) _l.Exit();
            Thread.Sleep(1);
        }
        """);

    [Fact]
    public Task A_branch_on_a_captured_switch_says_when_the_effect_is() => Spec.Members("""
        void M(bool slow)
        {
            void Step() { if (slow) Thread.Sleep(1); }
            bool t = false;
            _l.Enter(ref t);
            if (!slow) Step();
            _l.Exit();
            Step();
        }

        void N(bool slow)
        {
            void Step() { if (slow) Thread.Sleep(1); }
            bool t = false;
            _l.Enter(ref t);
            if (slow) {|LCX1001:Step()|};
            _l.Exit();
        }
        """);

    [Fact]
    public Task A_lambda_may_have_changed_the_variable_at_any_call() => Spec.Members("""
        void M()
        {
            bool held = false, t = false;
            Changed += () => held = true;
            if (!held) { _n++; }
            Notify();
            if (held) { _l.Enter(ref t); {|LCX1001:Thread.Sleep(1)|}; _l.Exit(); }
        }

        event Action? Changed;
        void Notify() => Changed?.Invoke();
        """);
}
