using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Rules.LCX4001;

/// <summary>The result of an allocation in an <c>out</c> parameter: who looks at what the call returns has looked whether it failed.</summary>
public class OutParameters
{
    private const string Members = """
        unsafe struct T { public int X; public T* Next; }
        [Allocates] static bool TryAlloc(GfpFlags flags, out T* p) { p = null; return false; }
        [Allocates] static bool TryGet(GfpFlags flags, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out object? o) { o = null; return false; }
        static bool Wrap(out T* p) { p = (T*)PageAllocator.Shared.AllocPages(GfpFlags.NoLocks, 0); return p != null; }
        static bool Wrap2(GfpFlags f, out T* p) { p = (T*)PageAllocator.Shared.AllocPages(f, 0); if (p == null) return false; p->X = 1; return true; }
        static bool Wrap3(out T* p) => TryAlloc(GfpFlags.NoLocks, out p);
        static bool Wrap4(out T* p) { var q = (T*)PageAllocator.Shared.AllocPages(GfpFlags.NoLocks, 0); p = q; if (q == null) { return false; } return true; }
        static int Err(out T* p) { p = (T*)PageAllocator.Shared.AllocPages(GfpFlags.NoLocks, 0); return p == null ? -12 : 0; }
        static void V(out T* p) { p = (T*)PageAllocator.Shared.AllocPages(GfpFlags.NoLocks, 0); }
        T* _p;
        static bool Filled(out T* p) { p = (T*)PageAllocator.Shared.AllocPages(GfpFlags.NoLocks, 0); if (p == null) { p = (T*)PageAllocator.Shared.AllocPages(GfpFlags.Kernel, 0); return false; } return true; }
        static bool Throws(out T* p) { p = (T*)PageAllocator.Shared.AllocPages(GfpFlags.NoLocks, 0); if (p == null) throw new InvalidOperationException(); return true; }
        static bool Loop(out T* p) { do { p = (T*)PageAllocator.Shared.AllocPages(GfpFlags.NoWait, 0); } while (p == null); return true; }
        [Allocates] static bool Take(GfpFlags flags, out Span<byte> s) { s = default; return false; }
        static bool Take(out Span<byte> s) => Take(GfpFlags.NoLocks, out s);

        """;

    private static Task Run(string method) => RuntimeSource.Members(Members + method);

    [Theory]
    [InlineData("void M() { if (!TryAlloc(GfpFlags.NoLocks, out var p)) return; p->X = 1; }")]
    [InlineData("void M() { if (TryAlloc(GfpFlags.NoLocks, out var p)) p->X = 1; }")]
    [InlineData("void M() { TryAlloc(GfpFlags.NoLocks, out var p); if (p == null) return; p->X = 1; }")]
    [InlineData("void M() { bool ok = TryAlloc(GfpFlags.NoLocks, out var p); if (!ok) return; p->X = 1; }")]
    [InlineData("void M() { if (!Wrap(out var p)) return; p->X = 1; }")]
    [InlineData("void M() { if (Wrap2(GfpFlags.NoLocks, out var p)) p->X = 1; }")]
    [InlineData("void M() { Wrap2(GfpFlags.Kernel, out var p); p->X = 1; }")]
    [InlineData("void M() { if (Wrap3(out var p)) p->X = 1; }")]
    [InlineData("void M() { if (Wrap4(out var p)) p->X = 1; }")]
    [InlineData("void M() { if (Err(out var p) != 0) return; p->X = 1; }")]
    [InlineData("void M() { if (Err(out var p) < 0) return; p->X = 1; }")]
    [InlineData("void M() { var e = Err(out var p); if (e == 0) p->X = 1; }")]
    [InlineData("void M() { V(out var p); if (p != null) p->X = 1; }")]
    [InlineData("void M() { bool ok = TryAlloc(GfpFlags.NoLocks, out var p) && TryAlloc(GfpFlags.NoLocks, out var q); if (ok) p->X = 1; }")]
    [InlineData("void M() { if (TryAlloc(GfpFlags.NoLocks, out var p) && TryAlloc(GfpFlags.NoLocks, out var q)) { p->X = 1; q->X = 2; } }")]
    [InlineData("void M() { if (!TryAlloc(GfpFlags.NoLocks, out var p) || !TryAlloc(GfpFlags.NoLocks, out var q)) return; p->X = 1; q->X = 2; }")]
    [InlineData("bool M(out T* p) { if (!TryAlloc(GfpFlags.NoLocks, out p)) return false; p->X = 1; return true; }")]
    [InlineData("void M() { while (!TryAlloc(GfpFlags.NoLocks, out var p)) { _b = true; } }")]
    [InlineData("void M() { T* p; while (!TryAlloc(GfpFlags.NoLocks, out p)) { _b = true; } p->X = 1; }")]
    [InlineData("void M() { if (!TryGet(GfpFlags.NoLocks, out var o)) return; o.ToString(); }")]
    [InlineData("void M() { if (TryAlloc(GfpFlags.NoLocks, out var p) == false) throw new System.Exception(); p->X = 1; }")]
    [InlineData("void M() { var ok = TryAlloc(GfpFlags.NoLocks, out var p); System.Diagnostics.Debug.Assert(ok); p->X = 1; }")]
    [InlineData("void M() { var ok = Wrap(out var p); System.Diagnostics.Debug.Assert(ok); p->X = 1; }")]
    [InlineData("bool M(out T* p) { return TryAlloc(GfpFlags.NoLocks, out p); }")]
    [InlineData("void M() { T* p; if (_b && TryAlloc(GfpFlags.NoLocks, out p)) p->X = 1; }")]
    [InlineData("void M() { bool ok = Wrap(out var p); if (ok) p->X = 1; }")]
    [InlineData("void M() { if (Wrap(out var p) is false) return; p->X = 1; }")]
    [InlineData("void M() { switch (Wrap(out var p)) { case true: p->X = 1; break; } }")]
    [InlineData("void M() { var x = Wrap(out var p) ? p->X : 0; }")]
    [InlineData("void M() { if (!Wrap(out var p)) _b = true; else p->X = 1; }")]
    [InlineData("void M() { if (!Wrap(out var p)) _b = true; p->X = 1; }")]
    [InlineData("void M() { if (!TryAlloc(GfpFlags.NoLocks, out _p)) return; _p->X = 1; }")]
    [InlineData("void M() { if (Wrap(out _p)) _p->X = 1; }")]
    [InlineData("void M() { Filled(out var p); p->X = 1; }")]
    [InlineData("void M() { Throws(out var p); p->X = 1; }")]
    [InlineData("void M() { if (!Take(out var s)) return; s[0] = 1; }")]
    [InlineData("void M() { Loop(out var p); p->X = 1; }")]
    public Task Looked_at(string method) => Run(method);

    [Theory]
    [InlineData("void M() { TryAlloc(GfpFlags.NoLocks, out var p); {|LCX4001:p|}->X = 1; }")]
    [InlineData("void M() { _ = TryAlloc(GfpFlags.NoLocks, out var p); {|LCX4001:p|}->X = 1; }")]
    [InlineData("void M() { Wrap(out var p); {|LCX4001:p|}->X = 1; }")]
    [InlineData("void M() { Wrap2(GfpFlags.NoLocks, out var p); {|LCX4001:p|}->X = 1; }")]
    [InlineData("void M() { Wrap3(out var p); {|LCX4001:p|}->X = 1; }")]
    [InlineData("void M() { Wrap4(out var p); {|LCX4001:p|}->X = 1; }")]
    [InlineData("void M() { Err(out var p); {|LCX4001:p|}->X = 1; }")]
    [InlineData("void M() { V(out var p); {|LCX4001:p|}->X = 1; }")]
    [InlineData("void M() { TryGet(GfpFlags.NoLocks, out var o); {|LCX4001:o|}.ToString(); }")]
    [InlineData("void M() { TryAlloc(GfpFlags.NoLocks, out _p); {|LCX4001:_p|}->X = 1; }")]
    [InlineData("void M() { Wrap(out _p); {|LCX4001:_p|}->X = 1; }")]
    [InlineData("void M() { Take(out var s); {|LCX4001:s|}[0] = 1; }")]
    public Task Nobody_has_looked(string method) => Run(method);
}
