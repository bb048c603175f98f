using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Rules.LCX2002;

/// <summary>Silence where a monitor is waited for inside of a <c>try</c>, and where a lock is taken for reading and then for writing.</summary>
public class WaitsAndReaders
{
    [Theory]
    [InlineData("while (Volatile.Read(ref _count) < target) { if (Once(target)) interrupted = true; }")]
    [InlineData("while (Volatile.Read(ref _count) < target) interrupted |= Once(target);")]
    [InlineData("do { interrupted |= Once(target); } while (Volatile.Read(ref _count) < target);")]
    [InlineData("while (Volatile.Read(ref _count) < target) { lock (_o) { if (Volatile.Read(ref _count) < target) Monitor.Wait(_o); } }")]
    [InlineData("while (Volatile.Read(ref _count) < target) { try { lock (_o) { if (_count < target) Monitor.Wait(_o); } } catch (ThreadInterruptedException) { interrupted = true; } }")]
    public Task A_wait_in_a_loop(string loop) => Spec.Members($$"""
        private readonly object _o = new();
        private long _count;

        [Sleepable]
        private bool All(long target)
        {
            bool interrupted = false;
            {{loop}}
            return interrupted;
        }

        [Sleepable]
        private bool Once(long target)
        {
            try
            {
                lock (_o)
                {
                    if (Volatile.Read(ref _count) < target) Monitor.Wait(_o);
                }

                return false;
            }
            catch (ThreadInterruptedException)
            {
                return true;
            }
        }
        """);

    [Theory]
    [InlineData("LockAll(); _n = 0; UnlockAll();")]
    [InlineData("_rw.EnterWriteLock(); foreach (Part part in _parts) part.Rw.EnterWriteLock(); _n = 0; foreach (Part part in _parts) part.Rw.ExitWriteLock(); _rw.ExitWriteLock();")]
    public Task Read_and_then_written(string write) => Spec.Members($$"""
        private sealed class Part { public readonly ReaderWriterLockSlim Rw = new(); }
        private readonly ReaderWriterLockSlim _rw = new();
        private readonly Part[] _parts = new Part[2];

        [Sleepable]
        public int Remove()
        {
            _rw.EnterReadLock();
            bool any = _n > 0;
            _rw.ExitReadLock();
            if (!any) return 0;
            {{write}}
            return 1;
        }

        private void LockAll()
        {
            _rw.EnterWriteLock();
            foreach (Part part in _parts) part.Rw.EnterWriteLock();
        }

        private void UnlockAll()
        {
            foreach (Part part in _parts) part.Rw.ExitWriteLock();
            _rw.ExitWriteLock();
        }
        """);
}
