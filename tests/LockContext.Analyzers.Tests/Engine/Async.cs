using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Engine;

/// <summary>A call of an async method or iterator runs its body up to the first suspension, and no further.</summary>
[Trait("Policy", "Async")]
public class Async
{
    [Fact]
    public Task Before_the_first_await() => Spec.Held(
        "_ = {|#0:SaveAsync()|};",
        "async Task SaveAsync() { Thread.Sleep(1); await Task.Yield(); }",
        Verify.Diagnostic("LCX1001").WithLocation(0).WithMessageContaining("SaveAsync -> Thread.Sleep"));

    [Fact]
    public Task After_it() => Spec.Held("_ = SaveAsync();", "async Task SaveAsync() { await Task.Yield(); Thread.Sleep(1); }");

    [Fact]
    public Task On_the_way_that_does_not_wait() => Spec.Held(
        "{|LCX1001:SaveAsync()|};",
        "async Task SaveAsync() { if (_b) await Task.Yield(); Thread.Sleep(1); }");

    [Fact]
    public Task Inside_one_async_method_up_to_each_await() => Spec.Members("""
        async Task M()
        {
            await Task.Yield();
            bool taken = false;
            _l.Enter(ref taken);
            {|LCX1001:Thread.Sleep(1)|};
            _l.Exit();
            Thread.Sleep(1);
            await Task.Yield();
            taken = false;
            _l.Enter(ref taken);
            {|LCX1001:_semaphore.Wait()|};
            _l.Exit();
        }
        """);

    [Fact]
    public Task Making_an_iterator_runs_nothing() => Spec.Held("_ = Numbers();", "IEnumerable<int> Numbers() { Thread.Sleep(1); yield return 1; }");

    [Fact]
    public Task An_async_void_method_is_one_too() => Spec.Held("{|LCX1001:Fire()|}; FireLater();", """
        async void Fire() { Thread.Sleep(1); await Task.Yield(); }
        async void FireLater() { await Task.Yield(); Thread.Sleep(1); }
        """);

    [Fact]
    public Task An_async_local_function_and_lambda() => Spec.Held("""
        _ = Later();
        {|LCX1001:Now()|};
        async Task Later() { await Task.Yield(); Thread.Sleep(1); }
        async Task Now() { Thread.Sleep(1); await Task.Yield(); }
        """);

    [Fact]
    public Task A_lock_released_inside_async_code_is_released() => Spec.Members("""
        async Task M()
        {
            Monitor.Enter(_gate);
            try { _n++; }
            finally { Monitor.Exit(_gate); }
            await Task.Yield();
        }
        """);
}
