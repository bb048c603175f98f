using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Rules.LCX4003;

public class Silences
{
    [Theory]
    [InlineData("GfpFlags.NoLocks | GfpFlags.Zero | GfpFlags.NoWarn")]
    [InlineData("GfpFlags.Kernel | GfpFlags.NoFail")]
    [InlineData("GfpFlags.DirectReclaim | GfpFlags.NoFail")]
    [InlineData("GfpFlags.Kernel | GfpFlags.NoRetry")]
    [InlineData("GfpFlags.Kernel | GfpFlags.MemAlloc")]
    [InlineData("GfpFlags.NoWait | GfpFlags.NoMemAlloc")]
    [InlineData("GfpFlags.Kernel | GfpFlags.Movable")]
    [InlineData("GfpFlags.Kernel | GfpFlags.Reclaimable")]
    [InlineData("GfpFlags.Atomic")]
    [InlineData("unknown | GfpFlags.NoFail")]
    [InlineData("unknown | GfpFlags.NoLocks")]
    [InlineData("unknown & GfpFlags.Movable")]
    [InlineData("(_b ? GfpFlags.NoLocks : GfpFlags.Kernel) | GfpFlags.Zero")]
    [InlineData("(GfpFlags.NoLocks | GfpFlags.Kernel) & ~GfpFlags.Reclaim")]
    public Task Flags_that_go_together(string flags) => RuntimeSource.Members("void M(GfpFlags unknown) => PageAllocator.Shared.AllocPages(" + flags + ", 0);");

    [Fact]
    public Task Values_that_nobody_allocates_with() => RuntimeSource.Members("bool M(GfpFlags flags) => (flags & (GfpFlags.NoLocks | GfpFlags.Reclaim)) != 0 && flags != (GfpFlags.MemAlloc | GfpFlags.NoMemAlloc);");

    [Fact]
    public Task NoFail_of_an_unknown_order() => RuntimeSource.Members("void M(int order) => PageAllocator.Shared.AllocPages(GfpFlags.Kernel | GfpFlags.NoFail, order);");
}
