using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Engine;

/// <summary>[MethodImpl(MethodImplOptions.Synchronized)] is a lock statement around a whole body, on the object or on its type, and so is a lock on what typeof gives.</summary>
public class SynchronizedMembers
{
    [Theory]
    [InlineData("void M() { bool t = false; _l.Enter(ref t); {|LCX1002:Counted()|}; _l.Exit(); } [MethodImpl(MethodImplOptions.Synchronized)] void Counted() => _n++;")]
    [InlineData("void M() { bool t = false; _l.Enter(ref t); {|LCX1002:Counted()|}; _l.Exit(); } [MethodImpl(MethodImplOptions.Synchronized | MethodImplOptions.NoInlining)] static void Counted() { }")]
    [InlineData("void M() { bool t = false; _l.Enter(ref t); _n = {|LCX1002:P|}; _l.Exit(); } int P { [MethodImpl(MethodImplOptions.Synchronized)] get => _n; }")]
    [InlineData("[RawAtomic, MethodImpl(MethodImplOptions.Synchronized)] void {|LCX1002:M|}() => _n++;")]
    [InlineData("[MethodImpl(MethodImplOptions.Synchronized)] void M() { lock (_gate) { } } void N() { lock (_gate) {|LCX2005:M()|}; }")]
    [InlineData("[MethodImpl(MethodImplOptions.Synchronized)] static void M() { lock (s_gate) { } } void N() { lock (s_gate) lock ({|LCX2005:typeof(C)|}) { } } static readonly object s_gate = new();")]
    [InlineData("void M() { lock (typeof(C)) lock (_gate) { } } void N() { lock (_gate) lock ({|LCX2005:typeof(C)|}) { } }")]
    [InlineData("void M() { {|LCX2001:Monitor.Enter(typeof(C))|}; if (_n > 0) return; Monitor.Exit(typeof(C)); }")]
    public Task Reports(string members) => Spec.Code("using System.Runtime.CompilerServices;\n" + Spec.InClass(members));

    [Theory]
    [InlineData("[MethodImpl(MethodImplOptions.Synchronized)] void M() => Thread.Sleep(1);")]
    [InlineData("[MethodImpl(MethodImplOptions.Synchronized)] void M() { lock (this) { } N(); } [MethodImpl(MethodImplOptions.Synchronized)] void N() { }")]
    [InlineData("[MethodImpl(MethodImplOptions.Synchronized)] void M() { if (_n > 0) return; throw new Exception(); }")]
    [InlineData("[MethodImpl(MethodImplOptions.Synchronized)] static void M() { lock (typeof(C)) { } }")]
    [InlineData("[MethodImpl(MethodImplOptions.NoInlining)] [RawAtomic] void M() => _n++;")]
    [InlineData("void M() { lock (typeof(C)) lock (_gate) { } } void N() { lock (_gate) lock (typeof(string)) { } }")]
    [InlineData("void M() { Monitor.Enter(typeof(C)); try { _n++; } finally { Monitor.Exit(typeof(C)); } }")]
    public Task Silences(string members) => Spec.Code("using System.Runtime.CompilerServices;\n" + Spec.InClass(members));
}
