using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Rules.LCX1002;

public class Silences
{
    [Theory]
    [InlineData("bool b = false; try { _l2.Enter(ref b); } finally { if (b) _l2.Exit(); }")]
    [InlineData("bool b = false; _l2.TryEnter(ref b); if (b) _l2.Exit();")]
    [InlineData("bool b = false; _l2.TryEnter(5, ref b); if (b) _l2.Exit();")]
    public Task Nested_spin_locks(string statement) => Spec.Held(statement);

    [Theory]
    [InlineData("if (Monitor.TryEnter(_gate)) Monitor.Exit(_gate);")]
    [InlineData("if (Monitor.TryEnter(_gate, 0)) Monitor.Exit(_gate);")]
    [InlineData("if (Monitor.TryEnter(_gate, TimeSpan.Zero)) Monitor.Exit(_gate);")]
    [InlineData("bool g = false; Monitor.TryEnter(_gate, ref g); if (g) Monitor.Exit(_gate);")]
    [InlineData("bool g = false; Monitor.TryEnter(_gate, 0, ref g); if (g) Monitor.Exit(_gate);")]
    [InlineData("if (_lock.TryEnter()) _lock.Exit();")]
    [InlineData("if (_lock.TryEnter(0)) _lock.Exit();")]
    [InlineData("if (_lock.TryEnter(TimeSpan.Zero)) _lock.Exit();")]
    public Task A_try_that_does_not_wait(string statement) => Spec.Held(statement);

    [Fact]
    public Task Taking_the_raw_lock_inside_the_ordinary_one() => Spec.Members("""
        void M()
        {
            lock (_gate)
            {
                bool taken = false;
                _l.Enter(ref taken);
                _n++;
                _l.Exit();
            }
        }
        """);

    [Theory]
    [InlineData("lock (_gate) { lock (this) { } }")]
    [InlineData("lock (_lock) { lock (_gate) { } }")]
    [InlineData("using (_lock.EnterScope()) { lock (_gate) { } }")]
    public Task Ordinary_locks_in_each_other(string statement) => Spec.Members($"void M() {{ {statement} }}");

    [Fact]
    public Task Releasing_an_ordinary_lock_inside_a_raw_section() => Spec.Members("""
        void M()
        {
            Monitor.Enter(_gate);
            bool taken = false;
            _l.Enter(ref taken);
            Monitor.Exit(_gate);
            _l.Exit();
        }
        """);

    [Fact]
    public Task A_lock_of_class_Config_under_another() => Spec.Code("""
        [LockClass(Outer = WaitClass.Config)]
        class Sleeping { [Acquires] public void Enter() { } [Releases] public void Exit() { } }

        class C
        {
            readonly Sleeping _a = new(), _b = new();
            void M() { _a.Enter(); _b.Enter(); _b.Exit(); _a.Exit(); }
        }
        """);

    [Fact]
    public Task A_lock_of_no_class_is_never_checked() => Spec.Code("""
        [LockClass(Outer = WaitClass.None)]
        class Unclassified { [Acquires] public void Enter() { } [Releases] public void Exit() { } }

        class C
        {
            readonly Unclassified _u = new();
            [RawAtomic] void M() { _u.Enter(); _u.Exit(); }
            void N() { _u.Enter(); Thread.Sleep(1); _u.Exit(); }
        }
        """);
}
