using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Rules.LCX4001;

public class Silences
{
    private const string Helpers = """
        static void* Alloc(GfpFlags flags) => PageAllocator.Shared.AllocPages(flags, 0);
        static void* OrThrow(GfpFlags flags) { void* p = Alloc(flags); if (p == null) throw new OutOfMemoryException(); return p; }
        static void* OrThrowToo(GfpFlags flags) => (void*)(nint)Alloc(flags) is var p && p != null ? p : throw new OutOfMemoryException();
        static void Use(void* p) { }
        static bool IsFine(void* p) => p != null;
        static void Assert([DoesNotReturnIf(false)] bool condition) { }
        struct Node { public int Value; public Node* Next; }
        void* _field;
        static void* s_field;
        int* Typed => (int*)_field;
        bool Fine() => _field != null;
        """;

    private static Task Silent(string statements) => RuntimeSource.Members("void M(GfpFlags unknown, bool b, int n) { " + statements + " }" + Helpers);

    [Theory]
    [InlineData("int* p = (int*)Alloc(GfpFlags.NoWait); if (p == null) return; *p = 1;")]
    [InlineData("int* p = (int*)Alloc(GfpFlags.NoWait); if (p != null) *p = 1;")]
    [InlineData("int* p = (int*)Alloc(GfpFlags.NoWait); if (null == p) throw new OutOfMemoryException(); *p = 1;")]
    [InlineData("int* p = (int*)Alloc(GfpFlags.NoWait); if (p is null) return; *p = 1;")]
    [InlineData("int* p = (int*)Alloc(GfpFlags.NoWait); if (p is not null && b) *p = 1;")]
    [InlineData("int* p = (int*)Alloc(GfpFlags.NoWait); bool ok = p != null; if (ok) *p = 1;")]
    [InlineData("int* p = (int*)Alloc(GfpFlags.NoWait); int* q = p; if (q == null) return; *p = 1;")]
    [InlineData("int* p; if ((p = (int*)Alloc(GfpFlags.NoWait)) == null) return; *p = 1;")]
    [InlineData("int* p; while ((p = (int*)Alloc(GfpFlags.NoWait)) == null) { } *p = 1;")]
    [InlineData("int* p; do { p = (int*)Alloc(GfpFlags.NoWait); } while (p == null); *p = 1;")]
    [InlineData("int* p = (int*)Alloc(GfpFlags.NoWait); if (p == null) { p = (int*)Alloc(GfpFlags.Kernel); } *p = 1;")]
    [InlineData("int* p = (int*)Alloc(GfpFlags.NoWait); if ((nint)p == 0) return; *p = 1;")]
    [InlineData("nint p = (nint)Alloc(GfpFlags.NoWait); if (p == 0) return; *(int*)p = 1;")]
    [InlineData("nint p = (nint)Alloc(GfpFlags.NoWait); if (p == IntPtr.Zero) return; *(int*)p = 1;")]
    [InlineData("int* p = (int*)Alloc(GfpFlags.NoWait); Debug.Assert(p != null); *p = 1;")]
    [InlineData("int* p = (int*)Alloc(GfpFlags.NoWait); Assert(p != null); *p = 1;")]
    [InlineData("int* p = (int*)Alloc(GfpFlags.NoWait); if (!IsFine(p)) return; *p = 1;")]
    [InlineData("int* p = (int*)Alloc(GfpFlags.NoWait); if ((ulong)p < 4096) return; *p = 1;")]
    [InlineData("int* p = (int*)Alloc(GfpFlags.NoWait); int* q = p != null ? p : &n; *q = 1;")]
    [InlineData("int* p = (int*)Alloc(GfpFlags.NoWait); switch ((nint)p) { case 0: return; } *p = 1;")]
    [InlineData("int* p = null; if (b) p = (int*)Alloc(GfpFlags.NoWait); if (b && p == null) return; if (b) *p = 1;")]
    [InlineData("int* p = (int*)Alloc(GfpFlags.NoWait); if (b && p == null) return; if (b) *p = 1;")]
    [InlineData("int* p = null; try { p = (int*)Alloc(GfpFlags.NoWait); if (p == null) return; *p = 1; } finally { if (p != null) *p = 2; }")]
    public Task Checked(string statements) => Silent(statements);

    [Theory]
    [InlineData("int* p = (int*)Alloc(GfpFlags.Kernel); *p = 1;")]
    [InlineData("int* p = (int*)Alloc(GfpFlags.Kernel | GfpFlags.NoFail); *p = 1;")]
    [InlineData("int* p = (int*)Alloc(unknown); *p = 1;")]
    [InlineData("int* p = (int*)Alloc(unknown | GfpFlags.NoRetry); *p = 1;")]
    [InlineData("int* p = (int*)Alloc(GfpFlags.Kernel & unknown); *p = 1;")]
    [InlineData("int* p = (int*)OrThrow(GfpFlags.NoWait); *p = 1;")]
    [InlineData("int* p = (int*)OrThrowToo(GfpFlags.NoWait); *p = 1;")]
    [InlineData("var flags = b ? GfpFlags.NoWait : GfpFlags.Kernel; int* p = (int*)Alloc(flags); *p = 1;")]
    public Task Allocations_that_do_not_fail_or_of_which_that_is_unknown(string statements) => Silent(statements);

    [Theory]
    [InlineData("int* p = (int*)Alloc(GfpFlags.NoWait); _field = p; if (!Fine()) return; *p = 1;")]
    [InlineData("_field = Alloc(GfpFlags.NoWait); if (_field == null) return; *(int*)_field = 1;")]
    [InlineData("s_field = Alloc(GfpFlags.NoWait); Use(null); *(int*)s_field = 1;")]
    [InlineData("int* p = (int*)Alloc(GfpFlags.NoWait); Use(p);")]
    [InlineData("int* p = (int*)Alloc(GfpFlags.NoWait); Use(p); *p = 1;")]
    [InlineData("Use(Alloc(GfpFlags.NoWait));")]
    [InlineData("Node* p = (Node*)Alloc(GfpFlags.NoWait); int* q = &p->Value;")]
    [InlineData("int* p = (int*)Alloc(GfpFlags.NoWait); int* q = &p[3];")]
    [InlineData("int* p = (int*)Alloc(GfpFlags.NoWait); p = &n; *p = 1;")]
    [InlineData("int* p = (int*)Alloc(GfpFlags.NoWait); bool Ok() => p != null; if (!Ok()) return; *p = 1;")]
    [InlineData("int* p = (int*)Alloc(GfpFlags.NoWait); if (b) { *&n = 1; throw new Exception((*p).ToString()); }")]
    [InlineData("var array = new void*[1]; array[0] = Alloc(GfpFlags.NoWait); *(int*)array[0] = 1;")]
    [InlineData("var list = new List<nint>(); list.Add((nint)Alloc(GfpFlags.NoWait)); *(int*)list[0] = 1;")]
    public Task Handed_on_or_out_of_sight(string statements) => Silent(statements);

    private static Task Managed(string statements) => Spec.Code(
        "#nullable enable annotations\n"
        + "[Flags, AllocationFlags] enum Flags { None, [AllocationFlag(AllocationBehavior.DirectReclaim)] Wait = 1, [AllocationFlag(AllocationBehavior.MayFail)] MayFail = 2 }\n"
        + "class Block : IDisposable { public int Length; public int[] Data = new int[1]; public void Clear() { } public void Dispose() { } }\n"
        + "static class X { public static bool IsGood(this Block? b) => b != null; }\n"
        + "class C {"
        + " [Allocates] static Block? Alloc(Flags flags) => null;"
        + " [Allocates] static Block Sure(Flags flags) => new();"
        + " [Allocates] static Span<byte> Bytes(Flags flags) => default;"
        + " [Allocates] static Memory<byte> Memory(Flags flags) => default;"
        + " [Allocates] static bool Try(Flags flags, [NotNullWhen(true)] out Block? block) { block = null; return false; }"
        + " [Allocates] static int? Index(Flags flags) => null;"
        + " void M(bool b) { " + statements + " } }");

    [Theory]
    [InlineData("var p = Alloc(Flags.Wait); p.Clear();")]
    [InlineData("var p = Sure(Flags.None); p.Clear();")]
    [InlineData("var p = Alloc(Flags.None); if (p == null) return; p.Clear();")]
    [InlineData("var p = Alloc(Flags.None) ?? throw new OutOfMemoryException(); p.Clear();")]
    [InlineData("var p = Alloc(Flags.None) ?? new Block(); p.Clear();")]
    [InlineData("Alloc(Flags.None)?.Clear();")]
    [InlineData("var p = Alloc(Flags.None); p?.Clear();")]
    [InlineData("Alloc(Flags.None)!.Clear();")]
    [InlineData("var p = Alloc(Flags.None); p!.Clear();")]
    [InlineData("if (Alloc(Flags.None) is { } p) p.Clear();")]
    [InlineData("if (Alloc(Flags.None) is { Length: > 3 } p) p.Clear();")]
    [InlineData("if (Alloc(Flags.None) is not Block p) return; p.Clear();")]
    [InlineData("var p = Alloc(Flags.None); if (!p.IsGood()) return; p.Clear();")]
    [InlineData("var p = Alloc(Flags.None); ArgumentNullException.ThrowIfNull(p); p.Clear();")]
    [InlineData("using var p = Alloc(Flags.None); if (p is null) return; p.Clear();")]
    [InlineData("var s = Bytes(Flags.None); if (s.IsEmpty) return; s[0] = 1;")]
    [InlineData("var s = Bytes(Flags.None); if (s.Length == 0) return; s[0] = 1;")]
    [InlineData("var s = Bytes(Flags.None); if (s == default) return; s[0] = 1;")]
    [InlineData("var s = Bytes(Flags.None); for (int i = 0; i < s.Length; i++) s[i] = 1;")]
    [InlineData("var s = Bytes(Flags.None); foreach (ref var x in s) x = 1;")]
    [InlineData("var s = Bytes(Flags.None); s.Clear();")]
    [InlineData("var m = Memory(Flags.None); if (m.IsEmpty) return; m.Span[0] = 1;")]
    [InlineData("if (Try(Flags.None, out var p)) p.Clear();")]
    [InlineData("if (!Try(Flags.None, out var p)) return; p.Clear();")]
    [InlineData("bool ok = Try(Flags.None, out var p); if (ok) p.Clear();")]
    [InlineData("while (!Try(Flags.None, out _)) { }")]
    [InlineData("Try(Flags.None, out var p); if (p != null) p.Clear();")]
    [InlineData("if (Index(Flags.None) is { } i) b = i > 0; var j = Index(Flags.None); if (j.HasValue) b = j.Value > 0;")]
    public Task Results_of_other_kinds(string statements) => Managed(statements);

    [Theory]
    [InlineData("{|LCX4001:Alloc(Flags.None)|}.Clear();")]
    [InlineData("var p = Alloc(Flags.None); {|LCX4001:p|}.Clear();")]
    [InlineData("var p = Alloc(Flags.Wait | Flags.MayFail); {|LCX4001:p|}.Clear();")]
    [InlineData("var p = Alloc(Flags.None); int n = {|LCX4001:p|}.Length;")]
    [InlineData("var p = Alloc(Flags.None); {|LCX4001:p|}.Data[0] = 1;")]
    [InlineData("var s = Bytes(Flags.None); {|LCX4001:s|}[0] = 1;")]
    [InlineData("Try(Flags.None, out var p); {|LCX4001:p|}.Clear();")]
    [InlineData("_ = Try(Flags.None, out var p); {|LCX4001:p|}.Clear();")]
    [InlineData("var j = Index(Flags.None); b = {|LCX4001:j|}.Value > 0;")]
    public Task And_their_reports(string statements) => Managed(statements);
}
