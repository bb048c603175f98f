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
}
