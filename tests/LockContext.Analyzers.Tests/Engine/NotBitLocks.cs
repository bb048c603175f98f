using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Engine;

/// <summary>Bits that are set and cleared by the same instructions, and are no locks.</summary>
[Trait("Policy", "Locks by shape")]
public class NotBitLocks
{
    [Fact]
    public Task Reference_counts() => Spec.Code("""
        class RefCount { int _n; const int Dead = 1 << 30; bool AddRef() { int s; do { s = _n; if ((s & Dead) != 0) return false; } while (Interlocked.CompareExchange(ref _n, s + 2, s) != s); Thread.Sleep(1); return true; } void Release() { if (Interlocked.Decrement(ref _n) == 0) Thread.Sleep(1); } }
        """);

    [Fact]
    public Task Reference_counts_without_a_bit() => Spec.Code("""
        class RefCount2 { int _n; void AddRef() { int s; do { s = _n; } while (Interlocked.CompareExchange(ref _n, s + 1, s) != s); Thread.Sleep(1); } void Release() { _n--; Thread.Sleep(1); } }
        """);

    [Fact]
    public Task Readers_that_wait_for_a_writer() => Spec.Code("""
        class Rw { int _s; const int Writer = 1, Reader = 2; void EnterRead() { int s; while (true) { s = _s; if ((s & Writer) == 0 && Interlocked.CompareExchange(ref _s, s + Reader, s) == s) return; Thread.SpinWait(1); } } void ExitRead() => Interlocked.Add(ref _s, -Reader); void A() { EnterRead(); Thread.Sleep(1); ExitRead(); } }
        """);

    [Fact]
    public Task Steps_of_a_state_machine() => Spec.Code("""
        class StateMachine { int _s; const int A = 1, B = 2, C = 4; void Go() { int s; do { s = _s; if (s == C) return; } while (Interlocked.CompareExchange(ref _s, B, s) != s); Thread.Sleep(1); _s = A; }
          void Go2() { int s; do { s = _s; } while (Interlocked.CompareExchange(ref _s, (s & ~A) | B, s) != s); Thread.Sleep(1); _s &= ~B; } }
        """);

    [Fact]
    public Task Once_flags() => Spec.Code("""
        class Once { int _s; const int Done = 1; bool First() { int s; do { s = _s; if ((s & Done) != 0) return false; } while (Interlocked.CompareExchange(ref _s, s | Done, s) != s); Thread.Sleep(1); return true; } void Reset() { _s &= ~Done; }
          void WaitThenSet() { while (true) { int s = _s; if ((s & Done) == 0) { if (Interlocked.CompareExchange(ref _s, s | Done, s) == s) { Thread.Sleep(1); return; } } else return; } } }
        """);

    [Fact]
    public Task Flags_that_are_set_whatever_they_were() => Spec.Code("""
        class SetOnly { int _s; const int F = 4; void Set() { int s; do { s = _s; } while (Interlocked.CompareExchange(ref _s, s | F, s) != s); Thread.Sleep(1); } void Clear() => Interlocked.And(ref _s, ~F); void WaitClear() { while ((_s & F) != 0) Thread.SpinWait(1); Thread.Sleep(1); } }
        """);

    [Fact]
    public Task A_bit_that_is_never_cleared() => Spec.Code("""
        class NeverCleared { int _s; const int F = 4; void Set() { int s; while (true) { s = _s; if ((s & F) == 0 && Interlocked.CompareExchange(ref _s, s | F, s) == s) break; Thread.SpinWait(1); } Thread.Sleep(1); } }
        """);

    [Fact]
    public Task A_mark_that_nobody_spins_on() => Spec.Code("""
        class OrFlag { int _s; bool Mark() { if ((Interlocked.Or(ref _s, 2) & 2) != 0) return false; Thread.Sleep(1); Interlocked.And(ref _s, ~2); return true; } }
        """);

    [Fact]
    public Task A_loop_that_sleeps() => Spec.Code("""
        class Waits { int _s; void A() { int s; while (true) { s = _s; if ((s & 1) == 0 && Interlocked.CompareExchange(ref _s, s | 1, s) == s) break; Thread.Sleep(1); } Thread.Sleep(1); _s &= ~1; } }
        """);

    [Fact]
    public Task A_loop_that_helps() => Spec.Code("""
        class Helps { int _s; int n; void A() { int s; while (true) { s = _s; if ((s & 1) == 0 && Interlocked.CompareExchange(ref _s, s | 1, s) == s) break; Help(); } Thread.Sleep(1); _s &= ~1; } void Help() => n++; }
        """);

    [Fact]
    public Task A_loop_that_gives_up() => Spec.Code("""
        class Timeout { int _s; bool A() { for (int i = 0; i < 10; i++) { int s = _s; if ((s & 1) == 0 && Interlocked.CompareExchange(ref _s, s | 1, s) == s) { Thread.Sleep(1); _s &= ~1; return true; } } return false; } }
        """);

    [Fact]
    public Task A_sequence_count_that_excludes_nobody() => Spec.Code("""
        class SeqNonExcl { uint _seq; void Begin() { Interlocked.Increment(ref _seq); Thread.Sleep(1); } void End() { _seq++; Thread.Sleep(1); } bool Read() { uint s; do { s = Volatile.Read(ref _seq); } while ((s & 1) != 0); return s == _seq; } }
        """);

    [Fact]
    public Task Counting_once_a_bit_is_clear() => Spec.Code("""
        class WaitBitThenCount { int _s; const int Busy = 1; void Add() { int s; do { s = _s; while ((s & Busy) != 0) { Thread.SpinWait(1); s = _s; } } while (Interlocked.CompareExchange(ref _s, s + 4, s) != s); Thread.Sleep(1); } void Sub() => Interlocked.Add(ref _s, -4); }
        """);

    [Fact]
    public Task First_values_and_resets() => Spec.Code("""
        class Ctor { int _s = 1; const int L = 1; Ctor() { _s = 0; Thread.Sleep(1); _s |= L; Thread.Sleep(1); } void E() { int s; while (true) { s = _s; if ((s & L) == 0 && Interlocked.CompareExchange(ref _s, s | L, s) == s) return; Thread.SpinWait(1); } } void X() { _s &= ~L; } void F() { X(); Thread.Sleep(1); } }
        """);

    [Fact]
    public Task Requests_and_drains() => Spec.Code("""
        class ToolState { int _flags; const int Running = 1, Stop = 2;
          // a worker loop that consumes flags; not a lock
          void Loop() { while ((Interlocked.And(ref _flags, ~Stop) & Stop) == 0) { Thread.Sleep(1); } }
          void Request() { if ((Interlocked.Or(ref _flags, Running) & Running) == 0) { Thread.Sleep(1); } }
          void Drain() { while ((Interlocked.Or(ref _flags, Running) & Running) == 0) { Work(); Interlocked.And(ref _flags, ~Running); } Thread.Sleep(1); } void Work() { } }
        """);

    [Fact]
    public Task Readers_of_a_sequence_count() => Spec.Code("""
        class Seq2 { int _v; // lazily published sequence: readers wait for even
          int _data; void Write(int x) { Interlocked.Increment(ref _v); _data = x; Interlocked.Increment(ref _v); Thread.Sleep(1); }
          int Read() { while (true) { int a = Volatile.Read(ref _v); if ((a & 1) != 0) { Thread.SpinWait(1); continue; } int d = _data; if (Volatile.Read(ref _v) == a) { Thread.Sleep(1); return d; } } } }
        """);

    [Fact]
    public Task Something_made_once() => Spec.Code("""
        class LazyInit { int _s; const int Busy = 1, Done = 2; object? _v; object Get() { while (true) { int s = _s; if ((s & Done) != 0) return _v!; if ((s & Busy) == 0 && Interlocked.CompareExchange(ref _s, s | Busy, s) == s) { Thread.Sleep(1); _v = new(); _s = Done; return _v; } Thread.SpinWait(1); } } }
        """);

    [Fact]
    public Task A_bit_that_may_be_set_once_only() => Spec.Members("""
        [Flags] enum Flags { Activated = 1, Connected = 2 }
        private int _flags;
        void Set(Flags flag, bool value)
        {
            int set = value ? (int)flag : 0, clear = value ? 0 : (int)flag;
            while (true)
            {
                int old = Volatile.Read(ref _flags);
                int updated = (old & ~clear) | set;
                if (updated == old || Interlocked.CompareExchange(ref _flags, updated, old) == old) return;
            }
        }
        async Task Activate()
        {
            while (true)
            {
                int old = Volatile.Read(ref _flags);
                if ((old & (int)Flags.Activated) != 0) { throw new InvalidOperationException("twice"); }
                if (Interlocked.CompareExchange(ref _flags, old | (int)Flags.Activated, old) == old) break;
            }
            Thread.Sleep(1);
            await Task.Yield();
            Set(Flags.Connected, true);
        }
        """);
}
