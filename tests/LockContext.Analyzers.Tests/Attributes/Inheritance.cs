using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Attributes;

/// <summary>A contract is inherited by overrides and implementations, whose bodies are then checked.</summary>
public class Inheritance
{
    [Fact]
    public Task By_an_override() => Spec.Code("""
        abstract class B { [RawAtomic] public abstract void M(); [RawAtomic] public virtual int P => 1; }
        class D : B
        {
            public override void M() => {|LCX1001:Thread.Sleep(1)|};
            public override int P { get { {|LCX1001:Thread.Sleep(1)|}; return 1; } }
        }
        class E : D { public override void M() => {|LCX1001:Thread.Sleep(1)|}; }
        """);

    [Fact]
    public Task By_an_override_of_an_override() => Spec.Code("""
        abstract class B { [RawAtomic] public abstract void M(); }
        class D : B { public override void M() { } }
        class E : D { public override void M() => {|LCX1001:Thread.Sleep(1)|}; }
        """);

    [Fact]
    public Task By_an_implicit_implementation() => Spec.Code("""
        interface I { [RawAtomic] void M(); int P { [RawAtomic] get; set; } [RawAtomic] event Action E; [RawAtomic] int this[int i] { get; } }
        class C : I
        {
            public void M() => {|LCX1001:Thread.Sleep(1)|};
            public int P { get { {|LCX1001:Thread.Sleep(1)|}; return 1; } set { Thread.Sleep(1); } }
            public event Action E { add { {|LCX1001:Thread.Sleep(1)|}; } remove { {|LCX1001:Thread.Sleep(1)|}; } }
            public int this[int i] { get { {|LCX1001:Thread.Sleep(1)|}; return 1; } }
        }
        """);

    [Fact]
    public Task By_an_explicit_implementation() => Spec.Code("""
        interface I { [RawAtomic] void M(); [RawAtomic] int P { get; } }
        class C : I
        {
            void I.M() => {|LCX1001:Thread.Sleep(1)|};
            int I.P { get { {|LCX1001:Thread.Sleep(1)|}; return 1; } }
            public void M() => Thread.Sleep(1);
        }
        """);

    [Fact]
    public Task By_an_implementation_that_a_base_class_supplies() => Spec.Code("""
        interface I { [RawAtomic] void M(); }
        class B { public virtual void M() { } }
        class C : B, I { public override void M() => {|LCX1001:Thread.Sleep(1)|}; }
        """);

    [Fact]
    public Task By_a_generic_implementation() => Spec.Code("""
        interface I<T> { [RawAtomic] void M(T t); [RawAtomic] void G<U>(U u); }
        class C : I<int>
        {
            public void M(int t) => {|LCX1001:Thread.Sleep(1)|};
            public void G<U>(U u) => {|LCX1001:Thread.Sleep(1)|};
        }
        class D<T> : I<T>
        {
            public void M(T t) => {|LCX1001:Thread.Sleep(1)|};
            public void G<U>(U u) { }
        }
        """);

    [Fact]
    public Task By_a_default_interface_method() => Spec.Code("""
        interface I { [RawAtomic] void M() => {|LCX1001:Thread.Sleep(1)|}; }
        interface J : I { void I.M() => {|LCX1001:Thread.Sleep(1)|}; }
        """);

    [Fact]
    public Task By_a_static_abstract_implementation() => Spec.Code("""
        interface I { [RawAtomic] static abstract void M(); }
        class C : I { public static void M() => {|LCX1001:Thread.Sleep(1)|}; }
        """);

    [Fact]
    public Task From_an_interface_type() => Spec.Code("""
        [RawAtomic] interface I { void M(); }
        class C : I { public void M() => {|LCX1001:Thread.Sleep(1)|}; public void Own() => Thread.Sleep(1); }
        """);

    [Fact]
    public Task Not_by_a_new_member_of_the_same_name() => Spec.Code("""
        class B { [RawAtomic] public virtual void M() { } }
        class D : B { public new void M() => Thread.Sleep(1); }
        """);

    [Fact]
    public Task Callers_see_it_through_every_way() => Spec.Code("""
        interface I { [Sleepable] void M(); }
        class B : I { public virtual void M() { } }
        class D : B { public override void M() { } }

        class C
        {
            [RawAtomic] void M(I i, B b, D d)
            {
                {|#0:i.M()|};
            }
            [RawAtomic] void N(B b) { {|#1:b.M()|}; }
            [RawAtomic] void O(D d) { {|#2:d.M()|}; }
        }
        """,
        Verify.Diagnostic("LCX1001").WithLocation(0),
        Verify.Diagnostic("LCX1001").WithLocation(1),
        Verify.Diagnostic("LCX1001").WithLocation(2));

    [Fact]
    public Task Of_a_lock_operation() => Spec.Code("""
        [LockClass(Outer = WaitClass.Spin)]
        interface ILock { [Acquires] void Enter(); [Releases] void Exit(); }
        class Mine : ILock { public void Enter() { } public void Exit() { } }

        class C { void M(Mine l) { l.Enter(); {|LCX1001:Thread.Sleep(1)|}; l.Exit(); Thread.Sleep(1); } }
        """);
}
