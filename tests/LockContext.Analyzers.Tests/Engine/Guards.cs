using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Engine;

/// <summary>Objects whose disposal releases a lock, declared or found by their <c>Dispose</c>.</summary>
[Trait("Policy", "Guards")]
public class Guards
{
    [Theory]
    [InlineData("using (_hot.EnterScope()) { {|LCX1001:Thread.Sleep(1)|}; } Thread.Sleep(1);")]
    [InlineData("{ using var s = _hot.EnterScope(); {|LCX1001:Thread.Sleep(1)|}; } Thread.Sleep(1);")]
    [InlineData("using (var s = _hot.EnterScope()) { if (_n == 0) return; {|LCX1001:Thread.Sleep(1)|}; } Thread.Sleep(1);")]
    [InlineData("var s = _hot.EnterScope(); try { {|LCX1001:Thread.Sleep(1)|}; } finally { s.Dispose(); } Thread.Sleep(1);")]
    [InlineData("lock (_hot) { {|LCX1001:Thread.Sleep(1)|}; } Thread.Sleep(1);")]
    public Task The_scope_of_Lock(string statements) => Spec.Members($$"""
        [LockClass(Inner = WaitClass.Spin)] private readonly Lock _hot = new();
        void M() { {{statements}} }
        """);

    private const string Declared = """
        [LockClass(Outer = WaitClass.Spin)]
        class Ticket
        {
            [Acquires] public void Take() { }
            [Releases] public void Give() { }
            [Acquires(Scope = true)] public Scope Enter() => new(this);
            public readonly struct Scope(Ticket t) : IDisposable { public void Dispose() => t.Give(); }
        }
        """;

    [Theory]
    [InlineData("using (_t.Enter()) { {|LCX1001:Thread.Sleep(1)|}; } Thread.Sleep(1);")]
    [InlineData("using var s = _t.Enter(); {|LCX1001:Thread.Sleep(1)|};")]
    [InlineData("var s = _t.Enter(); {|LCX1001:Thread.Sleep(1)|}; s.Dispose(); Thread.Sleep(1);")]
    [InlineData("var s = _t.Enter(); var moved = s; {|LCX1001:Thread.Sleep(1)|}; moved.Dispose(); Thread.Sleep(1);")]
    [InlineData("using (Begin()) { {|LCX1001:Thread.Sleep(1)|}; } Thread.Sleep(1);")]
    [InlineData("using (_t.Enter()) using (_u.Enter()) { } Thread.Sleep(1);")]
    [InlineData("using (_t.Enter()) { using ({|LCX2003:_t.Enter()|}) { } }")]
    public Task A_declared_scope(string statements) => Spec.Code($$"""
        {{Declared}}

        class C
        {
            readonly Ticket _t = new(), _u = new();
            Ticket.Scope Begin() => _t.Enter();
            void M() { {{statements}} }
        }
        """);

    [Theory]
    [InlineData("var (g, _) = Pair(); {|LCX1001:Thread.Sleep(1)|}; g.Dispose(); Thread.Sleep(1);")]
    [InlineData("var (_, (g, _)) = Nested(); {|LCX1001:Thread.Sleep(1)|}; g.Dispose(); Thread.Sleep(1);")]
    [InlineData("var p = Pair(); {|LCX1001:Thread.Sleep(1)|}; p.Item1.Dispose(); Thread.Sleep(1);")]
    [InlineData("var p = Named(); using (p.guard) { {|LCX1001:Thread.Sleep(1)|}; } Thread.Sleep(1);")]
    [InlineData("(Ticket.Scope Guard, int N) p = (_t.Enter(), 1); p.Guard.Dispose(); Thread.Sleep(1);")]
    [InlineData("Ticket.Scope g; int n; (g, n) = (_t.Enter(), 1); {|LCX1001:Thread.Sleep(n)|}; g.Dispose(); Thread.Sleep(1);")]
    [InlineData("var (g, h) = (_t.Enter(), _u.Enter()); h.Dispose(); {|LCX1001:Thread.Sleep(1)|}; g.Dispose(); Thread.Sleep(1);")]
    public Task A_guard_in_a_tuple(string statements) => Spec.Code($$"""
        {{Declared}}

        class C
        {
            readonly Ticket _t = new(), _u = new();
            (Ticket.Scope, int) Pair() => (_t.Enter(), 1);
            (Ticket.Scope guard, int n) Named() { var g = _t.Enter(); return (g, 2); }
            (int, (Ticket.Scope, int)) Nested() => (1, Pair());
            void M() { {{statements}} }
        }
        """);

    [Theory]
    [InlineData("using (new Guard(ref _l)) { {|LCX1001:Thread.Sleep(1)|}; } Thread.Sleep(1);")]
    [InlineData("{ using var g = new Guard(ref _l); {|LCX1001:Thread.Sleep(1)|}; } Thread.Sleep(1);")]
    [InlineData("using (new Guard(ref _l)) { using (new Guard(ref _l2)) { _n++; } }")]
    [InlineData("using (new Guard(ref _l)) { using ({|LCX2003:new Guard(ref _l)|}) { _n++; } }")]
    public Task A_ref_struct_that_takes_and_releases(string statements) => Spec.Members($$"""
        ref struct Guard
        {
            private readonly ref SpinLock _lock;
            public Guard(ref SpinLock l) { _lock = ref l; bool t = false; l.Enter(ref t); }
            public void Dispose() => _lock.Exit();
        }
        void M() { {{statements}} }
        """);

    [Fact]
    public Task A_guard_that_remembers_whether_it_took_the_lock() => Spec.Members("""
        ref struct Guard
        {
            private readonly ref SpinLock _lock;
            private bool _taken;
            public Guard(ref SpinLock l) { _lock = ref l; _taken = false; l.Enter(ref _taken); }
            public void Dispose() { if (_taken) { _taken = false; _lock.Exit(); } }
        }
        void M() { using (new Guard(ref _l)) { {|LCX1001:Thread.Sleep(1)|}; } Thread.Sleep(1); }
        """);

    [Fact]
    public Task A_guard_returned_hands_the_lock_on() => Spec.Code($$"""
        {{Declared}}

        class C
        {
            readonly Ticket _t = new();
            Ticket.Scope Begin() { var s = _t.Enter(); return s; }
        }
        """);

    /// <summary>While an object is made nobody else sees it, so what its constructor has stored in its fields outlives the calls in between.</summary>
    [Theory]
    [InlineData("_owner = owner; owner.Take();")]
    [InlineData("_owner = owner; _owner.Take();")]
    [InlineData("_owner = owner; bool taken = false; _owner._l.Enter(ref taken);")]
    [InlineData("owner.Take(); _owner = owner;")]
    public Task A_guard_that_stores_its_owner_before_it_takes(string constructor) => Spec.Code($$"""
        class C
        {
            public SpinLock _l = new(false);
            public void Take() { bool taken = false; _l.Enter(ref taken); }
            public void Give() => _l.Exit();
            void Explicit() { var g = new Guard(this); {|LCX1001:Thread.Sleep(1)|}; g.Dispose(); Thread.Sleep(1); }
            void Scoped() { using (var g = new Guard(this)) {|LCX1001:Thread.Sleep(1)|}; Thread.Sleep(1); }
            void OfAnother(C other) { var g = new Guard(other); {|LCX1001:Thread.Sleep(1)|}; g.Dispose(); Thread.Sleep(1); }
        }

        ref struct Guard
        {
            private C _owner;
            public Guard(C owner) { {{constructor}} }
            public void Dispose() => _owner.Give();
        }
        """);

    /// <summary>Moved, handed to a helper, kept in a field, boxed, behind an interface, in a tuple, with an owner that may be null: disposing it gives the lock back.</summary>
    [Fact]
    public Task Wherever_it_goes() => Spec.Code("""
        class C {
          public SpinLock _l = new(false); int _n; bool _b; G _field; GC1? _stored;
          public void L() { bool t = false; _l.Enter(ref t); } public void U() => _l.Exit();
          struct G : IDisposable { readonly C c; public G(C c) { this.c = c; c.L(); } public void Dispose() => c.U(); }
          sealed class GC1 : IDisposable { C? _c; public GC1(C c) { _c = c; c.L(); } public void Dispose() { _c?.U(); _c = null; } }
          ref struct RG { ref SpinLock l; public RG(ref SpinLock x) { l = ref x; bool t = false; l.Enter(ref t); } public void Dispose() => l.Exit(); }
          struct Opt : IDisposable { readonly C? c; public Opt(C? c) { this.c = c; c?.L(); } public void Dispose() { if (c != null) c.U(); } }
          void A1() { var g = new G(this); var h = g; h.Dispose(); Thread.Sleep(1); }
          G Make() => new G(this);
          void A2() { using var g = Make(); {|LCX1001:Thread.Sleep(1)|}; }
          void A3() { var g = Make(); Help(g); Thread.Sleep(1); } static void Help(G g) => g.Dispose();
          void A4() { var g = Make(); HelpRef(ref g); Thread.Sleep(1); } static void HelpRef(ref G g) => g.Dispose();
          void A5() { _field = new G(this); _field.Dispose(); Thread.Sleep(1); }
          void A6() { _field = new G(this); {|LCX1001:Thread.Sleep(1)|};
             _field.Dispose(); }
          async Task A7() { var g = new G(this); g.Dispose(); await Task.Yield(); Thread.Sleep(1); }
          async Task A8() { using (new G(this)) { _n++; } await Task.Yield(); }
          async Task A9() { using (new G(this)) { {|LCX1008:await Task.Yield()|}; } }
          void A10() { using var g = new RG(ref _l); {|LCX1001:Thread.Sleep(1)|}; }
          void A11() { using (new RG(ref _l)) { _n++; } Thread.Sleep(1); }
          void A12() { GC1 g = new(this); try { _n++; } finally { g.Dispose(); } Thread.Sleep(1); }
          void A13() { _stored = new GC1(this); {|LCX1001:Thread.Sleep(1)|};
             _stored.Dispose(); Thread.Sleep(1); }
          void A14() { G g; if (_b) g = new G(this); else g = Make(); g.Dispose(); Thread.Sleep(1); }
          void A15() { G? g = null; if (_b) g = new G(this); g?.Dispose(); Thread.Sleep(1); }
          void A16() { GC1? g = _b ? new GC1(this) : null; g?.Dispose(); Thread.Sleep(1); }
          void A17() { var (g, n) = (new G(this), 1); g.Dispose(); Thread.Sleep(1); }
          void A18() { using IDisposable g = new G(this); {|LCX1001:Thread.Sleep(1)|}; }
          void A19() { IDisposable g = new G(this); g.Dispose(); Thread.Sleep(1); }
          void A20() { foreach (var i in new[] { 1 }) { using var g = new G(this); if (i == 0) continue; _n++; } Thread.Sleep(1); }
          bool TryG(out G g) { if (_b) { g = new G(this); return true; } g = default; return false; }
          void A21() { if (TryG(out var g)) { {|LCX1001:Thread.Sleep(1)|};
             g.Dispose(); } Thread.Sleep(1); }
          void A22() { using (var g = _b ? new GC1(this) : null) { } Thread.Sleep(1); }
          void A23() { using var o = new Opt(this); {|LCX1001:Thread.Sleep(1)|}; }
          void A24() { using (var o = new Opt(null)) { Thread.Sleep(1); } Thread.Sleep(1); }
          Lock _k = new(); void A26() { var s = _k.EnterScope(); s.Dispose(); Thread.Sleep(1); }
          async Task A27() { lock (_k) { _n++; } await Task.Yield(); }
          async Task A28() { { using var s = new G(this); _n++; } await Task.Yield(); Thread.Sleep(1); }
          void A30() { var g = new G(this); Action a = () => g.Dispose(); a(); Thread.Sleep(1); }
          void A31() { var g = new G(this); void Done() => g.Dispose(); Done(); Thread.Sleep(1); }
        }
        """);
}
