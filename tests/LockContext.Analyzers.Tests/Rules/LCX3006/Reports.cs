using System.Linq;
using System.Text;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Xunit;

namespace LockContext.Analyzers.Tests.Rules.LCX3006;

/// <summary>A member that is too much for the analysis is said to be, not passed over: one of the two must be reported, the finding in it or its size.</summary>
public class Reports
{
    [Fact]
    public async Task A_chain_of_ten_thousand_calls()
    {
        var chain = new StringBuilder("this");
        for (int i = 0; i < 10_000; i++)
            chain.Append(".F()");
        Diagnostic[] reported = await Report($$"""C F() => this; void Big() { bool t = false; _l.Enter(ref t); {{chain}}; Thread.Sleep(1); _l.Exit(); }""");
        Assert.Contains(reported, d => d.Id is "LCX3006" or "LCX1001");
    }

    [Fact]
    public async Task Thousands_of_branches_under_different_locks()
    {
        var body = new StringBuilder();
        for (int i = 0; i < 40; i++)
            body.AppendLine($"bool b{i} = _n == {i}; bool t{i} = false; if (b{i}) _locks[{i}].Enter(ref t{i});");
        body.AppendLine("Thread.Sleep(1);");
        Diagnostic[] reported = await Report($$"""private SpinLock[] _locks = new SpinLock[40]; void Big() { {{body}} }""");
        Assert.Contains(reported, d => d.Id is "LCX3006" or "LCX1001");
    }

    /// <summary>What is held beyond any sensible nesting is not followed, and that is said.</summary>
    [Fact]
    public async Task Fifty_locks_at_once()
    {
        var fields = new StringBuilder();
        var body = new StringBuilder();
        for (int i = 0; i < 50; i++)
        {
            fields.AppendLine($"private readonly object _o{i} = new();");
            body.AppendLine($"Monitor.Enter(_o{i});");
        }

        Diagnostic[] reported = await Report($"{fields} void Big() {{ {body} }}");
        Assert.Contains(reported, d => d.Id == "LCX3006");
    }

    /// <summary>More effects than a summary keeps.</summary>
    [Fact]
    public async Task A_callee_that_takes_three_hundred_locks()
    {
        var fields = new StringBuilder();
        var body = new StringBuilder();
        for (int i = 0; i < 300; i++)
        {
            fields.AppendLine($"private readonly object _o{i} = new();");
            body.AppendLine($"lock (_o{i}) _n++;");
        }

        Diagnostic[] reported = await Report($"{fields} void Big() {{ {body} Thread.Sleep(1); }} void M() {{ bool t = false; _l.Enter(ref t); Big(); _l.Exit(); }}");
        Assert.Contains(reported, d => d.Id == "LCX3006");
        Assert.Contains(reported, d => d.Id == "LCX1002");
    }

    /// <summary>What was left out is missing in whoever calls the callee, too.</summary>
    [Fact]
    public async Task A_callee_of_a_callee_that_takes_three_hundred_locks()
    {
        var (fields, body) = Locks(300);
        Diagnostic[] reported = await Report($"{fields} void Big() {{ {body} Thread.Sleep(1); }} void Middle() => Big(); void M() {{ bool t = false; _l.Enter(ref t); Middle(); _l.Exit(); }}");
        Assert.Contains(reported, d => d.Id == "LCX3006" && d.GetMessage().Contains("'M'", System.StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Big();", "void Big() { BODY _o0 = new object(); }")]
    [InlineData("Middle();", "void Middle() => Big(); void Big() { BODY _o0 = new object(); }")]
    [InlineData("Middle();", "void Middle() => new Heavy(); sealed class Heavy { private readonly object _own = Big(); static object Big() { BODY return new object(); } }")]
    [InlineData("foreach (var x in Big()) _n++;", "IEnumerable<int> Big() { BODY _o0 = new object(); yield return 1; }")]
    public async Task Managed_allocation_behind_a_hundred_and_fifty_locks(string call, string members)
    {
        var (fields, body) = Locks(150);
        Diagnostic[] reported = await Report($"{fields} {members.Replace("BODY", body, System.StringComparison.Ordinal)} [NoReclaim] void M() {{ {call} }}");
        Assert.Contains(reported, d => d.Id == "LCX3006" && d.GetMessage().Contains("'M'", System.StringComparison.Ordinal));
    }

    /// <summary>No callee does too much by itself, but together they do.</summary>
    [Fact]
    public async Task An_initialiser_that_takes_three_hundred_locks()
    {
        var (fields, first) = Locks(150);
        string second = first.Replace("(_o", "(_other._o", System.StringComparison.Ordinal);
        Diagnostic[] reported = await Report($$"""
            sealed class Others { {{fields.Replace("private static", "public", System.StringComparison.Ordinal)}} }
            static Others _other = new();
            {{fields}}
            static object First() { {{first}} return ""; }
            static object Second() { {{second}} return ""; }
            sealed class Heavy { private readonly object _own = First() == Second(); public Heavy() { } }
            void M() { bool t = false; _l.Enter(ref t); new Heavy(); _l.Exit(); }
            """);
        Assert.Contains(reported, d => d.Id == "LCX3006" && d.GetMessage().Contains("'M'", System.StringComparison.Ordinal));
    }

    /// <summary>Nobody asks for managed allocations under a raw lock, so none are missing.</summary>
    [Fact]
    public async Task But_only_where_somebody_asks()
    {
        var (fields, body) = Locks(150);
        Diagnostic[] reported = await Report($"{fields} void Big() {{ {body} _o0 = new object(); }} void M() {{ bool t = false; _l.Enter(ref t); Big(); _l.Exit(); }}");
        Assert.DoesNotContain(reported, d => d.Id == "LCX3006");
        (fields, body) = Locks(300);
        reported = await Report($"{fields} void Big() {{ {body} _lock.Enter(); }} void M() {{ Big(); _lock.Exit(); }}");
        Assert.DoesNotContain(reported, d => d.Id == "LCX3006");
    }

    private static (string Fields, string Body) Locks(int count) => (
        string.Concat(Enumerable.Range(0, count).Select(i => $"private static object _o{i} = \"\";\n")),
        string.Concat(Enumerable.Range(0, count).Select(i => $"lock (_o{i}) ; \n")));

    // Without nullable analysis, for which the compiler itself needs more stack than a thread of the pool has.
    private static async Task<Diagnostic[]> Report(string members) =>
        [.. (await Spec.Files("#nullable disable\n" + Spec.InClass(members)).GetAnalyzerDiagnosticsAsync()).Where(d => d.Id.StartsWith("LCX", System.StringComparison.Ordinal))];
}
