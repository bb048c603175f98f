using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Rules.LCX1004;

public class Reports
{
    [Theory]
    [InlineData("Rcu.ReadLock(); {|LCX1004:Thread.Sleep(1)|}; Rcu.ReadUnlock();")]
    [InlineData("Rcu.ReadLock(); lock ({|LCX1004:this|}) { } Rcu.ReadUnlock();")]
    [InlineData("using (Rcu.Read()) { {|LCX1004:Thread.Sleep(1)|}; }")]
    [InlineData("using var scope = Rcu.Read(); {|LCX1004:Thread.Sleep(1)|};")]
    [InlineData("Rcu.ReadLock(); Rcu.ReadLock(); Rcu.ReadUnlock(); {|LCX1004:Thread.Sleep(1)|}; Rcu.ReadUnlock();")]
    [InlineData("Rcu.ReadLock(); {|LCX1004:PageAllocator.Shared.AllocPages(GfpFlags.Kernel, 0)|}; Rcu.ReadUnlock();")]
    [InlineData("Rcu.ReadLock(); {|LCX1004:Deep()|}; Rcu.ReadUnlock();")]
    public Task What_may_sleep_inside(string statements) => RuntimeSource.Members($"void M() {{ {statements} }} void Deep() => Deeper(); void Deeper() {{ lock (this) {{ }} }}");

    /// <summary>The stricter context has the say.</summary>
    [Theory]
    [InlineData("Rcu.ReadLock(); _raw.Enter(); {|LCX1001:Thread.Sleep(1)|}; _raw.Exit(); Rcu.ReadUnlock();")]
    [InlineData("_raw.Enter(); Rcu.ReadLock(); {|LCX1001:Thread.Sleep(1)|}; Rcu.ReadUnlock(); _raw.Exit();")]
    [InlineData("_sleeping.Enter(); Rcu.ReadLock(); {|LCX1004:Thread.Sleep(1)|}; Rcu.ReadUnlock(); _sleeping.Exit();")]
    [InlineData("Rcu.ReadLock(); _sleeping.Enter(); {|LCX1011:Thread.Sleep(1)|}; _sleeping.Exit(); Rcu.ReadUnlock();")]
    public Task Among_other_contexts(string statements) => RuntimeSource.Members($"void M() {{ {statements} }}");

    [Fact]
    public Task Message() => RuntimeSource.Members("""
        void M()
        {
            Rcu.ReadLock();
            {|#0:Save()|};
            Rcu.ReadUnlock();
        }
        void Save() => Thread.Sleep(1);
        """, Verify.Diagnostic("LCX1004").WithLocation(0).WithMessageContaining("'Thread.Sleep' can sleep while Rcu (taken at line ", "is held: Save -> Thread.Sleep; move it after ReadUnlock"));
}
