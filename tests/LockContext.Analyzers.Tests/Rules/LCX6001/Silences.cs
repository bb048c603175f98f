using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Rules.LCX6001;

public class Silences
{
    [Theory]
    [InlineData("uint s; int v; do { s = _own.Begin(); v = _x; } while (_own.Retry(s)); return v;")]
    [InlineData("uint s; int v; do { s = _own.Begin(); v = _x + _y; } while (_own.Retry(s)); return v * 2;")]
    [InlineData("int v; while (true) { var s = _own.Begin(); v = _x; if (!_own.Retry(s)) break; } return v;")]
    [InlineData("for (;;) { var s = _own.Begin(); int v = _x; if (_own.Retry(s)) continue; return v; }")]
    [InlineData("while (true) { if (!_count.TryBeginRead(out uint s)) continue; int v = _x; if (_count.Validate(s)) return v; }")]
    [InlineData("uint s; int sum; do { s = _own.Begin(); sum = 0; for (int i = 0; i < _a.Length; i++) sum += _a[i]; } while (_own.Retry(s)); return sum;")]
    [InlineData("uint s; int v; bool again; do { s = _own.Begin(); v = _x; again = _own.Retry(s); } while (again); return v;")]
    public Task Loops_until_it_is_valid(string statements) => Code($$"""int M() { {{statements}} }""");

    [Theory]
    [InlineData("if (_count.TryBeginRead(out uint s)) { int v = _x; if (_count.Validate(s)) return v; } return Slow();")]
    [InlineData("if (!_count.TryBeginRead(out uint s)) return Slow(); int v = _x; return _count.Validate(s) ? v : Slow();")]
    [InlineData("if (!_count.TryBeginRead(out uint s)) return Slow(); int v = _x; if (!_count.Validate(s)) v = Slow(); return v;")]
    [InlineData("int v; if (_count.TryBeginRead(out uint s)) { if (_b) v = 0; else { v = _x; if (!_count.Validate(s)) v = Slow(); } } else v = Slow(); return v;")]
    [InlineData("if (!_count.TryBeginRead(out uint s)) return Slow(); int v = _x; if (v < 0) return Slow(); if (!_count.Validate(s)) return Slow(); return v;")]
    [InlineData("for (int i = 0; i < 3; i++) { if (_count.TryBeginRead(out uint s)) { int v = _x; if (_count.Validate(s)) return v; } } lock (this) return _x;")]
    [InlineData("bool ok = _count.TryBeginRead(out uint s); int v = _x; if (ok && _count.Validate(s)) return v; return Slow();")]
    [InlineData("if (!_count.TryBeginRead(out uint s)) return Slow(); var p = _node; if (p == null) return Slow(p); int v = p.Key; return _count.Validate(s) ? v : 0;")]
    [InlineData("if (!_count.TryBeginRead(out uint s)) return _other.Read(_x); int v = _x; if (_count.Validate(s)) return v; return _other.Read(_y);")]
    [InlineData("if (!_count.TryBeginRead(out uint s)) return Slow(); int v = _x; bool ok = _count.Validate(s); if (!ok) return Slow(); return v;")]
    [InlineData("if (!_count.TryBeginRead(out uint s)) return Slow(); int v = _x; if (!_count.Validate(s)) throw new InvalidOperationException(); return v;")]
    public Task Tries_once_and_falls_back(string statements) => Code($$"""int M() { {{statements}} }""");

    [Theory]
    [InlineData("bool M(out int v) { v = 0; if (!_count.TryBeginRead(out uint s)) return false; v = _x; return _count.Validate(s); }")]
    [InlineData("bool M(out int v) { v = 0; if (!_count.TryBeginRead(out uint s)) return false; v = _x; if (v < 0) return false; return _count.Validate(s); }")]
    [InlineData("int M(out bool ok) { ok = false; if (!_count.TryBeginRead(out uint s)) return 0; int v = _x; ok = _count.Validate(s); return v; }")]
    [InlineData("(int, bool) M() { if (!_count.TryBeginRead(out uint s)) return default; int v = _x; return (v, _count.Validate(s)); }")]
    [InlineData("(bool, int) M() { if (!_count.TryBeginRead(out uint s)) return default; int v = _x; return (_count.Validate(s), v); }")]
    [InlineData("Pair M() { Pair p = default; uint s; do { s = _own.Begin(); p.A = _x; p.B = _y; } while (_own.Retry(s)); return new Pair { A = p.A, B = p.B }; }")]
    public Task Hands_out_the_answer_with_it(string members) => Code(members);

    [Theory]
    [InlineData("int M(out uint s) { s = _own.Begin(); return _x; }")]
    [InlineData("uint M(out int v) { var s = _own.Begin(); v = _x; return s; }")]
    [InlineData("int M() { var s = _own.Begin(); int v = _x; return IsGood(s) ? v : 0; } bool IsGood(uint s) => !_own.Retry(s);")]
    [InlineData("uint _cookie; int M() { _cookie = _own.Begin(); return _x; }")]
    [InlineData("uint _cookie; int M() { _count.TryBeginRead(out _cookie); return _x; }")]
    [InlineData("int M() { var s = _own.Begin(); int v = _x; bool Good() => !_own.Retry(s); return Good() ? v : 0; }")]
    [InlineData("int M() { var s = _own.Begin(); int v = _x; return s == _own.Now ? v : 0; }")]
    [InlineData("(uint, int) M() { var s = _own.Begin(); return (s, _x); }")]
    [InlineData("uint M() => _own.Begin();")]
    public Task Somebody_else_may_validate(string members) => Code(members);

    [Theory]
    [InlineData("int M() { var s = _own.Begin(); int v = _readonly; return v; }")]
    [InlineData("int M(int v) { var s = _own.Begin(); return v; }")]
    [InlineData("int M() { int v = _x; var s = _own.Begin(); return v; }")]
    [InlineData("int M() { var s = _own.Begin(); var p = new Pair { A = 1 }; return p.A; }")]
    [InlineData("int M() { uint s; Pair p; do { s = _own.Begin(); p = _pair; } while (_own.Retry(s)); return p.A + p.B; }")]
    [InlineData("void M() { uint s; do { s = _own.Begin(); Console.WriteLine(_x); } while (_own.Retry(s)); }")]
    [InlineData("void M() { uint s; do { s = _own.Begin(); _y = _x; } while (_own.Retry(s)); }")]
    [InlineData("void M() { _count.BeginWrite(); _x++; _count.EndWrite(); }")]
    public Task Nothing_that_depends_on_it(string members) => Code(members);

    private static Task Code(string members) => LCX6001.Reports.Code(members);
}
