using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Rules.LCX1002;

public class Reports
{
    [Theory]
    [InlineData("lock ({|LCX1002:_gate|}) _n++;")]
    [InlineData("lock ({|LCX1002:_lock|}) _n++;")]
    [InlineData("using ({|LCX1002:_lock.EnterScope()|}) _n++;")]
    [InlineData("{|LCX1002:Monitor.Enter(_gate)|}; _n++; Monitor.Exit(_gate);")]
    [InlineData("bool g = false; {|LCX1002:Monitor.Enter(_gate, ref g)|}; _n++; if (g) Monitor.Exit(_gate);")]
    [InlineData("{|LCX1002:_lock.Enter()|}; _n++; _lock.Exit();")]
    public Task Monitors_and_locks(string statement) => Spec.Held(statement);

    [Theory]
    [InlineData("if ({|LCX1002:Monitor.TryEnter(_gate, 5)|}) Monitor.Exit(_gate);")]
    [InlineData("if ({|LCX1002:Monitor.TryEnter(_gate, _n)|}) Monitor.Exit(_gate);")]
    [InlineData("if ({|LCX1002:Monitor.TryEnter(_gate, TimeSpan.FromSeconds(1))|}) Monitor.Exit(_gate);")]
    [InlineData("bool g = false; {|LCX1002:Monitor.TryEnter(_gate, Timeout.Infinite, ref g)|}; if (g) Monitor.Exit(_gate);")]
    [InlineData("if ({|LCX1002:_lock.TryEnter(5)|}) _lock.Exit();")]
    [InlineData("if ({|LCX1002:_lock.TryEnter(TimeSpan.FromSeconds(1))|}) _lock.Exit();")]
    public Task A_try_that_waits(string statement) => Spec.Held(statement);

    [Theory]
    [InlineData("{|LCX1002:_rw.EnterReadLock()|}; _n++; _rw.ExitReadLock();")]
    [InlineData("{|LCX1002:_rw.EnterWriteLock()|}; _n++; _rw.ExitWriteLock();")]
    [InlineData("{|LCX1002:_rw.EnterUpgradeableReadLock()|}; _n++; _rw.ExitUpgradeableReadLock();")]
    [InlineData("{|LCX1002:_mutex.WaitOne()|}; _n++; _mutex.ReleaseMutex();")]
    public Task Reader_writer_locks_and_mutexes(string statement) => Spec.Held(statement, """
        private readonly ReaderWriterLockSlim _rw = new();
        private readonly Mutex _mutex = new();
        """);

    [Fact]
    public Task Through_a_callee() => Spec.Held(
        "{|#0:Save()|};",
        "void Save() => Log(); void Log() { lock (_gate) { _n++; } }",
        Verify.Diagnostic("LCX1002").WithLocation(0).WithMessageContaining("block", "SpinLock '_l'", "Save -> Log -> "));

    [Fact]
    public Task In_RawAtomic_code() => Spec.Members("[RawAtomic] void M() { lock ({|LCX1002:_gate|}) { _n++; } }");

    [Theory]
    [InlineData("Config")]
    [InlineData("Sleep")]
    public Task A_declared_lock_of_a_higher_class(string outer) => Spec.Code($$"""
        [LockClass(Outer = WaitClass.{{outer}})]
        class Sleeping { [Acquires] public void Enter() { } [Releases] public void Exit() { } }

        class C
        {
            readonly Sleeping _s = new();
            [RawAtomic] void M() { {|LCX1002:_s.Enter()|}; _s.Exit(); }
        }
        """);

    [Fact]
    public Task The_limit_is_the_minimum_of_all_not_that_of_the_last() => Spec.Code("""
        [LockClass(Outer = WaitClass.Config)]
        class Sleeping { [Acquires] public void Enter() { } [Acquires(Try = true)] public bool TryEnter() => true; [Releases] public void Exit() { } }

        class C
        {
            readonly Sleeping _a = new(), _b = new();
            SpinLock _l = new(false);

            void M()
            {
                bool taken = false;
                _l.Enter(ref taken);
                if (_a.TryEnter())
                {
                    {|LCX1002:_b.Enter()|};
                    _b.Exit();
                    _a.Exit();
                }
                _l.Exit();
            }
        }
        """);

    [Fact]
    public Task Message_names_the_lock_and_the_holder() => Spec.Code(
        """
        class C
        {
            private SpinLock _l = new(false);
            private readonly object _gate = new();

            void M()
            {
                bool taken = false;
                _l.Enter(ref taken);
                {|#0:Monitor.Enter(_gate)|};
                Monitor.Exit(_gate);
                _l.Exit();
            }
        }
        """,
        Verify.Diagnostic("LCX1002").WithLocation(0).WithMessageContaining("'Monitor.Enter' can block while SpinLock '_l' (taken at line 9) is held"));
}
