using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Rules.LCX2006;

public class Reports
{
    [Theory]
    [InlineData("void M() => {|LCX2006:Core()|};")]
    [InlineData("void M() { lock (_gate) _n++; {|LCX2006:Core()|}; }")]
    [InlineData("void M() { lock (_other) {|LCX2006:Core()|}; }")]
    [InlineData("void M() { lock (this) {|LCX2006:Core()|}; }")]
    [InlineData("void M(bool b) { if (b) Monitor.Enter(_gate); {|LCX2006:Core()|}; if (b) Monitor.Exit(_gate); }")]
    [InlineData("void M() { if (Monitor.TryEnter(_gate)) Monitor.Exit(_gate); else {|LCX2006:Core()|}; }")]
    [InlineData("void M(C other) { lock (_gate) {|LCX2006:other.Core()|}; }")]
    [InlineData("""[RequiresLock("_gate")] void M() { Monitor.Exit(_gate); {|LCX2006:Core()|}; Monitor.Enter(_gate); }""")]
    [InlineData("void M() { if (Monitor.IsEntered(_other)) {|LCX2006:Core()|}; }")]
    [InlineData("async Task M() { await Task.Yield(); {|LCX2006:Core()|}; }")]
    [InlineData("int P { get { {|LCX2006:Core()|}; return 1; } }")]
    [InlineData("""int Q { [RequiresLock("_gate")] get => _n; } int M() => {|LCX2006:Q|};""")]
    [InlineData("C(C other) { {|LCX2006:other.Core()|}; } C() { }")]
    [InlineData("void M() => Inner(); void Inner() => {|LCX2006:Core()|};")]
    public Task Not_held(string members) => Code(members);

    [Theory]
    [InlineData("void M(INode n) => {|LCX2006:n.Remove()|};")]
    [InlineData("void M(Node n) => {|LCX2006:n.Remove()|};")]
    public Task Through_an_interface(string members) => Code(members + """
        interface INode { object Gate { get; } [RequiresLock("Gate")] void Remove(); }
        class Node : INode { public object Gate { get; } = new(); public void Remove() { } }
        """);

    [Fact]
    public Task A_lock_of_your_own() => Code("""
        [LockClass(Outer = WaitClass.Sleep)] class Gate { [Acquires] public void Enter() { } [Releases] public void Exit() { } [RequiresLock] public void Downgrade() { } }
        readonly Gate _g = new();
        void Right() { _g.Enter(); _g.Downgrade(); _g.Exit(); }
        void Wrong() { _g.Enter(); _g.Exit(); {|LCX2006:_g.Downgrade()|}; }
        """);

    [Fact]
    public Task Message() => Spec.Code(
        """
        class C
        {
            readonly object _gate = new();
            int _n;
            [RequiresLock("_gate")] void Core() => _n++;
            void M() => {|#0:Core()|};
        }
        """,
        Verify.Diagnostic("LCX2006").WithLocation(0).WithMessage("'Core' needs '_gate' held, which it is not here; take it before, or mark 'M' with [RequiresLock] as well"));

    private static Task Code(string members) => Spec.Code($$"""
        class C
        {
            readonly object _gate = new();
            readonly object _other = new();
            int _n;
            [RequiresLock("_gate")] void Core() => _n++;
            {{members}}
        }
        """);
}
