using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Rules.LCX5003;

public class Silences
{
    [Theory]
    [InlineData("Rcu.Free(p, head);")]
    [InlineData("Rcu.FreeMightSleep(p);")]
    [InlineData("Rcu.Synchronize();")]
    [InlineData("PageAllocator.Shared.FreePages(p, 0); Rcu.Synchronize();")]
    [InlineData("Rcu.Synchronize(); _n++; PageAllocator.Shared.FreePages(p, 0);")]
    [InlineData("Rcu.Synchronize(); Reuse(p); PageAllocator.Shared.FreePages(p, 0);")]
    [InlineData("Rcu.Synchronize(); if (_b) PageAllocator.Shared.FreePages(p, 0);")]
    [InlineData("try { Rcu.Synchronize(); } finally { PageAllocator.Shared.FreePages(p, 0); }")]
    [InlineData("Rcu.Barrier(); PageAllocator.Shared.FreePages(p, 0);")]
    [InlineData("Thread.Sleep(1); System.Runtime.InteropServices.NativeMemory.Free(p);")]
    public Task Code(string statements) => RuntimeSource.Members($$"""
        void M(void* p, RcuHead* head) { {{statements}} }
        void Reuse(void* p) { }
        """);

    [Fact]
    public Task The_system_s_allocator_under_a_raw_lock_is_no_finding_of_another_rule() => RuntimeSource.Members(
        "void M(void* p) { _raw.Enter(); System.Runtime.InteropServices.NativeMemory.Free(p); _raw.Exit(); }");
}
