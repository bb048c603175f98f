using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Rules.LCX2005;

public class Silences
{
    [Theory]
    [InlineData("void M() { lock (_a) lock (_b2) { } } void N() { lock (_a) lock (_b2) { } }")]
    [InlineData("void M() { lock (_a) lock (_b2) { } } void N() { lock (_b2) { } lock (_a) { } }")]
    [InlineData("void M() { lock (_a) lock (_b2) { } } void N() { lock (_b2) lock (_c) { } } void O() { lock (_a) lock (_c) { } }")]
    [InlineData("void M() { lock (_a) lock (_a) { } }")]
    [InlineData("void M() { lock (_a) lock (_b2) lock (_a) { } }")]
    [InlineData("void M() { lock (_a) { lock (_b2) Inner(); } } void Inner() { lock (_a) { } }")]
    [InlineData("void M() { lock (_a) { Inner(); } } void Inner() { lock (_a) lock (_b2) { } }")]
    public Task One_order(string members) => Spec.Members(Fields + members);

    [Theory]
    [InlineData("void M() { lock (_a) lock (_b2) { } } void N() { lock (_b2) { if (Monitor.TryEnter(_a)) Monitor.Exit(_a); } }")]
    [InlineData("void M() { lock (_a) lock (_b2) { } } void N() { lock (_b2) { if (Monitor.TryEnter(_a, 0)) Monitor.Exit(_a); } }")]
    [InlineData("void M() { lock (_a) lock (_b2) { } } void N() { lock (_b2) { if (Monitor.TryEnter(_a, 100)) Monitor.Exit(_a); } }")]
    [InlineData("void M() { lock (_a) lock (_b2) { } } void N() { lock (_b2) { if (_lock.TryEnter()) _lock.Exit(); } } void O() { lock (_lock) lock (_a) { } }")]
    public Task A_try_waits_for_nobody(string members) => Spec.Members(Fields + members);

    [Theory]
    [InlineData("void M() { lock (_c) lock (_a) lock (_b2) { } } void N() { lock (_c) lock (_b2) lock (_a) { } }")]
    [InlineData("void M() { lock (_c) { lock (_a) { lock (_b2) { } } } } void N() { lock (_c) { lock (_b2) Inner(); } } void Inner() { lock (_a) { } }")]
    [InlineData("""[RequiresLock("_c")] void M() { lock (_a) lock (_b2) { } } [RequiresLock("_c")] void N() { lock (_b2) lock (_a) { } }""")]
    public Task Under_a_gate_that_both_hold(string members) => Spec.Members(Fields + members);

    /// <summary>Two ways under one gate never meet, and a circle needs all of its ways at the same moment.</summary>
    [Theory]
    [InlineData("void M() { lock (_n2) lock (_a) lock (_b2) { } } void N() { lock (_n2) lock (_b2) lock (_c) { } } void O() { lock (_c) lock (_a) { } }")]
    [InlineData("void M() { lock (_a) lock (_b2) { } } void N() { lock (_n2) lock (_b2) lock (_c) { } } void O() { lock (_n2) lock (_c) lock (_a) { } }")]
    public Task Under_a_gate_that_two_of_three_hold(string members) => Spec.Members(Fields + "readonly object _n2 = new();\n" + members);

    /// <summary>Types that only their file knows may have the name of others.</summary>
    [Fact]
    public Task Of_types_of_one_name()
    {
        const string File = "file class Own { public readonly object A = new(), B = new(); public void M() { lock (FIRST) lock (SECOND) { } } }";
        return Spec.Files(File.Replace("FIRST", "A").Replace("SECOND", "B"), File.Replace("FIRST", "B").Replace("SECOND", "A")).RunAsync();
    }

    [Theory]
    [InlineData("void M(Node x, Node y) { lock (x.Gate) lock (y.Gate) { } } void N(Node x, Node y) { lock (y.Gate) lock (x.Gate) { } }")]
    [InlineData("object[] _locks = new object[3]; void M(int i, int j) { lock (_locks[i]) lock (_locks[j]) { } } void N(int i, int j) { lock (_locks[j]) lock (_locks[i]) { } }")]
    [InlineData("void M(object x, object y) { lock (x) lock (y) { } } void N(object x, object y) { lock (y) lock (x) { } }")]
    [InlineData("void M(List<int> x) { lock (x) lock (_a) { } } void N(List<int> y) { lock (_a) lock (y) { } }")]
    [InlineData("void M(Node x) { lock (x.Gate) lock (x.Next!.Gate) lock (_a) { } } void N(Node x) { lock (x.Next!.Gate) lock (x.Gate) { } }")]
    [InlineData("void M(Node x) { lock (x) lock (this) { } } Node _node = new(); void N() { lock (_node) { lock (_node) { } } }")]
    public Task Locks_of_one_class_or_of_none(string members) => Spec.Members(Fields + members + " class Node { public readonly object Gate = new(); public Node? Next; }");

    [Theory]
    [InlineData("C() { lock (_b2) lock (_a) { } } void M() { lock (_a) lock (_b2) { } }")]
    [InlineData("static C Make() { var c = new C(); lock (c._b2) lock (c._a) { } return c; } void M() { lock (_a) lock (_b2) { } }")]
    public Task Objects_that_nobody_else_has_yet(string members) => Spec.Members(Fields + members);

    [Theory]
    [InlineData("void M() { lock (_a) lock (_b2) { } } void N() { lock (_b2) { Task.Run(() => { lock (_a) { } }); } }")]
    [InlineData("void M() { lock (_a) lock (_b2) { } } void N() { lock (_b2) { _run = () => { lock (_a) { } }; } } Action? _run;")]
    [InlineData("void M() { lock (_a) lock (_b2) { } } void N() { lock (_b2) { if (_n > 0) { Fail(); throw new InvalidOperationException(); } } } void Fail() { lock (_a) { } }")]
    [InlineData("object Root => _n > 0 ? _a : _c; void M() { lock (Root) lock (_b2) { } } void N() { lock (_b2) lock (Root) { } }")]
    public Task Not_taken_while_it_is_held(string members) => Spec.Members(Fields + members);

    [Fact]
    public Task Read_sections() => RuntimeSource.Members("""
        void M() { Rcu.ReadLock(); _sleeping.Enter(); _sleeping.Exit(); Rcu.ReadUnlock(); }
        void N() { _sleeping.Enter(); Rcu.ReadLock(); Rcu.ReadUnlock(); _sleeping.Exit(); }
        """);

    /// <summary>What stands in a file where the rule is off is no reason for a report elsewhere.</summary>
    [Theory]
    [InlineData("/0/Test0.cs")]
    [InlineData("/0/Test1.cs")]
    public async Task Switched_off_in_a_file(string file)
    {
        var test = Spec.Files(
            Spec.InClass("public static readonly object A = new(), B = new(); void M() { lock (A) lock (B) { } }"),
            "class D { void N() { lock (C.B) lock (C.A) { } } }");
        test.TestState.AnalyzerConfigFiles.Add(("/.editorconfig", $"root = true\n[{file}]\ndotnet_diagnostic.LCX2005.severity = none\n"));
        await test.RunAsync();
    }

    private const string Fields = "readonly object _a = new(), _b2 = new(), _c = new();\n";

    [Fact]
    public Task Of_an_object_that_a_callee_makes_for_itself() => Spec.Code("""
        class Connector
        {
            private readonly object _sync = new(), _cancel = new();
            void Cancel() { lock (_cancel) Perform(); }
            void Perform() { var other = new Connector(); other.Request(); }
            void Request() { lock (_sync) { } }
            void Start() { lock (_sync) lock (_cancel) { } }
        }
        """);
}
