using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Engine;

/// <summary>Locks that a project declares in the vocabulary.</summary>
public class DeclaredLocks
{
    private const string Ticket = """
        [LockClass(Outer = WaitClass.Spin)]
        class Ticket
        {
            [Acquires] public void Take() { }
            [Acquires] public void Take([LockTaken] ref bool taken) => taken = true;
            [Releases] public void Give() { }
        }
        """;

    [Theory]
    [InlineData("_t.Take(); {|LCX1001:Thread.Sleep(1)|}; _t.Give(); Thread.Sleep(1);")]
    [InlineData("bool b = false; try { _t.Take(ref b); {|LCX1001:Thread.Sleep(1)|}; } finally { if (b) _t.Give(); } Thread.Sleep(1);")]
    [InlineData("Begin(); {|LCX1001:Thread.Sleep(1)|}; End(); Thread.Sleep(1);")]
    [InlineData("BeginOn(_node); {|LCX1001:Thread.Sleep(1)|}; _node.Ticket.Give(); Thread.Sleep(1);")]
    [InlineData("TakeThis(_t); {|LCX1001:Thread.Sleep(1)|}; _t.Give(); Thread.Sleep(1);")]
    [InlineData("_api.Begin(); {|LCX1001:Thread.Sleep(1)|}; _api.End(); Thread.Sleep(1);")]
    [InlineData("_api.Begin(); _t.Take(); _t.Give(); _api.End();")]
    [InlineData("Begin(); {|LCX2003:_t.Take()|}; End();")]
    [InlineData("BeginOn(_node); {|LCX2003:_node.Ticket.Take()|}; _node.Ticket.Give();")]
    [InlineData("Static.Enter(); {|LCX1001:Thread.Sleep(1)|}; Static.Exit(); Thread.Sleep(1);")]
    public Task Are_taken_by(string statements) => Spec.Code($$"""
        {{Ticket}}

        class Node { public readonly Ticket Ticket = new(); }

        public interface IApi { [Acquires("Gate")] void Begin(); [Releases("Gate")] void End(); internal Ticket Gate { get; } }

        [LockClass(Outer = WaitClass.Spin)]
        static class Static { [Acquires] public static void Enter() { } [Releases] public static void Exit() { } }

        class C
        {
            readonly Ticket _t = new();
            readonly Node _node = new();
            IApi _api = null!;
            [Acquires("_t")] void Begin() => _t.Take();
            [Releases("_t")] void End() => _t.Give();
            [Acquires("node.Ticket")] static void BeginOn(Node node) => node.Ticket.Take();
            [Acquires("ticket")] static void TakeThis(Ticket ticket) => ticket.Take();
            void M() { {{statements}} }
        }
        """);

    [Fact]
    public Task The_type_may_be_an_interface() => Spec.Code("""
        [LockClass(Outer = WaitClass.Spin)]
        interface ILock { [Acquires] void Enter(); [Releases] void Exit(); }

        class C { void M(ILock l) { l.Enter(); {|LCX1001:Thread.Sleep(1)|}; l.Exit(); Thread.Sleep(1); } }
        """);

    [Fact]
    public Task Inner_may_be_lower_than_outer() => Spec.Code("""
        [LockClass(Outer = WaitClass.Sleep, Inner = WaitClass.Spin)]
        class Hot { [Acquires] public void Enter() { } [Releases] public void Exit() { } }

        class C
        {
            readonly Hot _h = new();
            SpinLock _l = new(false);
            void M() { _h.Enter(); {|LCX1001:Thread.Sleep(1)|}; _h.Exit(); }
            void N() { bool t = false; _l.Enter(ref t); {|LCX1002:_h.Enter()|}; _h.Exit(); _l.Exit(); }
        }
        """);

    [Fact]
    public Task An_acquire_that_a_property_or_a_constructor_makes() => Spec.Code($$"""
        {{Ticket}}

        class C
        {
            readonly Ticket _t = new();
            Ticket Taken { [Acquires("_t")] get { _t.Take(); return _t; } }
            void M() { _ = Taken; {|LCX1001:Thread.Sleep(1)|}; _t.Give(); Thread.Sleep(1); }
        }
        """);
}
