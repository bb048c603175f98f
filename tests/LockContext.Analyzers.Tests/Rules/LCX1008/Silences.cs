using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Rules.LCX1008;

public class Silences
{
    [Fact]
    public Task A_semaphore_may_be_held_across_await() => Spec.Members("""
        async Task M()
        {
            await _semaphore.WaitAsync();
            try { await Task.Yield(); }
            finally { _semaphore.Release(); }
        }
        """);

    [Fact]
    public Task Released_before_await() => Spec.Members("""
        async Task M()
        {
            bool taken = false;
            try
            {
                _l.Enter(ref taken);
                _n++;
            }
            finally
            {
                if (taken) _l.Exit();
            }
            await Task.Yield();
            lock (_gate) { _n++; }
            await Task.Yield();
        }
        """);

    /// <summary>Who asserts that a lock is held means its caller, who goes on when the method is suspended.</summary>
    [Theory]
    [InlineData("Debug.Assert(Monitor.IsEntered(_gate)); await Task.Yield(); await Task.Yield();")]
    [InlineData("if (!Monitor.IsEntered(_gate)) throw new InvalidOperationException(); _n++; await Task.Yield();")]
    public Task A_lock_that_is_only_asserted(string body) => Spec.Members($"async Task M() {{ {body} }}");

    /// <summary>The condition of the loop comes right after the statement, with no statement of its own in between.</summary>
    [Theory]
    [InlineData("object")]
    [InlineData("Lock")]
    public Task After_a_lock_statement_that_a_loop_ends_with(string type) => Spec.Members($$"""
        private readonly {{type}} _other = new();
        async Task<bool> Next() { await Task.Yield(); return _n > 0; }
        async Task While() { while (await Next()) { lock (_other) { _n++; } } _l.IsHeld.ToString(); }
        async Task Do() { do { try { lock (_other) _n++; } catch (InvalidOperationException) { } } while (await Next()); _l.IsHeld.ToString(); }
        async Task If() { lock (_other) { _n++; } if (await Next()) _n++; _l.IsHeld.ToString(); }
        async Task Each() { foreach (var n in new[] { 1 }) { lock (_other) { _n++; } if (n > 0 && await Next()) continue; } _l.IsHeld.ToString(); }
        """);

    [Fact]
    public Task In_the_branch_that_did_not_get_the_lock() => Spec.Members("""
        async Task M()
        {
            if (!Monitor.TryEnter(_gate))
            {
                await Task.Yield();
                return;
            }
            _n++;
            Monitor.Exit(_gate);
        }
        """);

    [Fact]
    public Task In_an_async_lambda_that_is_only_made_here() => Spec.Members("""
        private Func<Task>? _later;
        void M()
        {
            lock (_gate) { _later = async () => await Task.Yield(); }
        }
        """);

    [Fact]
    public Task A_call_of_an_async_method_is_not_await() => Spec.Members("""
        void M() { lock (_gate) { _ = Later(); } }
        async Task Later() { await Task.Yield(); }
        """);

    [Fact]
    public Task A_declared_lock_that_any_thread_may_release() => Spec.Code("""
        [LockClass(Outer = WaitClass.Sleep)]
        class AsyncFriendly { [Acquires] public void Enter() { } [Releases] public void Exit() { } }

        class C
        {
            readonly AsyncFriendly _a = new();
            async Task M() { _a.Enter(); await Task.Yield(); _a.Exit(); }
        }
        """);

    [Fact]
    public Task Yield_after_the_lock() => Spec.Members("""
        IEnumerable<int> M()
        {
            int n;
            lock (_gate) { n = _n; }
            yield return n;
        }
        """);
}
