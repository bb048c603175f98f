using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Rules.LCX4007;

public class Reports
{
    [Theory]
    [InlineData("{|LCX4007:Alloc(GfpFlags.NoWait)|};")]
    [InlineData("{|LCX4007:Alloc(GfpFlags.None)|};")]
    [InlineData("{|LCX4007:Alloc(GfpFlags.NoWarn | GfpFlags.NoMemAlloc)|};")]
    [InlineData("{|LCX4007:Alloc(GfpFlags.KswapdReclaim | GfpFlags.NoMemAlloc)|};")]
    [InlineData("{|LCX4007:Helper()|};")]
    [InlineData("using (GfpScope.NoReclaim()) {|LCX4007:Alloc(GfpFlags.Kernel)|};")]
    public Task A_part_is_missing(string statements) => RuntimeSource.Members(
        "[NoReclaim] void M() { " + statements + " } void Helper() => Alloc(GfpFlags.NoWait); static void* Alloc(GfpFlags flags) => PageAllocator.Shared.AllocPages(flags, 0);");

    [Theory]
    [InlineData("GfpFlags.NoWait", "'AllocPages' allocates in [NoReclaim] 'M' without 'NoMemAlloc': a caller's scope could open the reserves; add 'NoMemAlloc' to its flags")]
    [InlineData("GfpFlags.None", "without 'KswapdReclaim' and 'NoMemAlloc' and 'NoWarn': nobody would refill the lists; add 'KswapdReclaim' | 'NoMemAlloc' | 'NoWarn' to its flags")]
    [InlineData("GfpFlags.KswapdReclaim | GfpFlags.NoMemAlloc", "without 'NoWarn': each failure would be logged; add 'NoWarn'")]
    public Task Message(string flags, string message) => RuntimeSource.Members(
        "[NoReclaim] void M() => {|#0:PageAllocator.Shared.AllocPages(" + flags + ", 0)|};",
        Verify.Diagnostic("LCX4007").WithLocation(0).WithMessageContaining(message));
}
