using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace LockContext.Testing;

/// <summary>The short way to write a <see cref="CSharpAnalyzerTest{TAnalyzer}"/>.</summary>
public static class CSharpAnalyzerVerifier<TAnalyzer>
    where TAnalyzer : DiagnosticAnalyzer, new()
{
#pragma warning disable CA1000 // the call shape of Microsoft.CodeAnalysis.Testing
    /// <summary>An expected diagnostic of the analyzer's only rule.</summary>
    public static DiagnosticResult Diagnostic() => DiagnosticResult.From(new TAnalyzer().SupportedDiagnostics.Single());

    /// <summary>An expected diagnostic of the rule with this id.</summary>
    public static DiagnosticResult Diagnostic(string id) => DiagnosticResult.From(new TAnalyzer().SupportedDiagnostics.Single(d => d.Id == id));

    public static DiagnosticResult Diagnostic(DiagnosticDescriptor descriptor) => DiagnosticResult.From(descriptor);

    public static Task VerifyAnalyzerAsync(string source, params DiagnosticResult[] expected) => VerifyAnalyzerAsync([source], expected);

    /// <summary>Several files at once, called <c>/0/Test0.cs</c> and so on.</summary>
    public static Task VerifyAnalyzerAsync(string[] sources, params DiagnosticResult[] expected)
    {
        var test = new Test();
        foreach (string source in sources)
            test.TestState.Sources.Add(source);
        test.ExpectedDiagnostics.AddRange(expected);
        return test.RunAsync(CancellationToken.None);
    }
#pragma warning restore CA1000

#pragma warning disable CA1034 // the call shape of Microsoft.CodeAnalysis.Testing
    public class Test : CSharpAnalyzerTest<TAnalyzer>;
#pragma warning restore CA1034
}
