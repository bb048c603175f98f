using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Engine;

/// <summary>What looks like the same question and is another: a number made narrower, a value tried as a type, one that may be absent, one that something else leads to. And what looks like another and is the same.</summary>
[Trait("Policy", "Ways through a body")]
public class ValuesThatDiffer
{
    /// <summary>The question before says nothing of the one under which it sleeps.</summary>
    [Theory]
    [InlineData("int x", "x == 5", "(byte)x == 5")]
    [InlineData("int x", "x > 100", "(short)x > 100")]
    [InlineData("long x", "(int)x < 0", "x < 0")]
    [InlineData("int x", "(uint)x < 5u", "x < 0")]
    [InlineData("double x", "x == 5", "(int)x == 5")]
    [InlineData("uint x", "x == 1", "(int)x < 0")]
    [InlineData("ushort x", "x == 1", "(short)x < 0")]
    [InlineData("double x", "x < 5", "x != x")]
    [InlineData("float x", "x < 5 || x >= 5", "!(x == x)")]
    [InlineData("object? x", "x == null", "(x as IDisposable) == null")]
    [InlineData("object? x", "x == null", "ReferenceEquals(x as IDisposable, null)")]
    [InlineData("object? x", "x is IDisposable", "x is not null")]
    [InlineData("object? x", "x is string", "(x as IDisposable) is null")]
    [InlineData("object? x", "(x as string) != null", "(x as IDisposable) != null")]
    [InlineData("bool? x", "x == true || x == false", "x == null")]
    [InlineData("bool? x", "x.GetValueOrDefault()", "x != false")]
    [InlineData("bool? x", "x == true", "x != true")]
    [InlineData("int? x", "x < 3 || x >= 3", "x is null")]
    [InlineData("int? x", "x == 1 || x == null", "x != 0")]
    [InlineData("Own x", "x.Length == 7", "x.Length < 0")]
    [InlineData("Own x", "x.Length == 0", "x.Length < 1")]
    [InlineData("IOwn x", "x.Count == 7", "x.Count == -1")]
    public Task Are_two(string parameter, string left, string asked) => Spec.Members($$"""
        void M({{parameter}})
        {
            bool taken = false;
            _l.Enter(ref taken);
            if ({{left}})
            {
                _l.Exit();
                return;
            }

            if ({{asked}})
                {|LCX1001:Thread.Sleep(1)|};
            _l.Exit();
        }

        interface IOwn { int Count { get; } }
        sealed class Own { public int Length { get; set; } = -1; }
        """);

    [Theory]
    [InlineData("bool? b = default;", "b == null")]
    [InlineData("int? b = default(int?);", "!b.HasValue")]
    [InlineData("int x = _n; ref int r = ref x; if (x > 3) { _l.Exit(); return; } r = 9;", "x > 3")]
    public Task Is_known(string before, string asked) => Spec.Members(
        $$"""void M() { bool taken = false; _l.Enter(ref taken); {{before}} if ({{asked}}) {|LCX1001:Thread.Sleep(1)|}; _l.Exit(); }""");

    [Fact]
    public Task By_a_pointer() => Spec.Code("""
        unsafe class C
        {
            SpinLock _l = new(false);
            void M(int x) { bool taken = false; int* p = &x; _l.Enter(ref taken); if (x > 3) { _l.Exit(); return; } *p = 9; if (x > 3) {|LCX1001:Thread.Sleep(1)|}; _l.Exit(); }
        }
        """);

    /// <summary>Both have the same answer.</summary>
    [Theory]
    [InlineData("object? x", "x is IDisposable", "(x as IDisposable) != null")]
    [InlineData("object? x", "(x as IDisposable) is { }", "x is IDisposable")]
    [InlineData("bool? x", "x == true", "x.GetValueOrDefault()")]
    [InlineData("bool? x", "x == true", "x ?? false")]
    [InlineData("bool? x", "x == true", "x is true")]
    [InlineData("bool? x", "x == true", "x is { } value && value")]
    [InlineData("bool? x", "x == true", "x.HasValue && x.Value")]
    [InlineData("bool? x", "x.HasValue && x.Value", "x ?? false")]
    [InlineData("bool? x", "x != false", "x != false")]
    [InlineData("int? x", "x > 5", "x is > 5")]
    [InlineData("int? x", "x == 5", "x is 5")]
    [InlineData("byte x", "x >= 0", "x > -1")]
    public Task Are_one(string parameter, string first, string second) => Spec.Members($$"""
        void M({{parameter}})
        {
            bool taken = false;
            if ({{first}})
                _l.Enter(ref taken);
            _n++;
            if ({{second}})
                _l.Exit();
        }
        """);

    /// <summary>A result of <c>as</c> that is kept, or tried again.</summary>
    [Theory]
    [InlineData("var d = x as IDisposable; if (d != null) _l.Enter(ref taken); _n++; if (d != null) _l.Exit();")]
    [InlineData("if ((x as string)?.Length > 3) _l.Enter(ref taken); _n++; if ((x as string)?.Length > 3) _l.Exit();")]
    [InlineData("if (x is not IDisposable d) return; _l.Enter(ref taken); _n++; if (x as IDisposable != null) _l.Exit();")]
    [InlineData("var d = x as Own; if (d == null) return; lock (d._gate) _n++; lock (((Own)x!)._gate) _n++;")]
    public Task Kept(string statements) => Spec.Members($$"""void M(object? x) { bool taken = false; {{statements}} } sealed class Own { public readonly object _gate = new(); }""");

    /// <summary>What is known to give a lock back is what it is tried as.</summary>
    [Fact]
    public Task Guards() => Spec.Code("""
        sealed class Guard : IDisposable { private readonly object _gate; public Guard(object gate) { _gate = gate; Monitor.Enter(gate); } public void Dispose() => Monitor.Exit(_gate); }
        class C
        {
            readonly object _gate = new();
            void M() { object guard = new Guard(_gate); (guard as IDisposable)?.Dispose(); }
            void N() { var guard = new Guard(_gate); try { } finally { (guard as IDisposable)?.Dispose(); } }
        }
        """);
}
