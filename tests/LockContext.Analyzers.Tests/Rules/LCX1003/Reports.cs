using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Rules.LCX1003;

public class Reports
{
    private const string Call = "{|LCX1003:PageAllocator.Shared.AllocPages(flags, 0)|};";

    [Theory]
    [InlineData("Kernel")]
    [InlineData("NoWait")]
    [InlineData("Atomic")]
    [InlineData("NoFs")]
    [InlineData("None")]
    [InlineData("Zero")]
    public Task Named_flags(string flags) => RuntimeSource.Held($$"""{|LCX1003:PageAllocator.Shared.AllocPages(GfpFlags.{{flags}}, 0)|};""");

    [Theory]
    [InlineData("var flags = GfpFlags.Kernel;")]
    [InlineData("GfpFlags flags; flags = GfpFlags.NoWait;")]
    [InlineData("var a = GfpFlags.Kernel; var b = a; var flags = b;")]
    [InlineData("const GfpFlags c = GfpFlags.Kernel; var flags = c;")]
    [InlineData("var flags = Default;")]
    public Task Through_locals_and_constants(string flags) => RuntimeSource.Held(flags + Call, "private const GfpFlags Default = GfpFlags.Kernel;");

    [Theory]
    [InlineData("var flags = GfpFlags.KswapdReclaim | GfpFlags.NoWarn;")]
    [InlineData("var flags = GfpFlags.Kernel & ~GfpFlags.DirectReclaim;")]
    [InlineData("var flags = GfpFlags.Kernel ^ GfpFlags.DirectReclaim;")]
    [InlineData("var flags = unknown & GfpFlags.Kernel;")]
    [InlineData("var flags = (unknown | GfpFlags.Kernel) & ~GfpFlags.NoLocks;")]
    [InlineData("var flags = GfpFlags.NoLocks; flags &= ~GfpFlags.NoLocks;")]
    [InlineData("var flags = GfpFlags.Zero; flags |= GfpFlags.Kernel;")]
    [InlineData("var flags = GfpFlags.NoLocks; flags ^= GfpFlags.NoLocks | GfpFlags.Kernel;")]
    public Task Through_operators(string flags) => RuntimeSource.Held(flags + Call);

    [Theory]
    [InlineData("var flags = _b ? GfpFlags.Kernel : GfpFlags.NoWait;")]
    [InlineData("GfpFlags flags; if (_b) flags = GfpFlags.Kernel; else flags = GfpFlags.Atomic;")]
    [InlineData("var flags = _n switch { 0 => GfpFlags.Kernel, 1 => GfpFlags.NoWait, _ => GfpFlags.Atomic };")]
    [InlineData("var flags = GfpFlags.NoWait; if (_b) flags |= GfpFlags.High;")]
    [InlineData("GfpFlags flags; switch (_n) { case 0: flags = GfpFlags.Kernel; break; default: flags = GfpFlags.NoIo; break; }")]
    [InlineData("var flags = GfpFlags.NoWait; for (int i = 0; i < _n; i++) flags |= GfpFlags.Zero;")]
    public Task Through_branches_and_joins(string flags) => RuntimeSource.Held(flags + Call);

    [Fact]
    public Task Under_a_mask_test_that_rules_out_NoLocks() =>
        RuntimeSource.Held("if ((unknown & GfpFlags.NoLocks) == 0) {|LCX1003:PageAllocator.Shared.AllocPages(unknown, 0)|};");

    [Theory]
    [InlineData("{|LCX1003:Alloc(GfpFlags.Kernel)|};")]
    [InlineData("{|LCX1003:Alloc(GfpFlags.NoWait)|};")]
    [InlineData("var flags = GfpFlags.Kernel & ~GfpFlags.Fs; {|LCX1003:Alloc(flags)|};")]
    [InlineData("{|LCX1003:Outer(GfpFlags.Kernel)|}; Outer(GfpFlags.NoLocks);")]
    [InlineData("{|LCX1003:Optional()|};")]
    [InlineData("{|LCX1003:Named(order: 0, flags: GfpFlags.Kernel)|};")]
    [InlineData("{|LCX1003:Strip(GfpFlags.NoLocks)|};")]
    public Task Through_a_parameter_of_a_helper(string statement) => RuntimeSource.Held(statement, """
        static void* Outer(GfpFlags flags) => Alloc(flags | GfpFlags.Zero);
        static void* Optional(GfpFlags flags = GfpFlags.Kernel) => Alloc(flags);
        static void* Named(GfpFlags flags, int order) => PageAllocator.Shared.AllocPages(flags, order);
        static void* Strip(GfpFlags flags) => Alloc(flags & ~GfpFlags.NoLocks);
        """);

    [Fact]
    public Task Through_a_parameter_that_decides_between_two_ways() => RuntimeSource.Held(
        "Fill(GfpFlags.NoLocks); {|LCX1003:Fill(GfpFlags.DirectReclaim)|};",
        """
        static void Fill(GfpFlags flags)
        {
            if ((flags & GfpFlags.DirectReclaim) != 0)
                PageAllocator.Shared.AllocPages(GfpFlags.Kernel, 0);
        }
        """);

    [Fact]
    public Task Freeing() => RuntimeSource.Held("{|LCX1003:PageAllocator.Shared.FreePages(page, 0)|};");

    [Fact]
    public Task In_RawAtomic_code() => RuntimeSource.Members("[RawAtomic] void M() => {|LCX1003:PageAllocator.Shared.AllocPages(GfpFlags.NoWait, 0)|};");

    [Fact]
    public Task Under_a_SpinLock_of_the_class_library() => RuntimeSource.Members("""
        private SpinLock _l = new(false);
        void M()
        {
            bool taken = false;
            _l.Enter(ref taken);
            {|LCX1003:PageAllocator.Shared.AllocPages(GfpFlags.Kernel, 0)|};
            _l.Exit();
        }
        """);

    [Fact]
    public Task Message_shows_the_path() => RuntimeSource.Held(
        "{|#0:Grow()|};",
        "void* Grow() => Alloc(GfpFlags.Kernel);",
        Verify.Diagnostic("LCX1003").WithLocation(0).WithMessageContaining("RawSpinLock '_raw'", "Grow -> Alloc -> "));
}
