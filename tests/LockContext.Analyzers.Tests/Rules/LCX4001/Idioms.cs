using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Rules.LCX4001;

/// <summary>Ways to check, and to forget to.</summary>
public class Idioms
{
    private const string Helpers = """

        static void* Alloc(GfpFlags flags) => PageAllocator.Shared.AllocPages(flags, 0);
        static bool TryAlloc(out int* p) { p = (int*)Alloc(GfpFlags.NoWait); return p != null; }
        static int TryCode(out int* p) { p = (int*)Alloc(GfpFlags.NoWait); return p == null ? -12 : 0; }
        static int* OrNull(GfpFlags flags) { int* p = (int*)Alloc(flags); if (p == null) return null; *p = 0; return p; }
        static int* OrNullCounted(GfpFlags flags) { int* p = (int*)Alloc(flags); if (p == null) s_failures++; return p; }
        static int* OrNullIf(GfpFlags flags, bool may) { int* p = (int*)Alloc(flags); if (p == null) { if (may) return null; throw new OutOfMemoryException(); } return p; }
        static int* OrClosed(GfpFlags flags) { int* p = (int*)Alloc(flags); if (s_failures > 3) return null; return p == null ? s_spare : p; }
        static int* OrDie(GfpFlags flags, bool must) { int* p = (int*)Alloc(flags); if (p == null) { if (must) throw new OutOfMemoryException(); return null; } return p; }
        static int* OrThrow(GfpFlags flags) { int* p = (int*)Alloc(flags); if (p == null) ThrowHelper(); return p; }
        static int* OrKernel(GfpFlags flags) { int* p = (int*)Alloc(flags); return p != null ? p : (int*)Alloc(GfpFlags.Kernel); }
        static int* OrSpare(GfpFlags flags) { int* p = (int*)Alloc(flags); if (p == null) p = s_spare; return p; }
        [DoesNotReturn] static void ThrowHelper() => throw new OutOfMemoryException();
        static void ThrowIfNull(void* p) { if (p == null) throw new OutOfMemoryException(); }
        static void Require([DoesNotReturnIf(false)] bool condition) { if (!condition) throw new Exception(); }
        static bool Exists(void* p) => p != null;
        static void Use(ref int x) { }
        static void Zero(int* p) { if (p == null) return; *p = 0; }
        static void Touch(int* p) => *p = 0;
        static int s_failures;
        static int* s_spare;
        struct Node { public int Value; public Node* Next; public fixed int Data[4]; public void Init() => Value = 1; }
        struct Holder { public int* P; public bool IsEmpty => P == null; }
        int* _p;
        """;

    private static Task In(string statements) => RuntimeSource.Members("int M(GfpFlags unknown, bool b, int n) { " + statements + " return 0; }" + Helpers);

    [Theory]
    [InlineData("int* p = (int*)Alloc(GfpFlags.NoWait); if (p is null) return 1; *p = 1;")]
    [InlineData("int* p = (int*)Alloc(GfpFlags.NoWait); if (p is not null) *p = 1;")]
    [InlineData("int* p = (int*)Alloc(GfpFlags.NoWait); if (p == default) return 1; *p = 1;")]
    [InlineData("int* p = (int*)Alloc(GfpFlags.NoWait); if (p == (void*)0) return 1; *p = 1;")]
    [InlineData("int* p = (int*)Alloc(GfpFlags.NoWait); if ((nint)p == 0 || n > 1) return 1; *p = 1;")]
    [InlineData("int* p = (int*)Alloc(GfpFlags.NoWait); if ((IntPtr)p == IntPtr.Zero) return 1; *p = 1;")]
    [InlineData("int* p = (int*)Alloc(GfpFlags.NoWait); if ((nuint)p is 0) return 1; *p = 1;")]
    [InlineData("int* p = (int*)Alloc(GfpFlags.NoWait); if ((long)p <= 0) return 1; *p = 1;")]
    [InlineData("nint p = (nint)Alloc(GfpFlags.NoWait); if (p is not 0) *(int*)p = 1;")]
    [InlineData("nint p = (nint)Alloc(GfpFlags.NoWait); if (p == default) return 1; *(int*)p = 1;")]
    [InlineData("nint p = (nint)Alloc(GfpFlags.NoWait); switch (p) { case 0: return 1; default: *(int*)p = 1; break; }")]
    [InlineData("int* p; if ((p = (int*)Alloc(GfpFlags.NoWait)) != null) *p = 1;")]
    [InlineData("int* p; if (b && (p = (int*)Alloc(GfpFlags.NoWait)) != null) *p = 1;")]
    [InlineData("int* p; while ((p = (int*)Alloc(GfpFlags.NoWait)) == null) if (--n == 0) return 1; *p = 1;")]
    [InlineData("int* p; for (p = (int*)Alloc(GfpFlags.NoWait); p != null; p = null) *p = 1;")]
    [InlineData("if (!TryAlloc(out int* p)) return 1; *p = 1;")]
    [InlineData("if (TryAlloc(out int* p)) *p = 1;")]
    [InlineData("bool ok = TryAlloc(out int* p); if (ok) *p = 1;")]
    [InlineData("if (TryCode(out int* p) != 0) return 1; *p = 1;")]
    [InlineData("int error = TryCode(out int* p); if (error < 0) return 1; *p = 1;")]
    [InlineData("int* p = OrNull(GfpFlags.NoWait); if (p == null) return 1; *p = 1;")]
    [InlineData("int* p = OrNull(GfpFlags.Kernel); *p = 1;")]
    [InlineData("int* p = OrNullIf(GfpFlags.NoWait, true); *p = 1;")]
    [InlineData("int* p = OrClosed(GfpFlags.NoWait); *p = 1;")]
    [InlineData("int* p = null; if (b) p = (int*)Alloc(GfpFlags.NoWait); if (p != null) *p = 1;")]
    [InlineData("int* p = null; if (b) { p = (int*)Alloc(GfpFlags.NoWait); if (p == null) return 1; } if (b) *p = 1;")]
    [InlineData("int* p = null; while (p == null && n-- > 0) p = (int*)Alloc(GfpFlags.NoWait); if (p == null) return 1; *p = 1;")]
    [InlineData("int* p = OrNull(GfpFlags.NoWait); if (p is null) { p = OrThrow(GfpFlags.NoWait); } *p = 1;")]
    [InlineData("int* p = (int*)Alloc(GfpFlags.NoWait); if (p != null) { int* q = p; *q++ = 1; *q++ = 2; }")]
    [InlineData("int* p = (int*)Alloc(GfpFlags.NoWait); p++; if (p - 1 != null) *p = 1;")]
    [InlineData("int* p = OrDie(GfpFlags.NoWait, must: true); *p = 1;")]
    [InlineData("int* p = OrThrow(GfpFlags.NoWait); *p = 1;")]
    [InlineData("int* p = OrKernel(GfpFlags.NoWait); *p = 1;")]
    [InlineData("int* p = OrSpare(GfpFlags.NoWait); *p = 1;")]
    [InlineData("int* p = (int*)Alloc(GfpFlags.NoWait); if (p == null) ThrowHelper(); *p = 1;")]
    [InlineData("int* p = (int*)Alloc(GfpFlags.NoWait); ThrowIfNull(p); *p = 1;")]
    [InlineData("int* p = (int*)Alloc(GfpFlags.NoWait); ArgumentNullException.ThrowIfNull(p); *p = 1;")]
    [InlineData("int* p = (int*)Alloc(GfpFlags.NoWait); Require(p != null); *p = 1;")]
    [InlineData("int* p = (int*)Alloc(GfpFlags.NoWait); Debug.Assert(p != null, \"reserved\"); *p = 1;")]
    [InlineData("int* p = (int*)Alloc(GfpFlags.NoWait); Trace.Assert(p is not null); *p = 1;")]
    [InlineData("int* p = (int*)Alloc(GfpFlags.NoWait); if (!Exists(p)) return 1; *p = 1;")]
    [InlineData("int* p = (int*)Alloc(GfpFlags.NoWait); Zero(p);")]
    [InlineData("int* p = (int*)Alloc(GfpFlags.NoWait); int* end = p + 4; if (p == null) return 1; for (int* q = p; q < end; q++) *q = 0;")]
    [InlineData("int* p = (int*)Alloc(GfpFlags.NoWait); int* q = p + 4; if (p != null) *q = 1;")]
    [InlineData("int* p = (int*)Alloc(GfpFlags.NoWait), q = (int*)Alloc(GfpFlags.NoWait); if (p == null || q == null) return 1; *p = *q = 1;")]
    [InlineData("int* p = (int*)Alloc(GfpFlags.NoWait); int* q = p != null ? (int*)Alloc(GfpFlags.NoWait) : null; if (q != null) *p = *q = 1;")]
    [InlineData("int* p = null; try { p = (int*)Alloc(GfpFlags.NoWait); if (p == null) return 1; *p = 1; } finally { PageAllocator.Shared.FreePages(p, 0); }")]
    [InlineData("int* p = (int*)Alloc(GfpFlags.NoWait); bool missing = p == null; if (missing) return 1; *p = 1;")]
    [InlineData("int* p = (int*)Alloc(GfpFlags.NoWait); bool missing = p == null; if (missing || b) return 1; *p = 1;")]
    [InlineData("int* p = (int*)Alloc(GfpFlags.NoWait); if (p == null) goto failed; *p = 1; return 0; failed: return 1;")]
    [InlineData("int* p = (int*)Alloc(GfpFlags.NoWait); n = p == null ? 0 : *p;")]
    [InlineData("int* p = (int*)Alloc(GfpFlags.NoWait); n = p != null && *p > 0 ? 1 : 0;")]
    [InlineData("int* p = (int*)Alloc(GfpFlags.NoWait); if (!(p == null)) *p = 1;")]
    [InlineData("int* p = (int*)Alloc(GfpFlags.NoWait); if (p == null ^ true) *p = 1;")]
    [InlineData("int* p = (int*)Alloc(GfpFlags.NoWait); switch (p == null) { case true: return 1; case false: *p = 1; break; }")]
    [InlineData("int* p = (int*)Alloc(GfpFlags.NoWait); if (b) return 1; if (p == null) return 2; *p = 1;")]
    [InlineData("var h = new Holder { P = (int*)Alloc(GfpFlags.NoWait) }; if (h.P == null) return 1; *h.P = 1;")]
    [InlineData("var h = new Holder { P = (int*)Alloc(GfpFlags.NoWait) }; if (h.IsEmpty) return 1; *h.P = 1;")]
    [InlineData("Holder h; h.P = (int*)Alloc(GfpFlags.NoWait); if (h.P is null) return 1; *h.P = 1;")]
    [InlineData("_p = (int*)Alloc(GfpFlags.NoWait); if (_p != null) *_p = 1;")]
    [InlineData("_p = (int*)Alloc(GfpFlags.NoWait); int* q = _p; if (q == null) return 1; *_p = 1;")]
    [InlineData("int** table = stackalloc int*[4]; table[0] = (int*)Alloc(GfpFlags.NoWait); if (table[0] == null) return 1; *table[0] = 1;")]
    [InlineData("Node* p = (Node*)Alloc(GfpFlags.NoWait); Node** link = &p->Next; if (p == null) return 1; *link = null;")]
    [InlineData("Node* p = (Node*)Alloc(GfpFlags.NoWait); n = sizeof(Node); nint offset = (nint)(&p->Value) - (nint)p; if (p != null) p->Init();")]
    [InlineData("var list = new List<nint>(); for (int i = 0; i < n; i++) { nint p = (nint)Alloc(GfpFlags.NoWait); if (p == 0) break; list.Add(p); } foreach (nint p in list) *(int*)p = 1;")]
    [InlineData("int* p = (int*)Alloc(GfpFlags.NoWait); if (p == null && (p = (int*)Alloc(GfpFlags.Kernel)) == null) return 1; *p = 1;")]
    [InlineData("int* p = (int*)Alloc(GfpFlags.NoLocks); if (p == null) p = (int*)Alloc(GfpFlags.NoWait); if (p == null) return 1; *p = 1;")]
    [InlineData("int* p = (int*)Alloc(b ? GfpFlags.Kernel : GfpFlags.NoWait); if (b) *p = 1;")]
    [InlineData("ref int r = ref n; int* p = (int*)Alloc(GfpFlags.NoWait); if (p != null) r = ref *p; r = 1;")]
    [InlineData("int* p = (int*)Alloc(GfpFlags.NoWait); var span = new Span<int>(p, p == null ? 0 : 4); if (!span.IsEmpty) span[0] = 1;")]
    [InlineData("int* p = (int*)Alloc(GfpFlags.NoWait); Func<bool> check = () => p != null; if (check()) *p = 1;")]
    [InlineData("int* p = (int*)Alloc(GfpFlags.NoWait); try { if (p == null) throw new OutOfMemoryException(); *p = 1; } catch (OutOfMemoryException) { }")]
    [InlineData("int* p = (int*)Alloc(GfpFlags.NoWait); if (p != null) { for (int i = 0; i < 4; i++) p[i] = 0; }")]
    [InlineData("int* p = (int*)Alloc(GfpFlags.NoWait); int i = 0; while (p != null && i < 4) p[i++] = 0;")]
    public Task Checked(string statements) => In(statements);

    [Theory]
    [InlineData("int* p = OrNull(GfpFlags.NoWait); *{|LCX4001:p|} = 1;")]
    [InlineData("int* p = (int*)Alloc(GfpFlags.NoWait); if (b) *{|LCX4001:p|} = 1; else n = p == null ? 1 : 2;")]
    [InlineData("*{|LCX4001:OrNull(GfpFlags.NoWait)|} = 1;")]
    [InlineData("int* p = (int*)Alloc(GfpFlags.NoWait); int* q = p; *{|LCX4001:q++|} = 1; *q++ = 2;")]
    [InlineData("Node* p = (Node*)Alloc(GfpFlags.NoWait); {|LCX4001:p|}->Init();")]
    [InlineData("Node* p = (Node*)Alloc(GfpFlags.NoWait); {|LCX4001:p|}->Data[0] = 1;")]
    [InlineData("Node* p = (Node*)Alloc(GfpFlags.NoWait); *{|LCX4001:p|} = default;")]
    [InlineData("Node* p = (Node*)Alloc(GfpFlags.NoWait); n = {|LCX4001:p|}->Next == null ? 1 : 2;")]
    [InlineData("int* p = (int*)Alloc(GfpFlags.NoWait); Use(ref *{|LCX4001:p|});")]
    [InlineData("int* p = (int*)Alloc(GfpFlags.NoWait); ref int r = ref *{|LCX4001:p|}; r = 1;")]
    [InlineData("int* p = (int*)Alloc(GfpFlags.NoWait); (*{|LCX4001:p|})++;")]
    [InlineData("int* p = (int*)Alloc(GfpFlags.NoWait); *{|LCX4001:p|} += 2;")]
    [InlineData("int* p = (int*)Alloc(GfpFlags.NoWait); *({|LCX4001:p++|}) = 1;")]
    [InlineData("int* p = (int*)Alloc(GfpFlags.NoWait); for (int i = 0; i < 4; i++) {|LCX4001:p|}[i] = 0;")]
    [InlineData("int* p = (int*)Alloc(GfpFlags.NoWait); try { *{|LCX4001:p|} = 1; } finally { if (p != null) s_failures++; }")]
    [InlineData("const GfpFlags quick = GfpFlags.NoWait | GfpFlags.Zero; int* p = (int*)Alloc(quick); *{|LCX4001:p|} = 1;")]
    [InlineData("int* p = (int*)Alloc(b ? GfpFlags.NoWait : GfpFlags.Atomic); *{|LCX4001:p|} = 1;")]
    [InlineData("int* p = b ? (int*)Alloc(GfpFlags.NoWait) : null; *{|LCX4001:p|} = 1;")]
    public Task And_not(string statements) => In(statements);
}
