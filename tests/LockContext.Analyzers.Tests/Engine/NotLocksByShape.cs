using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Engine;

/// <summary>What looks like a lock made by hand and is none, or is one that may be waited under.</summary>
public class NotLocksByShape
{
    [Fact]
    public Task A_busy_flag_that_nobody_spins_on_is_none() => Spec.Members("""
        private int _busy;
        void Timer()
        {
            if (Interlocked.CompareExchange(ref _busy, 1, 0) == 0)
            {
                try { Thread.Sleep(1); lock (_gate) { } }
                finally { Volatile.Write(ref _busy, 0); }
            }
        }
        """);

    [Theory]
    [InlineData("while (Interlocked.CompareExchange(ref _state, 1, 0) != 0) Thread.Sleep(1);")]
    [InlineData("while (Interlocked.CompareExchange(ref _state, 1, 0) != 0) Thread.Sleep(TimeSpan.FromSeconds(1));")]
    [InlineData("while (Interlocked.CompareExchange(ref _state, 1, 0) != 0) _semaphore.Wait();")]
    public Task A_loop_that_waits_makes_a_mutex(string acquire) => Spec.Members($$"""
        private int _state;
        void M() { {{acquire}} Thread.Sleep(1); _state = 0; }
        """);

    [Theory]
    [InlineData("int old; do { old = _state; } while (Interlocked.CompareExchange(ref _state, old + 1, old) != old);")]
    [InlineData("while (true) { int old = _state; if (Interlocked.CompareExchange(ref _state, old | 4, old) == old) break; }")]
    [InlineData("while (_state == 0) Thread.SpinWait(1);")]
    [InlineData("var spin = new SpinWait(); while (Volatile.Read(ref _state) == 0) spin.SpinOnce();")]
    public Task Lock_free_updates_and_waits_for_a_flag_are_none(string loop) => Spec.Members($$"""
        private int _state;
        void M() { {{loop}} Thread.Sleep(1); }
        """);
}
