using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Engine;

/// <summary>A condition is the same however it is written, and whatever another says of it is known.</summary>
[Trait("Policy", "Ways through a body")]
public class Conditions
{
    private const string Fields = "C? _o; DayOfWeek _d; RawSpinLock[] raws = new RawSpinLock[4];\n";

    /// <summary>Taken under the one, given back under the other.</summary>
    [Theory]
    [InlineData("object a, object b", "a == b", "b == a")]
    [InlineData("int a, int b", "a == b", "b == a")]
    [InlineData("int a, int b", "a != b", "b != a")]
    [InlineData("int a, int b", "a != b", "!(b == a)")]
    [InlineData("int a, int b", "!(a != b)", "b == a")]
    [InlineData("int a, int b", "a < b", "b > a")]
    [InlineData("int a, int b", "a <= b", "!(b < a)")]
    [InlineData("double a, double b", "a >= b", "b <= a")]
    [InlineData("double a, double b", "a < b", "b > a")]
    [InlineData("object a", "a is null", "a == null")]
    [InlineData("object a", "a is not null", "null != a")]
    [InlineData("object a", "a is not null", "!(a is null)")]
    [InlineData("object a", "a is {}", "a != null")]
    [InlineData("object a", "a is object", "a != null")]
    [InlineData("object a", "a is not string", "!(a is string)")]
    [InlineData("object a", "a is string", "a is string s")]
    [InlineData("object a", "a is string", "a is string")]
    [InlineData("object a", "!(a is string)", "a is not string")]
    [InlineData("object a", "a is C", "a is C c")]
    [InlineData("bool a", "a is true", "a")]
    [InlineData("bool a", "a == true", "a")]
    [InlineData("bool a", "a == false", "!a")]
    [InlineData("bool a", "a is false", "!a")]
    [InlineData("bool a", "a is not true", "!a")]
    [InlineData("bool a", "a != true", "a is false")]
    [InlineData("bool a", "!!a", "a")]
    [InlineData("bool? a", "a == true", "a is true")]
    [InlineData("int? a", "a.HasValue", "a != null")]
    [InlineData("int? a", "a is not null", "a.HasValue")]
    [InlineData("int? a", "a is {}", "a.HasValue")]
    [InlineData("int? a", "a is int v", "a.HasValue")]
    [InlineData("bool a, bool b", "a != b", "a ^ b")]
    [InlineData("bool a, bool b", "a == b", "!(a ^ b)")]
    [InlineData("bool a, bool b", "a == b", "b == a")]
    [InlineData("bool a, bool b", "a && b", "b && a")]
    [InlineData("bool a, bool b", "a || b", "b || a")]
    [InlineData("bool a, bool b", "a || b", "!(!a && !b)")]
    [InlineData("bool a, bool b", "a && b", "!(!b || !a)")]
    [InlineData("bool a, bool b", "a & b", "a && b")]
    [InlineData("bool a, bool b", "a | b", "b || a")]
    [InlineData("bool a, bool b", "a & b", "b & a")]
    [InlineData("bool a, bool b, bool c", "a || b || c", "c || b || a")]
    [InlineData("bool a, bool b, bool c", "a && (b || c)", "(c || b) && a")]
    [InlineData("bool a, bool b, bool c", "a || b && c", "b && c || a")]
    [InlineData("bool a, bool b", "a && b", "a & b")]
    [InlineData("bool a, bool b", "a || b", "a | b")]
    [InlineData("int n", "n > 0", "n >= 1")]
    [InlineData("int n", "n > 0", "0 < n")]
    [InlineData("int n", "n <= 0", "n < 1")]
    [InlineData("int n", "n >= 4", "!(n < 4)")]
    [InlineData("int n", "n > 3", "4 <= n")]
    [InlineData("uint n", "n > 0", "n != 0")]
    [InlineData("uint n", "n == 0", "n < 1")]
    [InlineData("byte n", "n > 0", "n != 0")]
    [InlineData("int[] l", "l.Length == 0", "!(l.Length > 0)")]
    [InlineData("string l", "l.Length >= 1", "l.Length > 0")]
    [InlineData("int n", "n is 3", "n == 3")]
    [InlineData("int n", "n is not 3", "n != 3")]
    [InlineData("int n", "n is > 3", "n > 3")]
    [InlineData("int n", "n is >= 3 and < 5", "n >= 3 && n < 5")]
    [InlineData("int n", "n is 1 or 2", "n == 1 || n == 2")]
    [InlineData("int n", "n is 1 or 2", "n is 2 or 1")]
    [InlineData("int n", "n is < 3", "n < 3")]
    [InlineData("int n", "n is not > 3", "n <= 3")]
    [InlineData("object a, object b", "ReferenceEquals(a, b)", "a == b")]
    [InlineData("object a, object b", "object.ReferenceEquals(a, b)", "ReferenceEquals(b, a)")]
    [InlineData("object a", "ReferenceEquals(a, null)", "a is null")]
    [InlineData("System.DayOfWeek d", "d == DayOfWeek.Monday", "DayOfWeek.Monday == d")]
    [InlineData("System.DayOfWeek d", "d is DayOfWeek.Monday", "d == DayOfWeek.Monday")]
    [InlineData("int a, int b, int c", "a + b > c", "c < a + b")]
    [InlineData("int a, int b, int c", "a + b > c", "c < b + a")]
    [InlineData("int a, int b", "(a & b) == 0", "(b & a) == 0")]
    [InlineData("int a", "(a & 1) != 0", "(1 & a) == 1")]
    [InlineData("int a", "(a & 1) != 0", "(a & 1) == 1")]
    [InlineData("int a, int b", "(a | b) != 0", "(b | a) != 0")]
    [InlineData("string s", "s == \"x\"", "\"x\" == s")]
    [InlineData("string s, string t", "s == t", "t == s")]
    [InlineData("string s, string t", "s == t", "string.Equals(s, t)")]
    [InlineData("string s, string t", "s != t", "!s.Equals(t)")]
    [InlineData("string s", "string.IsNullOrEmpty(s)", "string.IsNullOrEmpty(s)")]
    [InlineData("string s", "s is { Length: > 0 }", "s is { Length: > 0 }")]
    [InlineData("C o", "o is { }", "o != null")]
    [InlineData("bool a, bool b", "(a ? b : false)", "a && b")]
    [InlineData("bool a, bool b", "a && b ? true : false", "b && a")]
    [InlineData("IntPtr p", "p == IntPtr.Zero", "p == 0")]
    [InlineData("byte* p", "p == null", "p is null")]
    [InlineData("byte* p", "p != null", "null != p")]
    [InlineData("int a, int b", "a.CompareTo(b) < 0", "a.CompareTo(b) < 0")]
    [InlineData("Guid a, Guid b", "a == b", "b == a")]
    [InlineData("Guid a, Guid b", "a.Equals(b)", "a.Equals(b)")]
    [InlineData("decimal a, decimal b", "a < b", "b > a")]
    [InlineData("long n, int m", "n < m", "m > n")]
    [InlineData("nint n", "n != 0", "0 != n")]
    [InlineData("char c", "c == 'a'", "'a' == c")]
    [InlineData("char c", "c >= 'a' && c <= 'z'", "c is >= 'a' and <= 'z'")]
    [InlineData("object a", "a is string { Length: 3 }", "a is string { Length: 3 }")]
    public async Task Two_ways_of_writing_it(string parameters, string one, string other)
    {
        await Check(parameters, one, other);
        await Check(parameters, other, one);

        static Task Check(string parameters, string taken, string given) => RuntimeSource.Members($$"""
            void M({{parameters}})
            {
                if ({{Named(taken, "1")}}) _raw.Enter();
                _n++;
                if ({{Named(given, "2")}}) _raw.Exit();
                Thread.Sleep(1);
            }
            """);
    }

    // A variable that a pattern declares may be declared once.
    private static string Named(string condition, string suffix) => condition.Replace("string s", "string s" + suffix).Replace("C c", "C c" + suffix).Replace("int v", "int v" + suffix);

    [Theory]
    [InlineData("int a, int b", "a < b", "a > b")]
    [InlineData("int a, int b", "a <= b", "a < b")]
    [InlineData("bool a, bool b", "a", "b")]
    [InlineData("object a", "a is string", "a is C")]
    [InlineData("int n", "n > 0", "n > 1")]
    [InlineData("double n", "n > 0", "!(n <= 0)")]
    [InlineData("double a, double b", "a >= b", "!(a < b)")]
    [InlineData("bool? a", "a != false", "a is true")]
    [InlineData("uint n", "n > 0", "n > 1")]
    [InlineData("int a, int b, int c", "a - b > c", "b - a > c")]
    [InlineData("bool a, bool b, bool c", "a || b", "a || c")]
    [InlineData("bool a, bool b", "a || b", "a")]
    [InlineData("int n", "n < 3", "n < 2")]
    [InlineData("ulong n", "n > 0", "n > 5")]
    [InlineData("int? a", "a > 0", "!(a <= 0)")]
    public Task Others_are_others(string parameters, string taken, string given) => RuntimeSource.Members($$"""
        void M({{parameters}})
        {
            if ({{taken}}) {|LCX2001:_raw.Enter()|};
            _n++;
            if ({{given}}) _raw.Exit();
            {|LCX1001:Thread.Sleep(1)|};
        }
        """);

    /// <summary>Conditions kept in variables, made of others, or decided by others.</summary>
    [Theory]
    [InlineData("void M(bool a, bool b) { bool both = a && b; if (both) _raw.Enter(); _n++; if (a && b) _raw.Exit(); Thread.Sleep(1); }")]
    [InlineData("void M(bool a, bool b) { bool any = a || b; if (any) _raw.Enter(); _n++; if (b || a) _raw.Exit(); Thread.Sleep(1); }")]
    [InlineData("void M(bool a, bool b) { if (a && b) _raw.Enter(); bool both = b && a; _n++; if (both) _raw.Exit(); Thread.Sleep(1); }")]
    [InlineData("void M(object o) { bool no = o == null; if (no) _raw.Enter(); _n++; if (o is null) _raw.Exit(); Thread.Sleep(1); }")]
    [InlineData("void M(int n) { bool big = n > 3; if (!big) _raw.Enter(); _n++; if (n <= 3) _raw.Exit(); Thread.Sleep(1); }")]
    [InlineData("void M(bool a, bool b) { if (a) { if (b) _raw.Enter(); } _n++; if (a && b) _raw.Exit(); Thread.Sleep(1); }")]
    [InlineData("void M(bool a, bool b) { bool taken = false; if (a || b) { _raw.Enter(ref taken); } _n++; if (taken) _raw.Exit(); Thread.Sleep(1); }")]
    [InlineData("void M(int n) { if (n == 1) _raw.Enter(); else if (n == 2) _raw.Enter(); _n++; if (n is 1 or 2) _raw.Exit(); Thread.Sleep(1); }")]
    [InlineData("void M(int n) { switch (n) { case 1: case 2: _raw.Enter(); break; } _n++; if (n == 2 || n == 1) _raw.Exit(); Thread.Sleep(1); }")]
    [InlineData("void M(int n) { switch (n) { case 1: case 2: _raw.Enter(); break; } _n++; switch (n) { case 2: case 1: _raw.Exit(); break; } Thread.Sleep(1); }")]
    [InlineData("void M(DayOfWeek d) { if (d == DayOfWeek.Monday || d == DayOfWeek.Friday) _raw.Enter(); _n++; switch (d) { case DayOfWeek.Friday: case DayOfWeek.Monday: _raw.Exit(); break; } Thread.Sleep(1); }")]
    [InlineData("void M(object o, bool b) { if (o is string s && b) _raw.Enter(); _n++; if (b && o is string) _raw.Exit(); Thread.Sleep(1); }")]
    [InlineData("void M(bool a, bool b, bool c, bool d) { if (a || b || c || d) _raw.Enter(); _n++; if (d || c || b || a) _raw.Exit(); Thread.Sleep(1); }")]
    [InlineData("void M(bool a, bool b, bool c) { if ((a || b) && c) _raw.Enter(); _n++; if (c && (b || a)) _raw.Exit(); Thread.Sleep(1); }")]
    [InlineData("void M(bool a, bool b, bool c) { if (a ? b : c) _raw.Enter(); _n++; if (a ? b : c) _raw.Exit(); Thread.Sleep(1); }")]
    [InlineData("void M(bool a, bool b, bool c) { if (a ? b : c) _raw.Enter(); _n++; if (a && b || !a && c) _raw.Exit(); Thread.Sleep(1); }")]
    [InlineData("void M(bool a, bool b) { if (!a && !b) return; _raw.Enter(); _n++; if (a || b) _raw.Exit(); Thread.Sleep(1); }")]
    [InlineData("void M(bool a, bool b) { while (a || b) { _raw.Enter(); _n++; if (a || b) _raw.Exit(); Thread.Sleep(1); a = false; b = _n > 3; } }")]
    [InlineData("void M(string s) { bool e = string.IsNullOrEmpty(s); if (!e) _raw.Enter(); _n++; if (!string.IsNullOrEmpty(s)) _raw.Exit(); Thread.Sleep(1); }")]
    [InlineData("void M(bool a, bool b) { if (a || b) _raw.Enter(); try { _n++; ToString(); } finally { if (a || b) _raw.Exit(); } Thread.Sleep(1); }")]
    [InlineData("void M(bool a, bool b, ref bool c) { var h = (a || b) && c; if (h) _raw.Enter(); try { _n++; ToString(); } finally { if (h) _raw.Exit(); } Thread.Sleep(1); }")]
    [InlineData("void M(List<int> l) { var n = l.Count; if (n > 0) _raw.Enter(); _n++; if (n != 0) _raw.Exit(); Thread.Sleep(1); }")]
    [InlineData("void M(int[] l) { if (l.Length > 0) _raw.Enter(); _n++; if (l.Length != 0) _raw.Exit(); Thread.Sleep(1); }")]
    [InlineData("void M(int[] l) { if (l is { Length: > 0 }) _raw.Enter(); _n++; if (l != null && l.Length > 0) _raw.Exit(); Thread.Sleep(1); }")]
    [InlineData("void M(int[] l) { if (l != null && l.Length > 0) _raw.Enter(); _n++; if (l is { Length: > 0 }) _raw.Exit(); Thread.Sleep(1); }")]
    [InlineData("void M(C o, bool b) { if (o != null || b) _raw.Enter(); _n++; if (!b && o is null) { Thread.Sleep(1); return; } _raw.Exit(); Thread.Sleep(1); }")]
    [InlineData("void M(int n) { if (n < 0 || n > 10) { Thread.Sleep(1); return; } _raw.Enter(); if (n == 11) Thread.Sleep(1); _raw.Exit(); }")]
    [InlineData("void M(int n) { if (n > 2) _raw.Enter(); if (n < 1) Thread.Sleep(1); if (n >= 3) _raw.Exit(); Thread.Sleep(1); }")]
    [InlineData("void M() { bool b = _b; if (b) _raw.Enter(); _n++; ToString(); if (b) _raw.Exit(); Thread.Sleep(1); }")]
    [InlineData("void M() { int n = _n; if (n > 3) _raw.Enter(); _n++; ToString(); if (n > 3) _raw.Exit(); Thread.Sleep(1); }")]
    [InlineData("void M() { var o = _o; if (o != null) o._raw.Enter(); _n++; ToString(); if (o != null) o._raw.Exit(); Thread.Sleep(1); }")]
    [InlineData("void M() { var o = _o; if (o != null) _raw.Enter(); _n++; ToString(); if (o != null) _raw.Exit(); Thread.Sleep(1); }")]
    [InlineData("void M(C c) { bool b = c._b && c._n > 3; if (b) _raw.Enter(); _n++; ToString(); if (b) _raw.Exit(); Thread.Sleep(1); }")]
    [InlineData("void M(C[] c) { bool b = c[0]._b; if (b) _raw.Enter(); _n++; ToString(); if (b) _raw.Exit(); Thread.Sleep(1); }")]
    [InlineData("void M() { bool b = _n == 3; if (b) _raw.Enter(); _n++; ToString(); if (b) _raw.Exit(); Thread.Sleep(1); }")]
    [InlineData("void M() { var d = _d; if (d == DayOfWeek.Friday) _raw.Enter(); _n++; ToString(); if (d == DayOfWeek.Friday) _raw.Exit(); Thread.Sleep(1); }")]
    [InlineData("void M() { int k; for (k = 0; k < 4; k++) if (raws[k].TryEnter()) break; if (k == 4) return; raws[k].Exit(); }")]
    [InlineData("void M() { int k = 0; while (k < 4) { if (raws[k].TryEnter()) break; k++; } if (k >= 4) return; raws[k].Exit(); }")]
    [InlineData("void M() { int k; for (k = 0; k < 4; k++) if (raws[k].TryEnter()) break; if (k < 4) { _n++; raws[k].Exit(); } }")]
    public Task What_one_says_of_another(string method) => RuntimeSource.Members(Fields + method);

    [Fact]
    public Task What_changes_in_between_is_another() => RuntimeSource.Members("""
        void M(bool a, bool b) { if (a || b) {|LCX2001:_raw.Enter()|}; _n++; a = false; if (b || a) _raw.Exit(); {|LCX1001:Thread.Sleep(1)|}; }
        void N(bool a, bool b) { if (a || b) {|LCX2001:_raw.Enter()|}; _n++; if (a) _raw.Exit(); }
        void P() { bool b = _b; _b = true; if (_b) {|LCX2001:_raw.Enter()|}; if (b) _raw.Exit(); }
        """);
}
