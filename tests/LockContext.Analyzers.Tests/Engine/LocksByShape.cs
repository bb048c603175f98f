using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Engine;

/// <summary>A word is a raw lock by its shape only if some method of the compilation spins on it.</summary>
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
}
