using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Rules.LCX5002;

public class Silences
{
    [Theory]
    [InlineData("Rcu.ReadLock(); var n = Rcu.Dereference(ref _first); int k = n!.Key; Rcu.ReadUnlock(); return k;")]
    [InlineData("using (Rcu.Read()) { var n = Rcu.Dereference(ref _first); if (n != null) return n.Key; } return 0;")]
    [InlineData("using (Rcu.Read()) return Rcu.Dereference(ref _first)!.Key;")]
    [InlineData("using var section = Rcu.Read(); var n = Rcu.Dereference(ref _first); return n == null ? 0 : n.Key;")]
    [InlineData("Rcu.ReadLock(); try { return Rcu.Dereference(ref _first)?.Key ?? 0; } finally { Rcu.ReadUnlock(); }")]
    [InlineData("using (Rcu.Read()) for (var n = Rcu.Dereference(ref _first); n != null; n = Rcu.Dereference(ref n.Next)) if (n.Key == 3) return 1; return 0;")]
    [InlineData("string name; using (Rcu.Read()) name = Rcu.Dereference(ref _first)!.Name; return name.Length;")]
    public Task What_is_read_inside_is_a_copy(string statements) => Code($$"""int M() { {{statements}} }""");

    [Theory]
    [InlineData("Rcu.ReadLock(); var n = Rcu.Dereference(ref _first); Rcu.ReadUnlock(); return n == null;")]
    [InlineData("Rcu.ReadLock(); var n = Rcu.Dereference(ref _first); Rcu.ReadUnlock(); return n is null || _b;")]
    [InlineData("Rcu.ReadLock(); var n = Rcu.Dereference(ref _first); Rcu.ReadUnlock(); return n == _seen;")]
    [InlineData("Rcu.ReadLock(); var n = Rcu.Dereference(ref _first); Rcu.ReadUnlock(); return ReferenceEquals(n, _seen);")]
    public Task Tests_that_look_at_nothing_behind_it(string statements) => Code($$"""bool M() { {{statements}} }""");

    [Theory]
    [InlineData("Rcu.ReadLock(); var n = Rcu.Dereference(ref _first); Rcu.ReadUnlock(); Rcu.ReadLock(); n = Rcu.Dereference(ref _first); int k = n!.Key; Rcu.ReadUnlock(); return k;")]
    [InlineData("int k = 0; for (int i = 0; i < 3; i++) { Rcu.ReadLock(); var n = Rcu.Dereference(ref _first); k += n!.Key; Rcu.ReadUnlock(); } return k;")]
    [InlineData("Node? n; Rcu.ReadLock(); n = Rcu.Dereference(ref _first); Rcu.ReadUnlock(); n = new Node(); return n.Key;")]
    [InlineData("Rcu.ReadLock(); Rcu.ReadLock(); var n = Rcu.Dereference(ref _first); Rcu.ReadUnlock(); int k = n!.Key; Rcu.ReadUnlock(); return k;")]
    [InlineData("Node? n = null; if (_n > 0) { Rcu.ReadLock(); n = Rcu.Dereference(ref _first); Rcu.ReadUnlock(); } n = _own; return n!.Key;")]
    public Task Obtained_again(string statements) => Code($$"""int M() { {{statements}} }""");

    [Theory]
    [InlineData("Node? M() { for (var n = Rcu.Dereference(ref _first); n != null; n = Rcu.Dereference(ref n.Next)) if (n.Key == 3) return n; return null; }")]
    [InlineData("Node? M() => Rcu.Dereference(ref _first);")]
    [InlineData("int M() { var n = Rcu.Dereference(ref _first); Rcu.ReadUnlock(); return n!.Key; }")]
    [InlineData("int M() { var n = Rcu.Dereference(ref _first); Rcu.ReadLock(); Rcu.ReadUnlock(); return n!.Key; }")]
    [InlineData("Node? M() { Rcu.ReadLock(); return Rcu.Dereference(ref _first); }")]
    [InlineData("int M() { using (Rcu.Read()) return Find(3)?.Key ?? 0; } Node? Find(int k) => Rcu.Dereference(ref _first);")]
    [InlineData("int M() { Open(); int k = Rcu.Dereference(ref _first)!.Key; Close(); return k; } void Open() => Rcu.ReadLock(); void Close() => Rcu.ReadUnlock();")]
    public Task Inside_the_caller_s_section(string members) => Code(members);

    [Theory]
    [InlineData("if (n != null && n.TryGet()) { Rcu.ReadUnlock(); return n.Key; } Rcu.ReadUnlock(); return 0;")]
    [InlineData("if (n == null) { Rcu.ReadUnlock(); return 0; } n.Get(); Rcu.ReadUnlock(); return n.Key;")]
    [InlineData("Node.Get(n!); Rcu.ReadUnlock(); return n!.Key;")]
    [InlineData("Interlocked.Increment(ref n!.Count); Rcu.ReadUnlock(); return n.Key;")]
    [InlineData("n!.Count++; Rcu.ReadUnlock(); return n.Key;")]
    [InlineData("n!.Count += 1; Rcu.ReadUnlock(); return n.Key;")]
    [InlineData("if (n!.Lock.TryEnter()) { Rcu.ReadUnlock(); int k = n.Key; n.Lock.Exit(); return k; } Rcu.ReadUnlock(); return 0;")]
    [InlineData("var other = n; n!.Get(); Rcu.ReadUnlock(); return other!.Key;")]
    public Task References_taken_inside(string statements) => Code($$"""int M() { Rcu.ReadLock(); var n = Rcu.Dereference(ref _first); {{statements}} }""");

    [Theory]
    [InlineData("void M() { _gate.Enter(); Rcu.ReadLock(); _seen = Rcu.Dereference(ref _first); Rcu.ReadUnlock(); _gate.Exit(); }")]
    [InlineData("void M() { Rcu.ReadLock(); _seen = Rcu.Dereference(ref _first); Use(); _seen = null; Rcu.ReadUnlock(); } void Use() { }")]
    [InlineData("void M() { Rcu.ReadLock(); _seen = Rcu.Dereference(ref _first); Clear(); Rcu.ReadUnlock(); } void Clear() => _seen = null;")]
    [InlineData("void M() { Rcu.ReadLock(); var n = Rcu.Dereference(ref _first); Rcu.Assign(ref _first, n!.Next); Rcu.ReadUnlock(); }")]
    public Task Fields(string members) => Code("readonly SleepingLock _gate = new();" + members);

    [Fact]
    public Task Pointers() => RuntimeSource.Members("""
        struct Node { public int Key; public Node* Next; public RcuHead Head; }
        Node* _first;

        int M(int key)
        {
            int found = 0;
            Rcu.ReadLock();
            fixed (Node** first = &_first)
            {
                for (Node* n = Rcu.Dereference(first); n != null; n = Rcu.Dereference(&n->Next))
                {
                    if (n->Key == key)
                        found = (*n).Key;
                }
            }

            Rcu.ReadUnlock();
            return found;
        }

        void Remove(Node** from)
        {
            Rcu.ReadLock();
            Node* n = Rcu.Dereference(from);
            Rcu.ReadUnlock();
            if (n != null)
                Rcu.FreeMightSleep(n);
        }
        """);

    private static Task Code(string members) => LCX5002.Reports.Code(members);
}
