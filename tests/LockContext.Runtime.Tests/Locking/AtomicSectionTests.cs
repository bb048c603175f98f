using System.Threading;
using Xunit;

namespace LockContext.Runtime.Tests;

public sealed class AtomicSectionTests
{
    [Fact]
    public void Sections_nest_and_belong_to_their_thread()
    {
        Assert.False(AtomicSection.IsInside);
        AtomicSection.Enter();
        using (AtomicSection.EnterScope()) Assert.True(AtomicSection.IsInside);
        Assert.True(AtomicSection.IsInside);
        bool elsewhere = true;
        var other = new Thread(() => elsewhere = AtomicSection.IsInside);
        other.Start();
        other.Join();
        Assert.False(elsewhere);
        AtomicSection.Exit();
        Assert.False(AtomicSection.IsInside);
    }

    [Fact]
    public void A_scope_leaves_once()
    {
        AtomicSection.Enter();
        AtomicSection.Scope scope = AtomicSection.EnterScope();
        scope.Dispose();
        scope.Dispose();
        default(AtomicSection.Scope).Dispose();
        Assert.True(AtomicSection.IsInside);
        AtomicSection.Exit();
    }

    [Fact]
    public void Leaving_what_was_not_entered_throws() => Assert.Throws<SynchronizationLockException>(() => AtomicSection.Exit());
}
