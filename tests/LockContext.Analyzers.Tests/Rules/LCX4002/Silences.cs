using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Rules.LCX4002;

public class Silences
{
    [Theory]
    [InlineData("Alloc(GfpFlags.NoLocks, 0);")]
    [InlineData("Alloc(GfpFlags.NoLocks, order);")]
    [InlineData("Alloc(GfpFlags.Kernel, 3);")]
    [InlineData("Alloc(unknown, 3);")]
    [InlineData("Alloc(_b ? GfpFlags.NoLocks : GfpFlags.Kernel, 3);")]
    [InlineData("if (order == 0) Alloc(GfpFlags.NoLocks, order);")]
    [InlineData("for (int i = 0; i < 3; i++) Alloc(GfpFlags.NoLocks, i);")]
    [InlineData("int n = 0; Alloc(GfpFlags.NoLocks, n); n = 2; Alloc(GfpFlags.Kernel, n);")]
    [InlineData("bool b = order > 7; var flags = GfpFlags.Kernel; if (b) { _raw.Enter(); flags = GfpFlags.NoLocks; } Alloc(flags, b ? 0 : 2); if (b) _raw.Exit();")]
    [InlineData("Unordered(GfpFlags.NoLocks, 3);")]
    public Task Orders_that_can_succeed(string statements) => RuntimeSource.Members("void M(GfpFlags unknown, int order) { " + statements.Replace("Alloc(", "PageAllocator.Shared.AllocPages(") + """
         }
        [Allocates] static void* Unordered(GfpFlags flags, int size) => null;
        static void* Generic(GfpFlags flags, int order) => PageAllocator.Shared.AllocPages(flags, order);
        """);
}
