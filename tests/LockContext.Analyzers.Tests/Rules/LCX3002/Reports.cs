using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Rules.LCX3002;

public class Reports
{
    [Theory]
    [InlineData("[RawAtomic]", "[Sleepable]")]
    [InlineData("[RawAtomic]", "[ContextLimit(WaitClass.Config)]")]
    [InlineData("[RawAtomic]", "[WaitsForGracePeriod]")]
    [InlineData("[ContextLimit(WaitClass.Spin)]", "[ContextLimit(WaitClass.Config)]")]
    [InlineData("[ContextLimit(WaitClass.Config)]", "[Sleepable]")]
    [InlineData("[NoGracePeriodWait]", "[WaitsForGracePeriod]")]
    [InlineData("[NoReclaim, RawAtomic]", "[Sleepable]")]
    public Task Weaker_words(string promised, string own) => Spec.Code($$"""
        abstract class B { {{promised}} public abstract void M(); {{promised}} public virtual int P => 1; }
        class D : B { {{own}} public override void {|LCX3002:M|}() { } {{own}} public override int {|LCX3002:P|} => 1; }
        """);

    [Fact]
    public Task Of_every_kind_of_member() => Spec.Code("""
        interface I
        {
            [RawAtomic] void M();
            [RawAtomic] int P { get; set; }
            int Q { get; [RawAtomic] set; }
            [RawAtomic] event Action E;
            [RawAtomic] int this[int i] { get; }
            [RawAtomic] static abstract void S();
            [RawAtomic] void Default() { }
        }
        class Implicit : I
        {
            [Sleepable] public void {|LCX3002:M|}() { }
            [Sleepable] public int {|LCX3002:P|} { get; set; }
            public int {|LCX3002:Q|} { get; [Sleepable] set; }
            [Sleepable] public event Action {|LCX3002:E|} { add { } remove { } }
            [Sleepable] public int {|LCX3002:this|}[int i] => 1;
            [Sleepable] public static void {|LCX3002:S|}() { }
            [Sleepable] public void {|LCX3002:Default|}() { }
        }
        abstract class Explicit : I
        {
            [Sleepable] void I.{|LCX3002:M|}() { }
            [Sleepable] int I.{|LCX3002:P|} { get => 1; set { } }
            int I.{|LCX3002:Q|} { get => 1; [Sleepable] set { } }
            [Sleepable] event Action I.{|LCX3002:E|} { add { } remove { } }
            [Sleepable] int I.{|LCX3002:this|}[int i] => 1;
            [Sleepable] static void I.{|LCX3002:S|}() { }
        }
        interface J : I { [Sleepable] void I.{|LCX3002:Default|}() { } }
        struct Value<T> : IG<T> { [Sleepable] public void {|LCX3002:G|}<U>(T t, U u) { } }
        interface IG<T> { [RawAtomic] void G<U>(T t, U u); }
        """);

    [Fact]
    public Task Of_a_promise_further_up_or_of_the_whole_type() => Spec.Code("""
        abstract class A { [RawAtomic] public abstract void M(); }
        class B : A { public override void M() { } }
        class D : B { [Sleepable] public override void {|LCX3002:M|}() { } }
        [RawAtomic] interface I { void N(); }
        class C : I { [Sleepable] public void {|LCX3002:N|}() { } }
        """);

    [Fact]
    public Task By_the_attribute_of_its_type() => Spec.Code("""
        abstract class B { [RawAtomic] public abstract void M(); }
        [Sleepable] class D : B { public override void {|LCX3002:M|}() { } }
        [Sleepable] partial class E : B { }
        partial class E { public override void {|LCX3002:M|}() { } }
        """);

    [Fact]
    public Task By_an_implementation_that_a_base_class_supplies() => Spec.Files(
        "interface I { [RawAtomic] void M(); } class B { [Sleepable] public void M() { } }",
        "class {|LCX3002:C|} : B, I { } class D : C { }").RunAsync();

    [Fact]
    public Task Message() => Spec.Code("""
        abstract class B { [RawAtomic] public abstract void M(); }
        class D : B { [Sleepable] public override void {|#0:M|}() { } }
        """,
        Verify.Diagnostic("LCX3002").WithLocation(0).WithMessage(
            "'D.M' is [Sleepable] but stands for 'B.M', which is [RawAtomic]: whoever calls it through that relies on the promise; keep it, or take it from 'B.M'"));

    [Fact]
    public Task The_two_parts_of_a_partial_method_are_one_member() => Spec.Code("""
        partial class C { [RawAtomic] partial void M(); }
        partial class C { [{|LCX3001:Sleepable|}] partial void M() { } }
        """);
}
