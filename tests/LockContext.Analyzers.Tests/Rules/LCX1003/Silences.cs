using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Rules.LCX1003;

public class Silences
{
    [Theory]
    [InlineData("PageAllocator.Shared.AllocPages(GfpFlags.NoLocks, 0);")]
    [InlineData("PageAllocator.Shared.AllocPages(GfpFlags.NoLocks | GfpFlags.Zero, 0);")]
    [InlineData("GfpFlags flags = GfpFlags.NoLocks; PageAllocator.Shared.AllocPages(flags, 0);")]
    [InlineData("var flags = GfpFlags.Zero; flags |= GfpFlags.NoLocks; PageAllocator.Shared.AllocPages(flags, 0);")]
    [InlineData("PageAllocator.Shared.AllocPages(_b ? GfpFlags.NoLocks : GfpFlags.NoLocks | GfpFlags.Zero, 0);")]
    [InlineData("PageAllocator.Shared.AllocPages(unknown | GfpFlags.NoLocks, 0);")]
    [InlineData("Alloc(GfpFlags.NoLocks);")]
    [InlineData("Alloc(GfpFlags.NoLocks | GfpFlags.NoWarn);")]
    public Task No_locks(string statement) => RuntimeSource.Held(statement);

    [Theory]
    [InlineData("PageAllocator.Shared.AllocPages(unknown, 0);")]
    [InlineData("PageAllocator.Shared.AllocPages(_flags, 0);")]
    [InlineData("PageAllocator.Shared.AllocPages(unknown & ~GfpFlags.Io, 0);")]
    [InlineData("Alloc(unknown);")]
    [InlineData("if ((unknown & GfpFlags.NoLocks) != 0) PageAllocator.Shared.AllocPages(unknown, 0);")]
    public Task Flags_that_are_unknown(string statement) => RuntimeSource.Held(statement, "private GfpFlags _flags;");

    [Fact]
    public Task Freeing_without_locks() => RuntimeSource.Held("PageAllocator.Shared.FreePagesNoLocks(page, 0);");

    [Theory]
    [InlineData("NoWait")]
    [InlineData("Atomic")]
    [InlineData("NoLocks")]
    [InlineData("None")]
    public Task Non_blocking_flags_under_a_sleeping_spin_lock(string flags) => RuntimeSource.Members(
        $$"""void M() { _sleeping.Enter(); PageAllocator.Shared.AllocPages(GfpFlags.{{flags}}, 0); _sleeping.Exit(); }""");

    [Theory]
    [InlineData("NoWait")]
    [InlineData("Atomic")]
    [InlineData("NoLocks")]
    public Task Non_blocking_flags_in_a_reader(string flags) => RuntimeSource.Members(
        $$"""void M() { Rcu.ReadLock(); PageAllocator.Shared.AllocPages(GfpFlags.{{flags}}, 0); Rcu.ReadUnlock(); }""");

    [Fact]
    public Task Anything_outside_of_a_context() => RuntimeSource.Members("""
        void M()
        {
            void* page = PageAllocator.Shared.AllocPages(GfpFlags.Kernel, 3);
            _raw.Enter();
            _n++;
            _raw.Exit();
            PageAllocator.Shared.FreePages(page, 3);
        }
        """);

    [Fact]
    public Task A_call_that_the_flags_rule_out() => RuntimeSource.Held("Fill(GfpFlags.NoLocks);", """
        void Fill(GfpFlags flags)
        {
            void* page = PageAllocator.Shared.AllocPages(flags | GfpFlags.NoLocks, 0);
            if (page == null && (flags & GfpFlags.DirectReclaim) != 0)
                PageAllocator.Shared.AllocPages(GfpFlags.Kernel, 0);
        }
        """);
}
