using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Rules.LCX1003;

/// <summary>How the flags argument is rewritten.</summary>
public class FixFlags
{
    [Theory]
    [InlineData("GfpFlags.Kernel", "GfpFlags.NoLocks")]
    [InlineData("GfpFlags.NoWait", "GfpFlags.NoLocks")]
    [InlineData("GfpFlags.Atomic", "GfpFlags.NoLocks")]
    [InlineData("GfpFlags.None", "GfpFlags.NoLocks")]
    [InlineData("0", "GfpFlags.NoLocks")]
    [InlineData("default", "GfpFlags.NoLocks")]
    [InlineData("(GfpFlags)0xCC0", "GfpFlags.NoLocks")]
    [InlineData("GfpFlags.Kernel | GfpFlags.Zero", "GfpFlags.NoLocks | GfpFlags.Zero")]
    [InlineData("GfpFlags.Zero | GfpFlags.Kernel", "GfpFlags.Zero | GfpFlags.NoLocks")]
    [InlineData("GfpFlags.Zero", "GfpFlags.Zero | GfpFlags.NoLocks")]
    [InlineData("GfpFlags.DirectReclaim | GfpFlags.KswapdReclaim | GfpFlags.Zero", "GfpFlags.NoLocks | GfpFlags.Zero")]
    [InlineData("GfpFlags.Zero | GfpFlags.DirectReclaim | GfpFlags.KswapdReclaim", "GfpFlags.Zero | GfpFlags.NoLocks")]
    [InlineData("GfpFlags.Kernel | GfpFlags.NoFail | GfpFlags.Account", "GfpFlags.NoLocks | GfpFlags.Account")]
    [InlineData("(GfpFlags.Kernel | GfpFlags.NoFail) | GfpFlags.Zero", "GfpFlags.NoLocks | GfpFlags.Zero")]
    [InlineData("GfpFlags.NoFail", "GfpFlags.NoLocks")]
    [InlineData("GfpFlags.KernelZeroed", "GfpFlags.NoLocks | GfpFlags.Zero")]
    [InlineData("GfpFlags.Account | GfpFlags.KernelZeroed", "GfpFlags.Account | GfpFlags.NoLocks | GfpFlags.Zero")]
    [InlineData("GfpFlags.Kernel & ~GfpFlags.Io", "GfpFlags.NoLocks")]
    [InlineData("flags", "(flags & ~GfpFlags.Reclaim) | GfpFlags.NoLocks")]
    [InlineData("flags | GfpFlags.Zero", "(flags & ~GfpFlags.Reclaim) | GfpFlags.Zero | GfpFlags.NoLocks")]
    [InlineData("flags | GfpFlags.Kernel", "(flags & ~GfpFlags.Reclaim) | GfpFlags.NoLocks")]
    [InlineData("flags & GfpFlags.Zero", "flags & GfpFlags.Zero | GfpFlags.NoLocks")]
    [InlineData("flags & ~GfpFlags.DirectReclaim", "((flags & ~GfpFlags.DirectReclaim) & ~GfpFlags.KswapdReclaim) | GfpFlags.NoLocks")]
    [InlineData("flags == 0 ? GfpFlags.Kernel : GfpFlags.Atomic | GfpFlags.Zero", "flags == 0 ? GfpFlags.NoLocks : GfpFlags.NoLocks | GfpFlags.Zero")]
    [InlineData("Memory.GfpFlags.Kernel | GfpFlags.Zero", "Memory.GfpFlags.NoLocks | GfpFlags.Zero")]
    [InlineData("GfpFlags.Kernel /* may sleep */ | GfpFlags.Zero", "GfpFlags.NoLocks /* may sleep */ | GfpFlags.Zero")]
    [InlineData("GfpFlags.Zero | /* may sleep */ GfpFlags.Kernel", "GfpFlags.Zero | /* may sleep */ GfpFlags.NoLocks")]
    [InlineData("GfpFlags.Kernel | GfpFlags.NoFail /* must */", "GfpFlags.NoLocks /* must */")]
    public Task Argument(string before, string after) => FixTest.BodyAsync($"    {{|LCX1003:Pages.Alloc({before}, 0)|}};", $"    Pages.Alloc({after}, 0);");

    [Fact]
    public Task A_local_known_to_say_NoFail() => FixTest.BodyAsync("""
            var strict = GfpFlags.Kernel | GfpFlags.NoFail;
            {|LCX1003:Pages.Alloc(strict, 0)|};
        """, """
            var strict = GfpFlags.Kernel | GfpFlags.NoFail;
            Pages.Alloc((strict & ~(GfpFlags.Reclaim | GfpFlags.NoFail)) | GfpFlags.NoLocks, 0);
        """);

    [Fact]
    public Task A_constant_of_the_function_stays_in_use() => FixTest.BodyAsync("""
            const GfpFlags Usual = GfpFlags.Kernel | GfpFlags.Zero;
            {|LCX1003:Pages.Alloc(Usual, 0)|};
        """, """
            const GfpFlags Usual = GfpFlags.Kernel | GfpFlags.Zero;
            Pages.Alloc((Usual & ~GfpFlags.Reclaim) | GfpFlags.NoLocks, 0);
        """);

    [Fact]
    public Task A_constant_of_the_class_is_replaced() => FixTest.MethodAsync("""
        const GfpFlags Usual = GfpFlags.Kernel | GfpFlags.Zero;
        void M() => {|LCX1003:Pages.Alloc(Usual, 0)|};
        """, """
        const GfpFlags Usual = GfpFlags.Kernel | GfpFlags.Zero;
        void M() => Pages.Alloc(GfpFlags.NoLocks | GfpFlags.Zero, 0);
        """);

    [Fact]
    public Task Named_arguments_stay_named() => FixTest.BodyAsync(
        "    {|LCX1003:Pages.Alloc(order: 0, flags: GfpFlags.Kernel)|};",
        "    Pages.Alloc(order: 0, flags: GfpFlags.NoLocks);");

    [Fact]
    public Task An_optional_argument_is_added() => FixTest.BodyAsync("""
            _ = {|LCX1003:Pages.AllocObject(8)|};
            _ = {|LCX1003:Pages.AllocObject(size: 8)|};
        """, """
            _ = Pages.AllocObject(8, GfpFlags.NoLocks);
            _ = Pages.AllocObject(size: 8, flags: GfpFlags.NoLocks);
        """);

    [Fact]
    public Task An_optional_order_is_0() => FixTest.BodyAsync("    {|LCX1003:Pages.Alloc(GfpFlags.Kernel)|};", "    Pages.Alloc(GfpFlags.NoLocks);");

    [Fact]
    public Task Several_lines_with_comments() => FixTest.BodyAsync("""
            {|LCX1003:Pages.Alloc(
                GfpFlags.DirectReclaim       // may sleep
                    | GfpFlags.KswapdReclaim // wakes
                    | GfpFlags.Zero,         // clean
                0)|};
        """, """
            Pages.Alloc(
                GfpFlags.NoLocks       // may sleep
                    // wakes
                    | GfpFlags.Zero,         // clean
                0);
        """);

    [Fact]
    public Task Using_static_is_used() => FixTest.SourceAsync("""
        using static Memory.GfpFlags;
        using Memory;
        unsafe class C { void M() { {|LCX1003:Pages.Alloc(Kernel | Zero, 0)|}; } }
        """, """
        using static Memory.GfpFlags;
        using Memory;
        unsafe class C { void M() { Pages.Alloc(NoLocks | Zero, 0); } }
        """);

    [Fact]
    public Task Using_static_hidden_by_a_local() => FixTest.SourceAsync("""
        using static Memory.GfpFlags;
        using Memory;
        unsafe class C { void M(int NoLocks) { {|LCX1003:Pages.Alloc(Kernel | Zero, 0)|}; } }
        """, """
        using static Memory.GfpFlags;
        using Memory;
        unsafe class C { void M(int NoLocks) { Pages.Alloc(GfpFlags.NoLocks | Zero, 0); } }
        """);

    [Fact]
    public Task The_enum_named_in_full_where_nothing_imports_it() => FixTest.SourceAsync("""
        unsafe class C { void M() { {|LCX1003:Memory.Pages.Alloc(0, 0)|}; } }
        """, """
        unsafe class C { void M() { Memory.Pages.Alloc(Memory.GfpFlags.NoLocks, 0); } }
        """);

    [Fact]
    public Task Reported_at_the_name() => FixTest.RunAsync(FixTest.Create<StandInAnalyzerAtName>(
        FixTest.InClass("void M() { Memory.Pages.{|LCX1003:Alloc|}(GfpFlags.Kernel, 0); }"),
        FixTest.InClass("void M() { Memory.Pages.Alloc(GfpFlags.NoLocks, 0); }")));
}
