using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.RealCode;

/// <summary>Correct code around the locks that may be waited under. None of it is a raw context.</summary>
public class OrdinaryLocks
{
    [Theory]
    [InlineData("if (_cache is null) { lock (_gate) { _cache ??= new object(); } }")]
    [InlineData("lock (_gate) { while (_n == 0) Monitor.Wait(_gate); _n--; Monitor.PulseAll(_gate); }")]
    [InlineData("bool entered = false; try { Monitor.TryEnter(_gate, 100, ref entered); if (!entered) throw new TimeoutException(); Thread.Sleep(1); } finally { if (entered) Monitor.Exit(_gate); }")]
    [InlineData("if (!Monitor.TryEnter(_gate, 100)) return; try { Thread.Sleep(1); } finally { Monitor.Exit(_gate); }")]
    [InlineData("try { lock (_gate) { Monitor.Wait(_gate); } return; } catch (ThreadInterruptedException) { _n++; }")]
    [InlineData("while (true) { try { lock (_gate) { while (_n == 0) Monitor.Wait(_gate); } return; } catch (ThreadInterruptedException) { _n++; } }")]
    [InlineData("lock (typeof(C)) lock (this) lock (_gate) { Thread.Sleep(1); }")]
    [InlineData("lock (_locks[_n]) { lock (_locks[_n + 1]) { } }")]
    [InlineData("Monitor.Enter(_gate); try { Monitor.Exit(_gate); try { Thread.Sleep(1); } finally { Monitor.Enter(_gate); } } finally { Monitor.Exit(_gate); }")]
    [InlineData("if (Monitor.IsEntered(_gate)) Monitor.Exit(_gate);")]
    [InlineData("var gate = _gate; Monitor.Enter(gate); try { _n++; } finally { Monitor.Exit(gate); }")]
    [InlineData("using (_lock.EnterScope()) { if (_n > 0) return; using (_lock.EnterScope()) { } }")]
    [InlineData("Lock.Scope s = _lock.EnterScope(); try { _n++; } finally { s.Dispose(); } ")]
    public Task Monitor_and_Lock(string statements) => Spec.Members($$"""
        private object? _cache;
        private readonly object[] _locks = [new(), new()];
        void M() { {{statements}} }
        """);

    [Theory]
    [InlineData("_rw.EnterUpgradeableReadLock(); try { if (_n == 0) { _rw.EnterWriteLock(); try { _n++; } finally { _rw.ExitWriteLock(); } } } finally { _rw.ExitUpgradeableReadLock(); }")]
    [InlineData("_rw.EnterReadLock(); try { if (_n > 0) return; } finally { _rw.ExitReadLock(); } _rw.EnterWriteLock(); try { _n++; } finally { _rw.ExitWriteLock(); }")]
    [InlineData("if (write) _rw.EnterWriteLock(); else _rw.EnterReadLock(); try { Thread.Sleep(1); } finally { if (write) _rw.ExitWriteLock(); else _rw.ExitReadLock(); }")]
    [InlineData("if (!_rw.TryEnterReadLock(100)) return; try { _n++; } finally { _rw.ExitReadLock(); }")]
    [InlineData("if (_rw.TryEnterWriteLock(TimeSpan.Zero)) { try { _n++; } finally { _rw.ExitWriteLock(); } }")]
    [InlineData("_maybe?.EnterReadLock(); try { _n++; } finally { _maybe?.ExitReadLock(); }")]
    [InlineData("_old.AcquireReaderLock(5); try { _n++; } finally { _old.ReleaseReaderLock(); }")]
    [InlineData("if (write) _rw.EnterWriteLock(); try { _n++; } finally { if (_rw.IsWriteLockHeld) _rw.ExitWriteLock(); }")]
    [InlineData("bool mine = !_old.IsWriterLockHeld; try { if (mine) _old.AcquireWriterLock(-1); _n++; } finally { if (mine && _old.IsWriterLockHeld) { _old.ReleaseWriterLock(); } }")]
    [InlineData("ReaderWriterLock rw = _old; bool mine = !rw.IsReaderLockHeld; try { if (mine) rw.AcquireReaderLock(-1); _n++; } finally { if (mine && rw.IsReaderLockHeld) rw.ReleaseReaderLock(); }")]
    [InlineData("try { _old.AcquireReaderLock(-1); if (_n > 0) return; _old.ReleaseReaderLock(); _n++; _old.AcquireWriterLock(-1); } finally { if (_old.IsReaderLockHeld) _old.ReleaseReaderLock(); if (_old.IsWriterLockHeld) { _n++; _old.ReleaseWriterLock(); } }")]
    [InlineData("_old.AcquireReaderLock(-1); try { if (_n == 0) { var cookie = _old.UpgradeToWriterLock(-1); try { _n++; } finally { _old.DowngradeFromWriterLock(ref cookie); } } } finally { _old.ReleaseReaderLock(); }")]
    [InlineData("_old.AcquireReaderLock(-1); _old.UpgradeToWriterLock(-1); _n++; _old.ReleaseLock();")]
    [InlineData("_old.AcquireWriterLock(-1); var cookie = _old.ReleaseLock(); _n++; _old.RestoreLock(ref cookie); _old.ReleaseWriterLock();")]
    public Task Reader_writer_locks(string statements) => Spec.Members($$"""
        private readonly ReaderWriterLockSlim _rw = new();
        private readonly ReaderWriterLockSlim? _maybe = null;
        private readonly ReaderWriterLock _old = new();
        void M(bool write) { {{statements}} }
        """);

    [Theory]
    [InlineData("if (!_mutex.WaitOne(1000)) throw new TimeoutException(); try { Thread.Sleep(1); } finally { _mutex.ReleaseMutex(); }")]
    [InlineData("bool owned = false; try { try { owned = _mutex.WaitOne(0); } catch (AbandonedMutexException) { owned = true; } if (owned) _n++; } finally { if (owned) _mutex.ReleaseMutex(); }")]
    [InlineData("_mutex.WaitOne(); _mutex.ReleaseMutex();")]
    [InlineData("_semaphore.Wait(); try { if (_b) return; Thread.Sleep(1); } finally { _semaphore.Release(); }")]
    [InlineData("if (!_semaphore.Wait(10)) return; _n++; _semaphore.Release();")]
    public Task Mutexes_and_semaphores(string statements) => Spec.Members($$"""
        private readonly Mutex _mutex = new();
        void M() { {{statements}} }
        """);

    [Fact]
    public Task Async_code_with_a_semaphore_and_short_locks() => Spec.Members("""
        private readonly Dictionary<string, Task<int>> _pending = new();

        async Task<int> GetAsync(string key, CancellationToken token)
        {
            Task<int>? task;
            lock (_pending)
            {
                if (!_pending.TryGetValue(key, out task))
                    _pending.Add(key, task = LoadAsync(key, token));
            }

            try
            {
                return await task.ConfigureAwait(false);
            }
            finally
            {
                lock (_pending) { _pending.Remove(key); }
            }
        }

        async Task<int> LoadAsync(string key, CancellationToken token)
        {
            await _semaphore.WaitAsync(token).ConfigureAwait(false);
            try { await Task.Delay(1, token); return key.Length; }
            finally { _semaphore.Release(); }
        }
        """);

    [Fact]
    public Task An_iterator_with_a_snapshot_under_a_lock() => Spec.Members("""
        private readonly List<int> _items = new();
        IEnumerable<int> Items()
        {
            int[] copy;
            lock (_items) { copy = _items.ToArray(); }
            foreach (int i in copy) yield return i;
        }
        """);

    [Fact]
    public Task A_lock_kept_from_one_method_to_the_next() => Spec.Members("""
        public void BeginEdit() { Monitor.Enter(_gate); _n++; }
        public void EndEdit() { _n--; Monitor.Exit(_gate); }
        public void Use() { BeginEdit(); try { Thread.Sleep(1); } finally { EndEdit(); } }
        """);

    [Fact]
    public Task A_class_that_takes_a_lock_when_made_and_releases_it_when_disposed() => Spec.Members("""
        sealed class Session : IDisposable
        {
            private readonly object _gate;
            public Session(object gate) { _gate = gate; Monitor.Enter(gate); }
            public void Dispose() => Monitor.Exit(_gate);
        }
        void M() { using (new Session(_gate)) { Thread.Sleep(1); } }
        Session Open() => new Session(_gate);
        void Several() { using var a = new Session(_gate); using var b = Open(); Thread.Sleep(1); }
        """);
}
