using System;
using System.Runtime.CompilerServices;
using System.Threading;
using Xunit;

namespace LockContext.Runtime.Tests;

public sealed class RawSpinLockTests
{
    [Fact]
    public void Default_value_is_a_free_lock_of_four_bytes()
    {
        RawSpinLock free = default;
        Assert.False(free.IsHeld);
        Assert.Equal(4, Unsafe.SizeOf<RawSpinLock>());
    }

    [Fact]
    public void Enter_holds_and_exit_frees()
    {
        RawSpinLock spin = default;
        spin.Enter();
        Assert.True(spin.IsHeld);
        spin.Exit();
        Assert.False(spin.IsHeld);
    }

    [Fact]
    public void Try_enter_turns_its_own_holder_away()
    {
        RawSpinLock spin = default;
        Assert.True(spin.TryEnter());
        Assert.False(spin.TryEnter());
        spin.Exit();
        Assert.True(spin.TryEnter());
    }

    [Fact]
    public void Taken_says_what_happened()
    {
        RawSpinLock spin = default;
        bool first = false, second = false;
        spin.Enter(ref first);
        spin.TryEnter(ref second);
        Assert.True(first);
        Assert.False(second);
        spin.Exit();
        spin.TryEnter(ref second);
        Assert.True(second);
    }

    [Fact]
    public void Taken_must_be_false_before()
    {
        RawSpinLock spin = default;
        bool taken = true;
        Assert.Throws<ArgumentException>(() => spin.Enter(ref taken));
        Assert.Throws<ArgumentException>(() => spin.TryEnter(ref taken));
        Assert.False(spin.IsHeld);
    }

    [Fact]
    public void Scope_releases_once()
    {
        RawSpinLock spin = default;
        RawSpinLock.Scope scope = spin.EnterScope();
        Assert.True(spin.IsHeld);
        scope.Dispose();
        Assert.False(spin.IsHeld);

        spin.Enter();
        scope.Dispose();
        Assert.True(spin.IsHeld);
        default(RawSpinLock.Scope).Dispose();
    }

    [Fact]
    public void Releasing_a_free_lock_throws()
    {
        RawSpinLock spin = default;
        Assert.Throws<SynchronizationLockException>(() => spin.Exit());
    }

    [Fact]
    public void Enter_waits_for_the_holder()
    {
        var box = new StrongBox<RawSpinLock>();
        bool entered = false;
        box.Value.Enter();
        var waiter = new Thread(() =>
        {
            box.Value.Enter();
            Volatile.Write(ref entered, true);
            box.Value.Exit();
        });
        waiter.Start();
        Assert.False(waiter.Join(50));
        Assert.False(Volatile.Read(ref entered));
        box.Value.Exit();
        Assert.True(waiter.Join(5000));
        Assert.True(entered);
    }
}
