using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Engine;

/// <summary>A try counts as held from where it succeeded, in that branch only; every overload.</summary>
[Trait("Policy", "Ways through a body")]
public class TryAcquire
{
    [Theory]
    [InlineData("_l.TryEnter(ref taken);")]
    [InlineData("_l.TryEnter(0, ref taken);")]
    [InlineData("_l.TryEnter(5, ref taken);")]
    [InlineData("_l.TryEnter(TimeSpan.Zero, ref taken);")]
    [InlineData("_l.TryEnter(TimeSpan.FromSeconds(1), ref taken);")]
    public Task SpinLock_overloads(string attempt) => Spec.Members($$"""
        void If()
        {
            bool taken = false;
            {{attempt}}
            if (taken)
            {
                {|LCX1001:Thread.Sleep(1)|};
                _l.Exit();
            }
            else
            {
                Thread.Sleep(1);
            }
        }

        void EarlyReturn()
        {
            bool taken = false;
            {{attempt}}
            if (!taken) { Thread.Sleep(1); return; }
            {|LCX1001:Thread.Sleep(1)|};
            _l.Exit();
        }

        void Finally()
        {
            bool taken = false;
            try
            {
                {{attempt}}
                if (!taken) { Thread.Sleep(1); return; }
                {|LCX1001:Thread.Sleep(1)|};
            }
            finally
            {
                if (taken) _l.Exit();
            }
            Thread.Sleep(1);
        }
        """);

    [Theory]
    [InlineData("Monitor.TryEnter(_hot)", "Monitor.Exit(_hot);")]
    [InlineData("Monitor.TryEnter(_hot, 0)", "Monitor.Exit(_hot);")]
    [InlineData("Monitor.TryEnter(_hot, TimeSpan.FromSeconds(1))", "Monitor.Exit(_hot);")]
    [InlineData("_hotLock.TryEnter()", "_hotLock.Exit();")]
    [InlineData("_hotLock.TryEnter(7)", "_hotLock.Exit();")]
    [InlineData("_hotLock.TryEnter(TimeSpan.Zero)", "_hotLock.Exit();")]
    public Task By_return_value(string attempt, string exit) => Spec.Members($$"""
        [LockClass(Inner = WaitClass.Spin)] private readonly object _hot = new();
        [LockClass(Inner = WaitClass.Spin)] private readonly Lock _hotLock = new();

        void If() { if ({{attempt}}) { {|LCX1001:Thread.Sleep(1)|}; {{exit}} } else { Thread.Sleep(1); } Thread.Sleep(1); }
        void Not() { if (!{{attempt}}) { Thread.Sleep(1); return; } {|LCX1001:Thread.Sleep(1)|}; {{exit}} Thread.Sleep(1); }
        void Local() { bool b = {{attempt}}; if (!b) return; {|LCX1001:Thread.Sleep(1)|}; {{exit}} }
        void And() { if (_b && {{attempt}}) { {|LCX1001:Thread.Sleep(1)|}; {{exit}} } else { Thread.Sleep(1); } }
        void Or() { if (_b || !{{attempt}}) { Thread.Sleep(1); return; } {|LCX1001:Thread.Sleep(1)|}; {{exit}} }
        void Loop() { while (!{{attempt}}) Thread.Sleep(1); {|LCX1001:Thread.Sleep(1)|}; {{exit}} }
        void Compare() { if ({{attempt}} == false) { Thread.Sleep(1); return; } {|LCX1001:Thread.Sleep(1)|}; {{exit}} }
        """);

    [Fact]
    public Task Monitor_by_ref_bool() => Spec.Members("""
        [LockClass(Inner = WaitClass.Spin)] private readonly object _hot = new();
        void M()
        {
            bool taken = false;
            Monitor.TryEnter(_hot, ref taken);
            if (!taken) { Thread.Sleep(1); return; }
            {|LCX1001:Thread.Sleep(1)|};
            Monitor.Exit(_hot);
            Thread.Sleep(1);
        }
        """);

    [Fact]
    public Task A_try_is_exempt_itself_but_counts_when_it_has_succeeded() => Spec.Held("""
        if (Monitor.TryEnter(_gate))
        {
            {|LCX1001:Thread.Sleep(1)|};
            Monitor.Exit(_gate);
        }
        """);

    [Fact]
    public Task Declared_tries() => Spec.Code("""
        [LockClass(Outer = WaitClass.Spin)]
        class Ticket
        {
            [Acquires(Try = true)] public bool TryTake() => true;
            [Acquires(Try = true)] public void TryTake([LockTaken] out bool taken) => taken = true;
            [Acquires(Try = true)] public object? TryGet() => null;
            [Acquires(Try = true)] public bool TryTake([LockContext.Timeout] int ms) => true;
            [Releases] public void Give() { }
        }

        class C
        {
            readonly Ticket _t = new();
            void Bool() { if (_t.TryTake()) { {|LCX1001:Thread.Sleep(1)|}; _t.Give(); } else Thread.Sleep(1); }
            void Out() { _t.TryTake(out bool b); if (b) { {|LCX1001:Thread.Sleep(1)|}; _t.Give(); } else Thread.Sleep(1); }
            void Null() { if (_t.TryGet() is not null) { {|LCX1001:Thread.Sleep(1)|}; _t.Give(); } else Thread.Sleep(1); }
            void NotNull() { var g = _t.TryGet(); if (g == null) { Thread.Sleep(1); return; } {|LCX1001:Thread.Sleep(1)|}; _t.Give(); }
            void Timed() { if (!_t.TryTake(5)) { Thread.Sleep(1); return; } {|LCX1001:Thread.Sleep(1)|}; _t.Give(); }
        }
        """);

    [Fact]
    public Task A_wrapper_that_returns_the_result() => Spec.Members("""
        [LockClass(Inner = WaitClass.Spin)] private readonly object _hot = new();
        bool TryBegin() => Monitor.TryEnter(_hot);
        void End() => Monitor.Exit(_hot);
        void M()
        {
            if (!TryBegin()) { Thread.Sleep(1); return; }
            {|LCX1001:Thread.Sleep(1)|};
            End();
            Thread.Sleep(1);
        }
        """);

    [Theory]
    [InlineData("ReaderWriterLockSlim", "TryEnterReadLock(-1)", "ExitReadLock()")]
    [InlineData("ReaderWriterLockSlim", "TryEnterWriteLock(Timeout.Infinite)", "ExitWriteLock()")]
    [InlineData("ReaderWriterLockSlim", "TryEnterUpgradeableReadLock(Timeout.InfiniteTimeSpan)", "ExitUpgradeableReadLock()")]
    [InlineData("Mutex", "WaitOne(-1)", "ReleaseMutex()")]
    [InlineData("Mutex", "WaitOne(Timeout.InfiniteTimeSpan, false)", "ReleaseMutex()")]
    [InlineData("Mutex", "WaitOne()", "ReleaseMutex()")]
    [InlineData("Lock", "TryEnter(-1)", "Exit()")]
    public Task With_all_the_time_there_is_it_succeeds(string type, string acquire, string release) => Spec.Members($$"""
        private readonly {{type}} _other = new();
        int Ignored() { _other.{{acquire}}; try { return _n; } finally { _other.{{release}}; } }
        int Asked() { if (!_other.{{acquire}}) return 0; try { return _n; } finally { _other.{{release}}; } }
        void Raw() { bool taken = false; _l.Enter(ref taken); {|LCX1002:_other.{{acquire}}|}; _other.{{release}}; _l.Exit(); }
        """);

    [Fact]
    public Task An_abandoned_mutex_is_ones_own() => Spec.Members("""
        private readonly Mutex _mutex = new();
        bool Open()
        {
            try { _mutex.WaitOne(); } catch (AbandonedMutexException) { }
            if (_n == 0)
            {
                try { _n = 2; return true; } catch { _mutex.ReleaseMutex(); throw; }
            }
            return false;
        }
        void M()
        {
            try { if (!_mutex.WaitOne(500)) return; } catch (AbandonedMutexException) { _n = 0; }
            _n++;
            _mutex.ReleaseMutex();
        }
        void Leaks()
        {
            try { {|LCX2001:_mutex.WaitOne()|}; } catch (AbandonedMutexException) { return; }
            _mutex.ReleaseMutex();
        }
        """);
}
