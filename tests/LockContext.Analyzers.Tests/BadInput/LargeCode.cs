using System;
using System.Linq;
using System.Text;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Xunit;

namespace LockContext.Analyzers.Tests.BadInput;

/// <summary>
/// More of what Roslyn accepts and nobody writes by hand: generators do. Each has a wait in a restricted context, which is found, or the member is said to be too large; never is it passed
/// over in silence.
/// </summary>
public class LargeCode
{
    private static readonly (string Name, Func<string> Members)[] s_waiting =
    [
        // In one body.
        ("ifs in ifs", () => Held(Nest(400, i => $"if (_n > {i}) {{ ", "Thread.Sleep(1);", "}"))),
        ("blocks in blocks", () => Held(Nest(500, _ => "{ ", "Thread.Sleep(1);", "}"))),
        ("loops in loops", () => Held(Nest(150, i => $"for (int i{i} = 0; i{i} < _n; i{i}++) {{ ", "Thread.Sleep(1);", "}"))),
        ("try and finally in try and finally", () => Held(Nest(500, _ => "try { ", "Thread.Sleep(1);", "} finally { _n++; }"))),
        ("try and catch in try and catch", () => Held(Nest(300, i => $"try {{ _n = N({i}); ", "Thread.Sleep(1);", "} catch (InvalidOperationException) { _n--; }")) + "int N(int n) => n;"),
        ("a thousand catch clauses with filters", () => Held("try { Thread.Sleep(1); } " + Many(1_000, i => $"catch (Exception e) when (e.HResult == {i}) {{ _n = {i}; }} "))),
        ("usings in usings", () => Held(Nest(200, _ => "using (new R()) { ", "Thread.Sleep(1);", "}")) + "sealed class R : IDisposable { public void Dispose() { } }"),
        ("locks in locks", () => "readonly object[] _gates = new object[500]; void M() { " + Nest(200, i => $"lock (_gates[{i}]) {{ ", "bool t = false; _l.Enter(ref t); Thread.Sleep(1); _l.Exit();", "}") + " }"),
        ("a chain of else", () => Held(Many(400, i => $"if (_n == {i}) _n = {i + 1}; else ") + "Thread.Sleep(1);")),
        ("a switch of two thousand cases", () => Held("switch (_n) {" + Many(2_000, i => $"case {i}: _n = {i + 1}; break;\n") + "default: Thread.Sleep(1); break; }")),
        ("a switch expression of two thousand arms", () => Held("_n = _n switch {" + Many(2_000, i => $"{i} => {i + 1},\n") + "_ => 0 }; Thread.Sleep(1);")),
        ("a pattern of two thousand alternatives", () => Held("if (_n is " + string.Join(" or ", Enumerable.Range(0, 2_000)) + ") Thread.Sleep(1);")),
        ("two thousand switches that are tested once each", () => $"void M({string.Join(", ", Enumerable.Range(0, 2_000).Select(i => $"bool b{i}"))}) {{ bool t = false; _l.Enter(ref t); " + Many(2_000, i => $"if (b{i}) _n++;\n") + "Thread.Sleep(1); _l.Exit(); }"),
        ("two thousand bool locals", () => Held(Many(2_000, i => $"bool b{i} = _n == {i};\n") + Many(2_000, i => $"if (b{i}) _n++;\n") + "Thread.Sleep(1);")),
        ("two thousand bool locals that are assigned in branches", () => Held(Many(2_000, i => $"bool b{i} = false; if (_n == {i}) b{i} = true;\n") + "Thread.Sleep(1);")),
        ("a condition of a thousand parts", () => Held("if (" + string.Join(" && ", Enumerable.Range(0, 1_000).Select(i => $"_n != {i}")) + ") Thread.Sleep(1);")),
        ("a condition of ten thousand parts", () => Held("if (" + string.Join(" && ", Enumerable.Range(0, 10_000).Select(i => $"_n != {i}")) + ") Thread.Sleep(1);")),
        ("a chain of conditional expressions", () => Held("_n = " + Many(400, i => $"_n == {i} ? {i} : ") + "0; Thread.Sleep(1);")),
        ("a text with a thousand holes", () => Held("_ = $\"" + Many(1_000, _ => "{_n}, ") + "\"; Thread.Sleep(1);")),
        ("an array of ten thousand elements", () => Held("_ = new[] { " + Many(10_000, i => $"_n + {i}, ") + "}; Thread.Sleep(1);")),
        ("a call with five hundred arguments", () => Held($"F({string.Join(", ", Enumerable.Repeat("_n", 500))});") + $"void F({string.Join(", ", Enumerable.Range(0, 500).Select(i => "int a" + i))}) => Thread.Sleep(a0);"),
        ("a thousand labels", () => Held(Many(1_000, i => $"l{i}: if (_n == {i}) goto l{(i * 7) % 1_000};\n") + "Thread.Sleep(1);")),
        ("a thousand lambdas", () => Held(Many(1_000, i => $"Action a{i} = () => _n = {i};\n") + "Thread.Sleep(1);")),
        ("lambdas in lambdas", () => Held(Nest(150, _ => "Run(() => { ", "Thread.Sleep(1);", "});")) + "static void Run(Action a) => a();"),
        ("local functions in local functions", () => Held(Nest(150, i => $"void F{i}() {{ ", "Thread.Sleep(1);", "}", i => $"F{i}();"))),
        ("a sum of forty calls that may each take a lock", () => Held("_n = " + string.Join(" + ", Enumerable.Range(0, 40).Select(i => $"T(_s[{i}])")) + "; Thread.Sleep(1);") + "sealed class Gate { public SpinLock L; } readonly Gate[] _s = new Gate[40]; static int T(Gate g) { bool t = false; g.L.TryEnter(ref t); return t ? 1 : 0; }"),
        ("ten thousand calls in a row", () => Held(Many(10_000, i => $"F({i});\n") + "Thread.Sleep(1);") + "void F(int i) => _n = i;"),
        ("ten thousand calls that wait", () => Held(Many(10_000, i => $"Thread.Sleep({i});\n"))),
        ("two thousand turns under the lock", () => "void M() {" + Many(2_000, i => $"{{ bool t{i} = false; _l.Enter(ref t{i}); _n++; _l.Exit(); }}\n") + "bool t = false; _l.Enter(ref t); Thread.Sleep(1); _l.Exit(); }"),
        ("five hundred locks at once", () => "readonly SpinLock[] _s = new SpinLock[500]; void M() {" + Many(500, i => $"bool t{i} = false; _s[{i}].Enter(ref t{i});\n") + "Thread.Sleep(1);" + Many(500, i => $"_s[{499 - i}].Exit();\n") + "}"),
        ("a thousand tries at a lock", () => "void M() {" + Many(1_000, i => $"bool t{i} = false; _l.TryEnter(ref t{i}); if (t{i}) {{ Thread.Sleep(1); _l.Exit(); }}\n") + "}"),
        ("fourteen switches that each decide about a lock", () => $"readonly SpinLock[] _s = new SpinLock[14]; void M({string.Join(", ", Enumerable.Range(0, 14).Select(i => $"bool b{i}"))}) {{" + Many(14, i => $"bool t{i} = false; if (b{i}) _s[{i}].Enter(ref t{i});\n") + "Thread.Sleep(1);" + Many(14, i => $"if (b{i}) _s[{i}].Exit();\n") + "}"),

        // Between bodies.
        ("a call chain of twenty thousand methods", () => Many(20_000, i => $"void F{i}() => F{i + 1}();\n") + "void F20000() => Thread.Sleep(1);" + Held("F0();")),
        ("two thousand methods that call each other", () => Many(2_000, i => $"void F{i}(bool b) {{ if (_n > {i}) return; if (b) F{(i * 7 + 1) % 2_000}(!b); else F{(i * 13 + 5) % 2_000}(_b); {(i % 100 == 3 ? "Thread.Sleep(1);" : "_n++;")} }}\n") + Held("F0(_n > 1);")),
        ("two thousand methods that call each other and take locks", () => Many(2_000, i => $"bool F{i}(bool b) {{ bool t = false; {(i % 10 == 0 ? "_l2.TryEnter(ref t); " : "")} if (t) _l2.Exit(); if (_n > {i}) return t; if (b) return F{(i * 7 + 1) % 2_000}(!b); {(i % 100 == 3 ? "Thread.Sleep(1);" : "_n++;")} return F{(i * 13 + 5) % 2_000}(_b) && b; }}\n") + Held("F0(_n > 1);")),
        ("a fan of five thousand methods", () => Many(5_000, i => $"void F{i}() => {(i == 4_000 ? "Thread.Sleep(1)" : "_n++")};\n") + "void All() {" + Many(5_000, i => $"F{i}();\n") + "}" + Held("All();")),
        ("a ladder of fifty by a hundred methods", () => Many(5_000, i => $"void F{i}() {{ " + (i >= 4_900 ? "Thread.Sleep(1);" : Many(5, j => $"F{((i / 100) + 1) * 100 + ((i * 31 + j * 17) % 100)}(); ")) + " }\n") + Held("F0();")),
        ("a hierarchy of a thousand types", () => Held("_i!.Go();") + "interface I { void Go(); } I? _i; " + Many(1_000, i => $"class T{i} : I {{ public void Go() => {(i == 700 ? "Thread.Sleep(1)" : "_ = 1")}; }}\n")),
        ("three hundred levels of inheritance", () => Held("_base!.Go();") + "abstract class B0 { public abstract void Go(); } B0? _base; " + Many(300, i => $"class B{i + 1} : B{i} {{ public override void Go() => {(i == 299 ? "Thread.Sleep(1)" : "_ = 1")}; }}\n")),
        ("five hundred interfaces", () => Held("_i0!.Go();") + "I0? _i0; interface I0 { void Go(); } " + Many(500, i => $"interface I{i + 1} : I{i} {{ }}\n") + "class T : I500 { public void Go() => Thread.Sleep(1); }"),
        ("types in types", () => Held("F();") + "static void F() => " + string.Join(".", Enumerable.Range(0, 200).Select(i => "T" + i)) + ".Go(); " + Nest(200, i => $"public static class T{i} {{ ", "public static void Go() => Thread.Sleep(1);", "}")),
        ("delegates through five hundred methods", () => Many(500, i => $"void F{i}(Action a) => F{i + 1}(a);\n") + "void F500(Action a) => a();" + Held("F0(() => Thread.Sleep(1));")),
        ("flags through two thousand methods", () => Many(2_000, i => $"void F{i}(bool wait) => F{i + 1}(wait);\n") + "void F2000(bool wait) { if (wait) Thread.Sleep(1); }" + Held("F0(true);")),
        ("three hundred causes below one call", () => Many(300, i => $"readonly object _g{i} = new(); void F{i}() {{ lock (_g{i}) {{ _n++; }} }}\n") + "void All() {" + Many(300, i => $"F{i}();\n") + "}" + Held("All();")),
        ("two thousand constructors", () => Many(2_000, i => $"class K{i} {{ public K{i}() {{ {(i == 1_999 ? "Thread.Sleep(1);" : $"new K{i + 1}();")} }} }}\n") + Held("new K0();")),
        ("two thousand initialisers", () => "class K { " + Many(2_000, i => $"int _f{i} = F({i});\n") + "static int F(int i) { Thread.Sleep(i); return i; } }" + Held("new K();")),
        ("a chain of two thousand properties", () => Many(2_000, i => $"int P{i} => P{i + 1};\n") + "int P2000 { get { Thread.Sleep(1); return 1; } }" + Held("_n = P0;")),
    ];

    public static TheoryData<string> Waiting => [.. s_waiting.Select(w => w.Name)];

    [Theory]
    [MemberData(nameof(Waiting))]
    public async Task Is_looked_into_or_said_to_be_too_large(string name)
    {
        string source = "#nullable disable\n" + Spec.InClass(s_waiting.Single(w => w.Name == name).Members());
        Diagnostic[] reported = [.. (await Spec.Files(source).GetAnalyzerDiagnosticsAsync()).Where(d => d.Severity >= DiagnosticSeverity.Info)];
        Assert.Contains(reported, d => d.Id is "LCX1001" or "LCX1002" or "LCX3006");
    }

    private static string Held(string statements) => $"void M() {{ bool t = false; _l.Enter(ref t); {statements} _l.Exit(); }}\n";

    private static string Many(int count, Func<int, string> piece)
    {
        var all = new StringBuilder();
        for (int i = 0; i < count; i++)
            all.Append(piece(i));
        return all.ToString();
    }

    private static string Nest(int depth, Func<int, string> open, string inside, string close, Func<int, string>? after = null)
    {
        var all = new StringBuilder();
        for (int i = 0; i < depth; i++)
            all.Append(open(i));
        all.Append(inside);
        for (int i = depth - 1; i >= 0; i--)
            all.Append(close).Append(after?.Invoke(i)).Append('\n');
        return all.ToString();
    }
}
