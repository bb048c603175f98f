using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Engine;

/// <summary>Objects that remember in a field whether they have the lock: what a call leaves in such a switch decides what the next one does.</summary>
[Trait("Policy", "Guards")]
public class SwitchesOfOthers
{
    private const string Holder = """
        private readonly Holder _holder = new();
        sealed class Holder : IDisposable
        {
            private readonly Mutex _own = new();
            private bool _acquired = false;
            public bool IsAcquired => _acquired;
            public void Acquire() { _own.WaitOne(); _acquired = true; }
            public void Release()
            {
                if (!_acquired) throw new InvalidOperationException();
                try { _own.ReleaseMutex(); }
                catch (ApplicationException) { }
                finally { _acquired = false; }
            }
            public void ReleaseIfAcquired() { if (_acquired) _own.ReleaseMutex(); _acquired = false; }
            public void Dispose() { if (_acquired) Release(); _own.Dispose(); }
        }

        """;

    [Theory]
    [InlineData("_holder.Release(); _holder.Dispose();")]
    [InlineData("if (_holder is not { IsAcquired: true }) return; using (_holder) { _holder.Release(); }")]
    [InlineData("_holder.ReleaseIfAcquired(); _holder.ReleaseIfAcquired();")]
    [InlineData("_holder.Acquire(); try { _n++; } finally { _holder.ReleaseIfAcquired(); }")]
    [InlineData("_holder.Acquire(); Console.WriteLine(); _holder.ReleaseIfAcquired();")]
    [InlineData("var mine = new Holder(); mine.Acquire(); mine.ReleaseIfAcquired();")]
    [InlineData("var mine = new Holder(); mine.Acquire(); Console.WriteLine(); mine.Release(); mine.Dispose();")]
    [InlineData("using var mine = new Holder(); mine.Acquire(); Console.WriteLine(); mine.Release();")]
    public Task Taken_and_released(string body) => Spec.Members(Holder + $"void M() {{ {body} }}");

    [Theory]
    [InlineData("{|LCX2001:_holder.Acquire()|}; if (_n > 0) return; _holder.ReleaseIfAcquired();")]
    [InlineData("var mine = new Holder(); {|LCX2001:mine.Acquire()|}; if (_n > 0) return; mine.ReleaseIfAcquired();")]
    [InlineData("_holder.Acquire(); _holder.Release(); {|LCX2001:_holder.Acquire()|}; if (_n > 0) return; _holder.Release();")]
    public Task Left_held(string body) => Spec.Members(Holder + $"void M() {{ {body} }}");

    [Fact]
    public Task What_is_held_is_there_but_may_be_of_another_type() => Spec.Members("""
        static void Leave(string? text, object gate) { if (text is null) return; Monitor.Exit(gate); }
        void Certain(string gate) { Monitor.Enter(gate); Leave(gate, gate); }
        void Tried(object gate) { {|LCX2001:Monitor.Enter(gate)|}; Leave(gate as string, gate); }
        """);
}
