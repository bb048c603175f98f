using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Rules.LCX5001;

public class Reports
{
    [Theory]
    [InlineData("_raw.Enter(); {|LCX5001:Rcu.FreeMightSleep(p)|}; _raw.Exit();")]
    [InlineData("_sleeping.Enter(); {|LCX5001:Rcu.FreeMightSleep(p)|}; _sleeping.Exit();")]
    [InlineData("Rcu.ReadLock(); {|LCX5001:Rcu.FreeMightSleep(p)|}; Rcu.ReadUnlock();")]
    [InlineData("Rcu.Call(() => {|LCX5001:Rcu.FreeMightSleep(null)|});")]
    [InlineData("Rcu.Call({|LCX5001:Callback|});")]
    [InlineData("_raw.Enter(); {|LCX5001:Outer(p)|}; _raw.Exit();")]
    [InlineData("if (b) _raw.Enter(); {|LCX5001:Rcu.FreeMightSleep(p)|}; if (b) _raw.Exit();")]
    public Task Where_nothing_may_wait(string statements) => RuntimeSource.Members($$"""
        void M(void* p, bool b) { {{statements}} }
        static void Outer(void* p) => Inner(p);
        static void Inner(void* p) => Rcu.FreeMightSleep(p);
        static void Callback() => Rcu.FreeMightSleep(null);
        """);

    [Fact]
    public Task In_RawAtomic_code() => RuntimeSource.Members("[RawAtomic] void M(void* p) => {|LCX5001:Rcu.FreeMightSleep(p)|};");

    [Fact]
    public Task Before_a_sleep_of_the_same_call() => RuntimeSource.Members("""
        void M(void* p) { _raw.Enter(); {|LCX5001:Drop(p)|}; _raw.Exit(); }
        void Drop(void* p) { Thread.Sleep(1); Rcu.FreeMightSleep(p); }
        """);

    [Fact]
    public Task Of_your_own() => RuntimeSource.Members("""
        [DefersFree(MightSleep = true)] void Retire(void* p) { Rcu.Synchronize(); PageAllocator.Shared.FreePages(p, 0); }
        void M(void* p) { _raw.Enter(); {|LCX5001:Retire(p)|}; _raw.Exit(); }
        """);

    [Fact]
    public Task Message_names_the_form_that_never_waits() => RuntimeSource.Members("""
        void M(void* p)
        {
            _raw.Enter();
            {|#0:Drop(p)|};
            _raw.Exit();
        }
        static void Drop(void* p) => Rcu.FreeMightSleep(p);
        """,
        Verify.Diagnostic("LCX5001").WithLocation(0).WithMessage(
            "'FreeMightSleep' may wait for all readers while RawSpinLock '_raw' (taken at line 12) is held: Drop -> FreeMightSleep; "
            + "use 'Free(pointer, head)', which notes the object in a head inside it and never waits"));
}
