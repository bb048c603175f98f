using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.RealCode;

/// <summary>Correct code around SpinLock as people write it. All of it must stay silent.</summary>
public class SpinLockIdioms
{
    [Theory]
    [InlineData("bool taken = false; if (_b) _l.TryEnter(ref taken); if (!taken) _l.Enter(ref taken); _n++; _l.Exit();")]
    [InlineData("bool taken; do { taken = false; _l.TryEnter(ref taken); } while (!taken); _n++; _l.Exit();")]
    [InlineData("bool taken = false; while (!taken) _l.TryEnter(ref taken); _n++; _l.Exit(); Thread.Sleep(1);")]
    [InlineData("bool taken = false; _l.TryEnter(10, ref taken); if (!taken) throw new TimeoutException(); try { _n++; } finally { _l.Exit(); }")]
    [InlineData("bool taken = false; try { _l.TryEnter(ref taken); if (taken) _n++; else Thread.Sleep(1); } finally { if (taken) _l.Exit(); }")]
    [InlineData("bool taken = false; _l.Enter(ref taken); try { _n++; } catch { _l.Exit(); throw; } _l.Exit();")]
    [InlineData("bool taken = false; _l.Enter(ref taken); if (_n > 3) { _n = 0; _l.Exit(); } else { _n++; _l.Exit(); } Thread.Sleep(1);")]
    [InlineData("if (_l.IsHeldByCurrentThread) return; bool taken = false; _l.Enter(ref taken); _n++; _l.Exit();")]
    [InlineData("bool taken = false; try { _l.Enter(ref taken); _n++; } finally { if (taken) { _l.Exit(false); taken = false; } } Thread.Sleep(1);")]
    [InlineData("bool taken = false; try { _l.Enter(ref taken); if (_n == 0) goto done; _n--; } finally { if (taken) _l.Exit(); } done: Thread.Sleep(1);")]
    [InlineData("for (int i = 0; i < 3; i++) { bool taken = false; try { _l.Enter(ref taken); if (_n == i) break; if (_n > i) continue; _n++; } finally { if (taken) _l.Exit(); } Thread.Sleep(1); }")]
    [InlineData("while (true) { bool taken = false; try { _l.Enter(ref taken); if (_b) return; } finally { if (taken) _l.Exit(); } _semaphore.Wait(); }")]
    public Task Around_one_lock(string statements) => Spec.Members($"void M() {{ {statements} }}");

    [Theory]
    [InlineData("bool a = false, b = false; try { _l.Enter(ref a); _l2.Enter(ref b); _n++; } finally { if (b) _l2.Exit(); if (a) _l.Exit(); } Thread.Sleep(1);")]
    [InlineData("bool a = false, b = false; try { _l.Enter(ref a); _l2.Enter(ref b); _n++; } finally { if (a) _l.Exit(); if (b) _l2.Exit(); } Thread.Sleep(1);")]
    [InlineData("bool a = false; try { _l.Enter(ref a); bool b = false; try { _l2.Enter(ref b); if (_b) return; } finally { if (b) _l2.Exit(); } } finally { if (a) _l.Exit(); }")]
    [InlineData("bool a = false, b = false; _l.Enter(ref a); _l2.TryEnter(ref b); if (!b) { _l.Exit(); Thread.Sleep(1); return; } _n++; _l2.Exit(); _l.Exit();")]
    [InlineData("ref SpinLock which = ref (_b ? ref _l : ref _l2); bool a = false; which.Enter(ref a); _n++; which.Exit(); Thread.Sleep(1);")]
    public Task Around_two(string statements) => Spec.Members($"void M() {{ {statements} }}");

    [Theory]
    [InlineData("ref var s = ref _stripes[i]; bool t = false; try { s.Lock.Enter(ref t); s.Count++; } finally { if (t) s.Lock.Exit(); } Thread.Sleep(1);")]
    [InlineData("bool t = false; try { _stripes[i & 3].Lock.Enter(ref t); _stripes[i & 3].Count++; } finally { if (t) _stripes[i & 3].Lock.Exit(); } Thread.Sleep(1);")]
    [InlineData("for (int k = 0; k < 4; k++) { bool t = false; _stripes[k].Lock.Enter(ref t); } int sum = 0; for (int k = 0; k < 4; k++) sum += _stripes[k].Count; for (int k = 0; k < 4; k++) _stripes[k].Lock.Exit();")]
    [InlineData("foreach (ref Stripe s in _stripes.AsSpan()) { bool t = false; s.Lock.Enter(ref t); s.Count = 0; s.Lock.Exit(); }")]
    [InlineData("fixed (Stripe* p = _stripes) { bool t = false; p->Lock.Enter(ref t); p->Count++; p->Lock.Exit(); }")]
    [InlineData("int j = i + 1; bool a = false, b = false; _stripes[i].Lock.Enter(ref a); _stripes[j].Lock.Enter(ref b); _stripes[j].Lock.Exit(); _stripes[i].Lock.Exit(); Thread.Sleep(1);")]
    public Task In_stripes(string statements) => Spec.Members($$"""
        struct Stripe { public SpinLock Lock; public int Count; }
        private readonly Stripe[] _stripes = new Stripe[4];
        unsafe void M(int i) { {{statements}} }
        """);

    [Fact]
    public Task A_bounded_stack() => Spec.Code("""
        sealed class Pool<T> where T : class, new()
        {
            private SpinLock _lock = new(enableThreadOwnerTracking: false);
            private readonly T?[] _items;
            private int _count;

            public Pool(int capacity) => _items = new T?[capacity];

            public T Rent()
            {
                T? item = null;
                bool taken = false;
                try
                {
                    _lock.Enter(ref taken);
                    if (_count > 0)
                    {
                        item = _items[--_count];
                        _items[_count] = null;
                    }
                }
                finally
                {
                    if (taken) _lock.Exit(useMemoryBarrier: false);
                }

                return item ?? new T();
            }

            public bool Return(T item)
            {
                bool taken = false, kept;
                try
                {
                    _lock.TryEnter(ref taken);
                    if (!taken) return false;
                    kept = _count < _items.Length;
                    if (kept) _items[_count++] = item;
                }
                finally
                {
                    if (taken) _lock.Exit(useMemoryBarrier: false);
                }

                return kept;
            }
        }
        """);

    [Fact]
    public Task An_out_bool_wrapper() => Spec.Members("""
        void Enter(out bool taken) { taken = false; _l.Enter(ref taken); }
        void Exit(bool taken) { if (taken) _l.Exit(); }
        void M() { Enter(out bool t); try { _n++; } finally { Exit(t); } Thread.Sleep(1); }
        """);

    [Fact]
    public Task Local_functions_that_share_the_bool() => Spec.Members("""
        void M()
        {
            bool taken = false;
            Enter();
            _n++;
            Leave();
            Thread.Sleep(1);
            void Enter() => _l.Enter(ref taken);
            void Leave() { if (taken) { taken = false; _l.Exit(); } }
        }
        """);

    [Fact]
    public Task A_bool_in_a_field_of_a_guard_class() => Spec.Code("""
        sealed class Holder : IDisposable
        {
            private readonly C _c;
            private bool _taken;
            public Holder(C c) { _c = c; c.Lock.Enter(ref _taken); }
            public void Dispose() { if (_taken) { _taken = false; c_Exit(); } }
            private void c_Exit() => _c.Lock.Exit();
        }

        sealed class C
        {
            public SpinLock Lock = new(false);
            public int N;
            void M() { using (new Holder(this)) N++; Thread.Sleep(1); }
        }
        """);
}
