using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Engine;

/// <summary><c>.editorconfig</c>, <c>#pragma</c> and <c>[SuppressMessage]</c> work as for any analyzer.</summary>
public class Suppression
{
    private const string Sleeps = "bool t = false; _l.Enter(ref t); Thread.Sleep(1); _l.Exit();";

    [Fact]
    public Task By_pragma() => Spec.Members($$"""
        #pragma warning disable LCX1001
        void M() { {{Sleeps}} }
        #pragma warning restore LCX1001
        void N() { bool t = false; _l.Enter(ref t); {|LCX1001:Thread.Sleep(1)|}; _l.Exit(); }
        """);

    [Fact]
    public Task By_attribute() => Spec.Members($$"""
        [SuppressMessage("LockContext.Context", "LCX1001", Justification = "measured")]
        void M() { {{Sleeps}} }
        """);

    [Fact]
    public Task By_editorconfig()
    {
        var test = Spec.Files(Spec.InClass($$"""void M() { {{Sleeps}} }"""));
        test.TestState.AnalyzerConfigFiles.Add(("/.editorconfig", "root = true\n[*.cs]\ndotnet_diagnostic.LCX1001.severity = none\n"));
        return test.RunAsync();
    }

    [Fact]
    public Task Raised_by_editorconfig()
    {
        var test = Spec.Files(Spec.InClass("void M() { bool t = false; _l.Enter(ref t); {|#0:Thread.Sleep(1)|}; _l.Exit(); }"));
        test.TestState.AnalyzerConfigFiles.Add(("/.editorconfig", "root = true\n[*.cs]\ndotnet_diagnostic.LCX1001.severity = error\n"));
        test.ExpectedDiagnostics.Add(Verify.Diagnostic("LCX1001").WithLocation(0).WithSeverity(Microsoft.CodeAnalysis.DiagnosticSeverity.Error));
        return test.RunAsync();
    }
}
