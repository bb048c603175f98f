using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Rules.LCX1008;

[Trait("Policy", "Async")]
public class Reports
{
    [Theory]
    [InlineData("bool t = false; _l.Enter(ref t); {|LCX1008:await Task.Yield()|}; _l.Exit();")]
    [InlineData("Monitor.Enter(_gate); {|LCX1008:await Task.Yield()|}; Monitor.Exit(_gate);")]
    [InlineData("_lock.Enter(); {|LCX1008:await Task.Yield()|}; _lock.Exit();")]
    [InlineData("_rw.EnterReadLock(); {|LCX1008:await Task.Yield()|}; _rw.ExitReadLock();")]
    [InlineData("_rw.EnterWriteLock(); {|LCX1008:await Task.Yield()|}; _rw.ExitWriteLock();")]
    [InlineData("_mutex.WaitOne(); {|LCX1008:await Task.Yield()|}; _mutex.ReleaseMutex();")]
    [InlineData("if (Monitor.TryEnter(_gate)) { {|LCX1008:await Task.Yield()|}; Monitor.Exit(_gate); }")]
    [InlineData("Monitor.Enter(_gate); try { {|LCX1008:await Task.Yield()|}; } finally { Monitor.Exit(_gate); }")]
    [InlineData("Monitor.Enter(_gate); _n = {|LCX1008:await Task.FromResult(1)|}; Monitor.Exit(_gate);")]
    public Task Await_under(string statement) => Spec.Members($$"""
        private readonly ReaderWriterLockSlim _rw = new();
        private readonly Mutex _mutex = new();
        async Task M() { {{statement}} }
        """);

    [Theory]
    [InlineData("_s.Enter(); {|LCX1008:await Task.Yield()|}; _s.Exit();")]
    [InlineData("_affine.Enter(); {|LCX1008:await Task.Yield()|}; _affine.Exit();")]
    [InlineData("Reader.Enter(); {|LCX1008:await Task.Yield()|}; Reader.Exit();")]
    public Task Await_under_a_declared(string statement) => Spec.Code($$"""
        [LockClass(Outer = WaitClass.Config)]
        class Sleeping { [Acquires] public void Enter() { } [Releases] public void Exit() { } }
        [LockClass(Outer = WaitClass.Sleep, ThreadAffine = true)]
        class Affine { [Acquires] public void Enter() { } [Releases] public void Exit() { } }
        [ReadSection]
        static class Reader { [Acquires] public static void Enter() { } [Releases] public static void Exit() { } }

        class C
        {
            readonly Sleeping _s = new();
            readonly Affine _affine = new();
            async Task M() { {{statement}} }
        }
        """);

    [Fact]
    public Task Yield_inside_a_lock() => Spec.Members("""
        IEnumerable<int> M()
        {
            lock (_gate)
            {
                {|LCX1008:yield return _n;|}
            }
        }
        """);

    [Fact]
    public Task Through_a_wrapper_that_takes_the_lock() => Spec.Members("""
        void Begin() => Monitor.Enter(_gate);
        void End() => Monitor.Exit(_gate);
        async Task M() { Begin(); {|LCX1008:await Task.Yield()|}; End(); }
        """);

    [Fact]
    public Task Message_names_the_lock() => Spec.Members(
        "async Task M() { Monitor.Enter(_gate); {|#0:await Task.Yield()|}; Monitor.Exit(_gate); }",
        Verify.Diagnostic("LCX1008").WithLocation(0).WithMessageContaining("await", "_gate"));
}
