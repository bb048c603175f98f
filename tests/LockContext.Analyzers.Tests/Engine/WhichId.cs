using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Engine;

/// <summary>The id follows from the context and the innermost cause.</summary>
[Trait("Policy", "Which id")]
public class WhichId
{
    [Theory]
    [InlineData("{|LCX1001:Thread.Sleep(1)|};")]
    [InlineData("lock ({|LCX1002:this|}) { }")]
    [InlineData("{|LCX1003:PageAllocator.Shared.AllocPages(GfpFlags.Kernel, 0)|};")]
    [InlineData("{|LCX1002:_sleeping.Enter()|}; _sleeping.Exit();")]
    [InlineData("{|LCX1001:Sleeps()|};")]
    [InlineData("{|LCX1002:Locks()|};")]
    [InlineData("{|LCX1003:Allocates()|};")]
    [InlineData("{|LCX1001:SleepsAndAllocates()|};")]
    public Task Under_a_raw_lock(string statement) => RuntimeSource.Held(statement, """
        void Sleeps() => Thread.Sleep(1);
        void Locks() { lock (this) { } }
        void Allocates() => PageAllocator.Shared.AllocPages(GfpFlags.Kernel, 0);
        void SleepsAndAllocates() { PageAllocator.Shared.AllocPages(GfpFlags.Kernel, 0); Thread.Sleep(1); }
        """);

    [Fact]
    public Task A_raw_lock_inside_a_weaker_context_decides() => RuntimeSource.Members("""
        void M()
        {
            _sleeping.Enter();
            _raw.Enter();
            {|LCX1001:Thread.Sleep(1)|};
            _raw.Exit();
            _sleeping.Exit();
        }
        """);
}
