using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Engine;

/// <summary>One bit of a word is the lock, and the others are none of its business.</summary>
[Trait("Policy", "Locks by shape")]
public class BitLocks
{
    [Fact]
    public Task The_bit_is_set_by_CompareExchange_and_cleared_in_any_way() => Spec.Code("""
        class Bits {
          const int Locked = 1, Waiters = 2, Closed = 4, Other = 8; int _state;
          void A() { var w = new SpinWait(); int s; while (true) { s = Volatile.Read(ref _state); if ((s & Locked) == 0 && Interlocked.CompareExchange(ref _state, s | Locked, s) == s) break; w.SpinOnce(); }
            {|LCX1001:Thread.Sleep(1)|};
            _state &= ~Locked; Thread.Sleep(1); }
          void Enter() { int s; do { s = Volatile.Read(ref _state); while ((s & Locked) != 0) { Thread.SpinWait(1); s = Volatile.Read(ref _state); } } while (Interlocked.CompareExchange(ref _state, s | Locked, s) != s); }
          void Exit() => Interlocked.And(ref _state, ~Locked);
          void ExitCas() { int s; do { s = _state; } while (Interlocked.CompareExchange(ref _state, s & ~Locked, s) != s); }
          void ExitAdd() => Interlocked.Add(ref _state, -Locked);
          void ExitWrite() => Volatile.Write(ref _state, _state & ~Locked);
          void B() { Enter(); {|LCX1001:Thread.Sleep(1)|};
            Exit(); Thread.Sleep(1); }
          void B2() { Enter(); {|LCX1001:Thread.Sleep(1)|};
            ExitCas(); Thread.Sleep(1); }
          void B3() { Enter(); {|LCX1001:Thread.Sleep(1)|};
            ExitAdd(); Thread.Sleep(1); }
          void B4() { Enter(); {|LCX1001:Thread.Sleep(1)|};
            ExitWrite(); Thread.Sleep(1); }
          void B5() { Enter(); _state |= Waiters; Interlocked.Or(ref _state, Other); {|LCX1001:Thread.Sleep(1)|};
            _state ^= Locked; Thread.Sleep(1); }
          void B6() { Enter(); try { {|LCX1001:Thread.Sleep(1)|}; }
            finally { Exit(); } Thread.Sleep(1); }
          void B7() { if (TryEnter()) { {|LCX1001:Thread.Sleep(1)|};
            Exit(); } Thread.Sleep(1); }
          bool TryEnter() { int s = _state; return (s & Locked) == 0 && Interlocked.CompareExchange(ref _state, s | Locked, s) == s; }
          void B8() { while (!TryEnter()) Thread.Yield(); {|LCX1001:Thread.Sleep(1)|};
            Exit(); }
          void B9() { Interlocked.Or(ref _state, Waiters); Thread.Sleep(1); Interlocked.And(ref _state, ~Waiters); _state |= Other; Thread.Sleep(1); }
          void B10() { Enter(); Interlocked.And(ref _state, ~Other); {|LCX1001:Thread.Sleep(1)|};
            Exit(); Thread.Sleep(1); }
        }
        """);

    [Fact]
    public Task A_continue_that_runs_into_the_attempt() => Spec.Code("""
        class BrokenContinue { int _state; const int Locked = 1;
          void A() { int s; do { s = Volatile.Read(ref _state); if ((s & Locked) != 0) { Thread.SpinWait(1); continue; } } while (Interlocked.CompareExchange(ref _state, s | Locked, s) != s);
            {|LCX1001:Thread.Sleep(1)|};
            _state &= ~Locked; Thread.Sleep(1); } }
        """);

    [Fact]
    public Task The_bit_is_set_by_Or() => Spec.Code("""
        class OrForm { long _state; [Flags] enum F : long { L = 1 << 3, M = 2 } 
          void A() { while ((Interlocked.Or(ref _state, 8) & 8) != 0) Thread.SpinWait(4); {|LCX1001:Thread.Sleep(1)|};
            Interlocked.And(ref _state, ~8L); Thread.Sleep(1); }
          void B() { for (;;) { long old = Interlocked.Or(ref _state, 8); if ((old & 8) == 0) break; Thread.Yield(); } {|LCX1001:Thread.Sleep(1)|};
            Interlocked.And(ref _state, ~8L); Thread.Sleep(1); }
          bool Try() => (Interlocked.Or(ref _state, 8) & 8) == 0;
          void C() { if (!Try()) { Thread.Sleep(1); return; } {|LCX1001:Thread.Sleep(1)|};
             Interlocked.And(ref _state, ~8L); } 
          void S() { Interlocked.Or(ref _state, 16); Thread.Sleep(1); } }
        """);

    [Fact]
    public Task A_flag_of_an_enum() => Spec.Code("""
        class EnumForm { [Flags] enum F : uint { None, L = 1u << 31, M = 2 } F _f;
          void A() { F s; while (true) { s = _f; if ((s & F.L) != 0) { Thread.SpinWait(1); continue; } if (Interlocked.CompareExchange(ref _f, s | F.L, s) == s) break; } {|LCX1001:Thread.Sleep(1)|};
            _f &= ~F.L; Thread.Sleep(1); } }
        """);

    [Fact]
    public Task The_old_value_is_written_back() => Spec.Code("""
        class Sign { int _v; const int L = int.MinValue;
          void A() { int s; for (;;) { s = Volatile.Read(ref _v); if ((s & L) != 0) { Thread.SpinWait(1); continue; } if (Interlocked.CompareExchange(ref _v, s | L, s) == s) break; } {|LCX1001:Thread.Sleep(1)|};
            Volatile.Write(ref _v, s); Thread.Sleep(1); }
          void B() { int s; for (;;) { s = Volatile.Read(ref _v); if ((s & L) != 0) { Thread.SpinWait(1); continue; } if (Interlocked.CompareExchange(ref _v, s | L, s) == s) break; } {|LCX1001:Thread.Sleep(1)|};
            Interlocked.Exchange(ref _v, s); Thread.Sleep(1); } }
        """);

    [Fact]
    public Task Two_bits_of_one_word_are_two_locks() => Spec.Code("""
        class TwoBits { int _state; const int Head = 1, Tail = 2;
          void LockHead() { int s; while (true) { s = _state; if ((s & Head) == 0 && Interlocked.CompareExchange(ref _state, s | Head, s) == s) return; Thread.SpinWait(1); } }
          void LockTail() { int s; while (true) { s = _state; if ((s & Tail) == 0 && Interlocked.CompareExchange(ref _state, s | Tail, s) == s) return; Thread.SpinWait(1); } }
          void UnlockHead() => Interlocked.And(ref _state, ~Head); void UnlockTail() => Interlocked.And(ref _state, ~Tail);
          void A() { LockHead(); LockTail(); UnlockHead(); {|LCX1001:Thread.Sleep(1)|};
             UnlockTail(); Thread.Sleep(1); } 
          void B() { LockHead(); UnlockTail(); {|LCX1001:Thread.Sleep(1)|};
             UnlockHead(); } }
        """);

    [Fact]
    public Task The_writer_of_a_sequence_count_who_excludes_others() => Spec.Code("""
        class Seq { uint _seq; 
          void Begin() { uint s; var w = new SpinWait(); while (true) { s = Volatile.Read(ref _seq); if ((s & 1) == 0 && Interlocked.CompareExchange(ref _seq, s + 1, s) == s) return; w.SpinOnce(); } }
          void A() { Begin(); {|LCX1001:Thread.Sleep(1)|};
             _seq++; Thread.Sleep(1); } 
          void B() { Begin(); {|LCX1001:Thread.Sleep(1)|};
             Interlocked.Increment(ref _seq); Thread.Sleep(1); }
          void R() { uint s; do { s = Volatile.Read(ref _seq); if ((s & 1) != 0) { Thread.SpinWait(1); continue; } } while (_seq != s); Thread.Sleep(1); } }
        """);

    [Fact]
    public Task A_word_passed_by_reference() => Spec.Code("""
        class ByRef { int _a, _b; const int L = 1; static void Lock(ref int w) { int s; while (true) { s = w; if ((s & L) == 0 && Interlocked.CompareExchange(ref w, s | L, s) == s) return; Thread.SpinWait(1); } } static void Unlock(ref int w) => Interlocked.And(ref w, ~L);
          void A() { Lock(ref _a); {|LCX1001:Thread.Sleep(1)|};
             Unlock(ref _a); Thread.Sleep(1); } }
        """);

    [Fact]
    public Task A_wrapper() => Spec.Code("""
        struct Wrapper { int _s; public void Enter() { int s; while (true) { s = Volatile.Read(ref _s); if ((s & 1) == 0) { if (Interlocked.CompareExchange(ref _s, s | 1, s) == s) return; } Thread.SpinWait(1); } } public void Exit() { _s &= ~1; } }
        class UsesWrapper { Wrapper _w; object _o = new(); void A() { _w.Enter(); lock ({|LCX1002:_o|}) { }
           _w.Exit(); lock (_o) { } } }
        """);

    [Fact]
    public Task The_message_names_the_bit() => Spec.Members(
        """
        private const int Locked = 1 << 3;
        private int _state;
        void M()
        {
            int seen;
            while (true)
            {
                seen = Volatile.Read(ref _state);
                if ((seen & Locked) == 0 && Interlocked.CompareExchange(ref _state, seen | Locked, seen) == seen)
                    break;
                Thread.SpinWait(1);
            }

            {|#0:Thread.Sleep(1)|};
            Interlocked.And(ref _state, ~Locked);
        }
        """,
        Verify.Diagnostic("LCX1001").WithLocation(0).WithMessageContaining("'_state' (bit Locked, a spin lock by its shape, taken at line"));

    [Fact]
    public Task Its_word_is_named_so_that_it_can_be_confirmed() => Spec.Members("""
        private int {|LCX3008:_state|};
        void Enter() { while ((Interlocked.Or(ref _state, 1) & 1) != 0) { } }
        void Exit() => Interlocked.And(ref _state, ~1);
        """);

    /// <summary>Where the word is declared to be a lock, the loops still say which bit of it.</summary>
    [Fact]
    public Task Confirmed_by_attribute_it_is_the_same_bit() => Spec.Members("""
        [LockClass(Outer = WaitClass.Spin)] private int _state;
        void Enter() { while ((Interlocked.Or(ref _state, 1) & 1) != 0) { } }
        void Exit() => Interlocked.And(ref _state, ~1);
        void M() { Enter(); Interlocked.Or(ref _state, 2); {|LCX1001:Thread.Sleep(1)|}; Exit(); Thread.Sleep(1); }
        """);

    [Fact]
    public Task An_option_refuses_it()
    {
        var test = Spec.Files(Spec.InClass("""
            private int _state;
            void M() { while ((Interlocked.Or(ref _state, 1) & 1) != 0) { } Thread.Sleep(1); Interlocked.And(ref _state, ~1); }
            """));
        test.TestState.AnalyzerConfigFiles.Add(("/.editorconfig", "root = true\n[*.cs]\nlockcontext.locks_by_shape = false\n"));
        return test.RunAsync();
    }

    [Fact]
    public Task Reads_tries_and_releases_of_other_forms() => Spec.Code("""
        class More { int _s; const int L = 1, W = 2, P = 4; long _big; int[] _a = new int[3];
          void Enter() { int s = _s; while (true) { if ((s & L) != 0) { Thread.SpinWait(1); s = _s; continue; } int seen = Interlocked.CompareExchange(ref _s, s | L, s); if (seen == s) return; s = seen; } }
          void Exit() { int s = _s; while (true) { int seen = Interlocked.CompareExchange(ref _s, s & ~(L | P), s); if (seen == s) return; s = seen; } }
          void A() { Enter(); {|LCX1001:Thread.Sleep(1)|};
             Exit(); Thread.Sleep(1); }
          void SetPending() { int s; do { s = _s; } while (Interlocked.CompareExchange(ref _s, s | P, s) != s); Thread.Sleep(1); }
          void Try(bool b) { int s = _s; if ((s & L) != 0) { Thread.Sleep(1); return; } if (Interlocked.CompareExchange(ref _s, s | L, s) != s) { Thread.Sleep(1); return; } {|LCX1001:Thread.Sleep(1)|};
             Exit(); Thread.Sleep(1); }
          void SpinUntilSet() { while ((_s & P) == 0) Thread.SpinWait(1); Thread.Sleep(1); }
          void LockElem(int i) { int s; while (true) { s = _a[i]; if ((s & L) == 0 && Interlocked.CompareExchange(ref _a[i], s | L, s) == s) return; Thread.SpinWait(1); } }
          void UnlockElem(int i) => Interlocked.And(ref _a[i], ~L);
          void E(int i) { LockElem(i); {|LCX1001:Thread.Sleep(1)|};
             UnlockElem(i); Thread.Sleep(1); }
          void Assign() { Enter(); _s = 0; Thread.Sleep(1); }
          void Fin() { Enter(); try { _a[0]++; } finally { _s -= L; } Thread.Sleep(1); }
        }
        """);

    [Fact]
    public Task A_gate_that_can_be_closed() => Spec.Code("""
        class GateWithClose { int _s; const int L = 1, Closed = 2; void Enter() { int s; while (true) { s = _s; if ((s & Closed) != 0) throw new Exception(); if ((s & L) == 0 && Interlocked.CompareExchange(ref _s, s | L, s) == s) return; Thread.SpinWait(1); } } void Exit() => Interlocked.And(ref _s, ~L);
          void A() { Enter(); {|LCX1001:Thread.Sleep(1)|};
            Exit(); } }
        """);
}
