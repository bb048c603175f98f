using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Rules.LCX3002;

public class Silences
{
    [Theory]
    [InlineData("[RawAtomic]", "")]
    [InlineData("[RawAtomic]", "[RawAtomic]")]
    [InlineData("[RawAtomic]", "[NoReclaim]")]
    [InlineData("[RawAtomic]", "[ContextLimit(WaitClass.Spin)]")]
    [InlineData("[RawAtomic]", "[Trusted(\"measured\")]")]
    [InlineData("[Sleepable]", "[RawAtomic]")]
    [InlineData("[Sleepable]", "")]
    [InlineData("", "[Sleepable]")]
    [InlineData("", "[RawAtomic]")]
    [InlineData("[NoReclaim]", "[Sleepable]")]
    [InlineData("[NoReclaim]", "")]
    [InlineData("[ContextLimit(WaitClass.Config)]", "[RawAtomic]")]
    [InlineData("[ContextLimit(WaitClass.Config)]", "[ContextLimit(WaitClass.Spin)]")]
    [InlineData("[ContextLimit(WaitClass.Config)]", "[ContextLimit(WaitClass.Config)]")]
    [InlineData("[NoGracePeriodWait]", "[Sleepable]")]
    public Task As_much_or_more(string promised, string own) => Spec.Code($$"""
        abstract class B { {{promised}} public abstract void M(); {{promised}} public virtual int P => 1; }
        class D : B { {{own}} public override void M() { } {{own}} public override int P => 1; }
        interface I { {{promised}} void M(); {{promised}} static abstract void S(); }
        class C : I { {{own}} public void M() { } {{own}} public static void S() { } }
        class E : I { {{own}} void I.M() { } {{own}} static void I.S() { } }
        """);

    [Fact]
    public Task Members_that_stand_for_no_other() => Spec.Code("""
        class B { [RawAtomic] public virtual void M() { } [RawAtomic] public virtual void N(int i) { } }
        class D : B { [Sleepable] public new void M() { } [Sleepable] public void N(string s) { } }
        interface I { [RawAtomic] void M(); }
        class C : I { void I.M() { } [Sleepable] public void M() { } }
        """);

    [Fact]
    public Task A_sleepable_type_whose_members_stand_for_none_that_promises() => Spec.Code("""
        abstract class B { [RawAtomic] public abstract void M(); public abstract void N(); }
        [Sleepable] class D : B { [RawAtomic] public override void M() { } public override void N() { } public void O() => Thread.Sleep(1); }
        """);

    [Fact]
    public Task NoReclaim_and_waiting_are_two_things_and_both_are_inherited() => Spec.Code("""
        abstract class B { [NoReclaim] public abstract object M(); [RawAtomic] public abstract void N(); }
        class D : B
        {
            [Sleepable] public override object M() { Thread.Sleep(1); return {|LCX1009:new object()|}; }
            [NoReclaim] public override void N() { {|LCX1001:Thread.Sleep(1)|}; }
        }
        """);
}
