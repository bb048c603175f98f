namespace LockContext.Runtime.Tests;

/// <summary>What the torture needs of a lock: ours, and the broken twins it has to catch.</summary>
internal interface ITortureLock
{
    void Enter();

    bool TryEnter();

    void Exit();
}

internal sealed class TorturedRawSpinLock : ITortureLock
{
    private RawSpinLock _lock;

    public void Enter() => _lock.Enter();

    public bool TryEnter() => _lock.TryEnter();

    public void Exit() => _lock.Exit();
}

internal sealed class TorturedSleepingLock : ITortureLock
{
    private readonly SleepingLock _lock = new();

    public void Enter() => _lock.Enter();

    public bool TryEnter() => _lock.TryEnter();

    public void Exit() => _lock.Exit();
}
