using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Rules.LCX1004;

public class Silences
{
    /// <summary>A reader of preemptible RCU may be preempted, so it may take a lock that sleeps for a short time only.</summary>
    [Theory]
    [InlineData("Rcu.ReadLock(); _sleeping.Enter(); _sleeping.Exit(); Rcu.ReadUnlock();")]
    [InlineData("Rcu.ReadLock(); _raw.Enter(); _raw.Exit(); Rcu.ReadUnlock();")]
    [InlineData("Rcu.ReadLock(); Rcu.ReadLock(); Rcu.ReadUnlock(); Rcu.ReadUnlock();")]
    [InlineData("Rcu.ReadLock(); PageAllocator.Shared.AllocPages(GfpFlags.Atomic, 0); PageAllocator.Shared.AllocPages(GfpFlags.NoWait, 0); PageAllocator.Shared.AllocPages(GfpFlags.NoLocks, 0); Rcu.ReadUnlock();")]
    [InlineData("Rcu.ReadLock(); PageAllocator.Shared.FreePages(null, 0); Rcu.ReadUnlock();")]
    [InlineData("Rcu.ReadLock(); Monitor.TryEnter(this); Rcu.ReadUnlock();")]
    [InlineData("Rcu.ReadLock(); Rcu.Free(null, null); Rcu.ReadUnlock();")]
    public Task What_a_reader_may_do(string statements) => RuntimeSource.Members($"void M() {{ {statements} }}");

    [Theory]
    [InlineData("Rcu.ReadLock(); Rcu.ReadUnlock(); Thread.Sleep(1);")]
    [InlineData("using (Rcu.Read()) { } Thread.Sleep(1);")]
    [InlineData("var scope = Rcu.Read(); scope.Dispose(); Thread.Sleep(1);")]
    [InlineData("Rcu.ReadLock(); try { } finally { Rcu.ReadUnlock(); } lock (this) { }")]
    [InlineData("Rcu.ReadLock(); if (n > 0) { Rcu.ReadUnlock(); Thread.Sleep(1); return; } Rcu.ReadUnlock();")]
    [InlineData("if (n > 0) Rcu.ReadLock(); if (n <= 0) Thread.Sleep(1); if (n > 0) Rcu.ReadUnlock();")]
    [InlineData("Rcu.ReadLock(); if (n > 0) { Rcu.ReadUnlock(); throw new System.IO.IOException(System.IO.File.ReadAllText(\"x\")); } Rcu.ReadUnlock();")]
    public Task Before_and_after(string statements) => RuntimeSource.Members($"void M(int n)\n{{\n    {statements}\n}}");
}
