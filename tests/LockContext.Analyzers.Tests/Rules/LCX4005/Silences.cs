using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Rules.LCX4005;

public class Silences
{
    private const string Helpers = """
        static void* Alloc(GfpFlags flags) => PageAllocator.Shared.AllocPages(flags, 0);
        static bool Wants(GfpFlags flags) => flags == GfpFlags.Kernel;
        static void* Always(GfpFlags flags = GfpFlags.Kernel) => null;
        """;

    [Theory]
    [InlineData("void* M(GfpFlags flags) => PageAllocator.Shared.AllocPages(flags, 0);")]
    [InlineData("void* M(GfpFlags flags) => PageAllocator.Shared.AllocPages(flags | GfpFlags.Zero, 0);")]
    [InlineData("void* M(GfpFlags flags) => PageAllocator.Shared.AllocPages((flags | GfpFlags.Kernel) & ~GfpFlags.NoLocks, 0);")]
    [InlineData("void* M(GfpFlags flags) => PageAllocator.Shared.AllocPages(GfpFlags.NoWait, 0);")]
    [InlineData("void* M(GfpFlags flags) => PageAllocator.Shared.AllocPages(GfpFlags.NoLocks, 0);")]
    [InlineData("void* M(GfpFlags flags) => (flags & GfpFlags.DirectReclaim) != 0 ? Alloc(GfpFlags.Kernel) : Alloc(flags);")]
    [InlineData("void* M(GfpFlags flags) => flags.HasFlag(GfpFlags.DirectReclaim) ? PageAllocator.Shared.AllocPages(GfpFlags.Kernel, 0) : null;")]
    [InlineData("void* M(GfpFlags flags) { if (flags != GfpFlags.Kernel) return null; return PageAllocator.Shared.AllocPages(GfpFlags.Kernel | GfpFlags.Zero, 0); }")]
    [InlineData("void* M() => PageAllocator.Shared.AllocPages(GfpFlags.Kernel, 0);")]
    [InlineData("void* M(int flags) => PageAllocator.Shared.AllocPages(GfpFlags.Kernel, 0);")]
    [InlineData("[Sleepable] void* M(GfpFlags flags) => PageAllocator.Shared.AllocPages(GfpFlags.Kernel, 0);")]
    [InlineData("bool M(GfpFlags flags) => Wants(GfpFlags.Kernel);")]
    [InlineData("void* M(GfpFlags flags) => Always();")]
    [InlineData("void* M(GfpFlags flags) => Always(GfpFlags.Kernel);")]
    [InlineData("void* M(GfpFlags flags) { if (_b) { PageAllocator.Shared.AllocPages(GfpFlags.Kernel, 0); throw new Exception(); } return null; }")]
    [InlineData("Func<nint> M(GfpFlags flags) => () => (nint)PageAllocator.Shared.AllocPages(GfpFlags.Kernel, 0);")]
    public Task Flags_that_are_respected(string member) => RuntimeSource.Members(member + Helpers);
}
