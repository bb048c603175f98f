using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.RealCode;

/// <summary>Code that mentions the acquire words and takes no lock.</summary>
public class LockFree
{
    [Theory]
    [InlineData("int old; do { old = Volatile.Read(ref _n); Thread.Sleep(0); } while (Interlocked.CompareExchange(ref _n, old + 1, old) != old); Thread.Sleep(1);")]
    [InlineData("if (Interlocked.Exchange(ref _disposed, 1) != 0) return; Thread.Sleep(1); lock (_gate) { }")]
    [InlineData("if (Interlocked.CompareExchange(ref _running, 1, 0) != 0) return; try { Thread.Sleep(1); _semaphore.Wait(); } finally { Interlocked.Exchange(ref _running, 0); }")]
    [InlineData("_lazy ??= Interlocked.CompareExchange(ref _lazy, new object(), null) ?? _lazy; Thread.Sleep(1);")]
    [InlineData("if (Interlocked.Increment(ref _n) == 1) { Thread.Sleep(1); } Interlocked.Decrement(ref _n);")]
    [InlineData("while (Volatile.Read(ref _running) == 1) Thread.Sleep(1);")]
    [InlineData("Node node = new(); do { node.Next = _head; } while (Interlocked.CompareExchange(ref _head, node, node.Next) != node.Next); Thread.Sleep(1);")]
    [InlineData("SpinWait.SpinUntil(() => _n == 0); Thread.Sleep(1);")]
    public Task Interlocked_idioms(string statements) => Spec.Members($$"""
        sealed class Node { public Node? Next; }
        private Node? _head;
        private object? _lazy;
        private int _disposed, _running;
        void M() { {{statements}} }
        """);

    [Fact]
    public Task Members_that_are_merely_called_Enter_and_Exit() => Spec.Code("""
        class Room { public int People; public void Enter() => People++; public void Exit() => People--; public bool TryEnter() => true; }
        class State { public virtual void Enter() { } public virtual void Exit() { } }
        class Machine
        {
            private readonly Room _room = new();
            private State _state = new();
            void Visit() { _room.Enter(); Thread.Sleep(1); if (_room.TryEnter()) return; _room.Exit(); _room.Exit(); }
            void Go(State next) { _state.Exit(); _state = next; _state.Enter(); Thread.Sleep(1); lock (this) { } }
            async Task GoAsync() { _state.Enter(); await Task.Yield(); _state.Exit(); }
        }
        """);

    [Fact]
    public Task Collections_and_text_under_a_spin_lock() => Spec.Held("""
        _list.Add(1);
        if (_map.TryGetValue("a", out int v)) _n = v;
        _map["b"] = 2;
        _queue.Enqueue(3);
        _n = _list.Count + text.IndexOf('x') + text.Length;
        _ = text.Substring(1) + _n;
        foreach (var pair in _map) _n += pair.Value;
        for (int i = 0; i < _list.Count; i++) _n += _list[i];
        _list.Sort();
        Array.Clear(_array);
        _array.AsSpan().CopyTo(_array);
        _n = DateTime.UtcNow.Second + Environment.TickCount;
        """, """
        private readonly List<int> _list = new();
        private readonly Dictionary<string, int> _map = new();
        private readonly Queue<int> _queue = new();
        private readonly int[] _array = new int[4];
        """);
}
