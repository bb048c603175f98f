using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Engine;

/// <summary>Scopes that change what the flags of allocations inside them mean.</summary>
public class MaskingScopes
{
    private const string Helpers = """
        static void* Alloc(GfpFlags flags) => PageAllocator.Shared.AllocPages(flags, 0);
        static void* Kernel() => Alloc(GfpFlags.Kernel);
        static void* Masked() { using (GfpScope.NoReclaim()) return Kernel(); }
        static GfpScope.Scope Open() { var scope = GfpScope.NoReclaim(); return scope; }
        static GfpScope.Scope OpenTwice() => Open();
        static void Within(Action action) { using (GfpScope.NoReclaim()) action(); }
        static void Outside(Action action) { using (GfpScope.NoReclaim()) { } action(); }
        """;

    private static Task Sleeping(string statements) => RuntimeSource.Members("void M(bool b) { _sleeping.Enter(); " + statements + " _sleeping.Exit(); }" + Helpers);

    [Theory]
    [InlineData("using (GfpScope.NoReclaim()) Alloc(GfpFlags.Kernel);")]
    [InlineData("using (GfpScope.NoReclaim()) Kernel();")]
    [InlineData("using (var scope = GfpScope.NoReclaim()) Kernel();")]
    [InlineData("using var scope = GfpScope.NoReclaim(); Kernel();")]
    [InlineData("var scope = GfpScope.NoReclaim(); Kernel(); scope.Dispose();")]
    [InlineData("var scope = GfpScope.NoReclaim(); try { Kernel(); } finally { scope.Dispose(); }")]
    [InlineData("var scope = GfpScope.NoReclaim(); var moved = scope; Kernel(); moved.Dispose();")]
    [InlineData("using (GfpScope.NoFs()) using (GfpScope.NoReclaim()) using (GfpScope.MemAlloc()) Kernel();")]
    [InlineData("using (GfpScope.NoReclaim()) { using (GfpScope.NoReclaim()) { } Kernel(); }")]
    [InlineData("for (int i = 0; i < 3; i++) { using var scope = GfpScope.NoReclaim(); Kernel(); }")]
    [InlineData("Masked();")]
    [InlineData("using (Open()) Kernel();")]
    [InlineData("using (OpenTwice()) Kernel();")]
    [InlineData("Within(() => Kernel());")]
    [InlineData("using (GfpScope.NoReclaim()) Outside(() => Kernel());")]
    public Task Kernel_does_not_block_inside(string statements) => Sleeping(statements);

    [Theory]
    [InlineData("using (GfpScope.NoReclaim()) { } {|LCX1011:Kernel()|};")]
    [InlineData("using (GfpScope.NoFs()) {|LCX1011:Kernel()|};")]
    [InlineData("using (GfpScope.MemAlloc()) {|LCX1011:Kernel()|};")]
    [InlineData("var scope = GfpScope.NoReclaim(); scope.Dispose(); {|LCX1011:Kernel()|};")]
    [InlineData("using (Open()) { } {|LCX1011:Kernel()|};")]
    [InlineData("if (b) { using (GfpScope.NoReclaim()) Kernel(); } {|LCX1011:Kernel()|};")]
    [InlineData("GfpScope.Scope scope = default; if (b) scope = GfpScope.NoReclaim(); {|LCX1011:Kernel()|}; scope.Dispose();")]
    [InlineData("Outside(() => {|LCX1011:Kernel()|});")]
    [InlineData("Masked(); {|LCX1011:Kernel()|};")]
    [InlineData("using (GfpScope.NoReclaim()) {|LCX1011:Thread.Sleep(1)|};")]
    public Task And_does_outside(string statements) => Sleeping(statements);

    [Theory]
    [InlineData("using (GfpScope.NoReclaim()) {|LCX1003:Alloc(GfpFlags.Kernel)|};")]
    [InlineData("using (GfpScope.NoReclaim()) Alloc(GfpFlags.NoLocks);")]
    public Task A_raw_lock_still_forbids_the_allocators_lock(string statement) => RuntimeSource.Members("void M() { _raw.Enter(); " + statement + " _raw.Exit(); }" + Helpers);

    [Fact]
    public Task Disposing_a_scope_releases_no_lock() => RuntimeSource.Members("""
        void M()
        {
            _raw.Enter();
            var scope = GfpScope.NoReclaim();
            scope.Dispose();
            scope.Dispose();
            {|LCX1001:Thread.Sleep(1)|};
            _raw.Exit();
        }
        """);
}
