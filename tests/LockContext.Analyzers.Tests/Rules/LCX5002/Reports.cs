using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Rules.LCX5002;

public class Reports
{
    [Theory]
    [InlineData("return {|LCX5002:n!.Key|};")]
    [InlineData("return {|LCX5002:n!.Name|}.Length;")]
    [InlineData("return {|LCX5002:n!.Property|};")]
    [InlineData("{|LCX5002:n!.Get()|}; return 0;")]
    [InlineData("{|LCX5002:Node.Get(n!)|}; return 0;")]
    [InlineData("var m = n; return {|LCX5002:m!.Key|};")]
    [InlineData("return n == null ? 0 : {|LCX5002:n.Key|};")]
    [InlineData("return n != null && _b ? {|LCX5002:n.Key|} : 0;")]
    [InlineData("return n?{|LCX5002:.Key|} ?? 0;")]
    [InlineData("return {|LCX5002:n is { Key: 3 }|} ? 1 : 0;")]
    [InlineData("{|LCX5002:_seen = n|}; return 0;")]
    [InlineData("Rcu.ReadLock(); int k = {|LCX5002:n!.Key|}; Rcu.ReadUnlock(); return k;")]
    [InlineData("n = Rcu.Dereference(ref {|LCX5002:n!.Next|}); return 0;")]
    public Task Used_after_the_end(string statements) => Code($$"""int M() { Rcu.ReadLock(); var n = Rcu.Dereference(ref _first); Rcu.ReadUnlock(); {{statements}} }""");

    [Theory]
    [InlineData("Node? n; using (Rcu.Read()) n = Rcu.Dereference(ref _first); return {|LCX5002:n!.Key|};")]
    [InlineData("Node? n = null; using (Rcu.Read()) { n = Rcu.Dereference(ref _first); } if (n != null) return {|LCX5002:n.Key|}; return 0;")]
    [InlineData("Node? n; var section = Rcu.Read(); n = Rcu.Dereference(ref _first); section.Dispose(); return {|LCX5002:n!.Key|};")]
    [InlineData("Node? n; Rcu.ReadLock(); try { n = Rcu.Dereference(ref _first); } finally { Rcu.ReadUnlock(); } return {|LCX5002:n!.Key|};")]
    [InlineData("Node? n; Open(); n = Rcu.Dereference(ref _first); Close(); return {|LCX5002:n!.Key|};")]
    [InlineData("Node? n; using (Rcu.Read()) n = Find(3); return {|LCX5002:n!.Key|};")]
    [InlineData("Node? n; using (Rcu.Read()) TryFind(out n); return {|LCX5002:n!.Key|};")]
    [InlineData("Node? n; using (Rcu.Read()) n = _annotated; return {|LCX5002:n!.Key|};")]
    [InlineData("Node? n; using (Rcu.Read()) n = Annotated; return {|LCX5002:n!.Key|};")]
    public Task Whatever_opens_and_closes_it(string statements) => Code($$"""
        [ReadProtected] Node? _annotated;
        [ReadProtected] Node? Annotated => _seen;
        int M() { {{statements}} }
        void Open() => Rcu.ReadLock();
        void Close() => Rcu.ReadUnlock();
        Node? Find(int key) { for (var n = Rcu.Dereference(ref _first); n != null; n = Rcu.Dereference(ref n.Next)) if (n.Key == key) return n; return null; }
        bool TryFind(out Node? found) { found = Rcu.Dereference(ref _first); return found != null; }
        """);

    [Theory]
    [InlineData("Rcu.ReadLock(); var n = Rcu.Dereference(ref _first); Rcu.ReadUnlock(); return {|LCX5002:n|};")]
    [InlineData("using (Rcu.Read()) return {|LCX5002:Rcu.Dereference(ref _first)|};")]
    [InlineData("using var section = Rcu.Read(); return {|LCX5002:Rcu.Dereference(ref _first)|};")]
    [InlineData("Rcu.ReadLock(); try { return {|LCX5002:Rcu.Dereference(ref _first)|}; } finally { Rcu.ReadUnlock(); }")]
    [InlineData("using (Rcu.Read()) for (var n = Rcu.Dereference(ref _first); n != null; n = Rcu.Dereference(ref n.Next)) if (n.Key == 3) return {|LCX5002:n|}; return null;")]
    public Task Returned(string statements) => Code($$"""Node? M() { {{statements}} }""");

    [Fact]
    public Task Returned_by_out() => Code("bool M(out Node? found) { using (Rcu.Read()) { found = Rcu.Dereference(ref _first); return {|LCX5002:found != null|}; } }");

    [Theory]
    [InlineData("Rcu.ReadLock(); {|LCX5002:_seen = Rcu.Dereference(ref _first)|}; Rcu.ReadUnlock();")]
    [InlineData("Rcu.ReadLock(); var n = Rcu.Dereference(ref _first); if (n != null) {|LCX5002:s_seen = n|}; Rcu.ReadUnlock();")]
    public Task Kept_in_a_field(string statements) => Code($$"""static Node? s_seen; void M() { {{statements}} }""");

    [Fact]
    public Task Pointers() => RuntimeSource.Members("""
        struct Node { public int Key; public Node* Next; }

        int A(Node** first) { Rcu.ReadLock(); Node* n = Rcu.Dereference(first); Rcu.ReadUnlock(); return {|LCX5002:n->Key|}; }
        int B(Node** first) { Rcu.ReadLock(); Node* n = Rcu.Dereference(first); Rcu.ReadUnlock(); return {|LCX5002:(*n).Key|}; }
        int D(int** first) { Rcu.ReadLock(); int* n = Rcu.Dereference(first); Rcu.ReadUnlock(); return {|LCX5002:*n|}; }
        int E(int** first) { Rcu.ReadLock(); int* n = Rcu.Dereference(first); Rcu.ReadUnlock(); return {|LCX5002:n[2]|}; }
        Node* F(Node** first) { Rcu.ReadLock(); Node* n = Rcu.Dereference(first); Rcu.ReadUnlock(); return {|LCX5002:n|}; }
        """);

    [Fact]
    public Task Once_for_each_pointer() => Code("""
        int M()
        {
            Rcu.ReadLock();
            var n = Rcu.Dereference(ref _first);
            var m = Rcu.Dereference(ref n!.Next);
            Rcu.ReadUnlock();
            int k = {|LCX5002:n.Key|} + n.Key;
            return k + {|LCX5002:m!.Key|};
        }
        """);

    [Fact]
    public Task Message() => Code("""
        int M()
        {
            Rcu.ReadLock();
            var n = Rcu.Dereference(ref _first);
            Rcu.ReadUnlock();
            return {|#0:n!.Key|};
        }
        """,
        Verify.Diagnostic("LCX5002").WithLocation(0).WithMessage(
            "'n' is used although Rcu ended at line 31; copy what is needed inside the section, or take a reference there"));

    internal static Task Code(string members, params DiagnosticResult[] expected) => RuntimeSource.Members($$"""
        sealed class Node
        {
            public int Key;
            public string Name = "";
            public int Property => Key;
            public Node? Next;
            public int Count;
            public readonly SleepingLock Lock = new();
            public bool TryGet() => Interlocked.Increment(ref Count) > 1;
            public void Get() => Interlocked.Increment(ref Count);
            public static void Get(Node n) => n.Get();
        }

        Node? _first;
        Node? _seen;
        Node? _own;

        {{members}}
        """, expected);
}
