using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Engine;

/// <summary>Locks that a loop takes one after the other, and others that another loop gives back.</summary>
[Trait("Policy", "Lock leaks")]
public class LocksInLoops
{
    private const string Members = """
        sealed class Held(Part p) : IDisposable { public void Dispose() => p.Raw.Exit(); }
        sealed class Part
        {
            public SpinLock Lock = new(false);
            public RawSpinLock Raw;
            public int Count, Word;
            public Part? Next;
            public void Take() { while (Interlocked.CompareExchange(ref Word, 1, 0) != 0) Thread.SpinWait(1); }
            public void Give() => Volatile.Write(ref Word, 0);
            public Held Hold() { Raw.Enter(); return new Held(this); }
        }
        sealed class Node { public Part[] Parts = new Part[4]; }
        sealed class All(Part[] ps) : IDisposable
        {
            public static All Take(Part[] ps) { foreach (var p in ps) p.Raw.Enter(); return new All(ps); }
            public void Dispose() { foreach (var p in ps) p.Raw.Exit(); }
        }
        Part[] parts = new Part[4]; Node[] nodes = new Node[4]; Part[,] grid = new Part[2, 2]; List<Part> list = new();
        SpinLock[] locks = new SpinLock[4]; RawSpinLock[] raws = new RawSpinLock[4]; int[] words = new int[4];
        Part? _first; int _i;
        void TakeAll() { for (int i = 0; i < parts.Length; i++) parts[i].Raw.Enter(); }
        void GiveAll() { for (int i = 0; i < parts.Length; i++) parts[i].Raw.Exit(); }
        void GiveAround() { for (int i = 0; i < parts.Length; i++) parts[i].Raw.Exit(); Thread.Sleep(1); for (int i = 0; i < parts.Length; i++) parts[i].Raw.Enter(); }
        void TakeOne(int i) => parts[i].Raw.Enter();
        void GiveOne(int i) => parts[i].Raw.Exit();
        void TakeSame(Part p) { _raw.Enter(); p.Count++; }
        bool TryAll() { for (int i = 0; i < parts.Length; i++) parts[i].Raw.Enter(); if (_n == 3) { GiveAll(); return false; } return true; }
        """;

    private static Task Run(string method) => RuntimeSource.Members(Members + "\n" + method);

    [Theory]
    [InlineData("void M() { for (int i = 0; i < parts.Length; i++) { bool t = false; parts[i].Lock.Enter(ref t); } _n++; for (int i = 0; i < parts.Length; i++) parts[i].Lock.Exit(); Thread.Sleep(1); }")]
    [InlineData("void M() { int i = 0; while (i < raws.Length) { raws[i].Enter(); i++; } _n++; i = 0; while (i < raws.Length) { raws[i].Exit(); i++; } Thread.Sleep(1); }")]
    [InlineData("void M() { int i = 0; while (i < raws.Length) { raws[i++].Enter(); } _n++; while (i > 0) { raws[--i].Exit(); } Thread.Sleep(1); }")]
    [InlineData("void M() { for (int i = 0; i < locks.Length; i++) { ref SpinLock l = ref locks[i]; bool t = false; l.Enter(ref t); } _n++; for (int i = 0; i < locks.Length; i++) { ref var l = ref locks[i]; l.Exit(); } Thread.Sleep(1); }")]
    [InlineData("void M() { for (int i = 0; i < nodes.Length; i++) for (int j = 0; j < nodes[i].Parts.Length; j++) nodes[i].Parts[j].Raw.Enter(); _n++; for (int i = 0; i < nodes.Length; i++) for (int j = 0; j < nodes[i].Parts.Length; j++) nodes[i].Parts[j].Raw.Exit(); Thread.Sleep(1); }")]
    [InlineData("void M(Span<RawSpinLock> s) { for (int i = 0; i < s.Length; i++) s[i].Enter(); _n++; for (int i = 0; i < s.Length; i++) s[i].Exit(); Thread.Sleep(1); }")]
    [InlineData("void M() { for (int i = 0; i < list.Count; i++) { var p = list[i]; p.Raw.Enter(); } _n++; for (int i = 0; i < list.Count; i++) { var p = list[i]; p.Raw.Exit(); } Thread.Sleep(1); }")]
    [InlineData("void M() { foreach (var p in parts) p.Raw.Enter(); _n++; for (int i = 0; i < parts.Length; i++) parts[i].Raw.Exit(); Thread.Sleep(1); }")]
    [InlineData("void M() { for (int i = 0; i < parts.Length; i++) parts[i].Raw.Enter(); _n++; foreach (var p in parts) p.Raw.Exit(); Thread.Sleep(1); }")]
    [InlineData("void M() { try { for (int i = 0; i < parts.Length; i++) parts[i].Raw.Enter(); _n++; if (_b) return; ToString(); } finally { for (int i = 0; i < parts.Length; i++) parts[i].Raw.Exit(); } Thread.Sleep(1); }")]
    [InlineData("void M() { int taken = 0; try { for (; taken < parts.Length; taken++) parts[taken].Raw.Enter(); _n++; ToString(); } finally { while (taken > 0) parts[--taken].Raw.Exit(); } Thread.Sleep(1); }")]
    [InlineData("void M() { int taken = 0; try { for (; taken < parts.Length; taken++) parts[taken].Raw.Enter(); _n++; ToString(); } finally { for (int i = 0; i < taken; i++) parts[i].Raw.Exit(); } Thread.Sleep(1); }")]
    [InlineData("void M() { for (int i = 0; i < parts.Length; i++) parts[i].Raw.Enter(); _n++; for (int i = parts.Length - 1; i >= 0; i--) parts[i].Raw.Exit(); Thread.Sleep(1); }")]
    [InlineData("void M(Part a, Part b) { for (var p = a; p != null; p = p.Next) p.Raw.Enter(); for (var p = b; p != null; p = p.Next) p.Raw.Enter(); _n++; for (var p = a; p != null; p = p.Next) p.Raw.Exit(); for (var p = b; p != null; p = p.Next) p.Raw.Exit(); Thread.Sleep(1); }")]
    [InlineData("void M() { for (int i = 0; i < parts.Length; i++) { parts[i].Raw.Enter(); _n++; parts[i].Raw.Exit(); Thread.Sleep(1); } }")]
    [InlineData("void M() { parts[0].Raw.Enter(); for (int i = 1; i < parts.Length; i++) { parts[i].Raw.Enter(); parts[i - 1].Raw.Exit(); } parts[parts.Length - 1].Raw.Exit(); Thread.Sleep(1); }")]
    [InlineData("void M(Part p) { p.Raw.Enter(); while (p.Next != null) { p.Next.Raw.Enter(); p.Raw.Exit(); p = p.Next; } p.Raw.Exit(); Thread.Sleep(1); }")]
    [InlineData("void M(Part a, Part b) { if (a.Count < b.Count) { a.Raw.Enter(); b.Raw.Enter(); } else { b.Raw.Enter(); a.Raw.Enter(); } _n++; a.Raw.Exit(); b.Raw.Exit(); Thread.Sleep(1); }")]
    [InlineData("bool M() { for (int i = 0; i < parts.Length; i++) { if (!parts[i].Raw.TryEnter()) { for (int j = 0; j < i; j++) parts[j].Raw.Exit(); return false; } } _n++; for (int i = 0; i < parts.Length; i++) parts[i].Raw.Exit(); Thread.Sleep(1); return true; }")]
    [InlineData("void M(object[] gates) { for (int i = 0; i < gates.Length; i++) Monitor.Enter(gates[i]); _n++; for (int i = 0; i < gates.Length; i++) Monitor.Exit(gates[i]); }")]
    [InlineData("void M(object[] gates) { int k = 0; try { for (; k < gates.Length; k++) Monitor.Enter(gates[k]); ToString(); } finally { for (int i = 0; i < k; i++) Monitor.Exit(gates[i]); } }")]
    [InlineData("void M(object[] gates) { var taken = new bool[gates.Length]; try { for (int i = 0; i < gates.Length; i++) Monitor.Enter(gates[i], ref taken[i]); ToString(); } finally { for (int i = 0; i < gates.Length; i++) if (taken[i]) Monitor.Exit(gates[i]); } }")]
    [InlineData("void M() { var taken = new bool[4]; try { for (int i = 0; i < locks.Length; i++) locks[i].Enter(ref taken[i]); ToString(); } finally { for (int i = 0; i < locks.Length; i++) if (taken[i]) locks[i].Exit(); } Thread.Sleep(1); }")]
    [InlineData("void M(Dictionary<int, Part> map, int[] keys) { foreach (var k in keys) map[k].Raw.Enter(); _n++; foreach (var k in keys) map[k].Raw.Exit(); Thread.Sleep(1); }")]
    [InlineData("void M(int mask) { for (int i = 0; i < 4; i++) if ((mask & (1 << i)) != 0) raws[i].Enter(); _n++; for (int i = 0; i < 4; i++) if ((mask & (1 << i)) != 0) raws[i].Exit(); Thread.Sleep(1); }")]
    [InlineData("void M() { raws[0].Enter(); raws[1].Enter(); _n++; for (int i = 0; i < 2; i++) raws[i].Exit(); Thread.Sleep(1); }")]
    [InlineData("void M() { int i = 0; again: raws[i].Enter(); i++; if (i < 4) goto again; _n++; i = 0; more: raws[i].Exit(); i++; if (i < 4) goto more; Thread.Sleep(1); }")]
    [InlineData("void M() { int n = locks.Length; for (int i = 0; i < n; i++) { bool t = false; locks[i].Enter(ref t); } var grown = new Part[8]; for (int i = 0; i < parts.Length; i++) grown[i] = parts[i]; parts = grown; for (int i = 0; i < n; i++) locks[i].Exit(); Thread.Sleep(1); }")]
    [InlineData("void M() { for (var p = _first; p != null; p = p.Next) p.Raw.Enter(); _n++; for (var p = _first; p != null; p = p.Next) p.Raw.Exit(); Thread.Sleep(1); }")]
    [InlineData("void M() { for (_i = 0; _i < 4; _i++) raws[_i].Enter(); _n++; for (_i = 0; _i < 4; _i++) raws[_i].Exit(); Thread.Sleep(1); }")]
    [InlineData("void M(Func<Part, bool> f) { foreach (var p in parts.Where(f)) p.Raw.Enter(); _n++; foreach (var p in parts.Where(f)) p.Raw.Exit(); Thread.Sleep(1); }")]
    [InlineData("void M() { foreach (var p in parts) p.Raw.Enter(); _n++; foreach (var p in parts.Reverse()) p.Raw.Exit(); Thread.Sleep(1); }")]
    [InlineData("void M() { Array.ForEach(parts, p => p.Raw.Enter()); _n++; Array.ForEach(parts, p => p.Raw.Exit()); Thread.Sleep(1); }")]
    [InlineData("void M() { var held = new Stack<Part>(); try { foreach (var p in parts) { p.Raw.Enter(); held.Push(p); } _n++; } finally { while (held.Count > 0) held.Pop().Raw.Exit(); } Thread.Sleep(1); }")]
    [InlineData("void M() { var held = new Stack<Part>(); try { foreach (var p in parts) { p.Raw.Enter(); held.Push(p); } _n++; } finally { while (held.TryPop(out var p)) p.Raw.Exit(); } Thread.Sleep(1); }")]
    [InlineData("void M() { foreach (var p in parts.OrderBy(p => p.Count)) { bool t = false; p.Lock.Enter(ref t); } _n++; foreach (var p in parts) p.Lock.Exit(false); Thread.Sleep(1); }")]
    [InlineData("void M(Part[] a, Part[] b) { foreach (var p in a) p.Raw.Enter(); foreach (var p in b) p.Raw.Enter(); _n++; foreach (var p in b) p.Raw.Exit(); foreach (var p in a) p.Raw.Exit(); Thread.Sleep(1); }")]
    [InlineData("void M(Part[] a, RawSpinLock[] b) { for (int i = 0; i < 4; i++) { a[i].Raw.Enter(); b[i].Enter(); } _n++; for (int i = 0; i < 4; i++) { b[i].Exit(); a[i].Raw.Exit(); } Thread.Sleep(1); }")]
    [InlineData("void M() { for (int i = 0; i < 4; i++) { raws[i].Enter(); if (_n == i) break; } _n++; for (int i = 0; i < 4; i++) { raws[i].Exit(); if (_n == i) break; } Thread.Sleep(1); }")]
    public Task Given_back_by_a_loop(string method) => Run(method);

    [Theory]
    [InlineData("void M() { for (int i = 0; i < parts.Length; i++) { bool t = false; parts[i].Lock.Enter(ref t); } {|LCX1001:Thread.Sleep(1)|}; for (int i = 0; i < parts.Length; i++) parts[i].Lock.Exit(); Thread.Sleep(2); }")]
    [InlineData("void M() { for (int i = 0; i < parts.Length; i++) { bool t = false; parts[i].Lock.Enter(ref t); {|LCX1001:Thread.Sleep(1)|}; } for (int i = 0; i < parts.Length; i++) parts[i].Lock.Exit(); Thread.Sleep(2); }")]
    [InlineData("void M() { int i = 0; do { raws[i].Enter(); i++; } while (i < raws.Length); {|LCX1001:Thread.Sleep(1)|}; i = 0; do { raws[i].Exit(); i++; } while (i < raws.Length); Thread.Sleep(1); }")]
    [InlineData("void M() { bool t = false; for (int i = 0; i < locks.Length; i++) { t = false; locks[i].Enter(ref t); } {|LCX1001:Thread.Sleep(1)|}; for (int i = locks.Length - 1; i >= 0; i--) locks[i].Exit(); Thread.Sleep(1); }")]
    [InlineData("void M() { for (int i = 0; i < 2; i++) for (int j = 0; j < 2; j++) grid[i, j].Raw.Enter(); {|LCX1001:Thread.Sleep(1)|}; for (int i = 0; i < 2; i++) for (int j = 0; j < 2; j++) grid[i, j].Raw.Exit(); Thread.Sleep(1); }")]
    [InlineData("void M(Span<RawSpinLock> s) { foreach (ref var l in s) l.Enter(); {|LCX1001:Thread.Sleep(1)|}; foreach (ref var l in s) l.Exit(); Thread.Sleep(1); }")]
    [InlineData("void M() { for (int i = 0; i < list.Count; i++) list[i].Raw.Enter(); {|LCX1001:Thread.Sleep(1)|}; for (int i = 0; i < list.Count; i++) list[i].Raw.Exit(); Thread.Sleep(1); }")]
    [InlineData("void M() { foreach (var p in parts) p.Raw.Enter(); {|LCX1001:Thread.Sleep(1)|}; foreach (var p in parts) p.Raw.Exit(); Thread.Sleep(1); }")]
    [InlineData("void M() { for (int i = 0; i < parts.Length; i++) parts[i].Raw.Enter(); try { _n++; {|LCX1001:Thread.Sleep(1)|}; if (_b) return; } finally { for (int i = 0; i < parts.Length; i++) parts[i].Raw.Exit(); } Thread.Sleep(1); }")]
    [InlineData("void M(Part head) { for (var p = head; p != null; p = p.Next) p.Raw.Enter(); {|LCX1001:Thread.Sleep(1)|}; for (var p = head; p != null; p = p.Next) p.Raw.Exit(); Thread.Sleep(1); }")]
    [InlineData("void M() { for (int i = 0; i < parts.Length; i++) parts[i].Raw.Enter(); {|LCX1001:Thread.Sleep(1)|}; }")]
    [InlineData("void M() { for (int i = 0; i < parts.Length; i++) {|LCX2001:parts[i].Raw.Enter()|}; if (_b) return; for (int i = 0; i < parts.Length; i++) parts[i].Raw.Exit(); }")]
    [InlineData("void M(int i, int j) { parts[i].Raw.Enter(); parts[j].Raw.Enter(); _n++; parts[i].Raw.Exit(); {|LCX1001:Thread.Sleep(1)|}; parts[j].Raw.Exit(); Thread.Sleep(1); }")]
    [InlineData("void M() { for (int i = 0; i < parts.Length; i++) { {|LCX2001:parts[i].Raw.Enter()|}; _n++; if (_b) return; parts[i].Raw.Exit(); } }")]
    [InlineData("void M(Part p) { p.Raw.Enter(); while (p.Next is { } next) { next.Raw.Enter(); p.Raw.Exit(); p = next; } {|LCX1001:Thread.Sleep(1)|}; p.Raw.Exit(); Thread.Sleep(1); }")]
    [InlineData("void M() { var p = _first; while (p != null) { p.Raw.Enter(); p = p.Next; } {|LCX1001:Thread.Sleep(1)|}; p = _first; while (p != null) { p.Raw.Exit(); p = p.Next; } Thread.Sleep(1); }")]
    [InlineData("void M() { for (int i = 0; i < 4; i++) while (Interlocked.CompareExchange(ref words[i], 1, 0) != 0) Thread.SpinWait(1); {|LCX1001:Thread.Sleep(1)|}; for (int i = 0; i < 4; i++) Volatile.Write(ref words[i], 0); Thread.Sleep(1); }")]
    [InlineData("void M() { foreach (var p in parts) p.Take(); {|LCX1001:Thread.Sleep(1)|}; foreach (var p in parts) p.Give(); Thread.Sleep(1); }")]
    [InlineData("void M() { while (true) { for (int i = 0; i < 4; i++) raws[i].Enter(); if (_b) {|LCX1001:Thread.Sleep(1)|}; for (int i = 0; i < 4; i++) raws[i].Exit(); Thread.Sleep(2); } }")]
    [InlineData("void M() { while (true) { int i = 0; for (; i < 4; i++) if (!raws[i].TryEnter()) break; if (i == 4) break; while (i > 0) raws[--i].Exit(); Thread.Sleep(1); } {|LCX1001:Thread.Sleep(2)|}; for (int i = 0; i < 4; i++) raws[i].Exit(); Thread.Sleep(3); }")]
    [InlineData("void M(int h) { ref var l = ref raws[h & 3]; while (!l.TryEnter()) Thread.SpinWait(1); {|LCX1001:Thread.Sleep(1)|}; l.Exit(); Thread.Sleep(2); }")]
    [InlineData("void M(int h) { while (! {|LCX2001:raws[h & 3].TryEnter()|} ) Thread.SpinWait(1); if (_b) return; raws[h & 3].Exit(); }")]
    [InlineData("void M(int from, int to) { raws[to].Enter(); raws[from].Exit(); {|LCX1001:Thread.Sleep(1)|}; }")]
    [InlineData("int M() { for (int i = 0; i < 4; i++) {|LCX2001:raws[i].Enter()|}; if (_n == 3) return 2; for (int i = 0; i < 4; i++) raws[i].Exit(); return 2; }")]
    [InlineData("void M() { foreach (var p in parts) {|LCX2001:p.Raw.Enter()|}; if (_n == 3) throw new InvalidOperationException(); foreach (var p in parts) p.Raw.Exit(); }")]
    [InlineData("void M(RawSpinLock[] a, RawSpinLock[] b) { for (int i = 0; i < 4; i++) a[i].Enter(); for (int i = 0; i < 4; i++) b[i].Enter(); _n++; for (int i = 0; i < 4; i++) b[i].Exit(); {|LCX1001:Thread.Sleep(1)|}; for (int i = 0; i < 4; i++) a[i].Exit(); Thread.Sleep(2); }")]
    [InlineData("void M() { for (int i = 0; i < 4; i++) { raws[i].Enter(); {|LCX1001:Thread.Sleep(1)|}; } }")]
    public Task Held_in_between(string method) => Run(method);

    /// <summary>Members that take and give back all of them, or one by an index.</summary>
    [Theory]
    [InlineData("TakeAll(); _n++; GiveAll(); Thread.Sleep(1);")]
    [InlineData("TakeAll(); {|LCX1001:Thread.Sleep(1)|}; GiveAll(); Thread.Sleep(1);")]
    [InlineData("TakeAll(); _n++; for (int i = 0; i < parts.Length; i++) parts[i].Raw.Exit(); Thread.Sleep(1);")]
    [InlineData("for (int i = 0; i < parts.Length; i++) parts[i].Raw.Enter(); _n++; GiveAll(); Thread.Sleep(1);")]
    [InlineData("TakeAll(); GiveAround(); _n++; GiveAll(); Thread.Sleep(1);")]
    [InlineData("for (int i = 0; i < 4; i++) TakeOne(i); _n++; for (int i = 0; i < 4; i++) GiveOne(i); Thread.Sleep(1);")]
    [InlineData("for (int i = 0; i < 4; i++) TakeOne(i); {|LCX1001:Thread.Sleep(1)|}; for (int i = 0; i < 4; i++) GiveOne(i); Thread.Sleep(1);")]
    [InlineData("if (!TryAll()) { Thread.Sleep(1); return; } {|LCX1001:Thread.Sleep(1)|}; GiveAll(); Thread.Sleep(1);")]
    [InlineData("using (var all = All.Take(parts)) { _n++; {|LCX1001:Thread.Sleep(1)|}; } Thread.Sleep(2);")]
    [InlineData("var all = All.Take(parts); try { _n++; } finally { all.Dispose(); } Thread.Sleep(2);")]
    [InlineData("var held = new Held[4]; for (int i = 0; i < 4; i++) held[i] = parts[i].Hold(); _n++; foreach (var h in held) h.Dispose(); Thread.Sleep(1);")]
    [InlineData("var held = new Stack<Held>(); try { foreach (var p in parts) held.Push(p.Hold()); _n++; } finally { while (held.Count > 0) held.Pop().Dispose(); } Thread.Sleep(1);")]
    public Task By_calls(string statements) => Run($"void M() {{ {statements} }}");

    /// <summary>Whatever goes through a loop, what is taken is the same lock.</summary>
    [Theory]
    [InlineData("foreach (var p in parts) {|LCX2003:TakeSame(p)|};")]
    [InlineData("for (int i = 0; i < 4; i++) { TakeOne(i); _raw.Enter(); _raw.Exit(); {|LCX1001:Thread.Sleep(1)|}; GiveOne(i); }")]
    [InlineData("_raw.Enter(); for (int i = 0; i < 4; i++) raws[i].Enter(); _n++; for (int i = 0; i < 4; i++) raws[i].Exit(); {|LCX1001:Thread.Sleep(1)|}; _raw.Exit(); Thread.Sleep(1);")]
    [InlineData("for (int i = 0; i < 4; i++) raws[i].Enter(); _raw.Enter(); _n++; _raw.Exit(); {|LCX1001:Thread.Sleep(1)|}; for (int i = 0; i < 4; i++) raws[i].Exit(); Thread.Sleep(1);")]
    [InlineData("TakeAll(); {|LCX1001:Thread.Sleep(1)|};")]
    public Task Other_locks_are_none_of_them(string statements) => Run($"void M() {{ {statements} }}");

    private const string Chain = "sealed class Link { public Link? Next; public readonly Lock Own = new(); public object Box = new(); }\n";

    /// <summary>Each round takes its own before it gives back the one of the round before; the first finds none, the last is given back after the loop.</summary>
    [Theory]
    [InlineData("Link? last = null; for (var l = first; l != null; l = l.Next) { Monitor.Enter(l); if (last != null) Monitor.Exit(last); last = l; } if (last != null) Monitor.Exit(last);")]
    [InlineData("Link? last = null; for (var l = first; l != null; l = l.Next) { l.Own.Enter(); if (last != null) last.Own.Exit(); last = l; } if (last != null) last.Own.Exit();")]
    [InlineData("object? last = null; for (int i = 0; i < all.Length; i++) { object box = all[i].Box; Monitor.Enter(box); if (last != null) Monitor.Exit(last); last = box; } if (last != null) Monitor.Exit(last);")]
    [InlineData("object? last = null; try { foreach (var l in all) { if (_n > 3) { object? box = l.Box; if (box != null) { Monitor.Enter(box); if (last != null) Monitor.Exit(last); last = box; } } Console.WriteLine(); } } finally { if (last != null) Monitor.Exit(last); }")]
    [InlineData("var cur = first; Monitor.Enter(cur); while (cur.Next != null) { var next = cur.Next; Monitor.Enter(next); Monitor.Exit(cur); cur = next; } Monitor.Exit(cur);")]
    public Task Hand_over_hand(string body) => Spec.Members(Chain + $"void M(Link first, Link[] all) {{ {body} }}");

    [Theory]
    [InlineData("var cur = first; Monitor.Enter(cur); while (cur.Next != null) { var next = cur.Next; {|LCX2001:Monitor.Enter(next)|}; Monitor.Exit(cur); cur = next; if (_n > 3) return; } Monitor.Exit(cur);")]
    [InlineData("object? last = null; for (int i = 0; i < all.Length; i++) { last = all[i].Box; {|LCX2001:Monitor.Enter(last)|}; if (_n > 3) continue; Monitor.Exit(last); }")]
    [InlineData("for (int i = 0; i < all.Length; i++) { object box = all[i].Box; {|LCX2001:Monitor.Enter(box)|}; if (_n > 3) continue; Monitor.Exit(box); }")]
    public Task A_round_that_leaves_its_own(string body) => Spec.Members(Chain + $"void M(Link first, Link[] all) {{ {body} }}");

    /// <summary>How the dictionary of the class library does it: the first lock by its number, the others in a loop, and all of them given back by the table of the day, which may be another by then.</summary>
    private const string Table = """
        sealed class Table(object[] locks, int[] counts) { public readonly object[] Locks = locks; public readonly int[] Counts = counts; }
        volatile Table _table = new(new object[4], new int[4]);
        void AcquireFirst(ref int acquired) { object[] locks = _table.Locks; Monitor.Enter(locks[0]); acquired = 1; }
        static void AcquireOthers(Table table, ref int acquired) { object[] locks = table.Locks; for (int i = 1; i < locks.Length; i++) { Monitor.Enter(locks[i]); acquired++; } }
        void AcquireAll(ref int acquired) { AcquireFirst(ref acquired); AcquireOthers(_table, ref acquired); }
        void ReleaseAll(int acquired) { object[] locks = _table.Locks; for (int i = 0; i < acquired; i++) Monitor.Exit(locks[i]); }
        void ReleaseSome(int from, int to) { for (int i = from; i < to; i++) Monitor.Exit(_table.Locks[i]); }

        """;

    [Theory]
    [InlineData("try { AcquireAll(ref n); foreach (var c in _table.Counts) _n += c; } finally { ReleaseAll(n); }")]
    [InlineData("try { AcquireAll(ref n); if (_n == 0) return; _table = new Table(_table.Locks, new int[4]); } finally { ReleaseAll(n); }")]
    [InlineData("try { AcquireAll(ref n); var old = _table; var other = new Table(old.Locks, new int[4]); _table = other; } finally { ReleaseAll(n); }")]
    [InlineData("try { AcquireFirst(ref n); if (table != _table) return; var locks = table.Locks; if (_n > 3) { locks = new object[8]; Array.Copy(table.Locks, locks, 4); } AcquireOthers(table, ref n); _table = new Table(locks, new int[8]); } finally { ReleaseAll(n); }")]
    [InlineData("try { AcquireFirst(ref n); if (table != _table) return; var locks = table.Locks; if (_n > 3) { locks = new object[8]; Array.Copy(table.Locks, locks, 4); } AcquireOthers(table, ref n); _table = new Table(locks, new int[8]); } finally { ReleaseSome(0, n); }")]
    public Task A_table_that_is_exchanged_meanwhile(string body) => Spec.Members(Table + $"void M(Table table) {{ int n = 0; {body} }}");

    [Theory]
    [InlineData("{|LCX2001:AcquireAll(ref n)|}; if (_n == 0) return; ReleaseAll(n);")]
    [InlineData("{|LCX2001:AcquireFirst(ref n)|}; if (table != _table) return; _table = new Table(new object[8], new int[8]); ReleaseAll(n);")]
    [InlineData("{|LCX2001:AcquireFirst(ref n)|}; if (_n > 3) Monitor.Exit(_table.Locks[0]);")]
    public Task A_table_whose_locks_stay_held(string body) => Spec.Members(Table + $"void M(Table table) {{ int n = 0; {body} }}");

    /// <summary>How it was done before: one member takes any of the locks, and says of each whether it has.</summary>
    private const string OlderTable = """
        sealed class Table(object[] locks, int[] counts) { internal readonly object[] _locks = locks; internal volatile int[] _counts = counts; }
        volatile Table _tables = new(new object[4], new int[4]);
        void AcquireAll(ref int acquired) { Acquire(0, 1, ref acquired); Acquire(1, _tables._locks.Length, ref acquired); Debug.Assert(acquired == _tables._locks.Length); }
        void Acquire(int from, int to, ref int acquired)
        {
            Debug.Assert(from <= to);
            object[] locks = _tables._locks;
            for (int i = from; i < to; i++)
            {
                bool taken = false;
                try { Monitor.Enter(locks[i], ref taken); }
                finally { if (taken) { acquired++; } }
            }
        }
        void Release(int from, int to) { Debug.Assert(from <= to); for (int i = from; i < to; i++) { Monitor.Exit(_tables._locks[i]); } }

        """;

    [Theory]
    [InlineData("try { AcquireAll(ref n); _n++; } finally { Release(0, n); }")]
    [InlineData("try { AcquireAll(ref n); foreach (var c in _tables._counts) if (c != 0) return; } finally { Release(0, n); }")]
    [InlineData("try { AcquireAll(ref n); var other = new Table(_tables._locks, new int[4]); _tables = other; _n = Math.Max(1, other._counts.Length / other._locks.Length); } finally { Release(0, n); }")]
    [InlineData("try { AcquireAll(ref n); int count = 0; for (int i = 0; i < _tables._locks.Length && count >= 0; i++) count += _tables._counts[i]; if (count < 0) throw new ArgumentException(); } finally { Release(0, n); }")]
    [InlineData("try { Acquire(0, 1, ref n); if (table != _tables) return; Acquire(1, table._locks.Length, ref n); var locks = table._locks; if (_b) { locks = new object[8]; Array.Copy(table._locks, locks, 4); } _tables = new Table(locks, new int[8]); } finally { Release(0, n); }")]
    public Task Locks_taken_by_a_member_that_counts_them(string body) => Spec.Members(OlderTable + $"void M(Table table) {{ int n = 0; {body} }}");

    /// <summary>How the bag of the class library does it: a lock for the list, and each of the list, with a flag in each that says so.</summary>
    private const string Bag = """
        sealed class Queue { internal volatile Queue? _next; internal bool _frozen; internal volatile int _current; }
        readonly ThreadLocal<Queue> _locals = new();
        volatile Queue? _queues;
        object Global => _locals;
        void Freeze(ref bool taken)
        {
            Debug.Assert(!Monitor.IsEntered(Global));
            Monitor.Enter(Global, ref taken);
            Queue? head = _queues;
            for (Queue? queue = head; queue != null; queue = queue._next) { Monitor.Enter(queue, ref queue._frozen); }
            Interlocked.MemoryBarrier();
            for (Queue? queue = head; queue != null; queue = queue._next)
            {
                if (queue._current != 0) { var spinner = new SpinWait(); do { spinner.SpinOnce(); } while (queue._current != 0); }
            }
        }
        void Unfreeze(bool taken)
        {
            Debug.Assert(Monitor.IsEntered(Global) == taken);
            if (taken)
            {
                for (Queue? queue = _queues; queue != null; queue = queue._next) { if (queue._frozen) { queue._frozen = false; Monitor.Exit(queue); } }
                Monitor.Exit(Global);
            }
        }

        """;

    [Theory]
    [InlineData("bool taken = false; try { Freeze(ref taken); _n++; } finally { Unfreeze(taken); }")]
    [InlineData("bool taken = false; try { Freeze(ref taken); if (_n > 0) throw new ArgumentException(); try { _n++; } catch (ArrayTypeMismatchException e) { throw new InvalidCastException(e.Message, e); } } finally { Unfreeze(taken); }")]
    [InlineData("bool taken = false; try { Freeze(ref taken); for (Queue? queue = _queues; queue != null; queue = queue._next) { while (queue._current > 0) { } } } finally { Unfreeze(taken); }")]
    [InlineData("if (_queues != null) { bool taken = false; try { Freeze(ref taken); if (_n > 0) { int[] a = new int[3]; return; } } finally { Unfreeze(taken); } }")]
    public Task A_lock_for_the_list_and_one_for_each_in_it(string body) => Spec.Members(Bag + $"void M() {{ {body} }}");
}
