using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Rules.LCX2002;

public class Silences
{
    [Fact]
    public Task A_method_that_only_releases() => Spec.Members("void End() { _n++; _l.Exit(); }");

    [Fact]
    public Task A_method_that_only_releases_on_every_way() => Spec.Members("void End() { if (_b) { _l.Exit(); return; } _n++; _l.Exit(); }");

    [Fact]
    public Task Released_around_something_slow() => Spec.Members("void M() { _l.Exit(); Thread.Sleep(1); bool t = false; _l.Enter(ref t); _n++; _l.Exit(); }");

    [Theory]
    [InlineData("if (taken) _l.Exit();")]
    [InlineData("if (!taken) return; _l.Exit();")]
    [InlineData("if (taken is true) _l.Exit();")]
    [InlineData("bool copy = taken; if (copy) _l.Exit();")]
    public Task After_asking_whether_it_is_held(string release) => Spec.Members($$"""
        void M() { bool taken = false; _l.TryEnter(ref taken); {{release}} }
        """);

    [Fact]
    public Task In_finally_if_taken() => Spec.Members("""
        void M()
        {
            bool taken = false;
            try
            {
                _n++;
                if (_b) return;
                _l.Enter(ref taken);
            }
            finally
            {
                if (taken) _l.Exit();
            }
        }
        """);

    [Theory]
    [InlineData("a._l.Enter(ref t); b._l.Exit();")]
    [InlineData("_all[i].Enter(ref t); _all[j].Exit();")]
    [InlineData("a._l.Enter(ref t); C c = a; c._l.Exit();")]
    public Task Where_it_is_not_surely_the_same_lock(string statements) => Spec.Members($$"""
        private readonly SpinLock[] _all = new SpinLock[2];
        void M(C a, C b, int i, int j) { bool t = false; {{statements}} }
        """);

    [Fact]
    public Task Hand_over_hand() => Spec.Code("""
        class Node
        {
            public SpinLock Lock = new(false);
            public Node? Next;

            static void Walk(Node node)
            {
                bool taken = false;
                node.Lock.Enter(ref taken);
                while (node.Next is { } next)
                {
                    bool also = false;
                    next.Lock.Enter(ref also);
                    node.Lock.Exit();
                    node = next;
                }
                node.Lock.Exit();
            }
        }
        """);

    [Fact]
    public Task Reentrant_locks_are_released_as_often_as_taken() => Spec.Members("""
        void M() { Monitor.Enter(_gate); Monitor.Enter(_gate); Monitor.Exit(_gate); Monitor.Exit(_gate); }
        """);

    [Fact]
    public Task Semaphores_are_waits() => Spec.Members("void M() { _semaphore.Wait(); _semaphore.Release(); _semaphore.Release(); }");
}
