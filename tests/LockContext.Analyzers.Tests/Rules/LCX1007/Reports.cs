using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Rules.LCX1007;

public class Reports
{
    private const string Helpers = """
        static void* Alloc(GfpFlags flags) => PageAllocator.Shared.AllocPages(flags, 0);
        void Urgent() => Alloc(GfpFlags.Atomic);
        void Opens() { using (GfpScope.MemAlloc()) Alloc(GfpFlags.NoWait); }
        static GfpScope.Scope Open() => GfpScope.MemAlloc();
        """;

    [Theory]
    [InlineData("{|LCX1007:Alloc(GfpFlags.Atomic)|};")]
    [InlineData("{|LCX1007:Alloc(GfpFlags.NoWait | GfpFlags.High | GfpFlags.NoMemAlloc)|};")]
    [InlineData("{|LCX1007:Alloc(GfpFlags.NoWait | GfpFlags.MemAlloc)|};")]
    [InlineData("{|LCX1007:Urgent()|};")]
    [InlineData("{|LCX1007:Opens()|};")]
    [InlineData("using (GfpScope.MemAlloc()) {|LCX1007:Alloc(GfpFlags.NoWait)|};")]
    [InlineData("using var scope = GfpScope.MemAlloc(); {|LCX1007:Alloc(GfpFlags.NoWait)|};")]
    [InlineData("using (Open()) {|LCX1007:Alloc(GfpFlags.NoWait)|};")]
    [InlineData("var scope = Open(); {|LCX1007:Alloc(GfpFlags.NoWait)|}; scope.Dispose(); Alloc(GfpFlags.NoLocks);")]
    [InlineData("using (GfpScope.MemAlloc()) using (GfpScope.NoReclaim()) {|LCX1007:Alloc(GfpFlags.Kernel)|};")]
    public Task Reserves(string statements) => RuntimeSource.Members("[NoReclaim] void M(GfpFlags unknown) { " + statements + " }" + Helpers);

    [Fact]
    public Task Message_for_a_flag() => RuntimeSource.Members("[NoReclaim] void M() => {|#0:PageAllocator.Shared.AllocPages(GfpFlags.Atomic, 0)|};",
        Verify.Diagnostic("LCX1007").WithLocation(0).WithMessageContaining("'AllocPages' may take from the emergency reserves in [NoReclaim] 'M'; allocate without 'High'"));

    [Fact]
    public Task Message_for_a_scope() => RuntimeSource.Members("[NoReclaim] void M() { using (GfpScope.MemAlloc()) {|#0:PageAllocator.Shared.AllocPages(GfpFlags.NoWait, 0)|}; }",
        Verify.Diagnostic("LCX1007").WithLocation(0).WithMessageContaining("add 'NoMemAlloc' to its flags"));
}
