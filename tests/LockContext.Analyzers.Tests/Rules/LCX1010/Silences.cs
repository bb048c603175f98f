using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Rules.LCX1010;

// LCX1010 is a suggestion: mentioning its id makes it count.
public class Silences
{
    [Theory]
    [InlineData("_list.Add(1); _n = _list.Count; _n = _list[0]; _n = Math.Max(1, 2); _n = \"a\".GetHashCode();")]
    [InlineData("_n = _object.GetHashCode(); _ = _object.ToString(); _n = _object.Equals(null) ? 1 : 0;")]
    [InlineData("_ = typeof(int).Name; _n = EqualityComparer<int>.Default.Equals(1, 2) ? 1 : 0; _n = StringComparer.Ordinal.Compare(\"a\", \"b\");")]
    [InlineData("using var e = _list.GetEnumerator(); while (e.MoveNext()) _n += e.Current;")]
    [InlineData("if (_object is Known { Name: \"a\" } k && k is IUnknown) _n++; _n = _object switch { int i => i, string { Length: 1 } => 2, _ => 3 };")]
    [InlineData("_list.ForEach(static i => { }); _n = Interlocked.Increment(ref _n); Volatile.Write(ref _n, 1); Thread.MemoryBarrier();")]
    [InlineData("Helper(); _n = Property; _n = this[1]; Static();")]
    [InlineData("_journal.Post(); _n = _journal.Count;")]
    [InlineData("_closed.Run(); _closed.Default(); _sealed.Run(); new Open().Run(); base.ToString();")]
    [InlineData("_quick(); _field(); _field?.Invoke(); Event?.Invoke(); var f = _field; f();")]
    [InlineData("Action a = () => _n++; a(); a = Helper; a(); Local(); void Local() => _n++;")]
    [InlineData("foreach (int i in _array) _n += i; foreach (char c in \"abc\") _n += c; foreach (int i in _list) _n += i;")]
    [InlineData("_array.AsSpan().Sort(); Array.ForEach(_array, i => _n += i);")]
    [InlineData("Trivial(); _n = Add(1, 2); _n = Sum(new Value(1), new Value(2)).X;")]
    [InlineData("using var s = new Value(1);")]
    [InlineData("if (_n < 0) throw new Exception(_journal.Name + _unknown.Name);")]
    [InlineData("IJournal made = new Journal(); made.Post(); ((IUnknown)_known).Run();")]
    public Task What_is_known(string statements) => Unknown.In("[RawAtomic] void M()", statements);

    [Theory]
    [InlineData("void M()")]
    [InlineData("[Sleepable] void M()")]
    [InlineData("[NoReclaim] void M()")]
    [InlineData("[ContextLimit(WaitClass.Config)] void M()")]
    public Task In_other_code(string method) => Unknown.In(method, "_unknown.Run(); _action(); Native();");

    [Fact]
    public Task Under_a_lock_that_may_be_held_for_long() => Unknown.In("void M()", "lock (_gate) { _unknown.Run(); _action(); }");

    [Fact]
    public Task Switched_off() => Unknown.In("[RawAtomic] void M()", "_unknown.Run(); _action(); Native();", "off");

    [Fact]
    public Task A_delegate_that_the_caller_knows() => Spec.Members("""
        // LCX1010
        [RawAtomic] void M() { Run(() => _n++); Run(Quick); Forward(static () => { }); }
        private void Run(Action a) => a();
        private void Forward(Action a) => Run(a);
        private void Quick() => _n++;
        """);
}

internal static class Unknown
{
    public static async Task In(string method, string statements, string? option = null, DiagnosticResult[]? expected = null)
    {
        var test = Spec.Files("// LCX1010 LCX1012\npublic partial class C { }\n" + Spec.InClass($$"""
            {{method}}
            {
                {{statements}}
            }

            public interface IUnknown { void Run(); string Name { get; set; } int this[int i] { get; } event Action E; void Default() { } }
            public interface IJournal { [RawAtomic] void Post(); [RawAtomic] int Count { get; } string Name { get; } }
            public interface IStatic { static abstract void Make(); }
            public sealed class Journal : IJournal { public void Post() { } public int Count => 1; public string Name => ""; }
            public sealed class Known : IUnknown { public void Run() { } public string Name { get; set; } = ""; public int this[int i] => i; public event Action E { add { } remove { } } }
            internal interface IClosed { void Run(); void Default() { } }
            internal sealed class Closed : IClosed { public void Run() { } }
            public abstract class Abstract { public abstract void Run(); public virtual void Virtual() { } }
            public class Open { public virtual void Run() { } }
            public sealed class Sealed : Open { public override void Run() { } }
            struct Value(int x) : IDisposable { public int X = x; public void Dispose() { } public static Value operator +(Value a, Value b) => new(a.X + b.X); }
            [RawAtomic] public delegate void Quick();
            private readonly List<int> _list = new();
            private ICollection<int> _collection = null!;
            private readonly int[] _array = new int[4];
            private object _object = null!;
            private IUnknown _unknown = null!;
            private Known _known = null!;
            private IJournal _journal = null!;
            private IClosed _closed = null!;
            private Abstract _abstract = null!;
            private Open _open = null!;
            private Sealed _sealed = null!;
            private Quick _quick = null!;
            [RawAtomic] private Action _field = null!;
            [RawAtomic] private event Action? Event;
            private event Action? Plain;
            private Action _action = null!;
            private Action Property2 { get; set; } = null!;
            private IEnumerable<int> _enumerable = null!;
            private dynamic _dynamic = null!;
            private System.Reflection.MethodInfo _method = null!;
            private unsafe delegate*<void> _pointer;
            private TaskCompletionSource _inline = new();
            private void Helper() => _n++;
            private void Deep() => _unknown.Run();
            private static void Static() { }
            private int Property => _n;
            private int this[int i] => i;
            private static int Add<T>(T a, T b) where T : System.Numerics.INumber<T> => int.CreateTruncating(a + b);
            private static Value Sum(Value a, Value b) => a + b;
            private static void Generic<T>() where T : IStatic => T.Make();
            [System.Runtime.InteropServices.DllImport("native")] private static extern void Native();
            [System.Runtime.InteropServices.DllImport("native"), System.Runtime.InteropServices.SuppressGCTransition] private static extern void Trivial();
            """));
        if (option is not null)
            test.TestState.AnalyzerConfigFiles.Add(("/.editorconfig", $"root = true\n[*.cs]\nlockcontext.unknown_calls = {option}\n"));
        test.ExpectedDiagnostics.AddRange(expected ?? []);
        await test.RunAsync();
    }
}
