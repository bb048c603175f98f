using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Rules.LCX2001;

[Trait("Policy", "Lock leaks")]
public class Reports
{
    [Theory]
    [InlineData("if (_b) return; _l.Exit();")]
    [InlineData("if (_b) throw new InvalidOperationException(); _l.Exit();")]
    [InlineData("for (int i = 0; i < 3; i++) { if (i == _n) return; } _l.Exit();")]
    [InlineData("switch (_n) { case 0: return; default: break; } _l.Exit();")]
    [InlineData("if (_b) goto end; _l.Exit(); end: ;")]
    [InlineData("if (_b) _l.Exit();")]
    [InlineData("try { ToString(); _l.Exit(); } catch (Exception) when (_b) { return; }")]
    [InlineData("_ = _b ? throw new InvalidOperationException() : 1; _l.Exit();")]
    public Task A_way_out_without_release(string statements) => Spec.Members($$"""
        void M()
        {
            bool taken = false;
            {|LCX2001:_l.Enter(ref taken)|};
            {{statements}}
        }
        """);

    [Theory]
    [InlineData("{|LCX2001:Monitor.Enter(_gate)|}; if (_b) return; Monitor.Exit(_gate);")]
    [InlineData("{|LCX2001:_lock.Enter()|}; if (_b) return; _lock.Exit();")]
    [InlineData("if (!{|LCX2001:Monitor.TryEnter(_gate)|}) return; if (_b) return; Monitor.Exit(_gate);")]
    public Task Other_locks(string statements) => Spec.Members($"void M() {{ {statements} }}");

    [Fact]
    public Task A_declared_lock() => Spec.Code("""
        [LockClass(Outer = WaitClass.Spin)]
        struct Ticket { [Acquires] public void Take() { } [Releases] public void Give() { } }

        class C
        {
            Ticket _t;
            bool _b;
            void M() { {|LCX2001:_t.Take()|}; if (_b) return; _t.Give(); }
        }
        """);

    [Fact]
    public Task A_read_section() => Spec.Code("""
        [ReadSection]
        static class Reader { [Acquires] public static void Enter() { } [Releases] public static void Exit() { } }

        class C
        {
            bool _b;
            void M() { {|LCX2001:Reader.Enter()|}; if (_b) return; Reader.Exit(); }
        }
        """);

    [Fact]
    public Task Message_names_the_lock_and_the_way_out() => Spec.Code(
        """
        class C
        {
            private SpinLock _l = new(false);
            private bool _b;

            void M()
            {
                bool taken = false;
                {|#0:_l.Enter(ref taken)|};
                if (_b)
                    return;
                _l.Exit();
            }
        }
        """,
        Verify.Diagnostic("LCX2001").WithLocation(0).WithMessageContaining("SpinLock '_l'", "line 11"));

    [Fact]
    public Task Under_another_condition_than_it_was_taken() => Spec.Members("""
        static bool IsShared() => Environment.ProcessorCount > 1;
        void M() { if (IsShared()) {|LCX2001:Monitor.Enter(_gate)|}; _n++; if (_n == 3) Monitor.Exit(_gate); }
        void N() { if (IsShared()) {|LCX2001:Monitor.Enter(_gate)|}; _n++; if (IsShared()) return; Monitor.Exit(_gate); }
        """);
}
