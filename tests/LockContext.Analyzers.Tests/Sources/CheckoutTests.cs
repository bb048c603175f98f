using System.Linq;
using Microsoft.CodeAnalysis;
using Xunit;

namespace LockContext.Analyzers.Tests.Sources;

/// <summary>Tests that stand on the files of the checkout are worth something only if the files are found, and mean something.</summary>
public class CheckoutTests
{
    // CS8795: the generator that writes the bodies of imported functions does not run here.
    [Fact]
    public void The_runtime_compiles() => Assert.DoesNotContain(Checkout.Runtime.GetDiagnostics(), d => d.Severity == DiagnosticSeverity.Error && d.Id != "CS8795");

    [Fact]
    public void The_samples_compile()
    {
        Assert.Contains(Checkout.Samples, s => s.AssemblyName == "Tour" && s.SyntaxTrees.Length > 20);
        Assert.All(Checkout.Samples, s => Assert.DoesNotContain(s.GetDiagnostics(), d => d.Severity == DiagnosticSeverity.Error));
    }

    [Fact]
    public void Most_sources_of_the_rules_tests_compile()
    {
        Assert.True(Checkout.Rules.SyntaxTrees.Length > 80, $"{Checkout.Rules.SyntaxTrees.Length} sources only");
        int broken = Checkout.Rules.GetDiagnostics().Where(d => d.Severity == DiagnosticSeverity.Error).Select(d => d.Location.SourceTree).Distinct().Count();
        Assert.True(broken < Checkout.Rules.SyntaxTrees.Length / 3, $"{broken} of {Checkout.Rules.SyntaxTrees.Length} do not");
    }
}
