using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Rules.LCX1009;

public class Reports
{
    [Theory]
    [InlineData("_o = {|LCX1009:new object()|};")]
    [InlineData("_o = {|LCX1009:new List<int> { 1, 2 }|};")]
    [InlineData("_o = {|LCX1009:new R(1)|};")]
    [InlineData("_o = {|LCX1009:new string('a', 3)|};")]
    [InlineData("_o = {|LCX1009:new { text, _n }|};")]
    [InlineData("_o = {|LCX1009:_r with { A = 2 }|};")]
    [InlineData("_o = {|LCX1009:new Exception()|};")]
    public Task Objects(string statements) => InNoReclaim(statements);

    [Theory]
    [InlineData("_o = {|LCX1009:new int[3]|};")]
    [InlineData("_o = {|LCX1009:new[] { 1, 2 }|};")]
    [InlineData("int[] a = {|LCX1009:{ 1, 2 }|}; _o = a;")]
    [InlineData("_o = {|LCX1009:new int[2, 2]|};")]
    [InlineData("_o = {|LCX1009:new int[2][]|};")]
    [InlineData("ReadOnlySpan<int> s = {|LCX1009:new int[] { _n }|}; _n = s[0];")]
    [InlineData("_o = {|LCX1009:_array[1..2]|};")]
    [InlineData("int[] a = {|LCX1009:[1, 2]|}; _o = a;")]
    [InlineData("List<int> a = {|LCX1009:[]|}; _o = a;")]
    [InlineData("IList<int> a = {|LCX1009:[]|}; _o = a;")]
    [InlineData("IEnumerable<int> a = {|LCX1009:[_n]|}; _o = a;")]
    [InlineData("ReadOnlySpan<int> a = {|LCX1009:[.. _array, 1]|}; _n = a[0];")]
    [InlineData("System.Collections.Immutable.ImmutableArray<int> a = {|LCX1009:[1]|}; _n = a.Length;")]
    public Task Arrays_and_collections(string statements) => InNoReclaim(statements);

    [Theory]
    [InlineData("{|LCX1009:Params(text)|};")]
    [InlineData("{|LCX1009:Params(text, text)|};")]
    [InlineData("{|LCX1009:Params({|LCX1009:_n|})|};")]
    [InlineData("_ = string.Format(\"{0}\", {|LCX1009:_n|});")]
    public Task Params_and_the_boxes_in_them(string statements) => InNoReclaim(statements);

    [Theory]
    [InlineData("_o = {|LCX1009:_n|};")]
    [InlineData("_o = {|LCX1009:(1, 2)|};")]
    [InlineData("IDisposable d = {|LCX1009:_s|}; _o = d;")]
    [InlineData("Use({|LCX1009:_kind|});")]
    [InlineData("int? n = _n; _o = {|LCX1009:n|};")]
    [InlineData("_n = {|LCX1009:_s.GetHashCode()|};")]
    [InlineData("_o = {|LCX1009:_kind.ToString()|};")]
    [InlineData("_o = {|LCX1009:(IComparable)_n|};")]
    [InlineData("dynamic d = {|LCX1009:_n|}; _o = d;")]
    public Task Boxing(string statements) => InNoReclaim(statements);

    [Theory]
    [InlineData("T F<T>(T t) { {|LCX1009:t!.ToString()|}; return t; }")]
    [InlineData("void F<T>(T t) { _o = {|LCX1009:t|}; }")]
    [InlineData("void F<T>(T t) where T : struct { _o = {|LCX1009:t|}; }")]
    [InlineData("T F<T>() where T : class, new() => {|LCX1009:new T()|};")]
    public Task Generic_code(string method) => InNoReclaim("", "[NoReclaim] " + method);

    [Theory]
    [InlineData("Func<string> f = {|LCX1009:() => text|}; _o = f;")]
    [InlineData("Func<int> f = {|LCX1009:() => _n|}; _o = f;")]
    [InlineData("Func<int> f = {|LCX1009:delegate { return _n; }|}; _o = f;")]
    [InlineData("Action f = {|LCX1009:() => { Action g = () => _n++; g(); }|}; _o = f;")]
    [InlineData("int Local() => text.Length; Func<int> f = {|LCX1009:() => Local()|}; _o = f;")]
    [InlineData("Action f = {|LCX1009:Instance|}; _o = f;")]
    [InlineData("Action f = {|LCX1009:new Action(Static)|}; _o = f;")]
    [InlineData("Func<string> f = {|LCX1009:text.Trim|}; _o = f;")]
    [InlineData("Func<int> f = {|LCX1009:text.Count|}; _o = f;")]
    [InlineData("int Local() => text.Length; Func<int> f = {|LCX1009:Local|}; _o = f;")]
    [InlineData("{|LCX1009:_action += Static|};")]
    [InlineData("{|LCX1009:Event += Static|};")]
    [InlineData("System.Linq.Expressions.Expression<Func<int>> e = {|LCX1009:() => 1|}; _o = e;")]
    public Task Closures_and_delegates(string statements) => InNoReclaim(statements);

    [Theory]
    [InlineData("_o = {|LCX1009:text + _n|};")]
    [InlineData("_o = {|LCX1009:text + \"-\" + text + _n + 'c'|};")]
    [InlineData("_o = {|LCX1009:\"a\" + (text + text)|};")]
    [InlineData("string s = text; {|LCX1009:s += \"x\"|}; _o = s;")]
    [InlineData("_o = {|LCX1009:$\"{_n}\"|};")]
    [InlineData("_o = {|LCX1009:$\"a{text}\"|};")]
    [InlineData("_o = {|LCX1009:$\"a{_n}\" + text|};")]
    [InlineData("FormattableString f = {|LCX1009:$\"a{_n}\"|}; _o = f;")]
    [InlineData("_o = {|LCX1009:text[1..2]|};")]
    public Task Strings(string statements) => InNoReclaim(statements);

    [Theory]
    [InlineData("_o = {|LCX1009:Items()|};")]
    [InlineData("foreach (int i in {|LCX1009:Items()|}) _n++;")]
    [InlineData("foreach (int i in {|LCX1009:_enumerable|}) _n++;")]
    [InlineData("foreach (int i in {|LCX1009:_readOnly|}) _n++;")]
    [InlineData("foreach (object i in {|LCX1009:_hashtable|}) _n++;")]
    public Task Iterators_and_enumerators(string statements) => InNoReclaim(statements);

    [Theory]
    [InlineData("{|LCX1009:Make()|};")]
    [InlineData("{|LCX1009:Outer()|};")]
    [InlineData("_n = {|LCX1009:Property|};")]
    [InlineData("_n = {|LCX1009:this[1]|};")]
    [InlineData("foreach (int i in {|LCX1009:_ring|}) _n++;")]
    [InlineData("Run(static () => {|LCX1009:new object()|});")]
    [InlineData("Run({|LCX1009:Static2|});")]
    [InlineData("{|LCX1009:_internal.Do()|};")]
    [InlineData("{|LCX1009:Sleepy()|};")]
    [InlineData("{|LCX1009:Atomic()|};")]
    [InlineData("var s = {|LCX1009:new Big()|}; _n = s.X;")]
    public Task Through_calls(string statements) => InNoReclaim(statements);

    [Fact]
    public Task A_struct_under_the_contract_and_a_constructor_that_has_it_itself() => Spec.Code("""
        class C { object? _o; [NoReclaim] C() { _o = {|LCX1009:new object()|}; } }
        [NoReclaim] struct S { object? _o; void M() { _o = {|LCX1009:new object()|}; } }
        """);

    [Fact]
    public Task In_a_lambda_in_a_property_and_before_an_await() => Spec.Members("""
        private object? _o;
        [NoReclaim] object P => {|LCX1009:new object()|};
        [NoReclaim] async Task A() { _o = {|LCX1009:new object()|}; await Task.Yield(); _o = {|LCX1009:new object()|}; }
        void M() { Action a = [NoReclaim] () => { _o = {|LCX1009:new object()|}; }; a(); }
        """);

    [Fact]
    public Task Together_with_RawAtomic_it_is_this_one() => Spec.Members("[NoReclaim, RawAtomic] object M() => {|LCX1009:new object()|};");

    [Fact]
    public Task Each_place_is_a_cause_of_its_own_but_a_helper_is_told_once() => Spec.Members("""
        object? _o;
        [NoReclaim] void M() { _o = {|LCX1009:new object()|}; _o = {|LCX1009:new object()|}; {|LCX1009:Make()|}; Make(); }
        void Make() => _o = new object();
        """);

    [Theory]
    [InlineData("new object()", "'new Object' allocates an object in [NoReclaim] 'M'; make it before and keep it, or use a struct")]
    [InlineData("new int[2]", "'new int[]' allocates an array in [NoReclaim] 'M'; make it before and keep it, or use stackalloc")]
    [InlineData("text + _n", "'string concatenation' allocates a string in [NoReclaim] 'M'; write into a span, or make the text elsewhere")]
    [InlineData("Outer()", "'new Object' allocates an object in [NoReclaim] 'M': Outer -> Make -> new Object; make it before and keep it, or use a struct")]
    public Task Messages(string expression, string message) => Spec.Members(
        $$"""
        object? _o;
        [NoReclaim] void M(string text) { _o = {|#0:{{expression}}|}; }
        object Outer() => Make();
        object Make() => new object();
        """,
        Verify.Diagnostic("LCX1009").WithLocation(0).WithMessage(message));

    private static Task InNoReclaim(string statements, string members = "") => Spec.Members($$"""
        private object? _o;
        [NoReclaim] void M(string text) { {{statements}} }
        {{members}}
        private R _r = new(1);
        private S _s;
        private Kind _kind;
        private readonly int[] _array = new int[4];
        private IEnumerable<int> _enumerable = null!;
        private IReadOnlyList<int> _readOnly = null!;
        private System.Collections.Hashtable _hashtable = new();
        private Action? _action;
        private event Action? Event;
        private Ring _ring = new();
        private IInternal _internal = null!;
        record R(int A);
        struct S : IDisposable { public int X; public void Dispose() { } }
        struct Big { public int X; public Big() => X = new List<int>().Count; }
        enum Kind { A, B }
        class Ring { public Ring GetEnumerator() => new(); public bool MoveNext() => false; public int Current => 1; }
        internal interface IInternal { void Do(); }
        internal sealed class Impl : IInternal { public void Do() { var o = new object(); } }
        void Instance() { }
        static void Static() { }
        static object Static2() => new object();
        static void Run(Func<object> make) => make();
        static void Use(object? a) { }
        static void Params(params object[] arguments) { }
        static IEnumerable<int> Items() { yield return 1; }
        void Make() => _o = new object();
        void Outer() => Make();
        [Sleepable] void Sleepy() => _o = new object();
        [RawAtomic] void Atomic() => _o = new object();
        int Property => new List<int>().Count;
        int this[int i] => new List<int>().Count;
        """);
}
