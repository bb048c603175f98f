using System;
using System.Threading;
using Xunit;

namespace LockContext.Runtime.Tests;

public sealed class LocalLockTests
{
    private readonly LocalLock _lock = new();

    [Fact]
    public void There_is_a_slot_for_each_processor() => Assert.Equal(Environment.ProcessorCount, _lock.SlotCount);

    [Fact]
    public void Enter_names_a_slot_and_keeps_others_out_of_that_one_only()
    {
        int slot = _lock.Enter();
        Assert.InRange(slot, 0, _lock.SlotCount - 1);
        bool[] got = new bool[_lock.SlotCount];
        for (int attempt = 0; attempt < 1000; attempt++)
        {
            if (!_lock.TryEnter(out int other)) continue;
            got[other] = true;
            _lock.Exit(other);
        }

        Assert.False(got[slot]);
        _lock.Exit(slot);
    }

    [Fact]
    public void A_failed_try_names_no_slot()
    {
        // All slots taken: whatever processor we are on, there is none left.
        int[] taken = new int[_lock.SlotCount];
        int count = 0;
        SpinWait.SpinUntil(() => _lock.TryEnter(out int slot) && (taken[count++] = slot) >= 0 && count == taken.Length, 10_000);
        Assert.Equal(taken.Length, count);
        Assert.False(_lock.TryEnter(out int none));
        Assert.Equal(-1, none);
        foreach (int slot in taken) _lock.Exit(slot);
    }

    [Fact]
    public void Scope_releases_once()
    {
        LocalLock.Scope scope = _lock.EnterScope();
        int slot = scope.Slot;
        scope.Dispose();
        scope.Dispose();
        Assert.Throws<SynchronizationLockException>(() => _lock.Exit(slot));
        default(LocalLock.Scope).Dispose();
    }

    [Fact]
    public void Misuse_is_refused()
    {
        Assert.Throws<SynchronizationLockException>(() => _lock.Exit(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => _lock.Exit(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => _lock.Exit(_lock.SlotCount));
    }
}
