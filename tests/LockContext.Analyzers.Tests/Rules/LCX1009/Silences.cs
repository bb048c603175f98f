using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Rules.LCX1009;

public class Silences
{
    [Theory]
    [InlineData("int i = 1; var p = new S(2); S q = default; var t = (1, text); (int, int) u = (1, 2); _n = p.X + q.X + t.Item1 + u.Item1;")]
    [InlineData("Span<int> a = stackalloc int[4]; Span<int> b = stackalloc[] { 1, 2 }; ReadOnlySpan<int> c = a; _n = b[0] + c[1];")]
    [InlineData("ReadOnlySpan<int> a = new int[] { 1, 2, 3 }; ReadOnlySpan<byte> b = new byte[] { 1 }; _n = a[0] + b[0];")]
    [InlineData("ReadOnlySpan<int> a = [1, 2, 3]; Span<int> b = [_n, _n]; ReadOnlySpan<byte> c = \"abc\"u8; _n = a[0] + b[0] + c[0];")]
    [InlineData("int[] a = []; IEnumerable<int> b = []; IReadOnlyList<int> c = []; Use(a, b, c);")]
    [InlineData("const string a = \"x\" + \"y\"; string b = $\"{a}z\"; string c = text + \"\"; string d = $\"{text}\"; Use(a, b, c); Use(d, d, d);")]
    [InlineData("Action a = () => { }; Func<int, int> b = x => x + 1; Action c = static () => { }; Action d = Static; Use(a, b, c); Use(d, d, d);")]
    [InlineData("const int k = 3; Func<int> a = () => k; Use(a, a, a);")]
    [InlineData("static void Local() { } Action a = Local; Use(a, a, a);")]
    [InlineData("None(); Spans(1, 2, _n); None(null!); None(Array.Empty<object>());")]
    [InlineData("foreach (int i in _list) _n += i; foreach (int i in _array) _n += i; foreach (char c in text) _n += c; foreach (int i in _array.AsSpan()) _n += i;")]
    [InlineData("_n = (_kind.HasFlag(Kind.B) ? 1 : 0) + _kind.GetHashCode() + (_kind.GetType() == typeof(int) ? 1 : 0);")]
    [InlineData("throw new InvalidOperationException($\"bad {_n}\" + text);")]
    [InlineData("if (text.Length == 0) throw new ArgumentException(\"empty: \" + _n);")]
    [InlineData("string s = text ?? throw new ArgumentNullException(nameof(text)); _n = s.Length;")]
    [InlineData("if (text is null) Fail(\"it is \" + _n);")]
    [InlineData("ArgumentNullException.ThrowIfNull(text); Debug.Assert(_n > 0, $\"was {_n}\");")]
    [InlineData("var r = new Value(1, 2); var q = r with { A = 3 }; _n = q.A;")]
    [InlineData("using (new S(1)) _n++; using var d = new S(2);")]
    [InlineData("object o = text; IComparable c = text; Use(o, c, null!);")]
    [InlineData("_event += null; _handler?.Invoke();")]
    [InlineData("Allowed(); _contract.Quiet(); foreach (int i in _contract) _n++;")]
    [InlineData("int Inner() => _n; _n = Inner();")]
    [InlineData("int i = _n; int Inner() => i; _n = Inner();")]
    [InlineData("int? n = _n; _n = n ?? 1; _n = n.GetValueOrDefault().GetHashCode();")]
    [InlineData("Range r = 1..2; Index i = ^1; ReadOnlySpan<char> s = text.AsSpan()[r]; _n = s.Length + _array[i];")]
    [InlineData("_n = Async().IsCompleted ? 1 : 2;")]
    [InlineData("Span<char> s = stackalloc char[9]; s.TryWrite($\"a{_n}\", out int written); _n.TryFormat(s, out written);")]
    [InlineData("lock (_gate) { _n++; } bool t = false; _l.Enter(ref t); _l.Exit();")]
    [InlineData("Dictionary<int, int> d = _map; foreach (var (k, v) in d) _n += k + v; foreach (int k in d.Keys) _n += k; if (d.TryGetValue(1, out int x)) _n = x;")]
    [InlineData("if (_kind is Kind.A or Kind.B) _n++; _n = text switch { \"a\" => 1, { Length: > 2 } => 2, _ => throw new Exception($\"no {text}\") };")]
    [InlineData("try { _n++; } catch (Exception e) when (e.Message.Length > 1) { throw new InvalidOperationException(\"a\" + _n, e); }")]
    [InlineData("object? o = null; o = default; object? p = (object?)text; Use(o, p, nameof(M) + \"x\");")]
    [InlineData("var f = (int x) => x + 1; _n = f(1); Comparison<int> c = (a, b) => a - b; Func<Func<int>> g = () => () => 1; Use(f, c, g);")]
    [InlineData("Trace.WriteLine(text); Logged(_n + text); if (text == \"a\" + \"b\" || (1, 2) == (_n, 3)) _n++;")]
    [InlineData("unsafe { fixed (char* p = text) { int* q = stackalloc int[2]; *q = *p; _n = q[0]; } }")]
    [InlineData("using var e = _list.GetEnumerator(); while (e.MoveNext()) _n += e.Current; ref int r = ref _array[0]; r++;")]
    [InlineData("var b = new Builder(stackalloc char[4]); b.Add('a'); _n = b.Length; Span<S> spans = [new(1), new(2)]; _n = spans[0].X;")]
    [InlineData("Interlocked.CompareExchange(ref _event, null, null); Interlocked.Add(ref _n, 2); int? m = null; m ??= 3; _n = m.Value; _n = text?.Length ?? 0;")]
    [InlineData("_auto = 1; _n = _auto; (_n, _auto) = (_auto, _n); DateTime d = DateTime.UnixEpoch + TimeSpan.FromSeconds(1); decimal e = 1m + _n; Guid g = default; Use(null, null, null);")]
    public Task Code_that_allocates_nothing(string statements) => InNoReclaim(statements);

    [Theory]
    [InlineData("void F<T>(T t) { }", "F(_n); F(_kind);")]
    [InlineData("bool F<T>(T t) => t is null || t == null;", "F(_n);")]
    [InlineData("int F<T>(T t) => typeof(T) == typeof(int) ? (int)(object)t! : 0;", "_n = F(_n);")]
    [InlineData("void F<T>(T t) where T : class { object o = t; IDisposable? d = t as IDisposable; }", "F(\"a\");")]
    [InlineData("void F<T>(T t) where T : IDisposable => t.Dispose();", "F(new S(1));")]
    [InlineData("bool F<T>(T a, T b) => EqualityComparer<T>.Default.Equals(a, b) && a!.GetHashCode() == 0;", "F(_n, _n);")]
    [InlineData("T F<T>() where T : struct => new T();", "F<int>();")]
    public Task Generic_code(string method, string statements) => InNoReclaim(statements, "[NoReclaim] " + method);

    [Fact]
    public Task Under_a_lock_without_an_attribute() => Spec.Held("var o = new object(); var s = $\"{_n}\"; Action a = () => _n++; foreach (var x in Items()) { }", "static IEnumerable<int> Items() { yield return 1; }");

    [Fact]
    public Task In_ordinary_code() => Spec.Members("void M() { var o = new object(); } [Sleepable] void N() { var o = new object(); }");

    [Fact]
    public Task Field_initialisers_and_constructors_under_the_contract_of_their_type() => Spec.Code("""
        [NoReclaim]
        class C
        {
            static readonly object s_gate = new();
            readonly List<int> _list = new();
            int[] Values { get; } = new int[4];
            C() { _list = new List<int>(4); }
            static C() { s_gate = new object(); }
            int M() => _list.Count;
        }
        """);

    [Fact]
    public Task What_a_lambda_does_that_is_only_made_here() => Spec.Members("""
        static readonly Func<object> s_make = () => new object();
        [NoReclaim] Func<object> M() => s_make;
        [NoReclaim] void N() { Func<object> f = static () => new object(); _n = f.GetHashCode(); }
        """);

    [Fact]
    public Task The_first_use_of_a_type() => Spec.Code("""
        static class Table { public static readonly int[] Values = new int[4]; public static int Count; static Table() { Count = new List<int>().Count; } }
        class C { [NoReclaim] int M() => Table.Count; }
        """);

    [Fact]
    public Task A_branch_that_an_argument_rules_out() => Spec.Members("""
        void Log(bool verbose) { if (verbose) { var o = new object(); } }
        [NoReclaim] void M() => Log(false);
        """);

    [Fact]
    public Task An_iterator_that_nobody_calls_and_a_collection_with_an_enumerator_of_its_own() => Spec.Code("""
        class Ring
        {
            private readonly Ring.Cursor _cursor = new();
            public Cursor GetEnumerator() => _cursor;
            public sealed class Cursor { public bool MoveNext() => false; public int Current => 1; }
        }
        class C { [NoReclaim] int M(Ring ring) { int sum = 0; foreach (int i in ring) sum += i; return sum; } }
        """);

    private static Task InNoReclaim(string statements, string members = "") => Spec.Members($$"""
        [NoReclaim] void M(string text) { {{statements}} }
        {{members}}
        private readonly List<int> _list = new();
        private readonly int[] _array = new int[4];
        private Kind _kind;
        private readonly Dictionary<int, int> _map = new();
        [NoReclaim] private int _auto { get; set; } = 5;
        [Conditional("NEVER")] static void Logged(string s) { }
        ref struct Builder(Span<char> buffer) { private readonly Span<char> _buffer = buffer; public int Length; public void Add(char c) => _buffer[Length++] = c; }
        private Action? _event, _handler;
        private IContract _contract = null!;
        [Flags] enum Kind { A = 1, B = 2 }
        struct S(int x) : IDisposable { public int X = x; public void Dispose() { } }
        record struct Value(int A, int B);
        interface IContract : IEnumerable<int> { [NoReclaim] void Quiet(); [NoReclaim] new IEnumerator<int> GetEnumerator(); }
        static void Static() { }
        static void Use(object? a, object? b, object? c) { }
        static void None(params object[] arguments) { }
        static void Spans(params ReadOnlySpan<int> numbers) { }
        [DoesNotReturn] static void Fail(string message) => throw new Exception(message);
        [NoReclaim, Trusted("pooled")] static void Allowed() { var o = new object(); }
        static async Task Async() { await Task.Yield(); }
        """);
}
