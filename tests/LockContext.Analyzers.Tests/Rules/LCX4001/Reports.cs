using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Rules.LCX4001;

public class Reports
{
    private const string Helpers = """
        static void* Alloc(GfpFlags flags) => PageAllocator.Shared.AllocPages(flags, 0);
        static int* Typed(GfpFlags flags) { var p = (int*)Alloc(flags | GfpFlags.Zero); return p; }
        static bool TryAlloc(out void* p) { p = Alloc(GfpFlags.NoWait); return true; }
        static void Log() { }
        struct Node { public int Value; public Node* Next; }
        void* _field;
        """;

    [Theory]
    [InlineData("int* p = (int*)Alloc(GfpFlags.NoWait); *{|LCX4001:p|} = 1;")]
    [InlineData("int* p = (int*)Alloc(GfpFlags.NoLocks); *{|LCX4001:p|} = 1;")]
    [InlineData("int* p = (int*)Alloc(GfpFlags.Atomic); *{|LCX4001:p|} = 1;")]
    [InlineData("int* p = (int*)Alloc(GfpFlags.Kernel | GfpFlags.NoRetry); *{|LCX4001:p|} = 1;")]
    [InlineData("int* p = (int*)Alloc(GfpFlags.Kernel | GfpFlags.RetryMayFail); *{|LCX4001:p|} = 1;")]
    [InlineData("int* p = (int*)PageAllocator.Shared.AllocPages(GfpFlags.NoWait, 0); *{|LCX4001:p|} = 1;")]
    [InlineData("int* p = (int*)Alloc(GfpFlags.NoWait); {|LCX4001:p|}[3] = 1;")]
    [InlineData("int* p = (int*)Alloc(GfpFlags.NoWait); n = {|LCX4001:p|}[0];")]
    [InlineData("int* p = (int*)Alloc(GfpFlags.NoWait); *({|LCX4001:p + 3|}) = 1;")]
    [InlineData("Node* p = (Node*)Alloc(GfpFlags.NoWait); {|LCX4001:p|}->Value = 1;")]
    [InlineData("Node* p = (Node*)Alloc(GfpFlags.NoWait); {|LCX4001:p|}->Value = 1; p->Next = null;")]
    [InlineData("nint p = (nint)Alloc(GfpFlags.NoWait); *{|LCX4001:(int*)p|} = 1;")]
    [InlineData("*{|LCX4001:(int*)Alloc(GfpFlags.NoWait)|} = 1;")]
    [InlineData("int* p = (int*)Alloc(GfpFlags.NoWait); int* q = p; *{|LCX4001:q|} = 1;")]
    [InlineData("int* p = (int*)Alloc(GfpFlags.NoWait); Log(); *{|LCX4001:p|} = 1; if (p == null) return;")]
    [InlineData("int* p = (int*)Alloc(GfpFlags.NoWait); if (b) n++; *{|LCX4001:p|} = 1;")]
    [InlineData("int* p = (int*)Alloc(GfpFlags.NoWait); while (b) { *{|LCX4001:p|} = 1; }")]
    [InlineData("int* p = (int*)Alloc(GfpFlags.NoWait); if (b) { *{|LCX4001:p|} = 1; } else if (p != null) { *p = 2; }")]
    [InlineData("int* p = Typed(GfpFlags.NoWait); *{|LCX4001:p|} = 1;")]
    [InlineData("TryAlloc(out var p); *{|LCX4001:(int*)p|} = 1;")]
    [InlineData("_field = Alloc(GfpFlags.NoWait); *{|LCX4001:(int*)_field|} = 1;")]
    [InlineData("using (GfpScope.NoReclaim()) { int* p = (int*)Alloc(GfpFlags.Kernel); *{|LCX4001:p|} = 1; }")]
    [InlineData("int* p = (int*)Alloc(GfpFlags.NoWait & unknown); *{|LCX4001:p|} = 1;")]
    [InlineData("if (unknown.HasFlag(GfpFlags.DirectReclaim)) return; int* p = (int*)Alloc(unknown & ~GfpFlags.NoFail); *{|LCX4001:p|} = 1;")]
    public Task Uses_without_a_check(string statements) => RuntimeSource.Members("void M(GfpFlags unknown, bool b, int n) { " + statements + " }" + Helpers);

    [Fact]
    public Task Under_a_lock() => RuntimeSource.Held("int* p = (int*)Alloc(GfpFlags.NoLocks); *{|LCX4001:p|} = 1;");

    [Fact]
    public Task Message() => RuntimeSource.Members(
        "void M() { int* p = (int*)Alloc(GfpFlags.NoWait); *{|#0:p|} = 1; }" + Helpers,
        Verify.Diagnostic("LCX4001").WithLocation(0).WithMessageContaining("'p' is used although 'Alloc' (line 10) may have returned null with these flags; compare it with null first"));
}
