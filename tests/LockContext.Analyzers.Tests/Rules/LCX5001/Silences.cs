using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Rules.LCX5001;

public class Silences
{
    [Theory]
    [InlineData("_raw.Enter(); Rcu.Free(p, head); _raw.Exit();")]
    [InlineData("_sleeping.Enter(); Rcu.Free(p, head); _sleeping.Exit();")]
    [InlineData("Rcu.ReadLock(); Rcu.Free(p, head); Rcu.ReadUnlock();")]
    [InlineData("Rcu.Call(() => Rcu.Free(null, null));")]
    public Task The_form_that_never_waits(string statements) => RuntimeSource.Members($$"""void M(void* p, RcuHead* head) { {{statements}} }""");

    [Theory]
    [InlineData("Rcu.FreeMightSleep(p);")]
    [InlineData("lock (this) Rcu.FreeMightSleep(p);")]
    [InlineData("_raw.Enter(); _n++; _raw.Exit(); Rcu.FreeMightSleep(p);")]
    [InlineData("Task.Run(() => Rcu.FreeMightSleep(null));")]
    public Task The_one_that_may_where_it_may(string statements) => RuntimeSource.Members($$"""void M(void* p) { {{statements}} }""");

    [Fact]
    public Task The_declaration_of_your_own() => RuntimeSource.Members("""
        [DefersFree(MightSleep = true)] void Retire(void* p) { Rcu.Synchronize(); PageAllocator.Shared.FreePages(p, 0); }
        [DefersFree] void Retire(void* p, RcuHead* head) => Rcu.Free(p, head);
        void M(void* p, RcuHead* head) { _raw.Enter(); Retire(p, head); _raw.Exit(); Retire(p); }
        """);
}
