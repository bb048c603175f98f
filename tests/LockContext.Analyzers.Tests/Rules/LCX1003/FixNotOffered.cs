using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Rules.LCX1003;

public class FixNotOffered
{
    [Theory]
    [InlineData("1")]
    [InlineData("flags == 0 ? 0 : 1")]
    [InlineData("_count")]
    public Task Unless_the_order_is_surely_0(string order) => FixTest.NoFixAsync($"    {{|LCX1003:Pages.Alloc(GfpFlags.Kernel, {order})|}};");

    [Fact]
    public Task Unless_the_enum_has_NoLocks()
    {
        const string source = """
            using LockContext;
            [AllocationFlags] enum Flags { [AllocationFlag(AllocationBehavior.DirectReclaim)] Kernel = 1, NoLocks = 2 }
            static class C
            {
                [Allocates] static void Alloc(Flags flags) { }
                static void M() => {|LCX1003:Alloc(Flags.Kernel)|};
            }
            """;
        return FixTest.SourceAsync(source, source);
    }

    [Fact]
    public Task For_a_wrapper_of_another_order() => NoFixForWrapperAsync("void* Get(GfpFlags passed) => Pages.Alloc(passed, 3);");

    [Fact]
    public Task For_a_wrapper_that_does_not_cope_with_failure() =>
        NoFixForWrapperAsync("void* Get(GfpFlags passed) { var p = Pages.AllocBytes(passed, 0); *p = 1; return p; }");

    [Fact]
    public Task For_a_wrapper_that_is_virtual() => NoFixForWrapperAsync("protected virtual void* Get(GfpFlags passed) => Pages.Alloc(passed, 0);");

    [Theory]
    [InlineData("passed & ~GfpFlags.NoLocks")]
    [InlineData("passed /* NoLocks */ | GfpFlags.Kernel")]
    [InlineData("passed /* NoLocks */ = GfpFlags.Zero")]
    public Task For_a_wrapper_that_changes_the_flags(string flags) =>
        NoFixForWrapperAsync($"void* Get(GfpFlags passed) => Pages.Alloc({flags}, 0);");

    [Fact]
    public Task For_a_wrapper_that_allocates_elsewhere() => NoFixForWrapperAsync("GfpFlags _flags; void* Get(GfpFlags passed) { _flags = passed; return null; }");

    private static Task NoFixForWrapperAsync(string wrapper)
    {
        string source = FixTest.InClass(wrapper + "\nvoid M() { {|LCX1003:Get(GfpFlags.Kernel)|}; }");
        return FixTest.SourceAsync(source, source);
    }

    [Fact]
    public Task Where_evaluation_would_change() => FixTest.NoFixAsync("""
            if (_count > 0 && Pages.Sum({|LCX1003:Pages.Alloc(GfpFlags.Kernel, 0)|}) > 0)
                _count++;
        """);

    [Fact]
    public Task In_the_condition_of_a_loop() => FixTest.NoFixAsync("""
            while (Pages.Sum({|LCX1003:Pages.Alloc(GfpFlags.Kernel, 0)|}) > 0)
                _count++;
        """);

    [Fact]
    public Task In_a_field_initialiser()
    {
        string source = FixTest.InClass("int _sum = Pages.Sum({|LCX1003:Pages.Alloc(GfpFlags.Kernel, 0)|});");
        return FixTest.SourceAsync(source, source);
    }

    [Theory]
    [InlineData("void Get(GfpFlags flags, out byte* p) => p = null;", "{|LCX1003:Get(GfpFlags.Kernel, out var p)|}; *p = 1;")]
    [InlineData("bool Get(GfpFlags flags, out byte* p) { p = null; return false; }", "{|LCX1003:Get(GfpFlags.Kernel, out var p)|}; *p = 1;")]
    public Task Where_memory_is_handed_out_unseen(string allocator, string use)
    {
        string source = FixTest.InClass($"[LockContext.Allocates] {allocator}\nvoid M() {{ {use} }}");
        return FixTest.SourceAsync(source, source);
    }

    [Fact]
    public Task Where_nothing_says_how_to_ask_for_failure()
    {
        const string source = """
            using LockContext;
            using Memory;
            struct Block { public int Length; }
            static class C
            {
                [Allocates] static Block Alloc(GfpFlags flags) => default;
                static int M() => {|LCX1003:Alloc(GfpFlags.Kernel)|}.Length;
            }
            """;
        return FixTest.SourceAsync(source, source);
    }
}
