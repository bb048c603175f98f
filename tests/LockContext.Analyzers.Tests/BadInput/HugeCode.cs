using System.Linq;
using System.Text;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Xunit;

namespace LockContext.Analyzers.Tests.BadInput;

/// <summary>What Roslyn itself accepts is survived, inside a restricted context and outside of one.</summary>
[Trait("Policy", "Generated and broken code")]
public class HugeCode
{
    private static string Held(string statements) => $"void M() {{ bool t = false; _l.Enter(ref t); {statements} _l.Exit(); }}";

    // Without nullable analysis, for which the compiler itself needs more stack than a thread of the pool has.
    private static async Task<Diagnostic[]> Report(string members) =>
        [.. (await Spec.Files("#nullable disable\n" + Spec.InClass(members)).GetAnalyzerDiagnosticsAsync()).Where(d => d.Severity >= DiagnosticSeverity.Info)];

    [Theory]
    [InlineData("_n")]
    [InlineData("_text")]
    public async Task A_sum_of_ten_thousand_terms(string term)
    {
        string sum = string.Join(" + ", Enumerable.Repeat(term, 10_000));
        Assert.All(await Report($"string _text = \"\"; {Held($"_ = {sum};")}"), d => Assert.Equal("LCX3006", d.Id));
    }

    [Fact]
    public async Task A_fluent_chain_of_ten_thousand_calls()
    {
        var chain = new StringBuilder("this").Insert(4, ".F()", 10_000);
        Diagnostic[] reported = await Report("C F() => this; " + Held($"_ = {chain};"));
        Assert.All(reported, d => Assert.Equal("LCX3006", d.Id));
    }

    [Fact]
    public async Task A_fluent_chain_of_ten_thousand_calls_outside_of_any_context()
    {
        var chain = new StringBuilder("this").Insert(4, ".F()", 10_000);
        Assert.Empty(await Report($"C F() => this; void M() {{ _ = {chain}; }}"));
    }

    [Fact]
    public async Task A_method_of_twenty_thousand_statements()
    {
        var body = new StringBuilder();
        for (int i = 0; i < 20_000; i++)
            body.Append("_n += ").Append(i).AppendLine(";");
        body.AppendLine("Thread.Sleep(1);");
        Diagnostic[] reported = await Report(Held(body.ToString()));
        Assert.Contains(reported, d => d.Id is "LCX1001" or "LCX3006");
    }

    [Fact]
    public async Task Two_thousand_branches()
    {
        var body = new StringBuilder();
        for (int i = 0; i < 2_000; i++)
            body.Append("if (_n == ").Append(i).AppendLine(") _n++;");
        body.AppendLine("Thread.Sleep(1);");
        Diagnostic[] reported = await Report(Held(body.ToString()));
        Assert.Contains(reported, d => d.Id is "LCX1001" or "LCX3006");
    }

    [Fact]
    public async Task A_call_chain_five_thousand_deep()
    {
        var members = new StringBuilder();
        for (int i = 0; i < 5_000; i++)
            members.Append("void F").Append(i).Append("() => F").Append(i + 1).AppendLine("();");
        members.AppendLine("void F5000() => Thread.Sleep(1);");
        Diagnostic[] reported = await Report(members + Held("F0();"));
        Assert.Contains(reported, d => d.Id is "LCX1001" or "LCX3006");
    }

    [Fact]
    public async Task Lambdas_in_lambdas()
    {
        var nested = new StringBuilder("_n++");
        for (int i = 0; i < 60; i++)
            nested.Insert(0, "((Action)(() => ").Append("))()");
        Assert.DoesNotContain(await Report(Held(nested + ";")), d => d.Id.StartsWith("LCX1", System.StringComparison.Ordinal));
    }

    [Fact]
    public async Task Blocks_in_blocks()
    {
        var nested = new StringBuilder("Thread.Sleep(1);");
        for (int i = 0; i < 200; i++)
            nested.Insert(0, "if (_b) { ").Append('}');
        Assert.Contains(await Report(Held(nested.ToString())), d => d.Id is "LCX1001" or "LCX3006");
    }

    [Fact]
    public async Task A_switch_of_three_thousand_cases()
    {
        var body = new StringBuilder("switch (_n) {");
        for (int i = 0; i < 3_000; i++)
            body.Append("case ").Append(i).Append(": _n = ").Append(i + 1).AppendLine("; break;");
        Assert.DoesNotContain(await Report(Held(body + "}")), d => d.Id.StartsWith("LCX1", System.StringComparison.Ordinal));
    }
}
