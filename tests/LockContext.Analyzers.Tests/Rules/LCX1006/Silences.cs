using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Rules.LCX1006;

public class Silences
{
    private const string Helpers = """
        const GfpFlags Speculative = GfpFlags.NoWait | GfpFlags.NoMemAlloc;
        static void* Alloc(GfpFlags flags) => PageAllocator.Shared.AllocPages(flags, 0);
        void Unmarked() => Alloc(GfpFlags.Kernel);
        [NoReclaim] void* Promises() => Alloc(Speculative);
        [NoReclaim, Trusted("measured")] void* Trusted() => Alloc(GfpFlags.Kernel);
        [NoReclaim, Allocates] void* Own(GfpFlags flags) => null;
        """;

    [Theory]
    [InlineData("Alloc(Speculative);")]
    [InlineData("Alloc(Speculative | GfpFlags.Zero);")]
    [InlineData("Alloc(GfpFlags.NoLocks);")]
    [InlineData("Alloc(GfpFlags.NoLocks | GfpFlags.NoMemAlloc);")]
    [InlineData("Alloc(unknown);")]
    [InlineData("Alloc(unknown & ~GfpFlags.DirectReclaim);")]
    [InlineData("Alloc(unknown | GfpFlags.Kernel);")]
    [InlineData("if (unknown.HasFlag(GfpFlags.DirectReclaim)) return; Alloc(unknown);")]
    [InlineData("Promises(); Trusted();")]
    [InlineData("Own(GfpFlags.Kernel);")]
    [InlineData("PageAllocator.Shared.FreePages(null, 0);")]
    [InlineData("Thread.Sleep(1); lock (this) { }")]
    [InlineData("var later = () => Alloc(GfpFlags.Kernel);")]
    [InlineData("using (GfpScope.NoReclaim()) Alloc(GfpFlags.Kernel | GfpFlags.NoMemAlloc | GfpFlags.NoWarn);")]
    [InlineData("if (_b) { Alloc(GfpFlags.Kernel); throw new Exception(); }")]
    public Task What_does_not_reclaim(string statements) => RuntimeSource.Members("[NoReclaim] void M(GfpFlags unknown) { " + statements + " }" + Helpers);

    [Fact]
    public Task Outside_of_such_members() => RuntimeSource.Members(Helpers);
}
