using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Engine;

/// <summary>Guards in a list of <c>IDisposable</c>: whatever is disposed from there gives back what one of them holds.</summary>
[Trait("Policy", "Guards")]
public class GuardsPutAway
{
    private const string Members = """
        sealed class Part { public RawSpinLock Raw; public Held Hold() { Raw.Enter(); return new Held(this); } public IDisposable HoldI() { Raw.Enter(); return new Held(this); } }
        sealed class Held(Part p) : IDisposable { public void Dispose() => p.Raw.Exit(); }
        Part[] parts = new Part[4]; 

        """;

    [Theory]
    [InlineData("void M() { var held = new List<IDisposable>(); foreach (var p in parts) held.Add(p.Hold()); _n++; foreach (var h in held) h.Dispose(); Thread.Sleep(1); }")]
    [InlineData("void M() { var held = new List<IDisposable>(); held.Add(parts[0].Hold()); _n++; held[0].Dispose(); Thread.Sleep(1); }")]
    [InlineData("void M() { var held = new IDisposable[4]; for (int i = 0; i < 4; i++) held[i] = parts[i].Hold(); _n++; foreach (var h in held) h.Dispose(); Thread.Sleep(1); }")]
    [InlineData("void M() { var held = new Stack<IDisposable>(); try { foreach (var p in parts) held.Push(p.Hold()); _n++; } finally { while (held.TryPop(out var h)) h.Dispose(); } Thread.Sleep(1); }")]
    [InlineData("void M() { var held = new List<object>(); foreach (var p in parts) held.Add(p.Hold()); _n++; foreach (IDisposable h in held) h.Dispose(); Thread.Sleep(1); }")]
    [InlineData("void M() { using (var g = parts[0].HoldI()) { _n++; } Thread.Sleep(2); }")]
    [InlineData("void M() { var q = new Queue<IDisposable>(); q.Enqueue(parts[0].Hold()); q.Enqueue(parts[1].Hold()); _n++; q.Dequeue().Dispose(); q.Dequeue().Dispose(); Thread.Sleep(2); }")]
    public Task Given_back(string method) => RuntimeSource.Members(Members + method);

    [Theory]
    [InlineData("void M() { var held = new List<IDisposable>(); foreach (var p in parts) held.Add(p.HoldI()); _n++; {|LCX1001:Thread.Sleep(1)|}; foreach (var h in held) h.Dispose(); Thread.Sleep(2); }")]
    [InlineData("void M(IDisposable other) { using var g = parts[0].Hold(); other.Dispose(); {|LCX1001:Thread.Sleep(1)|}; }")]
    [InlineData("void M() { IDisposable g = parts[0].Hold(); {|LCX1001:Thread.Sleep(1)|}; g.Dispose(); Thread.Sleep(2); }")]
    public Task Held_until_then(string method) => RuntimeSource.Members(Members + method);
}
