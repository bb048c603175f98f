using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Rules.LCX1013;

/// <summary>What the option adds. LCX1013 is a suggestion: mentioning its id makes it count.</summary>
[Trait("Policy", "Managed allocation")]
public class UnderRawLocks
{
    [Theory]
    [InlineData("void M() { bool t = false; _l.Enter(ref t); var o = {|LCX1013:new object()|}; _l.Exit(); }")]
    [InlineData("void M() { bool t = false; _l.Enter(ref t); {|LCX1013:N()|}; _l.Exit(); } void N() { var o = new object(); }")]
    [InlineData("void M() { bool t = false; _l.Enter(ref t); N(); _l.Exit(); } [RawAtomic] void N() { var o = {|LCX1013:new object()|}; }")]
    [InlineData("void M() { bool t = false; _l.Enter(ref t); _a = {|LCX1013:_a + _n|}; _l.Exit(); } string _a = \"\";")]
    [InlineData("int _busy; void M() { while (Interlocked.CompareExchange(ref _busy, 1, 0) != 0) { } var o = {|LCX1013:new object()|}; Volatile.Write(ref _busy, 0); }")]
    public Task Reports(string members) => Run(members);

    [Theory]
    [InlineData("void M() { var o = new object(); bool t = false; _l.Enter(ref t); _l.Exit(); o = new object(); } // LCX1013")]
    [InlineData("void M() { lock (_gate) { var o = new object(); } } // LCX1013")]
    [InlineData("void M() { bool t = false; try { _l.Enter(ref t); if (_n < 0) throw new ArgumentException($\"{_n}\"); } finally { if (t) _l.Exit(); } } // LCX1013")]
    [InlineData("void M() { bool t = false; _l.Enter(ref t); N(); _l.Exit(); } [NoReclaim] void N() { } // LCX1013")]
    public Task Silences(string members) => Run(members);

    private static Task Run(string members)
    {
        var test = Spec.Files(Spec.InClass(members + "\n"));
        test.TestState.AnalyzerConfigFiles.Add(("/.editorconfig", "root = true\n[*.cs]\nlockcontext.managed_allocation = raw_locks\n"));
        return test.RunAsync();
    }
}
