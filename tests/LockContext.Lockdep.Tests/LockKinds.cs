using System;
using System.Collections.Generic;
using LockContext.Runtime;

namespace LockContext.Lockdep.Tests;

/// <summary>A lock of any kind, as the families see it. Two of one class are made at one place.</summary>
internal interface IAnyLock
{
    void Enter();

    bool TryEnter();

    void Exit();
}

/// <summary>The kinds of locks that lockdep watches, each as a maker of locks.</summary>
internal static class LockKinds
{
    /// <summary>Kind by name. A maker makes locks of one class for each name that it is given.</summary>
    internal static readonly Dictionary<string, Func<string, IAnyLock>> All = new()
    {
        ["raw"] = name => new Raw(name),
        ["sleeping"] = name => new Sleeping(name),
        ["local"] = name => new Local(name),
        ["rwsem read"] = name => new Semaphore(name, writes: false),
        ["rwsem write"] = name => new Semaphore(name, writes: true),
        ["map"] = name => new Map(name),
        ["Lock"] = name => new OfWatchedLock(name),
        ["SpinLock"] = name => new OfWatchedSpinLock(name),
        ["Monitor"] = name => new OfWatchedMonitor(name),
        ["ReaderWriterLockSlim read"] = name => new OfWatchedReaderWriterLock(name, writes: false),
        ["ReaderWriterLockSlim write"] = name => new OfWatchedReaderWriterLock(name, writes: true),
    };

    /// <summary>Kinds whose holder may take the same lock again.</summary>
    internal static bool IsReentrant(string kind) => kind is "Lock" or "Monitor";

    private sealed class Raw(string name) : IAnyLock
    {
        private RawSpinLock _lock = new(name);

        public void Enter() => _lock.Enter();

        public bool TryEnter() => _lock.TryEnter();

        public void Exit() => _lock.Exit();
    }

    private sealed class Sleeping(string name) : IAnyLock
    {
        private readonly SleepingLock _lock = new(name);

        public void Enter() => _lock.Enter();

        public bool TryEnter() => _lock.TryEnter();

        public void Exit() => _lock.Exit();
    }

    private sealed class Local(string name) : IAnyLock
    {
        private readonly LocalLock _lock = new(name);
        private int _slot;

        public void Enter() => _slot = _lock.Enter();

        public bool TryEnter()
        {
            if (!_lock.TryEnter(out int slot)) return false;
            _slot = slot;
            return true;
        }

        public void Exit() => _lock.Exit(_slot);
    }

    private sealed class Semaphore(string name, bool writes) : IAnyLock
    {
        private readonly RwSemaphore _lock = new(name);

        public void Enter()
        {
            if (writes) _lock.EnterWrite();
            else _lock.EnterRead();
        }

        public bool TryEnter() => writes ? _lock.TryEnterWrite() : _lock.TryEnterRead();

        public void Exit()
        {
            if (writes) _lock.ExitWrite();
            else _lock.ExitRead();
        }
    }

    private sealed class Map(string name) : IAnyLock
    {
        private readonly LockdepMap _lock = new(name, WaitClass.Sleep);

        public void Enter() => _lock.Acquire();

        public bool TryEnter()
        {
            _lock.Acquired();
            return true;
        }

        public void Exit() => _lock.Release();
    }

    private sealed class OfWatchedLock(string name) : IAnyLock
    {
        private readonly WatchedLock _lock = new(name);

        public void Enter() => _lock.Enter();

        public bool TryEnter() => _lock.TryEnter();

        public void Exit() => _lock.Exit();
    }

    private sealed class OfWatchedSpinLock(string name) : IAnyLock
    {
        private readonly WatchedSpinLock _lock = new(name);

        public void Enter() => _lock.Enter();

        public bool TryEnter() => _lock.TryEnter();

        public void Exit() => _lock.Exit();
    }

    private sealed class OfWatchedMonitor(string name) : IAnyLock
    {
        private readonly WatchedMonitor _lock = new(name);

        public void Enter() => _lock.Enter();

        public bool TryEnter() => _lock.TryEnter();

        public void Exit() => _lock.Exit();
    }

#pragma warning disable CA1001 // lives as long as the test
    private sealed class OfWatchedReaderWriterLock(string name, bool writes) : IAnyLock
    {
        private readonly WatchedReaderWriterLock _lock = new(name);

        public void Enter()
        {
            if (writes) _lock.EnterWrite();
            else _lock.EnterRead();
        }

        public bool TryEnter() => writes ? _lock.TryEnterWrite() : _lock.TryEnterRead();

        public void Exit()
        {
            if (writes) _lock.ExitWrite();
            else _lock.ExitRead();
        }
    }
#pragma warning restore CA1001
}
