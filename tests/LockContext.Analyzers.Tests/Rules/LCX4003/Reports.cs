using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Rules.LCX4003;

public class Reports
{
    [Theory]
    [InlineData("GfpFlags.NoWait | GfpFlags.NoFail", "'NoFail' waits until there is memory, which needs 'DirectReclaim'; add it, or drop 'NoFail' and handle failure")]
    [InlineData("GfpFlags.NoFail", "which needs 'DirectReclaim'")]
    [InlineData("GfpFlags.Kernel | GfpFlags.NoFail | GfpFlags.NoRetry", "'NoFail' never gives up and 'NoRetry' does")]
    [InlineData("GfpFlags.Kernel | GfpFlags.NoFail | GfpFlags.RetryMayFail", "'NoFail' never gives up and 'RetryMayFail' does")]
    [InlineData("GfpFlags.NoLocks | GfpFlags.Kernel", "'NoLocks' takes nothing but what lies ready, so 'DirectReclaim' has no effect; keep one of them")]
    [InlineData("GfpFlags.NoLocks | GfpFlags.NoWait", "so 'KswapdReclaim' has no effect")]
    [InlineData("unknown | GfpFlags.NoLocks | GfpFlags.KswapdReclaim", "so 'KswapdReclaim' has no effect")]
    [InlineData("GfpFlags.NoLocks | GfpFlags.NoFail", "which 'NoLocks' forbids")]
    [InlineData("GfpFlags.MemAlloc | GfpFlags.NoMemAlloc", "'NoMemAlloc' cancels 'MemAlloc'")]
    [InlineData("GfpFlags.Kernel | GfpFlags.Movable | GfpFlags.Reclaimable", "('Movable', 'Reclaimable')")]
    [InlineData("s_flags | GfpFlags.NoLocks", "'NoLocks'")]
    public Task Contradictions(string flags, string message) => RuntimeSource.Members(
        "private static readonly GfpFlags s_flags = GfpFlags.NoWait; void M(GfpFlags unknown) => PageAllocator.Shared.AllocPages({|#0:" + flags + "|}, 0);",
        Verify.Diagnostic("LCX4003").WithLocation(0).WithMessageContaining(message));

    [Theory]
    [InlineData("2")]
    [InlineData("10")]
    public Task NoFail_for_large_orders(string order) => RuntimeSource.Members("void M() => PageAllocator.Shared.AllocPages({|LCX4003:GfpFlags.Kernel | GfpFlags.NoFail|}, " + order + ");");

    [Fact]
    public Task In_a_variable() => RuntimeSource.Members("void M() { var flags = GfpFlags.NoLocks; flags |= GfpFlags.Kernel; PageAllocator.Shared.AllocPages({|LCX4003:flags|}, 0); }");
}
