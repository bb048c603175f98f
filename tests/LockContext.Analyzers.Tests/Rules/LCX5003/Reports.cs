using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Rules.LCX5003;

public class Reports
{
    [Theory]
    [InlineData("{|LCX5003:Rcu.Synchronize()|}; PageAllocator.Shared.FreePages(p, 0);")]
    [InlineData("{|LCX5003:Rcu.Synchronize()|}; System.Runtime.InteropServices.NativeMemory.Free(p);")]
    [InlineData("{|LCX5003:Rcu.Synchronize()|}; System.Runtime.InteropServices.NativeMemory.AlignedFree(p);")]
    [InlineData("{|LCX5003:Rcu.Synchronize()|}; System.Runtime.InteropServices.Marshal.FreeHGlobal((nint)p);")]
    [InlineData("{|LCX5003:Rcu.Synchronize()|}; PageAllocator.Shared.FreePages(p, 0); PageAllocator.Shared.FreePages(p, 1);")]
    [InlineData("{|LCX5003:Wait()|}; PageAllocator.Shared.FreePages(p, 0);")]
    [InlineData("while (_n > 0) { {|LCX5003:Rcu.Synchronize()|}; PageAllocator.Shared.FreePages(p, 0); }")]
    [InlineData("Action a = () => { {|LCX5003:Rcu.Synchronize()|}; PageAllocator.Shared.FreePages(null, 0); };")]
    public Task Code(string statements) => RuntimeSource.Members($$"""
        void M(void* p) { {{statements}} }
        [WaitsForGracePeriod] void Wait() => Rcu.Synchronize();
        """);

    [Fact]
    public Task Message() => RuntimeSource.Members(
        "void M(void* p) { {|#0:Rcu.Synchronize()|}; PageAllocator.Shared.FreePages(p, 0); }",
        Verify.Diagnostic("LCX5003").WithLocation(0).WithMessage(
            "'Synchronize' waits for all readers so that 'FreePages' can free right after it; use 'Free', which frees later and lets the caller go on"));
}
