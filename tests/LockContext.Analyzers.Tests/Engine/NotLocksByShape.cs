using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Engine;

/// <summary>What looks like a lock made by hand and is none, or is one that may be waited under.</summary>
[Trait("Policy", "Locks by shape")]
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

    [Theory]
    [InlineData("while (Interlocked.CompareExchange(ref _slot, item, null) != null) Thread.SpinWait(1);", "_slot = null;")]      // a mailbox
    [InlineData("while (Interlocked.CompareExchange(ref _state, 1, 0) != 0) Thread.SpinWait(1);", "")]                              // never written back: once
    [InlineData("while (Interlocked.CompareExchange(ref _state, 1, 0) != 0) { if (_b) return; Thread.SpinWait(1); }", "_state = 0;")] // left without it
    [InlineData("while (Interlocked.CompareExchange(ref _state, 1, 0) != 0) Work();", "_state = 0;")]                                // helps meanwhile
    [InlineData("while (!_b && Interlocked.CompareExchange(ref _state, 1, 0) != 0) Thread.SpinWait(1);", "_state = 0;")]
    [InlineData("for (int i = 0; i < 9; i++) if (Interlocked.CompareExchange(ref _state, 1, 0) == 0) break;", "_state = 0;")]         // a bounded number of times
    [InlineData("while (Interlocked.CompareExchange(ref _state, 2, 1) != 1) Thread.SpinWait(1);", "_state = 0;")]                    // a step of a state machine
    [InlineData("int mine = Interlocked.Increment(ref _next); while (Volatile.Read(ref _state) != mine) Thread.SpinWait(1);", "_state = 0;")]
    [InlineData("while (Interlocked.Exchange(ref _state, 0) == 1) Work();", "_state = 0;")]                                          // drains a signal
    [InlineData("int seen; while ((seen = Interlocked.CompareExchange(ref _state, 0, 0)) != 0) Thread.SpinWait(1);", "_state = 0;")] // an atomic read
    public Task Other_loops_around_one_word_are_none(string loop, string release) => Spec.Members($$"""
        private int _state, _next;
        private object? _slot;
        void Work() => _n++;
        void M(object item) { {{loop}} Thread.Sleep(1); }
        void Reset() { {{release}} }
        """);

    [Fact]
    public Task One_loop_that_waits_among_others_makes_it_a_mutex() => Spec.Members("""
        private int _state;
        void Fast() { while (Interlocked.CompareExchange(ref _state, 1, 0) != 0) Thread.SpinWait(1); }
        void Slow() { while (Interlocked.CompareExchange(ref _state, 1, 0) != 0) Thread.Sleep(1); }
        void M() { Fast(); Thread.Sleep(1); _state = 0; Slow(); Thread.Sleep(1); _state = 0; }
        """);

    [Fact]
    public Task A_count_of_waiters_that_is_closed_when_it_is_zero() => Spec.Members("""
        private volatile int _waiters;
        const int Closed = unchecked((int)0x80000000);
        void Close() { while (true) { if (Interlocked.CompareExchange(ref _waiters, Closed, 0) == 0) break; Thread.Yield(); } }
        void Wait()
        {
            try { if ((Interlocked.Increment(ref _waiters) & Closed) != 0) throw new ObjectDisposedException(""); _semaphore.Wait(); }
            finally { Interlocked.Decrement(ref _waiters); }
        }
        async Task M() { Wait(); await Task.Yield(); Close(); Thread.Sleep(1); }
        """);

    [Theory]
    [InlineData("Interlocked.Increment(ref _readers);", "Interlocked.Decrement(ref _readers);")]
    [InlineData("Interlocked.Add(ref _readers, 1);", "Interlocked.Add(ref _readers, -1);")]
    [InlineData("Interlocked.Add(ref _readers, _n);", "Interlocked.Add(ref _readers, -_n);")]
    [InlineData("int seen; do { seen = _readers; } while (Interlocked.CompareExchange(ref _readers, seen + 1, seen) != seen);", "Interlocked.Decrement(ref _readers);")]
    [InlineData("int seen = _readers; while (Interlocked.CompareExchange(ref _readers, 1 + seen, seen) is var now && now != seen) seen = now;", "Interlocked.Decrement(ref _readers);")]
    public Task A_count_of_readers_whose_writer_waits_for_none(string enter, string exit) => Spec.Members($$"""
        private int _readers;
        void EnterRead() { {{enter}} }
        void ExitRead() { {{exit}} }
        void WaitForReaders() { while (Interlocked.CompareExchange(ref _readers, 1, 0) != 0) { } }
        void M() { EnterRead(); Thread.Sleep(1); ExitRead(); WaitForReaders(); Thread.Sleep(1); }
        """);

    [Fact]
    public Task One_word_for_readers_and_a_writer_is_for_its_author_to_declare() => Spec.Members("""
        private int _word;
        bool TryWrite() => Interlocked.CompareExchange(ref _word, int.MinValue, 0) == 0;
        void Write() { while (!TryWrite()) Thread.Yield(); }
        void EndWrite() { while (Interlocked.CompareExchange(ref _word, 0, int.MinValue) != int.MinValue) Thread.Yield(); }
        bool TryRead() { if (_word >= 0) { if (Interlocked.Increment(ref _word) > 0) return true; Interlocked.Decrement(ref _word); } return false; }
        async Task M() { Write(); await Task.Yield(); EndWrite(); }
        """);
}
