using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Rules.LCX4002;

public class Reports
{
    [Theory]
    [InlineData("Alloc(GfpFlags.NoLocks, {|LCX4002:1|});")]
    [InlineData("Alloc(GfpFlags.NoLocks | GfpFlags.Zero, {|LCX4002:9|});")]
    [InlineData("Alloc(unknown | GfpFlags.NoLocks, {|LCX4002:2|});")]
    [InlineData("const int n = 2; Alloc(GfpFlags.NoLocks, {|LCX4002:n|});")]
    [InlineData("int n = 2; Alloc(GfpFlags.NoLocks, {|LCX4002:n|});")]
    [InlineData("var flags = GfpFlags.NoLocks; if (_b) flags |= GfpFlags.Zero; Alloc(flags, {|LCX4002:2|});")]
    [InlineData("Alloc(order: {|LCX4002:2|}, flags: GfpFlags.NoLocks);")]
    [InlineData("if (order == 3) Alloc(GfpFlags.NoLocks, {|LCX4002:order|});")]
    [InlineData("_raw.Enter(); Alloc(GfpFlags.NoLocks, {|LCX4002:1|}); _raw.Exit();")]
    [InlineData("if (_b) return; else Alloc(GfpFlags.NoLocks, {|LCX4002:1|});")]
    public Task Orders_that_cannot(string statements) => RuntimeSource.Members("void M(GfpFlags unknown, int order) { " + statements.Replace("Alloc(", "PageAllocator.Shared.AllocPages(") + " }");

    [Fact]
    public Task Message() => RuntimeSource.Members("void M() => PageAllocator.Shared.AllocPages(GfpFlags.NoLocks, {|#0:2|});",
        Verify.Diagnostic("LCX4002").WithLocation(0).WithMessageContaining("'AllocPages' with 'NoLocks' always returns null for an order above 0; ask for single pages"));
}
