using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Rules.LCX6001;

public class Reports
{
    private const string Try = "{|LCX6001:_count.TryBeginRead(out uint s)|}";
    private const string Begin = "{|LCX6001:_own.Begin()|}";

    [Theory]
    [InlineData("if (!" + Try + ") return Slow(); return _x;")]
    [InlineData("if (!" + Try + ") return Slow(); int v = _x; return v;")]
    [InlineData("if (!" + Try + ") return Slow(); int v = _x; return v * 2 + 1;")]
    [InlineData("if (!" + Try + ") return Slow(); int v = _x; return Math.Max(v, 3);")]
    [InlineData("if (" + Try + ") return _x; return Slow();")]
    [InlineData("var s = " + Begin + "; return _node!.Key;")]
    [InlineData("var s = " + Begin + "; return _a[0];")]
    [InlineData("var s = " + Begin + "; return _node?.Key ?? 0;")]
    [InlineData("var s = " + Begin + "; int v = _x; v += _y; return v;")]
    [InlineData("var s = " + Begin + "; return _list.Count;")]
    [InlineData(Begin + "; return _x;")]
    public Task Never_validated(string statements) => Code($$"""int M() { {{statements}} }""");

    [Theory]
    [InlineData("if (!" + Try + ") return Slow(); int v = _x; if (v > 3) return v; return _count.Validate(s) ? v : Slow();")]
    [InlineData("if (!" + Try + ") return Slow(); int v = _x; if (_b && !_count.Validate(s)) return Slow(); return v;")]
    [InlineData("while (true) { if (!" + Try + ") continue; int v = _x; if (v > 3) return v; if (_count.Validate(s)) return v; }")]
    [InlineData("int v; while (true) { var s = " + Begin + "; v = _x; if (v > 3) break; if (!_own.Retry(s)) break; } return v;")]
    [InlineData("uint s; int v; do { s = " + Begin + "; v = _x; if (_node == null) return v; } while (_own.Retry(s)); return v;")]
    public Task Not_validated_on_some_way(string statements) => Code($$"""int M() { {{statements}} }""");

    [Theory]
    [InlineData("if (!" + Try + ") return Slow(); int v = _x; if (!_count.Validate(s)) return v; return v;")]
    [InlineData("var s = " + Begin + "; int v = _x; if (_own.Retry(s)) return v; return v;")]
    [InlineData("uint s; int v; int tries = 0; do { s = " + Begin + "; v = _x; } while (_own.Retry(s) && ++tries < 3); return v;")]
    [InlineData("uint s; int v; do { s = " + Begin + "; v = _x; } while (!_own.Retry(s)); return v;")]
    public Task Used_although_the_validation_failed(string statements) => Code($$"""int M() { {{statements}} }""");

    [Theory]
    [InlineData("void M(out int v) { var s = " + Begin + "; v = _x; }")]
    [InlineData("bool M(out int v) { v = 0; if (!" + Try + ") return false; v = _x; return true; }")]
    [InlineData("Pair M() { var s = " + Begin + "; return new Pair(_x, _y); }")]
    [InlineData("(int, int) M() { var s = " + Begin + "; return (_x, _y); }")]
    [InlineData("void M() { var s = " + Begin + "; Console.WriteLine(_x); }")]
    [InlineData("void M() { var s = " + Begin + "; int v = _x; _y = v; }")]
    [InlineData("int P { get { var s = " + Begin + "; return _x; } }")]
    public Task Handed_out_in_other_ways(string members) => Code(members);

    [Fact]
    public Task Message() => Code("""
        int M()
        {
            if (!{|#0:_count.TryBeginRead(out uint s)|})
                return Slow();
            return _x;
        }
        """,
        Verify.Diagnostic("LCX6001").WithLocation(0).WithMessage(
            "What is read after 'TryBeginRead' is relied on at line 38 without being validated; call 'Validate' after the last read, and read again or fall back to the lock if it fails"));

    [Fact]
    public Task Message_after_a_validation_that_failed() => Code("""
        int M()
        {
            if (!{|#0:_count.TryBeginRead(out uint s)|})
                return Slow();
            int v = _x;
            if (!_count.Validate(s))
                return v;
            return v;
        }
        """,
        Verify.Diagnostic("LCX6001").WithLocation(0).WithMessage(
            "What is read after 'TryBeginRead' is relied on at line 40 although 'Validate' has failed; read it again, or fall back to the lock"));

    internal static Task Code(string members, params DiagnosticResult[] expected) => RuntimeSource.Members($$"""
        sealed class SeqLock
        {
            uint _n;
            public uint Now => _n;
            [BeginsSpeculation] public uint Begin() => _n;
            [ValidatesSpeculation(TrueMeansRetry = true)] public bool Retry(uint s) => s != _n;
            public int Read(int x) => x;
        }

        struct Pair(int a, int b) { public int A = a; public int B = b; }
        sealed class Node { public int Key; }

        SequenceCount _count;
        readonly SeqLock _own = new();
        readonly SeqLock _other = new();
        Pair _pair;
        Node? _node;
        int _x, _y;
        readonly int _readonly;
        readonly int[] _a = new int[3];
        readonly List<int> _list = new();
        int Slow() => 0;
        int Slow(Node? p) => 0;

        {{members}}
        """, expected);
}
