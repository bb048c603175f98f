using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Engine;

/// <summary>Calls that the compiler makes for the author.</summary>
[Trait("Policy", "Hidden calls")]
public class HiddenCalls
{
    private const string Types = """
        static int Slow() { Thread.Sleep(1); return 1; }
        int Getter => Slow();
        int Setter { set => Slow(); }
        int Both { get => 1; set { Slow(); } }
        int this[int i] { get => Slow(); set { } }
        event Action Event { add => Slow(); remove { } }

        class S
        {
            public static S operator +(S a, S b) { Thread.Sleep(1); return a; }
            public static S operator -(S a) { Thread.Sleep(1); return a; }
            public static S operator ++(S a) { Thread.Sleep(1); return a; }
            public static bool operator true(S a) { Thread.Sleep(1); return true; }
            public static bool operator false(S a) => false;
            public static implicit operator int(S a) { Thread.Sleep(1); return 1; }
            public static explicit operator string(S a) { Thread.Sleep(1); return ""; }
            public static bool operator ==(S? a, S? b) { Thread.Sleep(1); return true; }
            public static bool operator !=(S? a, S? b) => false;
            public override bool Equals(object? o) => false;
            public override int GetHashCode() => 0;
            public void Deconstruct(out int a, out int b) { Thread.Sleep(1); a = b = 1; }
        }

        class Constructed { public Constructed() => Thread.Sleep(1); }
        class Initialised { private readonly int _i = Slow(); }
        class Base { protected Base() => Thread.Sleep(1); }
        class Derived : Base { }
        class DerivedInitialised : Initialised { public int X; }

        struct Disposed : IDisposable { public void Dispose() => Thread.Sleep(1); }

        class Sequence
        {
            public E GetEnumerator() => default;
            public struct E { public int Current { get { return 1; } } public bool MoveNext() { Thread.Sleep(1); return false; } }
        }
        class SlowStart { public Sequence2.E GetEnumerator() { Thread.Sleep(1); return default; } }
        class Sequence2 { public struct E { public int Current => 1; public bool MoveNext() => false; } }
        class SlowCurrent { public E GetEnumerator() => default; public struct E { public int Current { get { Thread.Sleep(1); return 1; } } public bool MoveNext() => Environment.TickCount > 0; } }
        class SlowEnd { public E GetEnumerator() => default; public struct E : IDisposable { public int Current => 1; public bool MoveNext() => false; public void Dispose() => Thread.Sleep(1); } }

        class Bag : System.Collections.IEnumerable
        {
            public void Add(int i) => Thread.Sleep(1);
            public System.Collections.IEnumerator GetEnumerator() => null!;
        }

        class List3 { public int Length { get { Thread.Sleep(1); return 1; } } public int this[int i] => i; }
        class Ranges { public int Length => 1; public int Slice(int a, int b) { Thread.Sleep(1); return 1; } }

        [System.Runtime.CompilerServices.InterpolatedStringHandler]
        public ref struct Handler
        {
            public Handler(int literal, int formatted) { }
            public void AppendLiteral(string s) { }
            public void AppendFormatted<T>(T t) => Thread.Sleep(1);
        }
        static void Text(Handler handler) { }

        static void Params(params Bag bag) { }
        """;

    [Theory]
    [InlineData("_n = {|LCX1001:Getter|};")]
    [InlineData("{|LCX1001:Setter|} = 1;")]
    [InlineData("_ = Both; {|LCX1001:Both|} = 1;")]
    [InlineData("{|LCX1001:Both|}++;")]
    [InlineData("{|LCX1001:Both|} += 2;")]
    [InlineData("_n = {|LCX1001:this[3]|}; this[3] = 1;")]
    [InlineData("{|LCX1001:Event += action|}; Event -= action;")]
    public Task Accessors(string statement) => Spec.Held(statement, Types);

    [Theory]
    [InlineData("_ = {|LCX1001:a + b|};")]
    [InlineData("_ = {|LCX1001:-a|};")]
    [InlineData("{|LCX1001:a++|};")]
    [InlineData("{|LCX1001:a += b|};")]
    [InlineData("_ = {|LCX1001:a == b|};")]
    [InlineData("_n = {|LCX1001:a|};")]
    [InlineData("_ = {|LCX1001:(string)a|};")]
    [InlineData("if ({|LCX1001:a|}) _n++;")]
    public Task Operators_and_conversions(string statement) => Spec.Held("S a = null!, b = null!; " + statement, Types);

    [Theory]
    [InlineData("_ = {|LCX1001:new Constructed()|};")]
    [InlineData("_ = {|LCX1001:new Initialised()|};")]
    [InlineData("_ = {|LCX1001:new Derived()|};")]
    [InlineData("_ = {|LCX1001:new DerivedInitialised()|};")]
    [InlineData("Constructed c = {|LCX1001:new()|};")]
    public Task Constructors_and_initialisers(string statement) => Spec.Held(statement, Types);

    [Theory]
    [InlineData("foreach (int i in {|LCX1001:new Sequence()|}) { }")]
    [InlineData("foreach (int i in {|LCX1001:new SlowStart()|}) { }")]
    [InlineData("foreach (int i in {|LCX1001:new SlowCurrent()|}) { }")]
    [InlineData("foreach (int i in {|LCX1001:new SlowEnd()|}) { }")]
    public Task Foreach(string statement) => Spec.Held(statement, Types);

    [Theory]
    [InlineData("using (var d = {|LCX1001:new Disposed()|}) { }")]
    [InlineData("using ({|LCX1001:new Disposed()|}) { }")]
    [InlineData("Disposed d = default; {|LCX1001:d.Dispose()|};")]
    public Task Using(string statement) => Spec.Held(statement, Types);

    [Theory]
    [InlineData("S s = null!; (int x, int y) = {|LCX1001:s|};")]
    [InlineData("S s = null!; _ = {|LCX1001:s is (1, 2)|};")]
    public Task Deconstruction(string statement) => Spec.Held(statement, Types);

    [Theory]
    [InlineData("_ = new List3() is {|LCX1001:[1]|};")]
    [InlineData("_ = {|LCX1001:new Ranges()[1..2]|};")]
    public Task Patterns_and_ranges(string statement) => Spec.Held(statement, Types);

    [Theory]
    [InlineData("Bag b = {|LCX1001:[1, 2]|};")]
    [InlineData("var b = new Bag { {|LCX1001:1|} };")]
    [InlineData("{|LCX1001:Params(1, 2)|};")]
    public Task Collections(string statement) => Spec.Held(statement, Types);

    [Fact]
    public Task Interpolation_handlers() => Spec.Held("""Text($"a{|LCX1001:{_n}|}");""", Types);

    [Fact]
    public Task An_auto_property_is_no_call() => Spec.Held("Auto = 1; _n = Auto; Auto++;", "int Auto { get; set; }");

    [Fact]
    public Task Delegates_without_captures_are_cached() => Spec.Held("Func<int> f = static () => 1; _n++;");
}
