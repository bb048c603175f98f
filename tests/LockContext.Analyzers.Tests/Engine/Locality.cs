using System.Linq;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Xunit;

namespace LockContext.Analyzers.Tests.Engine;

/// <summary>Live or not at all: an editor that asks for one document, or for the visible part of it, is told what is in it, even where the cause is elsewhere.</summary>
[Trait("Policy", "Live")]
public class Locality
{
    private static Verify.Test TwoFiles() => Spec.Files(
        """
        class C
        {
            private SpinLock _l = new(false);
            private readonly Store _store = new();
            void A() {|#0:{ bool t = false; _l.Enter(ref t); _store.Save(); _l.Exit(); }|}
            void B() {|#1:{ bool t = false; _l.Enter(ref t); _l.Exit(); }|}
            [RawAtomic, Sleepable] void Both() { }
            async Task Suspended() { bool t = false; _l.Enter(ref t); await Task.Yield(); _l.Exit(); }
            void Leak(bool b) { bool t = false; _l.Enter(ref t); if (b) return; _l.Exit(); }
            void Copy() { var copy = _l; }
        }
        """,
        "class Store { SpinLock _l = new(false); public void Save() => Thread.Sleep(1); void Own() { bool t = false; _l.Enter(ref t); Save(); _l.Exit(); } }");

    [Fact]
    public async Task One_document()
    {
        var diagnostics = await TwoFiles().GetAnalyzerSemanticDiagnosticsAsync(0);
        string[] ids = [.. diagnostics.Where(d => d.Severity >= DiagnosticSeverity.Warning).Select(d => d.Id).Order()];
        Assert.Equal(["LCX1001", "LCX1008", "LCX2001", "LCX2004", "LCX3001"], ids);
        Assert.All(diagnostics, d => Assert.Equal("/0/Test0.cs", d.Location.GetLineSpan().Path));
    }

    [Fact]
    public async Task The_other_document() =>
        Assert.Equal("LCX1001", Assert.Single(await TwoFiles().GetAnalyzerSemanticDiagnosticsAsync(1), d => d.Severity >= DiagnosticSeverity.Warning).Id);

    [Fact]
    public async Task One_span()
    {
        Diagnostic diagnostic = Assert.Single(await TwoFiles().GetAnalyzerSemanticDiagnosticsAsync(0, markupKey: 0), d => d.Severity >= DiagnosticSeverity.Warning);
        Assert.Equal("LCX1001", diagnostic.Id);
        Assert.Contains("Save -> Thread.Sleep", diagnostic.GetMessage(), System.StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_span_with_nothing_in_it() =>
        Assert.DoesNotContain(await TwoFiles().GetAnalyzerSemanticDiagnosticsAsync(0, markupKey: 1), d => d.Severity >= DiagnosticSeverity.Warning);
}
