using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Rules.LCX4007;

public class Silences
{
    [Theory]
    [InlineData("Alloc(GfpFlags.NoWait | GfpFlags.NoMemAlloc);")]
    [InlineData("Alloc(GfpFlags.KswapdReclaim | GfpFlags.NoWarn | GfpFlags.NoMemAlloc | GfpFlags.Zero);")]
    [InlineData("Alloc(GfpFlags.NoLocks);")]
    [InlineData("Alloc(unknown);")]
    [InlineData("Alloc(unknown | GfpFlags.NoWarn);")]
    [InlineData("var flags = _b ? unknown : GfpFlags.NoWait; Alloc(flags);")]
    [InlineData("{|LCX1006:Alloc(GfpFlags.Kernel)|};")]
    [InlineData("{|LCX1007:Alloc(GfpFlags.Atomic)|};")]
    public Task All_that_it_should_say(string statements) => RuntimeSource.Members(
        "[NoReclaim] void M(GfpFlags unknown) { " + statements + " } static void* Alloc(GfpFlags flags) => PageAllocator.Shared.AllocPages(flags, 0);");

    [Fact]
    public Task Code_that_is_not_speculative() => RuntimeSource.Members("void M() { PageAllocator.Shared.AllocPages(GfpFlags.NoWait, 0); _sleeping.Enter(); PageAllocator.Shared.AllocPages(GfpFlags.None, 0); _sleeping.Exit(); }");

    [Fact]
    public Task Flags_that_have_no_such_meanings() => Spec.Code("""
        [Flags, AllocationFlags] enum Flags { None, [AllocationFlag(AllocationBehavior.DirectReclaim)] Wait = 1 }
        class C
        {
            [Allocates] static object? Alloc(Flags flags) => null;
            [NoReclaim] void M() => Alloc(Flags.None);
        }
        """);
}
