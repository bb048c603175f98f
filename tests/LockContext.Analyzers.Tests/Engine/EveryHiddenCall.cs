using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Engine;

/// <summary>Calls that the compiler makes for the author, one by one as the language has them.</summary>
[Trait("Policy", "Hidden calls")]
public class EveryHiddenCall
{
    private const string Types = """
        using System.Collections;
        using System.Runtime.CompilerServices;
        static class Slow { public static int Do() { Thread.Sleep(1); return 1; } }

        class Seq { public E GetEnumerator() { Thread.Sleep(1); return default; } public struct E { public int Current => 1; public bool MoveNext() => false; } }
        class SeqExt { }
        static class SeqExtensions { public static Seq3.E GetEnumerator(this SeqExt s) { Thread.Sleep(1); return default; } }
        class Seq3 { public E GetEnumerator() => default; public struct E { public int Current => 1; public bool MoveNext() => false; } }
        class SeqMove { public E GetEnumerator() => default; public struct E { public int Current => 1; public bool MoveNext() { Thread.Sleep(1); return false; } } }
        class Pairs { public E GetEnumerator() => default; public struct E { public P Current => null!; public bool MoveNext() => Environment.TickCount > 0; } }
        class P { public void Deconstruct(out int a, out Q b) { a = 1; b = new Q(); } }
        class Q { public void Deconstruct(out int x, out int y) { Thread.Sleep(1); x = y = 1; } }
        class P1 { public void Deconstruct(out int a, out int b) { Thread.Sleep(1); a = b = 1; } }
        static class DeconstructExt { public static void Deconstruct(this R r, out int a, out int b) { Thread.Sleep(1); a = b = 1; } }
        class R { }
        class SlowConv { public static implicit operator int(SlowConv c) { Thread.Sleep(1); return 1; } public static implicit operator long(SlowConv c) => 1; }
        struct SV {
          public static SV operator +(SV a, SV b) { Thread.Sleep(1); return a; }
          public static SV operator checked -(SV a, SV b) { Thread.Sleep(1); return a; }
          public static SV operator -(SV a, SV b) => a;
          public static bool operator ==(SV a, SV b) { Thread.Sleep(1); return true; }
          public static bool operator !=(SV a, SV b) { Thread.Sleep(1); return true; }
          public override bool Equals(object? o) => false; public override int GetHashCode() => 0;
          public static implicit operator int(SV a) { Thread.Sleep(1); return 1; }
          public static SV operator ++(SV a) { Thread.Sleep(1); return a; }
          public static SV operator -(SV a) { Thread.Sleep(1); return a; }
          public static SV operator <<(SV a, int n) { Thread.Sleep(1); return a; }
          public static SV operator >>>(SV a, int n) { Thread.Sleep(1); return a; }
        }
        class TF { public static bool operator true(TF a) { Thread.Sleep(1); return true; } public static bool operator false(TF a) { Thread.Sleep(1); return true; } public static TF operator &(TF a, TF b) => a; public static TF operator |(TF a, TF b) => a; }
        record Rec(int X) { protected Rec(Rec other) { Thread.Sleep(1); X = other.X; } public int Y { get; init { Thread.Sleep(1); field = value; } } }
        record RecQ(int X) { public int Y { get; init; } }
        record RecEq(Inner I); class Inner { public override bool Equals(object? o) { Thread.Sleep(1); return true; } public override int GetHashCode() => 1; }
        struct PlainS { public int X { get; init { Thread.Sleep(1); } } }
        class Props { public int Slow { get { Thread.Sleep(1); return 1; } set { Thread.Sleep(1); } } public int Quick { get; set; } public Props Inner { get { Thread.Sleep(1); return this; } set { } } public Props InnerQ { get; } = null!; public int this[int i] { get { Thread.Sleep(1); return i; } set { Thread.Sleep(1); } } public Bag Bag { get; } = new(); public Bag SlowBag { get { Thread.Sleep(1); return Bag; } } }
        class Bag : IEnumerable { public void Add(int i) { Thread.Sleep(1); } public void Add(int i, int j) { Thread.Sleep(1); } public IEnumerator GetEnumerator() => null!; }
        class BagExt : IEnumerable { public IEnumerator GetEnumerator() => null!; }
        static class BagExtensions { public static void Add(this BagExt b, int i) { Thread.Sleep(1); } }
        [CollectionBuilder(typeof(Builder), "Create")] class Built : IEnumerable<int> { public IEnumerator<int> GetEnumerator() => null!; IEnumerator IEnumerable.GetEnumerator() => null!; }
        static class Builder { public static Built Create(ReadOnlySpan<int> items) { Thread.Sleep(1); return new Built(); } }
        class ListPat { public int Length { get { Thread.Sleep(1); return 1; } } public int this[int i] => i; }
        class ListPat2 { public int Length => 1; public int this[int i] { get { Thread.Sleep(1); return 1; } } }
        class ListPat3 { public int Count => 1; public int this[Index i] { get { Thread.Sleep(1); return 1; } } public ListPat3 this[Range r] => this; }
        class ListPat4 { public int Length => 3; public int this[int i] => i; public ListPat4 Slice(int a, int b) { Thread.Sleep(1); return this; } }
        class Sliced { public int Length { get { Thread.Sleep(1); return 1; } } public int this[int i] => i; public Sliced Slice(int a, int b) => this; }
        class Disp : IDisposable { public void Dispose() => Thread.Sleep(1); }
        ref struct RefDisp { public void Dispose() => Thread.Sleep(1); }
        class QuickD : IDisposable { public void Dispose() { } }
        [InterpolatedStringHandler] ref struct H1 { public H1(int l, int f) { Thread.Sleep(1); } public void AppendLiteral(string s) { } public void AppendFormatted<T>(T t) { } }
        [InterpolatedStringHandler] ref struct H2 { public H2(int l, int f) { } public void AppendLiteral(string s) { Thread.Sleep(1); } public void AppendFormatted<T>(T t) { } }
        [InterpolatedStringHandler] ref struct H3 { public H3(int l, int f, bool flag, out bool go) { go = flag; } public bool AppendLiteral(string s) => true; public bool AppendFormatted<T>(T t) { Thread.Sleep(1); return true; } }
        class BaseP(int i) { protected int I = i; }
        class BaseSlow { public BaseSlow(int i) { Thread.Sleep(1); } }
        class DerivedP(int i) : BaseSlow(i);
        class DerivedArg(int i) : BaseP(Slow.Do() + i);
        class DerivedInit : BaseP { public DerivedInit() : base(Slow.Do()) { } }
        class DerivedThis { public DerivedThis(int i) { Thread.Sleep(1); } public DerivedThis() : this(1) { } }
        class FieldInit { int _x = Slow.Do(); public FieldInit() { } public FieldInit(int i) : this() { } }
        class PropInit { public int X { get; } = Slow.Do(); }
        class StaticInit { public static int X = Slow.Do(); public static void Touch() { } }
        class StaticCtor { static StaticCtor() { Thread.Sleep(1); } public static void Touch() { } public static int X; public const int K = 1; public int Inst; public void InstM() { } public static event Action? Ev; public static int Prop { get; set; } }
        class Mid : BaseMid { } class BaseMid { protected BaseMid() { Thread.Sleep(1); } }
        class EvSlow { public event Action E { add { Thread.Sleep(1); } remove { Thread.Sleep(1); } } public event Action? Q; public void Raise() => Q?.Invoke(); }
        class Query { public Query Select(Func<int, int> f) { Thread.Sleep(1); return this; } public Query Where(Func<int, bool> f) => this; public Query Cast<T>() => this; }
        class Query2 { public Query2 Where(Func<int, bool> f) { f(1); return this; } public Query2 Select(Func<int, int> f) => this; }
        class Fld { public int X { get => field; set { Thread.Sleep(1); field = value; } } public int Lazy => field == 0 ? (field = Slow.Do()) : field; public int Ok { get => field; set => field = value; } }
        class FixedT { static int s; public ref int GetPinnableReference() { Thread.Sleep(1); return ref s; } }
        class Expl : IEnumerable<int> { IEnumerator<int> IEnumerable<int>.GetEnumerator() { Thread.Sleep(1); return null!; } IEnumerator IEnumerable.GetEnumerator() => null!; }
        partial class Part { public partial int P { get; set; } public partial void M(); public partial void M() => Thread.Sleep(1); public partial int P { get { Thread.Sleep(1); return 1; } set { } } public partial event Action Ev; public partial event Action Ev { add { Thread.Sleep(1); } remove { } } public partial Part(); public partial Part() { Thread.Sleep(1); } }
        """;

    private const string Helpers = """
        SpinLock _l = new(false); int _n; bool _b;
        void L() { bool t = false; _l.Enter(ref t); } void U() => _l.Exit();
        IEnumerable<int> It() { Thread.Sleep(1); yield return 1; }
        static void TakeInt(int i) { }
        static void PSpan(params ReadOnlySpan<int> s) { }
        static void PSlow(params Built s) { }
        static void PArr(params int[] s) { }
        static void T(H1 h) { } static void TT(H2 h) { } void T33(bool f, [InterpolatedStringHandlerArgument("f")] H3 h) { }
        string? _s; string? NS { get; set { Thread.Sleep(1); field = value; } }
        static void Quick() { }
        """;

    /// <summary>Members of a class in which <c>L</c> takes a spin lock and <c>U</c> releases it.</summary>
    private static Task Verified(string members) => Spec.Code(Types + "\nunsafe partial class C\n{\n" + Helpers + "\n" + members + "\n}\n");

    /// <summary>Also with an extension for an enumerator, parts of each element, and iterators; arrays, strings and spans are index loops.</summary>
    [Fact]
    public Task Foreach() => Verified("""
        void F1(Seq s) { L(); foreach (var x in {|LCX1001:s|}) { } U(); }
        void F2(SeqExt s) { L(); foreach (var x in {|LCX1001:s|}) { } U(); }
        void F3(SeqMove s) { L(); foreach (var x in {|LCX1001:s|}) { } U(); }
        void F4(int[] a, string s, Span<int> sp, ReadOnlySpan<char> rs, int[,] m) { L(); foreach (var x in a) _n++; foreach (var c in s) _n++; foreach (var x in sp) _n++; foreach (var c in rs) _n++; foreach (var x in m) _n++; U(); }
        void F5(Pairs ps) { L(); foreach (var (a, (b, c)) in {|LCX1001:ps|}) { } U(); }
        void F5b(P1[] ps) { L(); foreach (var (a, b) in {|LCX1001:ps|}) { } U(); }
        void F6(SlowConv[] ps) { L(); foreach (int i in {|LCX1001:ps|}) { } U(); }
        void F7(Expl e) { L(); foreach (int i in {|LCX1010:{|LCX1001:e|}|}) { } U(); }
        void F8(List<int> l, Dictionary<int,int> d) { L(); foreach (var x in l) _n++; foreach (var (k, v) in d) _n++; U(); }
        void F9() { L(); foreach (var x in {|LCX1001:It()|}) { } U(); }
        void F10() { L(); var e = It(); U(); }
        void F11() { L(); using var e = It().GetEnumerator(); {|LCX1001:e.MoveNext()|}; U(); }
        """);

    [Fact]
    public Task Using() => Verified("""
        void U1() { L(); using (var d = {|LCX1001:new Disp()|}) { } U(); }
        void U2() { L(); { using var d = {|LCX1001:new Disp()|}; } U(); }
        void U3() { L(); using ({|LCX1001:new RefDisp()|}) { } U(); }
        void U4() { L(); using (var d = new QuickD()) { } U(); }
        void U5(Disp? x) { L(); using ({|LCX1001:x|}) { } U(); }
        void U6() { using var d = new Disp(); L(); _n++; U(); }
        """);

    [Fact]
    public Task Deconstruction() => Verified("""
        void D1(P p) { L(); var (a, (b, c)) = {|LCX1001:p|}; U(); }
        void D2(R r) { L(); var (a, b) = {|LCX1001:r|}; U(); }
        void D3((P1, int) t) { L(); var ((a, b), c) = {|LCX1001:t|}; U(); }
        void D4((SlowConv, int) t) { L(); (int a, int b) = {|LCX1001:t|}; U(); }
        void D5((int, int) t, Props p) { L(); ({|LCX1001:p.Slow|}, _n) = t; U(); }
        void D6((int, int) t, Props p) { L(); (p.Quick, _n) = t; (var a, var b) = t; U(); }
        void D7(Props p) { L(); ({|LCX1001:p[1]|}, _n) = (1, 2); U(); }
        void D8(KeyValuePair<int,int> kv) { L(); var (a, b) = kv; U(); }
        """);

    [Fact]
    public Task Operators_and_conversions() => Verified("""
        void O1(SV? a, SV? b) { L(); _ = {|LCX1001:a + b|}; U(); }
        void O2(SV a, SV b) { L(); _ = checked({|LCX1001:a - b|}); _ = a - b; U(); }
        void O3((SV, int) a, (SV, int) b) { L(); _ = {|LCX1001:a == b|}; U(); }
        void O3b((SV, (int, SV)) a, (SV, (int, SV)) b) { L(); _ = {|LCX1001:a != b|}; U(); }
        void O3c((int, int) a, (int, int) b) { L(); _ = a == b; U(); }
        void O4(SV? a) { L(); int? i = {|LCX1001:a|}; U(); }
        void O5(SV a) { L(); {|LCX1001:a++|}; U(); }
        void O6(SV? a) { L(); _ = {|LCX1001:-a|}; U(); }
        void O7(SV a) { L(); _ = {|LCX1001:a << 1|}; U(); }
        void O8(SV a) { L(); {|LCX1001:a >>>= 1|}; U(); }
        void T1(TF a) { L(); if ({|LCX1001:a|}) { } U(); }
        void T2(TF a, TF b) { L(); _ = {|LCX1001:a|} && b; U(); }
        void T3(TF a, TF b) { L(); while ({|LCX1001:a || b|}) { } U(); }
        void T4(TF a) { L(); _n = {|LCX1001:a|} ? 1 : 2; U(); }
        void T5(TF a) { L(); do { } while ({|LCX1001:a|}); U(); }
        void T6(TF a) { L(); for (; {|LCX1001:a|}; ) { } U(); }
        void OC(SlowConv c) { L(); switch ({|LCX1001:(int)c|}) { case 1: break; } U(); }
        void OC2(SlowConv c) { L(); TakeInt({|LCX1001:c|}); U(); }
        int OC3(SlowConv c) { L(); try { return {|LCX1001:c|}; } finally { U(); } }
        void OC4(SlowConv c) { L(); int[] a = new int[] { {|LCX1001:c|} }; U(); }
        void OC5(SlowConv c, int[] a) { L(); _n = a[{|LCX1001:(int)c|}]; U(); }
        void OC6(SlowConv c) { L(); _n += {|LCX1001:c|}; U(); }
        void OC7(SlowConv c, bool b) { L(); _n = b ? {|LCX1001:c|} : 1; U(); }
        void OC8(SlowConv? c) { L(); _n = {|LCX1001:c|} ?? 1; U(); }
        void OC9(SlowConv c, int n) { L(); _n = n switch { 1 => {|LCX1001:c|}, _ => 2 }; U(); }
        """);

    [Fact]
    public Task With_expressions_and_equality_of_records() => Verified("""
        void W1(Rec r) { L(); _ = {|LCX1001:r with { X = 1 }|}; U(); }
        void W2(RecQ r) { L(); _ = r with { X = 1 }; U(); }
        void W3(PlainS s) { L(); _ = s with { {|LCX1001:X|} = 1 }; U(); }
        void W4(RecEq a, RecEq b) { L(); _ = {|LCX1001:a == b|}; U(); }
        """);

    [Fact]
    public Task Object_and_collection_initialisers() => Verified("""
        void I1() { L(); _ = new Props { {|LCX1001:Slow|} = 1 }; U(); }
        void I2() { L(); _ = new Props { Quick = 1 }; U(); }
        void I3() { L(); _ = new Props { {|LCX1001:Inner|} = { Quick = 1 } }; U(); }
        void I4() { L(); _ = new Props { {|LCX1001:[1]|} = 2 }; U(); }
        void I5() { L(); _ = new Props { Bag = { {|LCX1001:1|} } }; U(); }
        void I7() { L(); _ = new Bag { {|LCX1001:{ 1, 2 }|} }; U(); }
        void I8() { L(); _ = new BagExt { {|LCX1001:1|} }; U(); }
        void I9() { L(); _ = new List<int> { 1, 2 }; U(); }
        """);

    [Fact]
    public Task Collection_expressions_and_params() => Verified("""
        void X1() { L(); Bag b = {|LCX1001:[1]|}; U(); }
        void X2() { L(); Built b = {|LCX1001:[1]|}; U(); }
        void X3(Seq s) { L(); int[] b = [..{|LCX1001:s|}]; U(); }
        void X4(SlowConv s) { L(); int[] b = [{|LCX1001:s|}]; U(); }
        void X5(int[] s, List<int> l) { L(); int[] b = [..s, ..l]; U(); }
        void X6() { L(); Built b = {|LCX1001:[]|}; U(); }
        void X7() { L(); BagExt b = {|LCX1001:[1]|}; U(); }
        void X8() { L(); Bag b = []; U(); }
        void X9() { L(); Span<int> b = [{|LCX1001:Slow.Do()|}]; U(); }
        void X10() { L(); int[] b = [.. {|LCX1001:It()|}]; U(); }
        void X11(SlowConv c) { L(); PSpan({|LCX1001:c|}); U(); }
        void X12() { L(); {|LCX1001:PSlow(1)|}; U(); }
        void X13() { L(); PSpan(1, 2); PArr(1, 2); U(); }
        """);

    [Fact]
    public Task Patterns() => Verified("""
        void Pa1(Props p) { L(); _ = p is { {|LCX1001:Slow|}: 1 }; U(); }
        void Pa2(Props p) { L(); _ = p is { {|LCX1001:Inner|}.Quick: 1 }; U(); }
        void Pa3(Props p) { L(); switch (p) { case { {|LCX1001:Slow|}: 1 }: break; } U(); }
        void Pa4(Props p) { L(); _n = p switch { { {|LCX1001:Slow|}: 1 } => 1, _ => 2 }; U(); }
        void Pa5(P1 p) { L(); _n = p switch { {|LCX1001:(1, 2) => 1|}, _ => 2 }; U(); }
        void Pa6(object p) { L(); if ({|LCX1001:p is P1(1, 2)|}) { } U(); }
        void Pa7(ListPat p) { L(); if (p is {|LCX1001:[1, ..]|}) { } U(); }
        void Pa8(ListPat2 p) { L(); if (p is {|LCX1001:[1, ..]|}) { } U(); }
        void Pa9(ListPat3 p) { L(); if (p is {|LCX1001:[1, ..]|}) { } U(); }
        void Pa10(ListPat4 p) { L(); if (p is [1, {|LCX1001:.. var rest|}]) { } U(); }
        void Pa10b(ListPat4 p) { L(); if (p is [1, ..]) { } U(); }
        void Pa10c(ListPat2 p) { L(); if (p is [..]) { } U(); }
        void Pa11(int[] p, string s) { L(); if (p is [1, .., 2] && s is ['a', ..]) { } U(); }
        void Pa12(Props p) { L(); if (p is { Quick: 1, InnerQ: { Quick: 2 } }) { } U(); }
        void Pa13(Props p) { L(); if (p is not { {|LCX1001:Slow|}: > 1 } or { Quick: 1 }) { } U(); }
        void Pa14(ListPat p) { L(); switch (p) { case {|LCX1001:[1]|}: break; } U(); }
        void Pa15(object o) { L(); _n = o switch { string { Length: 1 } => 1, Props { {|LCX1001:Slow|}: 2 } => 2, _ => 3 }; U(); }
        void Pa16((Props, int) t) { L(); if (t is ({ {|LCX1001:Slow|}: 1 }, 2)) { } U(); }
        void Pa17(ITuple t) { L(); if (t is (1, 2)) { } U(); }
        """);

    [Fact]
    public Task Indices_and_ranges() => Verified("""
        void R1(Sliced s) { L(); _ = {|LCX1001:s[^1]|}; U(); }
        void R2(Sliced s) { L(); _ = {|LCX1001:s[1..]|}; U(); }
        void R3(int[] a, string s, Span<int> sp) { L(); _n = a[^1]; _ = sp[1..]; _n = s[^1]; U(); }
        void R4(ListPat2 s) { L(); _ = {|LCX1001:s[^1]|}; U(); }
        """);

    [Fact]
    public Task Interpolation_handlers() => Verified("""
        void In1() { L(); T({|LCX1001:$"a{_n}"|}); U(); }
        void In2() { L(); TT($"{|LCX1001:a|}{_n}"); U(); }
        void In3() { L(); T33(true, $"a{|LCX1001:{_n}|}"); U(); }
        void In4() { L(); H2 h = $"{|LCX1001:a|}"; U(); }
        void In5() { L(); T({|LCX1001:$"a{{|LCX1001:Slow.Do()|}}"|}); U(); }
        """);

    [Fact]
    public Task Constructors_and_initialisers() => Verified("""
        void K1() { L(); _ = {|LCX1001:new DerivedP(1)|}; U(); }
        void K2() { L(); _ = {|LCX1001:new DerivedArg(1)|}; U(); }
        void K3() { L(); _ = {|LCX1001:new DerivedInit()|}; U(); }
        void K4() { L(); _ = {|LCX1001:new DerivedThis()|}; U(); }
        void K5() { L(); _ = {|LCX1001:new FieldInit(1)|}; U(); }
        void K6() { L(); _ = {|LCX1001:new PropInit()|}; U(); }
        void K7() { L(); _ = {|LCX1001:new Mid()|}; U(); }
        void K8() { L(); {|LCX1001:StaticInit.Touch()|}; U(); }
        void K9() { L(); {|LCX1001:StaticCtor.X|} = 1; U(); }
        void K10() { L(); {|LCX1001:StaticCtor.Ev += () => { }|}; U(); }
        void K11() { L(); {|LCX1001:StaticCtor.Prop|} = 1; U(); }
        void K12(StaticCtor s) { L(); s.Inst = 1; s.InstM(); _n = StaticCtor.K; U(); }
        void K13() { L(); fixed (int* p = &{|LCX1001:StaticCtor.X|}) { } U(); }
        void K14() { L(); Action a = StaticCtor.Touch; U(); }
        void K15() { L(); var x = {|LCX1001:new Part()|}; U(); }
        """);

    [Fact]
    public Task Events() => Verified("""
        void E1(EvSlow e, Action a) { L(); {|LCX1001:e.E += a|}; U(); }
        void E2(EvSlow e, Action a) { L(); {|LCX1001:e.E -= a|}; U(); }
        void E3(EvSlow e, Action a) { L(); e.Q += a; e.Q -= a; U(); }
        """);

    [Fact]
    public Task Queries() => Verified("""
        void Q1(Query q) { L(); var r = from x in q {|LCX1001:select x + 1|}; U(); }
        void Q2(Query2 q) { L(); var r = from x in q where {|LCX1001:Slow.Do()|} == x select x; U(); }
        void Q3(Query2 q) { L(); var r = from x in q where x > 1 select x; U(); }
        """);

    [Fact]
    public Task Accessors_with_a_field_of_their_own() => Verified("""
        void FK(Fld f) { L(); {|LCX1001:f.X|} = 1; _n = f.X; f.Ok = 1; _n = f.Ok; U(); }
        void FK2(Fld f) { L(); _n = {|LCX1001:f.Lazy|}; U(); }
        """);

    [Fact]
    public Task Pinning() => Verified("""
        void Fx(FixedT f) { L(); fixed (int* p = {|LCX1001:f|}) { } U(); }
        """);

    [Fact]
    public Task Partial_members() => Verified("""
        void Pt(Part p) { L(); {|LCX1001:p.M()|}; U(); }
        void Pt2(Part p) { L(); _n = {|LCX1001:p.P|}; p.P = 1; U(); }
        void Pt3(Part p, Action a) { L(); {|LCX1001:p.Ev += a|}; U(); }
        """);

    [Fact]
    public Task Null_conditional_access_and_assignment() => Verified("""
        void N1(Props? p) { L(); _ = p?{|LCX1001:.Slow|}; U(); }
        void N2(Props? p) { L(); p?{|LCX1001:.Slow|} = 1; U(); }
        void N3(Props? p) { L(); p?.Quick = {|LCX1001:Slow.Do()|}; U(); }
        void N4(Props? p) { L(); p?{|LCX1001:[1]|} = 2; U(); }
        void N5(Props? p) { L(); p?{|LCX1001:.Slow|} += 2; U(); }
        void N6(Props p) { L(); {|LCX1001:p.Slow|}++; U(); }
        void N7(Props p) { L(); {|LCX1001:p[1]|} += 2; U(); }
        void N8() { L(); _s ??= "a"; {|LCX1001:NS|} ??= "b"; U(); }
        void N9(EvSlow? e, Action a) { L(); e?{|LCX1001:.E += a|}; U(); }
        """);

    [Fact]
    public Task Functions_and_delegates_put_together() => Verified("""
        void LF() { L(); void Loc() => Thread.Sleep(1); {|LCX1001:Loc()|}; U(); }
        void LF2() { L(); void Loc() => Thread.Sleep(1); U(); Loc(); }
        void LF3() { L(); Action a = () => Thread.Sleep(1); {|LCX1001:a()|}; U(); }
        void LF4() { L(); Action a = () => Thread.Sleep(1); U(); a(); }
        void LF5() { Action a = () => Thread.Sleep(1); a += () => { }; L(); {|LCX1001:a()|}; U(); }
        void LF6() { Action a = () => { }; a += () => Thread.Sleep(1); L(); {|LCX1001:a()|}; U(); }
        void LF7() { Action a = Quick; a += () => Thread.Sleep(1); a -= Quick; L(); a?{|LCX1001:.Invoke()|}; U(); }
        void LF8() { Action a = Quick + (Action)(() => Thread.Sleep(1)); L(); {|LCX1001:a()|}; U(); }
        """);

    [Fact]
    public Task Compound_assignment() => Verified("""
        void Cmp(SV a, SV b) { L(); {|LCX1001:a += b|}; U(); }
        void Cmp2(SlowConv c) { L(); long x = 1; x += c; U(); }
        void Lock1(object o) { L(); lock ({|LCX1002:o|}) { } U(); }
        """);
}
