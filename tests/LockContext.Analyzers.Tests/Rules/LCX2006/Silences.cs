using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Rules.LCX2006;

public class Silences
{
    [Theory]
    [InlineData("void M() { lock (_gate) Core(); }")]
    [InlineData("void M() { Monitor.Enter(_gate); try { Core(); } finally { Monitor.Exit(_gate); } }")]
    [InlineData("void M() { var gate = _gate; lock (gate) Core(); }")]
    [InlineData("void M() { lock (SyncRoot) Core(); } object SyncRoot => _gate;")]
    [InlineData("void M(bool b) { if (b) Monitor.Enter(_gate); if (b) Core(); if (b) Monitor.Exit(_gate); }")]
    [InlineData("void M() { if (Monitor.TryEnter(_gate)) { Core(); Monitor.Exit(_gate); } }")]
    [InlineData("void M() { Take(); Core(); Give(); } void Take() => Monitor.Enter(_gate); void Give() => Monitor.Exit(_gate);")]
    [InlineData("""[RequiresLock("_gate")] void M() => Core();""")]
    [InlineData("""[RequiresLock("_gate")] void M() { Monitor.Exit(_gate); Thread.Sleep(1); Monitor.Enter(_gate); Core(); }""")]
    [InlineData("""[AssertsHeld("_gate")] void Check() { } void M() { Check(); Core(); }""")]
    [InlineData("""[Acquires("_gate")] void Open() => Monitor.Enter(_gate); [Releases("_gate")] void Close() => Monitor.Exit(_gate); void M() { Open(); Core(); Close(); }""")]
    [InlineData("void M() { Core(); Monitor.Exit(_gate); }")]
    [InlineData("""[Releases("_gate")] void M() { Core(); Monitor.Exit(_gate); }""")]
    public Task Held(string members) => Code(members);

    [Theory]
    [InlineData("void M() { Debug.Assert(Monitor.IsEntered(_gate)); Core(); }")]
    [InlineData("""void M() { Debug.Assert(Monitor.IsEntered(_gate), "why"); Core(); }""")]
    [InlineData("void M() { if (Monitor.IsEntered(_gate)) Core(); }")]
    [InlineData("void M() { if (!Monitor.IsEntered(_gate)) throw new InvalidOperationException(); Core(); }")]
    [InlineData("void M() { if (!Monitor.IsEntered(_gate)) return; Core(); }")]
    [InlineData("""readonly Lock _new = new(); [RequiresLock("_new")] void N() { } void M() { Debug.Assert(_new.IsHeldByCurrentThread); N(); }""")]
    public Task Asserted(string members) => Code(members);

    [Theory]
    [InlineData("C() => Core();")]
    [InlineData("C() { Core(); lock (_gate) Core(); }")]
    [InlineData("readonly int _x; C() { _x = Value(); } [RequiresLock(\"_gate\")] int Value() => 1;")]
    [InlineData("static C Make() { var c = new C(); c.Core(); return c; }")]
    [InlineData("static void Make() => new C().Core();")]
    public Task Not_shared_yet(string members) => Code(members);

    [Theory]
    [InlineData("void M() { lock (_gate) _list.ForEach(x => Core()); }")]
    [InlineData("void M() { lock (_gate) Local(); void Local() => Core(); }")]
    [InlineData("Action M() => () => Core();")]
    [InlineData("Action M() => Core;")]
    [InlineData("string M() => nameof(Core);")]
    public Task Nested_functions(string members) => Code(members);

    [Theory]
    [InlineData("void M(Node n) { lock (n.Gate) n.Remove(); }")]
    [InlineData("void M(Node n) { lock (n.Gate) { foreach (var x in n.Children) lock (x.Gate) x.Remove(); n.Remove(); } }")]
    [InlineData("void M(Node[] nodes) { for (int i = 0; i < nodes.Length; i++) lock (nodes[i].Gate) nodes[i].Remove(); }")]
    [InlineData("void M() { lock (Find().Gate) Find().Remove(); }")]
    [InlineData("void M() { Monitor.Enter(Find().Gate); _node.Remove(); }")]
    [InlineData("void M(Node n) { lock (n.Gate) Helper(n); } [RequiresLock(\"n.Gate\")] static void Helper(Node n) => n.Remove();")]
    public Task Locks_of_other_objects(string members) => Code("Node _node = new(); Node Find() => _nodes[0]; List<Node> _nodes = new();" + members);

    [Fact]
    public Task Throw_paths() => Code("void M() { if (_n == 0) { Core(); throw new InvalidOperationException(); } }");

    private static Task Code(string members) => Spec.Code($$"""
        class Node
        {
            public readonly object Gate = new();
            public List<Node> Children = new();
            [RequiresLock("Gate")] public void Remove() { }
        }

        class C
        {
            readonly object _gate = new();
            readonly List<int> _list = new();
            int _n;
            [RequiresLock("_gate")] void Core() => _n++;
            {{members}}
        }
        """);
}
