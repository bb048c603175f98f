using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Engine;

/// <summary>A word is a raw lock by its shape only if some method of the compilation spins on it.</summary>
[Trait("Policy", "Locks by shape")]
public class LocksByShape
{
    [Theory]
    [InlineData("while (Interlocked.CompareExchange(ref _state, 1, 0) != 0) Thread.SpinWait(1);")]
    [InlineData("while (Interlocked.Exchange(ref _state, 1) != 0) { }")]
    [InlineData("while (Interlocked.Exchange(ref _state, 1) == 1) Thread.Yield();")]
    [InlineData("var spin = new SpinWait(); while (Interlocked.CompareExchange(ref _state, 1, 0) != 0) spin.SpinOnce();")]
    [InlineData("while (true) { if (Interlocked.CompareExchange(ref _state, 1, 0) == 0) break; while (Volatile.Read(ref _state) != 0) Thread.Sleep(0); }")]
    [InlineData("for (;;) { if (_state == 0 && Interlocked.CompareExchange(ref _state, 1, 0) == 0) break; Thread.SpinWait(20); }")]
    [InlineData("SpinWait spin = default; do { spin.SpinOnce(); } while (Interlocked.CompareExchange(ref _state, 1, 0) != 0);")]
    public Task A_loop_that_only_spins(string acquire) => Spec.Members($$"""
        private int _state;

        void Here() { {{acquire}} {|LCX1001:Thread.Sleep(1)|}; Volatile.Write(ref _state, 0); Thread.Sleep(1); }

        void Enter() { {{acquire}} }
        void Exit() => Volatile.Write(ref _state, 0);
        void Wrapped() { Enter(); {|LCX1001:Thread.Sleep(1)|}; Exit(); Thread.Sleep(1); }
        """);

    [Theory]
    [InlineData("_state = 0;")]
    [InlineData("Volatile.Write(ref _state, 0);")]
    [InlineData("Interlocked.Exchange(ref _state, 0);")]
    [InlineData("Interlocked.CompareExchange(ref _state, 0, 1);")]
    public Task Writing_the_free_value_back_releases(string release) => Spec.Members($$"""
        private int _state;
        void M()
        {
            while (Interlocked.CompareExchange(ref _state, 1, 0) != 0) Thread.SpinWait(1);
            {|LCX1001:Thread.Sleep(1)|};
            {{release}}
            Thread.Sleep(1);
        }
        """);

    [Fact]
    public Task One_attempt_is_a_try_once_somebody_spins() => Spec.Members("""
        private int _state;
        void Enter() { while (Interlocked.CompareExchange(ref _state, 1, 0) != 0) Thread.SpinWait(1); }
        void Exit() => _state = 0;
        void Try()
        {
            if (Interlocked.CompareExchange(ref _state, 1, 0) == 0)
            {
                {|LCX1001:Thread.Sleep(1)|};
                Exit();
            }
            else
            {
                Thread.Sleep(1);
            }
        }
        """);

    [Fact]
    public Task The_message_says_how_it_was_recognised() => Spec.Members(
        """
        private int _state;
        void M()
        {
            while (Interlocked.CompareExchange(ref _state, 1, 0) != 0) Thread.SpinWait(1);
            {|#0:Thread.Sleep(1)|};
            _state = 0;
        }
        """,
        Verify.Diagnostic("LCX1001").WithLocation(0).WithMessageContaining("_state", "by its shape"));

    [Theory]
    [InlineData("private bool _taken;", "while (Interlocked.Exchange(ref _taken, true)) Thread.SpinWait(8);", "Volatile.Write(ref _taken, false);")]
    [InlineData("private bool _taken;", "while (Interlocked.CompareExchange(ref _taken, true, false)) { }", "_taken = false;")]
    [InlineData("private int _owner;", "while (Interlocked.CompareExchange(ref _owner, Environment.CurrentManagedThreadId, 0) != 0) Thread.Yield();", "_owner = 0;")]
    [InlineData("private int _owner;", "int me = Environment.CurrentManagedThreadId; SpinWait w = new(); while (Interlocked.CompareExchange(ref _owner, me, 0) != 0) w.SpinOnce(sleep1Threshold: -1);", "Volatile.Write(ref _owner, 0);")]
    [InlineData("private Thread? _owner;", "while (Interlocked.CompareExchange(ref _owner, Thread.CurrentThread, null) is not null) Thread.SpinWait(1);", "_owner = null;")]
    [InlineData("enum State { Free, Taken } private State _state;", "while (Interlocked.CompareExchange(ref _state, State.Taken, State.Free) != State.Free) { }", "_state = State.Free;")]
    [InlineData("private readonly int[] _states = new int[4]; private int _i;", "while (Interlocked.CompareExchange(ref _states[2], 1, 0) == 1) Thread.SpinWait(1);", "_states[2] = 0;")]
    [InlineData("private static long s_state;", "for (int i = 0; Interlocked.CompareExchange(ref s_state, -1, 0) != 0; i++) Thread.SpinWait(i);", "Interlocked.Exchange(ref s_state, 0);")]
    [InlineData("private int _state, _collisions;", "while (true) { int seen = Interlocked.CompareExchange(ref _state, 1, 0); if (seen == 0) break; _collisions++; Pause(); }", "_state = 0;")]
    [InlineData("private int _state;", "bool mine = false; while (!mine) { mine = Interlocked.CompareExchange(ref _state, 1, 0) == 0; if (!mine) Thread.SpinWait(1); }", "_state = 0;")]
    [InlineData("private int _state;", "retry: if (false) goto retry; while (true) { if (Volatile.Read(ref _state) == 0) { if (Interlocked.Exchange(ref _state, 1) == 0) break; } Thread.SpinWait(1); }", "_state = 0;")]
    public Task Words_of_many_kinds(string field, string acquire, string release) => Spec.Members($$"""
        {{field}}
        static void Pause() => Thread.SpinWait(10);
        void M() { {{acquire}} {|LCX1001:Thread.Sleep(1)|}; {{release}} Thread.Sleep(1); }
        void Enter() { {{acquire}} }
        void Exit() { {{release}} }
        void N() { Enter(); try { lock ({|LCX1002:_gate|}) { } } finally { Exit(); } Thread.Sleep(1); }
        """);

    [Fact]
    public Task A_word_passed_by_reference() => Spec.Members("""
        private int _state, _other;
        static void Lock(ref int word) { while (Interlocked.CompareExchange(ref word, 1, 0) != 0) Thread.SpinWait(1); }
        static bool TryLock(ref int word) => Interlocked.CompareExchange(ref word, 1, 0) == 0;
        static void Unlock(ref int word) => Volatile.Write(ref word, 0);

        void M()
        {
            Lock(ref _state);
            {|LCX1001:Thread.Sleep(1)|};
            Unlock(ref _state);
            Thread.Sleep(1);
            if (TryLock(ref _other)) { {|LCX1001:Thread.Sleep(1)|}; Unlock(ref _other); }
            Thread.Sleep(1);
        }
        """);

    [Fact]
    public Task Wrappers_and_tokens_follow() => Spec.Code("""
        struct SpinGate
        {
            private int _taken;
            public void Enter() { var wait = new SpinWait(); while (Interlocked.CompareExchange(ref _taken, 1, 0) != 0) wait.SpinOnce(); }
            public bool TryEnter() => Interlocked.CompareExchange(ref _taken, 1, 0) == 0;
            public void Exit() => Volatile.Write(ref _taken, 0);
        }

        sealed class Account
        {
            private SpinGate _gate;

            public readonly ref struct Token
            {
                private readonly Account _account;
                public Token(Account account) { _account = account; _account._gate.Enter(); }
                public void Dispose() => _account._gate.Exit();
            }

            Token Lock() => new Token(this);

            void A() { using (Lock()) { {|LCX1001:Thread.Sleep(1)|}; } Thread.Sleep(1); }
            void B() { _gate.Enter(); try { {|LCX1001:Thread.Sleep(1)|}; } finally { _gate.Exit(); } Thread.Sleep(1); }
            void C() { if (!_gate.TryEnter()) { Thread.Sleep(1); return; } {|LCX1001:Thread.Sleep(1)|}; _gate.Exit(); Thread.Sleep(1); }
        }
        """);

    [Fact]
    public Task It_is_named_at_the_word_so_that_it_can_be_confirmed() => Spec.Members("""
        private int {|LCX3008:_state|};
        void Enter() { while (Interlocked.CompareExchange(ref _state, 1, 0) != 0) { } }
        void Exit() => _state = 0;
        """);

    [Fact]
    public Task Confirmed_by_attribute_it_needs_no_loop() => Spec.Members("""
        [LockClass(Outer = WaitClass.Spin)] private int _state;
        void M()
        {
            if (Interlocked.CompareExchange(ref _state, 1, 0) != 0) { Thread.Sleep(1); return; }
            {|LCX1001:Thread.Sleep(1)|};
            _state = 0;
        }
        """);

    [Fact]
    public Task An_option_refuses_it()
    {
        var test = Spec.Files(Spec.InClass("""
            private int _state;
            void M() { while (Interlocked.CompareExchange(ref _state, 1, 0) != 0) { } Thread.Sleep(1); _state = 0; }
            """));
        test.TestState.AnalyzerConfigFiles.Add(("/.editorconfig", "root = true\n[*.cs]\nlockcontext.locks_by_shape = false\n"));
        return test.RunAsync();
    }

    [Theory]
    [InlineData("Interlocked.CompareExchange(ref _state, 1, 0) == 0")]
    [InlineData("_state == 0 && Interlocked.CompareExchange(ref _state, int.MinValue, 0) == 0")]
    [InlineData("!(Interlocked.Exchange(ref _state, 1) != 0)")]
    public Task A_loop_around_a_try_of_ones_own(string attempt) => Spec.Members($$"""
        private int _state, _owner;
        bool Try() => {{attempt}};
        bool TryLong() { if ({{attempt}}) { _owner = Environment.CurrentManagedThreadId; return true; } return false; }
        void Enter() { while (!Try()) Thread.Yield(); }
        void EnterLong() { for (;;) { if (TryLong()) return; Thread.SpinWait(3); } }
        void Exit() => Volatile.Write(ref _state, 0);
        void A() { Enter(); {|LCX1001:Thread.Sleep(1)|}; Exit(); Thread.Sleep(1); }
        void B() { EnterLong(); {|LCX1001:Thread.Sleep(1)|}; Exit(); Thread.Sleep(1); }
        void D() { if (!Try()) { Thread.Sleep(1); return; } {|LCX1001:Thread.Sleep(1)|}; Exit(); }
        """);

    [Theory]
    [InlineData("Interlocked.Decrement(ref _state);")]
    [InlineData("Interlocked.Add(ref _state, -1);")]
    [InlineData("Interlocked.And(ref _state, ~1);")]
    [InlineData("_state--;")]
    [InlineData("_state &= ~1;")]
    public Task However_the_holder_changes_the_word_is_the_release(string release) => Spec.Members($$"""
        private int _state;
        void Enter() { while (Interlocked.CompareExchange(ref _state, 1, 0) != 0) { } }
        void Exit() { {{release}} }
        void Reset() { _state = 0; }
        void M() { Enter(); {|LCX1001:Thread.Sleep(1)|}; Exit(); Thread.Sleep(1); }
        void N() { Enter(); {{release}} Thread.Sleep(1); }
        """);

    [Fact]
    public Task Spinning_until_a_condition_takes_what_the_condition_took() => Spec.Members("""
        private int _state;
        void Enter() { while (Interlocked.CompareExchange(ref _state, 1, 0) != 0) { } }
        void M()
        {
            SpinWait.SpinUntil(() => Interlocked.CompareExchange(ref _state, 1, 0) == 0);
            {|LCX1001:Thread.Sleep(1)|};
            _state = 0;
            Thread.Sleep(1);
            bool taken = false;
            SpinWait.SpinUntil(() => { _l.TryEnter(ref taken); return taken; });
            {|LCX1001:Thread.Sleep(1)|};
            _l.Exit();
        }
        """);

    [Theory]
    [InlineData("Thread.Yield();")]
    [InlineData("Thread.Sleep(0);")]
    [InlineData("Pause();")]
    public Task Its_pauses_are_the_acquire(string pause) => Spec.Members($$"""
        private int _state, _seen;
        static void Pause() { Thread.SpinWait(10); Thread.Yield(); }
        void Enter() { while (Interlocked.CompareExchange(ref _state, 1, 0) != 0) { {{pause}} } }
        void Exit() { while (Interlocked.CompareExchange(ref _state, 0, 1) != 1) { {{pause}} } }
        void M() { bool taken = false; _l.Enter(ref taken); Enter(); _n++; Exit(); {|LCX1001:Thread.Yield()|}; _l.Exit(); }
        void N() { bool taken = false; _l.Enter(ref taken); while (_seen == 0) {|LCX1001:Thread.Yield()|}; _l.Exit(); }
        """);
}
