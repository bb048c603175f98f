using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Rules.LCX2003;

/// <summary>Spin locks written by hand: an attempt that is repeated until it succeeds, by the holder of the word or bit.</summary>
public class ByShape
{
    private const string Members = """
        sealed class W { public int S; public volatile int V; public const int L = 1;
         public void Lock() { while (Interlocked.CompareExchange(ref S, 1, 0) != 0) Thread.SpinWait(1); } public void Unlock() => Volatile.Write(ref S, 0); public bool Try() => Interlocked.CompareExchange(ref S, 1, 0) == 0; }
        sealed class B { public int S; const int L = 1;
         public void Lock() { while (true) { int s = S; if ((s & L) == 0 && Interlocked.CompareExchange(ref S, s | L, s) == s) return; Thread.SpinWait(1); } } public void Unlock() => Interlocked.And(ref S, ~L);
         public void LockOr() { while ((Interlocked.Or(ref S, L) & L) != 0) Thread.SpinWait(1); }
         public bool Try() { int s = S; return (s & L) == 0 && Interlocked.CompareExchange(ref S, s | L, s) == s; } }
        W w = new(), w2 = new(); B b = new(), b2 = new(); int _w; int _s; const int Bit = 4;
        void Helper() { b.Lock(); _n++; b.Unlock(); }
        void HelperW() { w.Lock(); _n++; w.Unlock(); }
        void Around() { b.Unlock(); Thread.SpinWait(1); b.Lock(); }
        void Retry() { for (int i = 0; i < 10; i++) if (b.Try()) return; b.Lock(); }
        sealed class R { int _owner; int _depth; public void Enter() { int me = Environment.CurrentManagedThreadId; if (_owner == me) { _depth++; return; } while (Interlocked.CompareExchange(ref _owner, me, 0) != 0) Thread.SpinWait(1); } public void Exit() { if (_depth > 0) { _depth--; return; } Volatile.Write(ref _owner, 0); } }
        sealed class R2 { int _state, _owner, _depth; public void Enter() { if (_owner == Environment.CurrentManagedThreadId) { _depth++; return; } while (Interlocked.CompareExchange(ref _state, 1, 0) != 0) Thread.SpinWait(1); _owner = Environment.CurrentManagedThreadId; } public void Exit() { if (_depth > 0) { _depth--; return; } _owner = 0; Volatile.Write(ref _state, 0); } }
        R r = new(); R2 r2 = new();
        void HelpR() { r2.Enter(); _n++; r2.Exit(); }
        sealed class Y { int _s; bool Try() => Interlocked.CompareExchange(ref _s, 1, 0) == 0; public void Enter() { while (!Try()) Thread.SpinWait(1); } public void Exit() => Volatile.Write(ref _s, 0); }
        Y y = new();
        struct SL { int _s; public void Enter() { var w = new SpinWait(); while (Interlocked.Exchange(ref _s, 1) == 1) w.SpinOnce(); } public void Exit() => Volatile.Write(ref _s, 0); }
        SL sl;

        """;

    private static Task Run(string method) => RuntimeSource.Members(Members + method);

    [Theory]
    [InlineData("void M() { b.Lock(); b2.Lock(); b2.Unlock(); b.Unlock(); b.Lock(); b.Unlock(); }")]
    [InlineData("void M() { b.Lock(); if (b.Try()) _n++; b.Unlock(); }")]
    [InlineData("void M() { b.Lock(); _n++; b.Unlock(); Helper(); }")]
    [InlineData("void M() { b.Lock(); Around(); b.Unlock(); }")]
    [InlineData("void M() { Retry(); b.Unlock(); }")]
    [InlineData("void M() { foreach (var x in new[] { b, b2 }) { x.Lock(); x.Unlock(); } }")]
    [InlineData("void M() { b.Lock(); if (_n > 3) { b.Unlock(); b.Lock(); } b.Unlock(); }")]
    [InlineData("void M() { bool got = b.Try(); if (!got) b.Lock(); b.Unlock(); }")]
    [InlineData("void M() { b.Lock(); try { _n++; } finally { b.Unlock(); } b.Lock(); b.Unlock(); }")]
    [InlineData("void M(B x, B y) { x.Lock(); y.Lock(); y.Unlock(); x.Unlock(); }")]
    [InlineData("void M(B x, B y) { x.Lock(); if (x != y) y.Lock(); if (x != y) y.Unlock(); x.Unlock(); }")]
    [InlineData("void M() { r.Enter(); r.Enter(); r.Exit(); r.Exit(); }")]
    [InlineData("void M() { r2.Enter(); r2.Enter(); r2.Exit(); r2.Exit(); }")]
    [InlineData("void M() { r2.Enter(); HelpR(); r2.Exit(); Thread.Sleep(1); }")]
    [InlineData("void M() { y.Enter(); y.Exit(); y.Enter(); y.Exit(); }")]
    public Task Not_taken_again(string method) => Run(method);

    [Theory]
    [InlineData("void M() { w.Lock(); {|LCX2003:w.Lock()|}; w.Unlock(); }")]
    [InlineData("void M() { b.Lock(); {|LCX2003:b.Lock()|}; b.Unlock(); }")]
    [InlineData("void M() { b.LockOr(); {|LCX2003:b.LockOr()|}; b.Unlock(); }")]
    [InlineData("void M() { if (b.Try()) {  {|LCX2003:b.Lock()|}; b.Unlock(); } }")]
    [InlineData("void M() { while (Interlocked.CompareExchange(ref _w, 1, 0) != 0) Thread.SpinWait(1); while ( {|LCX2003:Interlocked.CompareExchange(ref _w, 1, 0)|} != 0) Thread.SpinWait(1); Volatile.Write(ref _w, 0); }")]
    [InlineData("void M() { while ((Interlocked.Or(ref _s, Bit) & Bit) != 0) Thread.SpinWait(1); while (( {|LCX2003:Interlocked.Or(ref _s, Bit)|} & Bit) != 0) Thread.SpinWait(1); Interlocked.And(ref _s, ~Bit); }")]
    [InlineData("void M() { b.Lock(); {|LCX2003:Helper()|}; b.Unlock(); }")]
    [InlineData("void M() { w.Lock(); {|LCX2003:HelperW()|}; w.Unlock(); }")]
    [InlineData("void M() { y.Enter(); {|LCX2003:y.Enter()|}; y.Exit(); }")]
    [InlineData("void M() { sl.Enter(); {|LCX2003:sl.Enter()|}; sl.Exit(); }")]
    public Task Taken_again(string method) => Run(method);
}
