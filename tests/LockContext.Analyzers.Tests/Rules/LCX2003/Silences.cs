using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Rules.LCX2003;

public class Silences
{
    [Theory]
    [InlineData("bool b = false; _l2.Enter(ref b); _l2.Exit();")]
    [InlineData("bool b = false; other._l.Enter(ref b); other._l.Exit();")]
    [InlineData("Other(other);")]
    [InlineData("bool b = false; _l.TryEnter(ref b); if (b) _l.Exit();")]
    public Task Another_lock_or_a_try(string statements) => Spec.Members($$"""
        void M(C other) { bool taken = false; _l.Enter(ref taken); {{statements}} _l.Exit(); }
        static void Other(C c) { bool t = false; c._l.Enter(ref t); c._l.Exit(); }
        """);

    [Theory]
    [InlineData("_all[i].Enter(ref a); _all[j].Enter(ref b); _all[j].Exit(); _all[i].Exit();")]
    [InlineData("_all[0].Enter(ref a); _all[1].Enter(ref b); _all[1].Exit(); _all[0].Exit();")]
    [InlineData("_all[i].Enter(ref a); i++; _all[i].Enter(ref b); _all[i].Exit();")]
    [InlineData("_grid[i][j].Enter(ref a); _grid[j][i].Enter(ref b);")]
    public Task Different_elements(string statements) => Spec.Members($$"""
        private readonly SpinLock[] _all = new SpinLock[2];
        private readonly SpinLock[][] _grid = null!;
        void M(int i, int j) { bool a = false, b = false; {{statements}} }
        """);

    [Theory]
    [InlineData("lock (_gate) { lock (_gate) { } }")]
    [InlineData("_lock.Enter(); _lock.Enter(); _lock.Exit(); _lock.Exit();")]
    [InlineData("lock (_gate) { Again(); }")]
    public Task Monitors_may_be_taken_again(string statements) => Spec.Members($$"""
        void M() { {{statements}} }
        void Again() { lock (_gate) { } }
        """);

    [Fact]
    public Task A_declared_reentrant_lock_and_a_read_section() => Spec.Code("""
        [LockClass(Outer = WaitClass.Spin, Reentrant = true)]
        class Again { [Acquires] public void Enter() { } [Releases] public void Exit() { } }
        [ReadSection]
        static class Reader { [Acquires] public static void Enter() { } [Releases] public static void Exit() { } }

        class C
        {
            readonly Again _a = new();
            void M() { _a.Enter(); _a.Enter(); _a.Exit(); _a.Exit(); }
            void N() { Reader.Enter(); Reader.Enter(); Reader.Exit(); Reader.Exit(); }
        }
        """);

    [Theory]
    [InlineData("bool t = false; _l.Enter(ref t); _l.Exit(); t = false; _l.Enter(ref t); _l.Exit();")]
    [InlineData("for (int i = 0; i < 3; i++) { bool t = false; _l.Enter(ref t); _l.Exit(); }")]
    [InlineData("bool t = false; for (int i = 0; i < 3; i++) { t = false; _l.Enter(ref t); _l.Exit(); }")]
    public Task Taken_again_after_release(string statements) => Spec.Members($"void M() {{ {statements} }}");

    [Fact]
    public Task A_wrapper_passes_its_callers_bool_on() => Spec.Members("""
        void Enter(ref bool taken) => _l.Enter(ref taken);
        void M() { bool t = false; try { Enter(ref t); _n++; } finally { if (t) _l.Exit(); } }
        """);

    [Fact]
    public Task A_parameter_reassigned_between() => Spec.Code("""
        class Node
        {
            public SpinLock Lock = new(false);
            public Node Next = null!;

            static void M(Node node)
            {
                bool a = false, b = false;
                node.Lock.Enter(ref a);
                Node first = node;
                node = node.Next;
                node.Lock.Enter(ref b);
                node.Lock.Exit();
                first.Lock.Exit();
            }
        }
        """);
}
