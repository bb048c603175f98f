using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Rules.LCX1007;

public class Silences
{
    [Theory]
    [InlineData("Alloc(GfpFlags.NoWait | GfpFlags.NoMemAlloc);")]
    [InlineData("Alloc(GfpFlags.NoLocks | GfpFlags.High);")]
    [InlineData("Alloc(unknown | GfpFlags.High);")]
    [InlineData("Alloc(unknown);")]
    [InlineData("using (GfpScope.MemAlloc()) Alloc(GfpFlags.NoWait | GfpFlags.NoMemAlloc);")]
    [InlineData("using (GfpScope.MemAlloc()) Alloc(GfpFlags.NoLocks);")]
    [InlineData("using (GfpScope.MemAlloc()) Alloc(unknown);")]
    [InlineData("using (GfpScope.MemAlloc()) { } Alloc(GfpFlags.NoWait | GfpFlags.NoMemAlloc);")]
    [InlineData("{ using var scope = GfpScope.MemAlloc(); } Alloc(unknown);")]
    public Task Reserves_are_left_alone(string statements) => RuntimeSource.Members(
        "[NoReclaim] void M(GfpFlags unknown) { " + statements + " } static void* Alloc(GfpFlags flags) => PageAllocator.Shared.AllocPages(flags, 0);");

    [Fact]
    public Task Elsewhere_they_may_be_used() => RuntimeSource.Members(
        "void M() { using (GfpScope.MemAlloc()) PageAllocator.Shared.AllocPages(GfpFlags.Atomic, 0); _sleeping.Enter(); PageAllocator.Shared.AllocPages(GfpFlags.Atomic, 0); _sleeping.Exit(); }");
}
