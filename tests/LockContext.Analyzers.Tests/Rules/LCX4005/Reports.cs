using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Rules.LCX4005;

public class Reports
{
    private const string Helpers = """
        static void* Alloc(GfpFlags flags) => PageAllocator.Shared.AllocPages(flags, 0);
        static bool Wants(GfpFlags flags) => flags == GfpFlags.Kernel;
        static void* Always(GfpFlags flags = GfpFlags.Kernel) => null;
        """;

    [Theory]
    [InlineData("void* M(GfpFlags flags) => PageAllocator.Shared.AllocPages({|LCX4005:GfpFlags.Kernel|}, 0);")]
    [InlineData("void* M(GfpFlags flags) => PageAllocator.Shared.AllocPages({|LCX4005:GfpFlags.Kernel | GfpFlags.Zero|}, 0);")]
    [InlineData("void* M(GfpFlags flags) { var own = GfpFlags.NoIo; return PageAllocator.Shared.AllocPages({|LCX4005:own|}, 0); }")]
    [InlineData("void* M(GfpFlags flags) => Alloc({|LCX4005:GfpFlags.Kernel|});")]
    [InlineData("void* M(GfpFlags flags) { flags |= GfpFlags.Zero; return Alloc({|LCX4005:GfpFlags.Kernel|}); }")]
    [InlineData("void* M(GfpFlags flags) => (flags & GfpFlags.NoLocks) == 0 ? Alloc({|LCX4005:GfpFlags.Kernel|}) : null;")]
    [InlineData("void* M(GfpFlags flags) { void* p = Alloc(flags); if (p == null) p = Alloc({|LCX4005:GfpFlags.Kernel|}); return p; }")]
    public Task A_stronger_constant(string member) => RuntimeSource.Members(member + Helpers);

    [Fact]
    public Task Message() => RuntimeSource.Members("void* Grow(GfpFlags flags) => PageAllocator.Shared.AllocPages({|#0:GfpFlags.Kernel|}, 0);",
        Verify.Diagnostic("LCX4005").WithLocation(0).WithMessageContaining("'AllocPages' may reclaim memory though the caller of 'Grow' may have chosen flags that do not; pass 'flags' on"));
}
