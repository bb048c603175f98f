using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Engine;

/// <summary>What a callee takes or releases on some ways only, and nothing tells which, is neither held nor free for its caller.</summary>
[Trait("Policy", "Ways through a body")]
public class UnsureLocks
{
    /// <summary>A lock that counts its owner's entries, as an emulator's kernel has it.</summary>
    private const string Critical = """
        private sealed class Critical
        {
            private readonly object _lock = new();
            private int _depth;
            public void Enter() { Monitor.Enter(_lock); _depth++; }
            public void Leave()
            {
                if (_depth == 0) return;
                if (--_depth == 0) { Monitor.Exit(_lock); Signal(); }
                else Monitor.Exit(_lock);
            }
            private static void Signal() { }
        }
        private readonly Critical _critical = new();

        """;

    [Fact]
    public Task Released_if_a_count_says_so() => Spec.Members(Critical + """
        void A() { _critical.Enter(); _n++; _critical.Leave(); }
        int B() { _critical.Enter(); if (_n == 3) { _critical.Leave(); return 4; } _n++; _critical.Leave(); return 5; }
        void Loop() { while (_b) { _critical.Enter(); _n++; _critical.Leave(); } }
        async Task Awaits() { A(); B(); await Task.Yield(); for (int i = 0; i < 4; i++) { _critical.Enter(); _critical.Leave(); await Task.Yield(); } }
        IEnumerable<int> D() { A(); yield return 1; B(); Loop(); yield return 2; }
        """);

    [Fact]
    public Task Between_the_two_it_is_held() => Spec.Members("""
        private int _depth;
        void Enter() { bool taken = false; _l.Enter(ref taken); _depth++; }
        void Leave() { if (--_depth == 0) _l.Exit(); }
        void M() { Thread.Sleep(1); Enter(); {|LCX1001:Thread.Sleep(1)|}; Leave(); Thread.Sleep(1); }
        void Again() { Enter(); Leave(); Enter(); {|LCX1001:Thread.Sleep(1)|}; Leave(); Leave(); Thread.Sleep(1); }
        """);

    [Fact]
    public Task Taken_unless_it_is_held_already() => Spec.Members("""
        private readonly ReaderWriterLockSlim _transaction = new();
        void EnterTransaction()
        {
            if (_transaction.IsWriteLockHeld) return;
            if (!_transaction.TryEnterReadLock(1000)) throw new TimeoutException();
        }
        void ExitTransaction()
        {
            if (_transaction.IsWriteLockHeld) return;
            if (_transaction.IsReadLockHeld) _transaction.ExitReadLock();
        }
        void Get() { if (_n == 0) EnterTransaction(); }
        IEnumerable<int> Query() { Get(); yield return 1; yield return 2; ExitTransaction(); }
        async Task M() { Get(); await Task.Yield(); ExitTransaction(); Get(); ExitTransaction(); }
        """);

    [Fact]
    public Task Nothing_is_said_until_it_is_taken_again() => Spec.Members("""
        void Perhaps() { if (_n == int.Parse("1")) { bool taken = false; _l.Enter(ref taken); } }
        void M()
        {
            Perhaps();
            Thread.Sleep(1);
            _l.Exit();
            Thread.Sleep(1);
            _l.Exit();
            bool taken = false;
            _l.Enter(ref taken);
            {|LCX1001:Thread.Sleep(1)|};
            _l.Exit();
            {|LCX2002:_l.Exit()|};
        }
        """);

    [Fact]
    public Task What_tells_the_ways_apart() => Spec.Members("""
        bool ByResult() { if (_n == int.Parse("1")) { bool taken = false; _l.Enter(ref taken); return true; } return false; }
        void ByReference(ref bool locked) { if (_n == int.Parse("1")) { bool taken = false; _l.Enter(ref taken); locked = true; } else locked = false; }
        void ByParameter(bool locked) { if (locked) { bool taken = false; _l.Enter(ref taken); } }
        void ByField() { if (_b) { bool taken = false; _l.Enter(ref taken); } }
        object? ByNull() { if (_n == int.Parse("1")) { bool taken = false; _l.Enter(ref taken); return new object(); } return null; }
        void M()
        {
            if (ByResult()) { {|LCX1001:Thread.Sleep(1)|}; _l.Exit(); }
            bool locked = false;
            ByReference(ref locked);
            if (locked) { {|LCX1001:Thread.Sleep(1)|}; _l.Exit(); }
            ByParameter(true);
            {|LCX1001:Thread.Sleep(1)|};
            _l.Exit();
            if (ByNull() is not null) { {|LCX1001:Thread.Sleep(1)|}; _l.Exit(); }
            Thread.Sleep(1);
            ByField();
            {|LCX1001:Thread.Sleep(1)|};
            if (_b) _l.Exit();
        }
        """);

    [Fact]
    public Task The_member_itself_is_told_of_its_leak() => Spec.Members("""
        void Leaks() { {|LCX2001:Monitor.Enter(_gate)|}; if (_n == 3) return; _n++; Monitor.Exit(_gate); }
        async Task Calls() { Leaks(); await Task.Yield(); Leaks(); Leaks(); }
        """);
}
