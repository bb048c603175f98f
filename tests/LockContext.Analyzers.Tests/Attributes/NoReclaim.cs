using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Attributes;

/// <summary><c>[NoReclaim]</c> alone may sleep; it is no raw-atomic context.</summary>
public class NoReclaim
{
    [Theory]
    [InlineData("[NoReclaim] void M() { Thread.Sleep(1); lock (_gate) { } _semaphore.Wait(); }")]
    [InlineData("[NoReclaim, Sleepable] void M() => Thread.Sleep(1);")]
    [InlineData("[NoReclaim] int P => Slow();")]
    [InlineData("[NoReclaim] C(int i) => Thread.Sleep(1);")]
    public Task It_may_sleep(string member) => Spec.Members(member + " static int Slow() { Thread.Sleep(1); return 1; }");

    [Theory]
    [InlineData("[NoReclaim, RawAtomic] void M() { {|LCX1001:Thread.Sleep(1)|}; }")]
    [InlineData("[NoReclaim, ContextLimit(WaitClass.Spin)] void M() { {|LCX1001:Thread.Sleep(1)|}; }")]
    public Task It_does_not_weaken_another_contract(string member) => Spec.Members(member);
}
