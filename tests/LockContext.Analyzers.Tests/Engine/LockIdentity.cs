using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Engine;

/// <summary>Identity is an access path, substituted at calls.</summary>
public class LockIdentity
{
    private const string Node = """
        class Node
        {
            public SpinLock Lock = new(false);
            public Node Next = null!;
            public void Enter() { bool t = false; Lock.Enter(ref t); }
            public void Exit() => Lock.Exit();
            public static void EnterBoth(Node a, Node b) { a.Enter(); b.Enter(); }
        }
        """;

    [Theory]
    [InlineData("a.Enter(); b.Enter(); a.Exit(); b.Exit();")]
    [InlineData("a.Enter(); {|LCX2003:a.Enter()|}; a.Exit();")]
    [InlineData("a.Enter(); a.Next.Enter(); a.Next.Exit(); a.Exit();")]
    [InlineData("a.Next.Enter(); {|LCX2003:a.Next.Enter()|}; a.Next.Exit();")]
    [InlineData("Node.EnterBoth(a, b); {|LCX1001:Thread.Sleep(1)|}; a.Exit(); b.Exit(); Thread.Sleep(1);")]
    [InlineData("Node.EnterBoth(a, b); {|LCX2003:b.Enter()|}; a.Exit(); b.Exit();")]
    [InlineData("{|LCX2003:Node.EnterBoth(a, a)|}; a.Exit();")]
    [InlineData("var c = a; a.Enter(); {|LCX2003:c.Enter()|}; a.Exit();")]
    [InlineData("a.Enter(); b = a; {|LCX2003:b.Enter()|}; a.Exit();")]
    [InlineData("a.Enter(); var old = a; a = b; a.Enter(); a.Exit(); old.Exit(); Thread.Sleep(1);")]
    [InlineData("ref SpinLock r = ref a.Lock; bool t = false, u = false; r.Enter(ref t); {|LCX2003:a.Lock.Enter(ref u)|}; r.Exit();")]
    public Task Paths(string statements) => Spec.Code($$"""
        {{Node}}
        class C { void M(Node a, Node b) { {{statements}} } }
        """);

    [Fact]
    public Task A_release_of_another_lock_releases_nothing() => Spec.Members("""
        void M(C other)
        {
            bool t = false;
            _l.Enter(ref t);
            other._l2.Exit();
            {|LCX1001:Thread.Sleep(1)|};
            _l.Exit();
        }
        """);

    [Fact]
    public Task A_captured_lock_is_the_same_inside_a_lambda() => Spec.Members("""
        void M()
        {
            bool t = false;
            _l.Enter(ref t);
            Action release = () => _l.Exit();
            release();
            Thread.Sleep(1);
        }
        """);

    [Fact]
    public Task Static_locks() => Spec.Code("""
        static class A
        {
            public static SpinLock Lock = new(false);
            public static void Enter() { bool t = false; Lock.Enter(ref t); }
        }

        class C
        {
            void M() { A.Enter(); {|LCX1001:Thread.Sleep(1)|}; A.Lock.Exit(); Thread.Sleep(1); }
            void N() { A.Enter(); {|LCX2003:A.Enter()|}; A.Lock.Exit(); }
        }
        """);

    /// <summary>One lock by the name of a property and by that of the field behind it, wherever something is held at the time and wherever not.</summary>
    [Theory]
    [InlineData("object")]
    [InlineData("Queue<int>")]
    [InlineData("Lock")]
    public Task A_property_that_names_a_lock(string type) => Spec.Members($$"""
        readonly {{type}} _inner = new();
        {{type}} Gate => _inner;
        {{type}} Longer { get { return this.Gate; } }
        void Take(ref bool taken) { {{(type == "Lock" ? "Gate.Enter(); taken = true;" : "Monitor.Enter(Gate, ref taken);")}} }
        void Give(bool taken) { if (taken) {{(type == "Lock" ? "Longer.Exit()" : "Monitor.Exit(Longer)")}}; }
        void Both() { bool taken = false; try { Take(ref taken); if (_n > 0) throw new InvalidOperationException(); _n++; } finally { Give(taken); } }
        void One() { bool taken = false; {|LCX2001:Take(ref taken)|}; if (_n > 0) return; Give(taken); }
        async Task Wait() { bool taken = false; Take(ref taken); Give(taken); await Task.Yield(); }
        async Task WaitHeld() { bool taken = false; Take(ref taken); {|LCX1008:await Task.Yield()|}; Give(taken); }
        void Directly() { lock (Gate) { _n++; } lock (Longer) { _n++; } }
        """);
}
