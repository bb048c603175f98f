using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Xunit;

namespace LockContext.Analyzers.Tests.Engine;

/// <summary>Which findings are errors, and who has the last word.</summary>
public class Promotion
{
    private const string Declared = "void M() { bool t = false; _spin.Enter(ref t); {|#0:Thread.Sleep(1)|}; _spin.Exit(); } SpinLock _spin = new(false);";
    private const string ByShape = "int _busy; void M() { while (Interlocked.CompareExchange(ref _busy, 1, 0) != 0) { } {|#0:Thread.Sleep(1)|}; Volatile.Write(ref _busy, 0); }";
    private const string ByShapeInAWrapper = """
        class Gate { int _busy; public void Enter() { while (Interlocked.CompareExchange(ref _busy, 1, 0) != 0) { } } public void Exit() => Volatile.Write(ref _busy, 0); }
        readonly Gate _mine = new();
        void M() { _mine.Enter(); {|#0:Thread.Sleep(1)|}; _mine.Exit(); }
        """;

    [Theory]
    [InlineData(Declared, "", DiagnosticSeverity.Warning)]
    [InlineData(Declared, "lockcontext.promote = none", DiagnosticSeverity.Warning)]
    [InlineData(Declared, "lockcontext.promote = sure", DiagnosticSeverity.Error)]
    [InlineData(Declared, "lockcontext.promote = all", DiagnosticSeverity.Error)]
    [InlineData(Declared, "lockcontext.promote = sure\ndotnet_diagnostic.LCX1001.severity = suggestion", DiagnosticSeverity.Info)]
    [InlineData(Declared, "lockcontext.promote = sure\ndotnet_diagnostic.LCX1001.severity = warning", DiagnosticSeverity.Warning)]
    [InlineData(ByShape, "lockcontext.promote = sure", DiagnosticSeverity.Warning)]
    [InlineData(ByShape, "lockcontext.promote = all", DiagnosticSeverity.Error)]
    [InlineData(ByShape, "lockcontext.promote = sure\ndotnet_diagnostic.LCX1001.severity = error", DiagnosticSeverity.Error)]
    [InlineData(ByShapeInAWrapper, "lockcontext.promote = sure", DiagnosticSeverity.Warning)]
    [InlineData(ByShapeInAWrapper, "lockcontext.promote = all", DiagnosticSeverity.Error)]
    public Task Severity_of(string members, string options, DiagnosticSeverity severity) =>
        Run(members, options, Verify.Diagnostic("LCX1001").WithSeverity(severity).WithLocation(0));

    [Theory]
    [InlineData("lockcontext.promote = sure")]
    [InlineData("lockcontext.promote = sure\ndotnet_diagnostic.LCX1001.severity = none")]
    public Task Suppressed(string options) => Run(
        options.EndsWith("none", System.StringComparison.Ordinal) ? Declared : "\n#pragma warning disable LCX1001\n" + Declared, options);

    [Fact]
    public Task A_rule_that_only_warns() => Run(
        "readonly object _a = new(), _b2 = new(); void M() { lock (_a) lock (_b2) { } } void N() { lock (_b2) lock ({|#0:_a|}) { } }", "lockcontext.promote = all",
        Verify.Diagnostic("LCX2005").WithSeverity(DiagnosticSeverity.Warning).WithLocation(0));

    private static Task Run(string members, string options, params Testing.DiagnosticResult[] expected)
    {
        var test = Spec.Files(Spec.InClass(members));
        test.TestState.AnalyzerConfigFiles.Add(("/.editorconfig", $"root = true\n[*.cs]\n{options}\n"));
        test.ExpectedDiagnostics.AddRange(expected);
        return test.RunAsync();
    }
}
