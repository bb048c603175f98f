using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Rules.LCX3007;

// LCX3007 is hidden: mentioning its id makes it count.
public class UndeclaredEffects
{
    [Theory]
    [InlineData("[Sleepable] public void M() { lock (_gate) { Monitor.Enter(_gate); Monitor.Exit(_gate); } }")]
    [InlineData("[ContextLimit(WaitClass.Sleep)] public void M() { Monitor.Enter(_gate); Monitor.Exit(_gate); }")]
    [InlineData("internal void M() { Monitor.Enter(_gate); Monitor.Exit(_gate); }")]
    [InlineData("private protected void M() { Monitor.Enter(_gate); Monitor.Exit(_gate); }")]
    [InlineData("public void M() { bool t = false; _l.Enter(ref t); _l.Exit(); }")]
    [InlineData("public void M() { Monitor.TryEnter(_gate); Thread.Sleep(0); throw new Exception(); }")]
    [InlineData("[Trusted(\"measured\")] public void M() { Monitor.Enter(_gate); Monitor.Exit(_gate); }")]
    [InlineData("public IEnumerable<int> M() { Monitor.Enter(_gate); Monitor.Exit(_gate); yield return 1; }")]
    [InlineData("internal class D { public void M() { Monitor.Enter(this); Monitor.Exit(this); } }")]
    public Task Silent(string member) => InPublicClass(member);

    [Theory]
    [InlineData("public void {|LCX3007:M|}() { Monitor.Enter(_gate); Monitor.Exit(_gate); }")]
    [InlineData("protected virtual void {|LCX3007:M|}() { Monitor.Enter(_gate); Thread.Sleep(1); Monitor.Exit(_gate); }")]
    [InlineData("public int P { {|LCX3007:get|} { Monitor.Enter(_gate); Monitor.Exit(_gate); return 1; } }")]
    [InlineData("public {|LCX3007:C|}(int i) { Monitor.Enter(_gate); Monitor.Exit(_gate); }")]
    public Task Reported(string member) => InPublicClass(member);

    [Fact]
    public Task Calls_are_followed_only_where_somebody_wants_to_see_it() => InPublicClass("public void M() { bool t = false; _l.Enter(ref t); _l.Exit(); Save(); } void Save() => Thread.Sleep(1);");

    [Theory]
    [InlineData("suggestion", "{|LCX3007:M|}")]
    [InlineData("warning", "{|LCX3007:M|}")]
    [InlineData("none", "M")]
    public Task The_severity_decides(string severity, string name) =>
        InPublicClass("public void " + name + "() { bool t = false; _l.Enter(ref t); _l.Exit(); Save(); } void Save() => Thread.Sleep(1);", severity);

    [Fact]
    public Task Message() => InPublicClass("public void {|#0:M|}() { Monitor.Enter(_gate); Monitor.Exit(_gate); }", null, Verify.Diagnostic("LCX3007").WithLocation(0)
        .WithSeverity(Microsoft.CodeAnalysis.DiagnosticSeverity.Hidden)
        .WithMessage("'M' can block, which callers in other projects do not see: Monitor.Enter; declare it [Sleepable]"));

    private static async Task InPublicClass(string member, string? severity = null, params DiagnosticResult[] expected)
    {
        var test = Spec.Files("// LCX3007\n" + Spec.InClass(member) + "\npublic partial class C { }");
        if (severity is not null)
            test.TestState.AnalyzerConfigFiles.Add(("/.editorconfig", $"root = true\n[*.cs]\ndotnet_diagnostic.LCX3007.severity = {severity}\n"));
        test.ExpectedDiagnostics.AddRange(expected);
        await test.RunAsync();
    }
}
