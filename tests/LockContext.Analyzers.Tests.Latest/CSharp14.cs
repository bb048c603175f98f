using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Latest;

/// <summary>Members of extension blocks, operators of instances, assignment behind a question mark.</summary>
[Trait("Policy", "Hidden calls")]
public class CSharp14
{
    private const string Types = """
        using System.Runtime.CompilerServices;
        class T { public int X; public int F; }
        static class Ext {
          extension(T t) { public int SlowP { get { Thread.Sleep(1); return 1; } set { Thread.Sleep(1); } } public void SlowM() { Thread.Sleep(1); } public int QuickP => 1; public static int SlowS() { Thread.Sleep(1); return 1; } public static int SlowSP => SlowImpl(); public static T operator +(T a, T b) { Thread.Sleep(1); return a; } public static T operator -(T a, T b) => a; }
          extension<V>(List<V> l) { public V SlowG() { Thread.Sleep(1); return l[0]; } }
          extension(ref S s) { public void operator *=(int i) { Thread.Sleep(1); } }
          static int SlowImpl() { Thread.Sleep(1); return 1; }
        }
        struct S { public int N; }
        class Cnt { int _v; public void operator +=(int n) { Thread.Sleep(1); _v += n; } public void operator -=(int n) { _v -= n; } public void operator ++() { Thread.Sleep(1); } public void operator --() { } public void operator checked -=(int n) { Thread.Sleep(1); } }
        class Lck { }
        static class LckExt { extension(C c) { public void Take() { c.L(); } public void Give() { c.U(); } public int WithLock { get { c.L(); {|LCX1001:Thread.Sleep(1)|}; c.U(); return 1; } } } }
        class Props2 { public event Action? Ev { add { Thread.Sleep(1); } remove { } } public Props2? Next; public int Slow { get => 1; set { Thread.Sleep(1); } } public Cnt C = new(); }
        """;

    private const string Helpers = """
        SpinLock _l = new(false); int _n; bool _b;
        public void L() { bool t = false; _l.Enter(ref t); } public void U() => _l.Exit();
        static void Do(Action a) => a();
        """;

    /// <summary>Members of a class in which <c>L</c> takes a spin lock and <c>U</c> releases it.</summary>
    private static Task Verified(string members) => Spec.Code(Types + "\npartial class C\n{\n" + Helpers + "\n" + members + "\n}\n");

    [Fact]
    public Task Members_and_operators() => Verified("""
        void E1(T t) { L(); _n = {|LCX1001:t.SlowP|}; U(); }
        void E2(T t) { L(); {|LCX1001:t.SlowP|} = 1; U(); }
        void E3(T t) { L(); {|LCX1001:t.SlowM()|}; U(); }
        void E4(T t) { L(); _n = t.QuickP; U(); }
        void E5() { L(); _n = {|LCX1001:T.SlowS()|}; U(); }
        void E6() { L(); _n = {|LCX1001:T.SlowSP|}; U(); }
        void E7(T a, T b) { L(); _ = {|LCX1001:a + b|}; _ = a - b; U(); }
        void E8(List<int> l) { L(); {|LCX1001:l.SlowG()|}; U(); }
        void E9(T t) { Action a = t.SlowM; L(); {|LCX1001:a()|}; U(); }
        void E10(T t) { L(); Do({|LCX1001:t.SlowM|}); U(); }
        void E11(T t) { L(); Func<int> f = T.SlowS; {|LCX1001:f()|}; U(); }
        void E12(T t) { L(); {|LCX1001:t.SlowP|}++; U(); }
        void E13(T? t) { L(); t?{|LCX1001:.SlowP|} = 2; U(); }
        void E14(S s) { L(); {|LCX1001:s *= 2|}; U(); }
        void E15(T t) { L(); if (t is { {|LCX1001:SlowP|}: 1 }) { } U(); }
        void E16() { L(); _ = new T { {|LCX1001:SlowP|} = 1 }; U(); }
        void E17() { L(); {|LCX1001:Ext.SlowM(new T())|}; U(); }
        void E18(T t) { Ext.get_QuickP(t); L(); {|LCX1001:Ext.get_SlowP(t)|}; U(); }
        void E19(T t) { L(); {|LCX1001:Task.Run(t.SlowM)|}; U(); }
        void O1(Cnt c) { L(); {|LCX1001:c += 1|}; c -= 1; U(); }
        void O2(Cnt c) { L(); {|LCX1001:c++|}; c--; U(); }
        void O3(Cnt c) { L(); checked { {|LCX1001:c -= 1|}; } U(); }
        void O4(Props2 p) { L(); {|LCX1001:p.C += 1|}; U(); }
        void O5(Props2? p) { L(); p?{|LCX1001:.C += 1|}; U(); }
        void N1(Props2? p, Action a) { L(); p?{|LCX1001:.Ev += a|}; p?.Ev -= a; U(); }
        void N2(Props2? p) { L(); p?.Next?{|LCX1001:.Slow|} = 1; U(); }
        void K1() { this.Take(); {|LCX1001:Thread.Sleep(1)|}; this.Give(); Thread.Sleep(1); }
        void K2() { this.Take(); if (_b) { this.Give(); return; } this.Give(); }
        void K3() { {|LCX2001:this.Take()|}; if (_b) return; this.Give(); }
        void Lam() { L(); var f = (out int x) => { Thread.Sleep(1); x = 1; }; {|LCX1001:f(out _n)|}; U(); }
        void Sp(string[] s) { L(); ReadOnlySpan<string> r = s; Use(s); U(); } void Use(ReadOnlySpan<string> s) { }
        """);
}
