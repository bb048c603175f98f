using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Attributes;

/// <summary><c>[RawAtomic]</c> on every target it may stand on: the body is checked.</summary>
public class RawAtomicTargets
{
    private const string Sleep = "{|LCX1001:Thread.Sleep(1)|};";

    [Theory]
    [InlineData($$"""[RawAtomic] void M() { {{Sleep}} }""")]
    [InlineData("[RawAtomic] void M() => {|LCX1001:Thread.Sleep(1)|};")]
    [InlineData($$"""[RawAtomic] static int M<T>(T t) { {{Sleep}} return 1; }""")]
    [InlineData($$"""[RawAtomic] C(int i) { {{Sleep}} }""")]
    [InlineData($$"""[RawAtomic] static C() { {{Sleep}} }""")]
    [InlineData($$"""[RawAtomic] ~C() { {{Sleep}} }""")]
    [InlineData($$"""[RawAtomic] int P { get { {{Sleep}} return 1; } set { {|LCX1001:Thread.Sleep(2)|}; } }""")]
    [InlineData("[RawAtomic] int P => {|LCX1001:Slow()|};")]
    [InlineData($$"""int P { [RawAtomic] get { {{Sleep}} return 1; } set { Thread.Sleep(1); } }""")]
    [InlineData($$"""int P { get { Thread.Sleep(1); return 1; } [RawAtomic] set { {{Sleep}} } }""")]
    [InlineData("int P { [RawAtomic] get => {|LCX1001:Slow()|}; init => Thread.Sleep(1); }")]
    [InlineData($$"""[RawAtomic] int this[int i] { get { {{Sleep}} return 1; } }""")]
    [InlineData($$"""[RawAtomic] event Action E { add { {{Sleep}} } remove { } }""")]
    [InlineData($$"""event Action E { [RawAtomic] add { {{Sleep}} } remove { Thread.Sleep(1); } }""")]
    [InlineData($$"""[RawAtomic] public static C operator +(C a, C b) { {{Sleep}} return a; }""")]
    [InlineData($$"""[RawAtomic] public static implicit operator int(C a) { {{Sleep}} return 1; }""")]
    [InlineData($$"""[RawAtomic] public static explicit operator long(C a) { {{Sleep}} return 1; }""")]
    [InlineData($$"""void M() { [RawAtomic] void Local() { {{Sleep}} } Thread.Sleep(1); Local(); }""")]
    [InlineData($$"""void M() { Action a = [RawAtomic] () => { {{Sleep}} }; Thread.Sleep(1); a(); }""")]
    [InlineData("void M() { Action a = [RawAtomic] static () => {|LCX1001:Thread.Sleep(1)|}; a(); }")]
    public Task Members(string member) => Spec.Members(member + " static int Slow() { Thread.Sleep(1); return 1; }");

    [Fact]
    public Task A_type_covers_what_is_declared_in_it() => Spec.Code("""
        [RawAtomic]
        class C
        {
            readonly int _i = {|LCX1001:Slow.Value()|};
            C() { {|LCX1001:Thread.Sleep(1)|}; }
            void M() { {|LCX1001:Thread.Sleep(1)|}; }
            int P { get { {|LCX1001:Thread.Sleep(1)|}; return 1; } }
            void Lambda() { Action a = () => {|LCX1001:Thread.Sleep(1)|}; }
            void Local() { void L() { {|LCX1001:Thread.Sleep(1)|}; } }
            class Nested { void M() => Thread.Sleep(1); }
        }

        class Slow { public static int Value() { Thread.Sleep(1); return 1; } }
        """);

    [Theory]
    [InlineData("struct")]
    [InlineData("record")]
    [InlineData("record struct")]
    [InlineData("ref struct")]
    [InlineData("static class")]
    public Task Every_kind_of_type(string kind) => Spec.Code($$"""
        [RawAtomic] {{kind}} T { static void M() { {|LCX1001:Thread.Sleep(1)|}; } }
        """);

    [Fact]
    public Task A_subclass_adds_what_it_wants() => Spec.Code("""
        [RawAtomic] class B { public virtual void M() { } }
        class D : B { void Own() => Thread.Sleep(1); }
        """);

    [Fact]
    public Task The_members_own_attribute_beats_the_types() => Spec.Code("""
        [RawAtomic]
        class C
        {
            [Sleepable] void M() => Thread.Sleep(1);
            [NoReclaim] void N() => Thread.Sleep(1);
            void O() => {|LCX1001:Thread.Sleep(1)|};
        }
        """);

    [Fact]
    public Task A_primary_constructor() => Spec.Code("""
        [RawAtomic]
        class C(int i)
        {
            readonly int _i = {|LCX1001:Slow.Value(i)|};
        }

        class Slow { public static int Value(int i) { Thread.Sleep(1); return i; } }
        """);

    [Fact]
    public Task A_part_of_a_partial_method()
    {
        var test = Spec.Files(
            "partial class P { [RawAtomic] public partial void M(); }",
            "partial class P { public partial void M() => {|LCX1001:Thread.Sleep(1)|}; }");
        return test.RunAsync();
    }

    [Fact]
    public Task A_part_of_a_partial_type()
    {
        var test = Spec.Files("[RawAtomic] partial class P { }", "partial class P { void M() => {|LCX1001:Thread.Sleep(1)|}; }");
        return test.RunAsync();
    }
}
