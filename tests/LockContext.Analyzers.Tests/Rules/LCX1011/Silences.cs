using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Rules.LCX1011;

public class Silences
{
    /// <summary>Waiting for a short time is what such a context allows.</summary>
    [Theory]
    [InlineData("_sleeping.Enter(); _other.Enter(); _other.Exit(); _sleeping.Exit();")]
    [InlineData("_sleeping.Enter(); _raw.Enter(); _raw.Exit(); _sleeping.Exit();")]
    [InlineData("_sleeping.Enter(); PageAllocator.Shared.AllocPages(GfpFlags.Atomic, 0); PageAllocator.Shared.AllocPages(GfpFlags.NoWait, 0); PageAllocator.Shared.AllocPages(GfpFlags.NoLocks, 0); _sleeping.Exit();")]
    [InlineData("_sleeping.Enter(); PageAllocator.Shared.FreePages(null, 0); _sleeping.Exit();")]
    [InlineData("_sleeping.Enter(); Monitor.TryEnter(this); _sleeping.Exit();")]
    [InlineData("_sleeping.Enter(); _sleeping.Exit(); Thread.Sleep(1);")]
    [InlineData("if (!_sleeping.TryEnter()) { Thread.Sleep(1); return; } _sleeping.Exit();")]
    [InlineData("bool t = false; try { _sleeping.Enter(ref t); } finally { if (t) _sleeping.Exit(); } Thread.Sleep(1);")]
    public Task Under_a_sleeping_spin_lock(string statements) => RuntimeSource.Members($"readonly SleepingLock _other = new(); void M() {{ {statements} }}");

    [Theory]
    [InlineData("[ContextLimit(WaitClass.Config)] void M() { _sleeping.Enter(); _sleeping.Exit(); }")]
    [InlineData("[ContextLimit(WaitClass.Sleep)] void M() => Thread.Sleep(1);")]
    [InlineData("[ContextLimit(WaitClass.Config)] void M() { var later = () => Thread.Sleep(1); }")]
    [InlineData("[ContextLimit(WaitClass.Config)] void M() { } void N() { M(); Thread.Sleep(1); }")]
    [InlineData("void M() => Rcu.Call(() => { _sleeping.Enter(); _sleeping.Exit(); });")]
    [InlineData("void Later([RunsLater] Action a) { } void M() => Later(() => Thread.Sleep(1));")]
    public Task Under_a_limit(string members) => RuntimeSource.Members(members);

    /// <summary>The field says that this one is held for long.</summary>
    [Fact]
    public Task A_lock_of_another_class() => RuntimeSource.Members("""
        [LockClass(Outer = WaitClass.Sleep, Inner = WaitClass.Sleep)] readonly SleepingLock _slow = new();
        void M() { _slow.Enter(); Thread.Sleep(1); _slow.Exit(); }
        """);
}
