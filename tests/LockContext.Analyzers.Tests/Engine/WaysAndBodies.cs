using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Engine;

/// <summary>Ways through a body, and who runs what when.</summary>
public class WaysAndBodies
{
    private const string Types = """
        using System.Runtime.CompilerServices;
        static class Slow { public static int Do() { Thread.Sleep(1); return 1; } [DoesNotReturn] public static void Throw() { Thread.Sleep(1); throw new Exception(); } public static Exception Make() { Thread.Sleep(1); return new Exception(); } [DoesNotReturn] public static int ThrowInt() { Thread.Sleep(1); throw new Exception(); }
          public static void ThrowIf([DoesNotReturnIf(true)] bool b) { if (b) { Thread.Sleep(1); throw new Exception(); } }
          public static int Helper(bool b) => b ? 1 : throw Make(); }
        class Props { public int Slow { get { Thread.Sleep(1); return 1; } set { Thread.Sleep(1); } } public int SetSlow { get => 1; set { Thread.Sleep(1); } } public string? SetSlowS { get => null; set { Thread.Sleep(1); } } public int GetSlow { get { Thread.Sleep(1); return 1; } set { } } public int this[int i] { get => 1; set { Thread.Sleep(1); } } public int X; public Action? A; }
        struct Aw { public A2 GetAwaiter() { Thread.Sleep(1); return default; } } struct A2 : INotifyCompletion { public bool IsCompleted => true; public void OnCompleted(Action a) { } public void GetResult() { } }
        struct Aw3 { public A3 GetAwaiter() => default; } struct A3 : INotifyCompletion { public bool IsCompleted { get { Thread.Sleep(1); return true; } } public void OnCompleted(Action a) { } public void GetResult() { } }
        struct Aw4 { public A4 GetAwaiter() => default; } struct A4 : INotifyCompletion { public bool IsCompleted => false; public void OnCompleted(Action a) { Thread.Sleep(1); } public void GetResult() { } }
        struct Aw5 { public A5 GetAwaiter() => default; } struct A5 : ICriticalNotifyCompletion { public bool IsCompleted => false; public void OnCompleted(Action a) { Thread.Sleep(1); } public void UnsafeOnCompleted(Action a) {  } public void GetResult() { Thread.Sleep(1); } }
        class AD : IAsyncDisposable { public ValueTask DisposeAsync() { Thread.Sleep(1); return default; } }
        class AE { public AEn GetAsyncEnumerator() { Thread.Sleep(1); return new(); } } class AEn { public int Current => 1; public ValueTask<bool> MoveNextAsync() => default; }
        class AE2 { public AEn2 GetAsyncEnumerator() => new(); } class AEn2 { public int Current => 1; public ValueTask<bool> MoveNextAsync() { Thread.Sleep(1); return default; } }
        static class AwExt { public static A2 GetAwaiter(this string s) { Thread.Sleep(1); return default; } }
        class MyEx : Exception { }
        interface IShape { static abstract void Draw(); void Def() { Thread.Sleep(1); } static virtual void V() { Thread.Sleep(1); } }
        class Sq : IShape { public static void Draw() => Thread.Sleep(1); }
        class GenM<T> where T : IShape, new() { public static void Run() { T.Draw(); } }
        class Base0 { public virtual void V() { } public virtual int P => 1; } class Der0 : Base0 { public override void V() => Thread.Sleep(1); public override int P { get { Thread.Sleep(1); return 1; } } }
        class Lzy { public static readonly Lazy<int> L = new(() => { Thread.Sleep(1); return 1; }); }
        """;

    private const string Helpers = """
        SpinLock _l = new(false); int _n; bool _b, _c; string? _s; readonly object _gate = new();
        void L() { bool t = false; _l.Enter(ref t); } void U() => _l.Exit();
        static void Log(int i) { }
        IEnumerable<int> It() { Thread.Sleep(1); yield return 1; } IEnumerable<int> It2() { yield return 1; Thread.Sleep(1); yield return 2; } IEnumerable<int> It3(bool wait) { if (wait) Thread.Sleep(1); yield return 1; } IEnumerable<int> Wrap() => It2(); IEnumerable<int> Deleg() { foreach (var x in It()) yield return x; }
        IEnumerable<int> ItL() { L(); try { _n = 1; } finally { U(); } yield return 1; }
        void Dg(Action a) { }
        static void St() => Thread.Sleep(1);
        Action? _ev; event Action? Ev;
        ref struct G { C c; public G(C c) { this.c = c; c.L(); } public void Dispose() => c.U(); }
        [Conditional("NOPE")] static void Cond(int i) { Thread.Sleep(1); }
        """;

    /// <summary>Members of a class in which <c>L</c> takes a spin lock and <c>U</c> releases it.</summary>
    private static Task Verified(string members) => Spec.Code(Types + "\npartial class C\n{\n" + Helpers + "\n" + members + "\n}\n");

    /// <summary>The graph keeps the place in a temporary while the value branches.</summary>
    [Fact]
    [Trait("Policy", "Ways through a body")]
    public Task Places_written_by_branching_values() => Verified("""
        void A1(Props p) { L(); {|LCX1001:p.SetSlow|} = _b ? 1 : 2; U(); }
        void A2(Props p) { L(); {|LCX1001:p.SetSlowS|} ??= "a"; U(); }
        void A3(Props p) { L(); p.GetSlow = _b ? 1 : 2; U(); }
        void A4(Props p) { L(); {|LCX1001:p[1]|} = _b ? 1 : 2; U(); }
        void A5(Props p) { L(); {|LCX1001:p.SetSlow|} += _b ? 1 : 2; U(); }
        void A6(bool b) { bool t = false; t = b ? true : false; if (t) L(); if (t) U(); }
        void A7(bool b, bool c) { bool t = true; t = b ? c : b; if (t) { L(); {|LCX1001:Thread.Sleep(1)|}; U(); } }
        void A8(bool b, bool c) { bool t = true; t = b ? c : b; if (!t) { L(); {|LCX1001:Thread.Sleep(1)|}; U(); } }
        void A9(bool b, bool c) { if (!_b) return; _b = b ? c : b; if (!_b) { L(); {|LCX1001:Thread.Sleep(1)|}; U(); } }
        void A10(Props p) { L(); (_n, p.X) = (p.X, _n); U(); }
        void A11(Props p) { L(); (_n, p.X) = ({|LCX1001:p.GetSlow|}, _n); U(); }
        void A12() { if (!_b) return; (_b, _c) = (_c, _b); if (!_b) { L(); {|LCX1001:Thread.Sleep(1)|}; U(); } }
        void A13() { bool a, b; (a, b) = (false, true); if (a) Thread.Sleep(1); L(); if (a) Thread.Sleep(1); if (b) {|LCX1001:Thread.Sleep(1)|}; U(); }
        """);

    [Fact]
    [Trait("Policy", "Throw paths")]
    public Task Ways_that_end_in_a_throw() => Verified("""
        void T1() { L(); if (_b) Slow.Throw(); U(); }
        void T3() { L(); if (_b) { Log(Slow.Do()); Slow.Throw(); } U(); }
        void T4() { L(); _n = Slow.Helper(_b); U(); }
        void T5() { L(); _n = _b ? 1 : Slow.ThrowInt(); U(); }
        void T6() { L(); Slow.ThrowIf(_b); U(); }
        void T8() { L(); ArgumentNullException.ThrowIfNull(_s); U(); }
        void T9() { L(); Environment.FailFast("a" + Slow.Do()); }
        void T10() { L(); if (_b) Local(); U(); [DoesNotReturn] void Local() { Thread.Sleep(1); throw new Exception(); } }
        void T11() { L(); if (_b) Local(); U(); void Local() { Thread.Sleep(1); throw new Exception(); } }
        """);

    [Fact]
    [Trait("Policy", "Hidden calls")]
    public Task Filters() => Verified("""
        void Fi1() { try { L(); try { _n = int.Parse("1"); } finally { U(); } } catch (Exception) when ({|LCX1001:Slow.Do()|} == 1) { } }
        void Fi2() { try { L(); try { _n = 1; } finally { U(); } } catch (Exception) when (Slow.Do() == 1) { } }
        void Fi3() { L(); try { _n = int.Parse("1"); } catch (Exception) when (_b) { U(); Thread.Sleep(1); return; } U(); }
        void Fi4() { L(); try { _n = int.Parse("1"); } catch (Exception e) when (e is MyEx) { {|LCX1001:Thread.Sleep(1)|}; } U(); }
        """);

    [Fact]
    [Trait("Policy", "Async")]
    public Task Async() => Verified("""
        async Task As1() { await new Aw(); } void S1() { L(); _ = {|LCX1001:As1()|}; U(); }
        async Task As3() { await new Aw3(); } void S3() { L(); _ = {|LCX1001:As3()|}; U(); }
        async Task As4() { await new Aw4(); } void S4() { L(); _ = {|LCX1001:As4()|}; U(); }
        async Task As5() { await new Aw5(); } void S5() { L(); _ = As5(); U(); }
        async Task As6() { await "a"; } void S6() { L(); _ = {|LCX1001:As6()|}; U(); }
        async Task As7() { await using var d = new AD(); } void S7() { L(); _ = {|LCX1001:As7()|}; U(); }
        async Task As8() { await foreach (var x in new AE()) { } } void S8() { L(); _ = {|LCX1001:As8()|}; U(); }
        async Task As9() { await foreach (var x in new AE2()) { } } void S9() { L(); _ = {|LCX1001:As9()|}; U(); }
        async Task As10() { await Task.Delay(1).ConfigureAwait(false); Thread.Sleep(1); } void S10() { L(); _ = As10(); U(); }
        async ValueTask As11() { Thread.Sleep(1); await default(ValueTask); } void S11() { L(); _ = {|LCX1001:As11()|}; U(); }
        async Task As12() { await foreach (var x in Gen()) { Thread.Sleep(1); } } async IAsyncEnumerable<int> Gen() { await Task.Yield(); yield return 1; Thread.Sleep(1); } void S12() { L(); _ = As12(); U(); }
        async IAsyncEnumerable<int> Gen2() { Thread.Sleep(1); yield return 1; } void S13() { L(); _ = Gen2(); U(); }
        async Task As14() { await foreach (var x in Gen2()) { } } void S14() { L(); _ = {|LCX1001:As14()|}; U(); }
        async Task As15() { await Other(); } async Task Other() { Thread.Sleep(1); await Task.Yield(); } void S15() { L(); _ = {|LCX1001:As15()|}; U(); }
        async Task As16() { var t = Other(); await t; } void S16() { L(); {|LCX1001:As16()|}; U(); }
        async Task As17() { L(); {|LCX1008:{|LCX1001:await new Aw()|}|}; U(); }
        void S18() { L(); var x = async () => { await Task.Yield(); Thread.Sleep(1); }; _ = x(); U(); }
        void S19() { L(); var x = async () => { Thread.Sleep(1); await Task.Yield(); }; _ = {|LCX1001:x()|}; U(); }
        """);

    [Fact]
    [Trait("Policy", "Async")]
    public Task Iterators() => Verified("""
        void I1() { L(); foreach (var x in {|LCX1001:It2()|}) { } U(); }
        void I2() { L(); foreach (var x in It3(false)) { } U(); }
        void I3() { L(); foreach (var x in {|LCX1001:It3(true)|}) { } U(); }
        void I4() { L(); foreach (var x in {|LCX1001:Wrap()|}) { } U(); }
        void I5() { L(); foreach (var x in {|LCX1001:Deleg()|}) { } U(); }
        void I6() { var s = It(); L(); foreach (var x in {|LCX1001:s|}) { } U(); }
        void I7() { IEnumerator<int> e = It2().GetEnumerator(); L(); while ({|LCX1001:e.MoveNext()|}) _n = e.Current; U(); }
        void I8() { L(); _ = Wrap(); var x = Deleg(); U(); foreach (var y in x) { } }
        void I9() { foreach (var x in ItL()) { Thread.Sleep(1); } }
        void I10() { L(); foreach (var x in {|LCX1001:Loc()|}) { } U(); IEnumerable<int> Loc() { Thread.Sleep(1); yield return 1; } }
        """);

    [Fact]
    [Trait("Policy", "Indirect calls")]
    public Task Interfaces_generics_and_overrides() => Verified("""
        void G2(Sq s) { L(); {|LCX1001:((IShape)s).Def()|}; U(); }
        void G3() { L(); {|LCX1001:Sq.Draw()|}; U(); }
        void G4(Base0 b) { L(); {|LCX1001:b.V()|}; U(); }
        void G5(Base0 b) { L(); _n = {|LCX1001:b.P|}; U(); }
        void G6<T>() where T : IShape { L(); {|LCX1001:T.Draw()|}; U(); }
        """);

    [Fact]
    [Trait("Policy", "Higher-order")]
    public Task Delegates() => Verified("""
        void H1() { L(); Dg(() => Thread.Sleep(1)); U(); }
        void H2() { L(); new List<int>().ForEach(x => {|LCX1001:Thread.Sleep(1)|}); U(); }
        void H5(Props p) { L(); p.A = () => Thread.Sleep(1); {|LCX1001:p.A()|}; U(); }
        void H6() { L(); Action a = St; {|LCX1001:a()|}; U(); }
        void H7() { L(); Action a = new Action(St); {|LCX1001:a.Invoke()|}; U(); }
        void H8() { L(); Array.ForEach(new[] { 1 }, x => {|LCX1001:St()|}); U(); }
        void H9() { L(); var f = (int i = 0) => Slow.Do(); {|LCX1001:f()|}; U(); }
        """);

    [Fact]
    [Trait("Policy", "Ways through a body")]
    public Task Jumps_and_guards() => Verified("""
        void Sw(object o) { L(); switch (o) { case int i when {|LCX1001:Slow.Do()|} == i: break; } U(); }
        void Go() { L(); goto x; x: {|LCX1001:Thread.Sleep(1)|}; U(); }
        void LockThis() { lock (_gate) { Thread.Sleep(1); } }
        """);

    [Fact]
    public Task Plain_code() => Verified("""
        void Str(string s) { L(); _n = s.Length; foreach (var c in s.AsSpan()) _n++; U(); }
        void Interp() { L(); _s = $"{_n} {_b}"; U(); }
        void UsingLock() { using (new G(this)) { {|LCX1001:Thread.Sleep(1)|}; } Thread.Sleep(1); }
        void UsingLock2() { using var g = new G(this); {|LCX1001:Thread.Sleep(1)|}; }
        void UsingLock3() { var g = new G(this); g.Dispose(); Thread.Sleep(1); }
        """);

    [Fact]
    [Trait("Policy", "Throw paths")]
    public Task Left_out() => Verified("""
        void Cn() { L(); Cond(Slow.Do()); _s = nameof(Slow.Do); Debug.Assert(Slow.Do() == 1); U(); }
        partial void Nothing(int i); void Pn() { L(); Nothing(Slow.Do()); U(); }
        void ArrInit() { L(); int[] a = { {|LCX1001:Slow.Do()|} }; U(); }
        void Ternary() { L(); _n = true ? 1 : Slow.Do(); U(); }
        void ConstIf() { L(); if (false) { Thread.Sleep(1); } U(); }
        void Q1(int[] xs) { L(); var q = from x in xs where Slow.Do() == x select x; U(); }
        """);
}
