using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Rules.LCX1006;

public class Reports
{
    private const string Helpers = """
        static void* Alloc(GfpFlags flags) => PageAllocator.Shared.AllocPages(flags, 0);
        void Unmarked() => Deeper();
        void Deeper() => Alloc(GfpFlags.Kernel);
        void Scoped() { using (GfpScope.NoFs()) Alloc(GfpFlags.Kernel); }
        void* Promised() => Promise();
        [NoReclaim] void* Promise() => {|LCX1006:Alloc(GfpFlags.Kernel)|};
        void Run(Action action) => action();
        """;

    [Theory]
    [InlineData("{|LCX1006:PageAllocator.Shared.AllocPages(GfpFlags.Kernel, 0)|};")]
    [InlineData("{|LCX1006:Alloc(GfpFlags.Kernel)|};")]
    [InlineData("{|LCX1006:Alloc(GfpFlags.DirectReclaim)|};")]
    [InlineData("{|LCX1006:Alloc(GfpFlags.Kernel | GfpFlags.NoMemAlloc | GfpFlags.NoWarn)|};")]
    [InlineData("{|LCX1006:Alloc(GfpFlags.Kernel | GfpFlags.High)|};")]
    [InlineData("{|LCX1006:Alloc((unknown | GfpFlags.Kernel) & ~GfpFlags.NoLocks)|};")]
    [InlineData("{|LCX1006:Unmarked()|};")]
    [InlineData("{|LCX1006:Scoped()|};")]
    [InlineData("Run(() => {|LCX1006:Alloc(GfpFlags.Kernel)|});")]
    [InlineData("Promised(); Promise();")]
    [InlineData("using (GfpScope.NoReclaim()) { } {|LCX1006:Alloc(GfpFlags.Kernel)|};")]
    [InlineData("_sleeping.Enter(); {|LCX1011:Alloc(GfpFlags.Kernel)|}; _sleeping.Exit();")]
    [InlineData("_raw.Enter(); {|LCX1003:Alloc(GfpFlags.Kernel)|}; _raw.Exit();")]
    [InlineData("Rcu.ReadLock(); {|LCX1004:Alloc(GfpFlags.Kernel)|}; Rcu.ReadUnlock();")]
    public Task Direct_reclaim(string statements) => RuntimeSource.Members("[NoReclaim] void M(GfpFlags unknown) { " + statements + " }" + Helpers);

    [Theory]
    [InlineData("[NoReclaim] int P { get { {|LCX1006:Alloc(GfpFlags.Kernel)|}; return 1; } }")]
    [InlineData("[NoReclaim, Sleepable] void M() => {|LCX1006:Alloc(GfpFlags.Kernel)|};")]
    [InlineData("[NoReclaim] interface I { void M(); } unsafe class D : I { public void M() => {|LCX1006:Alloc(GfpFlags.Kernel)|}; }")]
    [InlineData("interface I { [NoReclaim] void M(); } unsafe class D : I { public void M() => {|LCX1006:Alloc(GfpFlags.Kernel)|}; }")]
    [InlineData("void M() { [NoReclaim] void F() => {|LCX1006:Alloc(GfpFlags.Kernel)|}; F(); }")]
    [InlineData("[NoReclaim, RawAtomic] void M() => {|LCX1003:Alloc(GfpFlags.Kernel)|};")]
    public Task Where_the_attribute_stands(string member) => RuntimeSource.Members(member + Helpers);

    [Fact]
    public Task Message_shows_the_path_and_what_to_do() => RuntimeSource.Members(
        "[NoReclaim] void M() => {|#0:Unmarked()|}; void Unmarked() => Alloc(GfpFlags.Kernel); static void* Alloc(GfpFlags flags) => PageAllocator.Shared.AllocPages(flags, 0);",
        Verify.Diagnostic("LCX1006").WithLocation(0).WithMessageContaining("'AllocPages' can reclaim memory in [NoReclaim] 'M': Unmarked -> Alloc -> AllocPages; allocate without 'DirectReclaim'"));
}
