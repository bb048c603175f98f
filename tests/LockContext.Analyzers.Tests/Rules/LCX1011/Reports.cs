using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Rules.LCX1011;

public class Reports
{
    [Theory]
    [InlineData("_sleeping.Enter(); {|LCX1011:Thread.Sleep(1)|}; _sleeping.Exit();")]
    [InlineData("_sleeping.Enter(); lock ({|LCX1011:this|}) { } _sleeping.Exit();")]
    [InlineData("_sleeping.Enter(); {|LCX1011:PageAllocator.Shared.AllocPages(GfpFlags.Kernel, 0)|}; _sleeping.Exit();")]
    [InlineData("_sleeping.Enter(); {|LCX1011:Deep()|}; _sleeping.Exit();")]
    [InlineData("if (_sleeping.TryEnter()) { {|LCX1011:Thread.Sleep(1)|}; _sleeping.Exit(); }")]
    [InlineData("bool t = false; try { _sleeping.Enter(ref t); {|LCX1011:Thread.Sleep(1)|}; } finally { if (t) _sleeping.Exit(); }")]
    public Task Under_a_sleeping_spin_lock(string statements) => RuntimeSource.Members($"void M() {{ {statements} }} void Deep() => Deeper(); void Deeper() {{ lock (this) {{ }} }}");

    [Theory]
    [InlineData("[ContextLimit(WaitClass.Config)] void M() => {|LCX1011:Thread.Sleep(1)|};")]
    [InlineData("[ContextLimit(WaitClass.Config)] void M() { void Local() => Thread.Sleep(1); {|LCX1011:Local()|}; }")]
    [InlineData("void M() => Rcu.Call(() => {|LCX1011:Thread.Sleep(1)|});")]
    [InlineData("void M() => Rcu.Call({|LCX1011:Save|}); void Save() => Thread.Sleep(1);")]
    [InlineData("void Now([RunsHere(Limit = WaitClass.Config)] Action a) { } void M() => Now(() => {|LCX1011:Thread.Sleep(1)|});")]
    public Task Under_a_limit(string members) => RuntimeSource.Members(members);

    /// <summary>An ordinary lock under which nothing may block.</summary>
    [Fact]
    public Task A_field_with_a_class_of_its_own() => RuntimeSource.Members("""
        [LockClass(Inner = WaitClass.Config)] readonly object _hot = new();
        void M()
        {
            lock (_hot)
            {
                {|LCX1011:System.IO.File.ReadAllText("x")|};
            }
        }
        """);

    [Fact]
    public Task Message() => RuntimeSource.Members("""
        void M()
        {
            _sleeping.Enter();
            {|#0:Save()|};
            _sleeping.Exit();
        }
        void Save() => Thread.Sleep(1);
        """, Verify.Diagnostic("LCX1011").WithLocation(0).WithMessageContaining("'Thread.Sleep' can sleep while SleepingLock '_sleeping' (taken at line ", "is held: Save -> Thread.Sleep; move it after Exit"));
}
