using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Attributes;

/// <summary><c>[Sleepable]</c> on every target: the callers are told, whatever the body does today.</summary>
public class Sleepable
{
    [Theory]
    [InlineData("{|LCX1001:Method()|};")]
    [InlineData("{|LCX1001:Generic(1)|};")]
    [InlineData("_ = {|LCX1001:new Nested(1)|};")]
    [InlineData("_n = {|LCX1001:Property|};")]
    [InlineData("{|LCX1001:Property|} = 1;")]
    [InlineData("_n = {|LCX1001:Getter|}; Getter = 1;")]
    [InlineData("_n = {|LCX1001:this[1]|};")]
    [InlineData("_ = {|LCX1001:a + a|};")]
    [InlineData("_n = {|LCX1001:a|};")]
    [InlineData("{|LCX1001:OfType.M()|};")]
    [InlineData("OfType.Quick();")]
    [InlineData("OfType.Nested.M();")]
    [InlineData("[Sleepable] void Local() { } {|LCX1001:Local()|};")]
    [InlineData("var f = [Sleepable] () => { }; {|LCX1001:f()|};")]
    public Task On_a(string statement) => Spec.Held("Nested a = null!; " + statement, """
        [Sleepable] static void Method() { }
        [Sleepable] static void Generic<T>(T t) { }
        [Sleepable] int Property { get => 1; set { } }
        int Getter { [Sleepable] get => 1; set { } }
        [Sleepable] int this[int i] => 1;
        class Nested
        {
            [Sleepable] public Nested(int i) { }
            [Sleepable] public static Nested operator +(Nested a, Nested b) => a;
            [Sleepable] public static implicit operator int(Nested a) => 1;
        }
        [Sleepable] class OfType
        {
            public static void M() { }
            [RawAtomic] public static void Quick() { }
            public class Nested { public static void M() { } }
        }
        """);

    [Fact]
    public Task Its_own_body_is_free() => Spec.Members("[Sleepable] void M() { Thread.Sleep(1); lock (_gate) { } }");

    [Fact]
    public Task In_a_referenced_assembly()
    {
        var test = Spec.Files("class C { SpinLock _l = new(false); void M() { bool t = false; _l.Enter(ref t); {|LCX1001:Library.Save()|}; Library.Post(); Library.Other(); _l.Exit(); } }");
        test.TestState.AdditionalReferences.Add(ReferenceAssemblies.Compile(
            "Library", "public static class Library { [LockContext.Sleepable] public static void Save() { } [LockContext.RawAtomic] public static void Post() { } public static void Other() { } }"));
        return test.RunAsync();
    }

    [Fact]
    public Task In_a_referenced_project()
    {
        var test = Spec.Files("class C { SpinLock _l = new(false); void M() { bool t = false; _l.Enter(ref t); {|LCX1001:Library.Save()|}; Library.Hidden(); _l.Exit(); } }");
        test.TestState.AdditionalReferences.Add(ReferenceAssemblies.CompileAsProject(
            "Library", "public static class Library { [LockContext.Sleepable] public static void Save() { } public static void Hidden() => System.Threading.Thread.Sleep(1); }"));
        return test.RunAsync();
    }
}
