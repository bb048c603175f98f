using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Rules.LCX1003;

/// <summary>Only the flags change where the result is checked already, or not used.</summary>
public class FixChecked
{
    [Theory]
    [InlineData("var p = A; if (p == null) return; *p = 1;")]
    [InlineData("var p = A; if (p is null) { return; } *p = 1;")]
    [InlineData("var p = A; if (p != null) *p = 1;")]
    [InlineData("var p = A; if (null != p && _count > 0) { *p = 1; }")]
    [InlineData("var p = A; if (p == null) throw new Exception(); *p = 1;")]
    [InlineData("var p = A; if (p == null) p = _head; *p = 1;")]
    [InlineData("var p = A; _count = p == null ? 0 : *p;")]
    [InlineData("var p = A; _count = p != null && *p == 1 ? 1 : 0;")]
    [InlineData("var p = A; p = _head; *p = 1;")]
    [InlineData("var p = A; bool ok = p != null; if (ok) *p = 1;")]
    [InlineData("var p = (int*)A; if (p == null) return; *p = 1;")]
    [InlineData("var p = A; int* q = (int*)p; if (q == null) return; *q = 1;")]
    [InlineData("byte* p; if ((p = A) == null) return; *p = 1;")]
    [InlineData("byte* p = null; while ((p = A) == null) { } *p = 1;")]
    [InlineData("if (A == null) return;")]
    [InlineData("_count = A is null ? 1 : 2;")]
    [InlineData("byte* p = _count == 0 ? A : null; if (p == null) return; *p = 1;")]
    [InlineData("byte* p; try { p = A; if (p == null) return; } finally { _count++; } *p = 1;")]
    [InlineData("byte* p = null; try { p = A; } finally { Pages.Free(p, 0); }")]
    [InlineData("byte* p; lock (this) { p = A; if (p == null) return; } *p = 1;")]
    [InlineData("byte* p; switch (_count) { case 1: p = A; if (p == null) break; *p = 1; break; }")]
    [InlineData("A;")]
    [InlineData("_ = (nint)A;")]
    [InlineData("_head = A;")]
    [InlineData("var p = A; _head = p;")]
    [InlineData("var p = A; Console.WriteLine(nameof(p));")]
    public Task Pointers(string code) => FixTest.BodyAsync(
        "    " + code.Replace("A", "{|LCX1003:Pages.AllocBytes(GfpFlags.Kernel, 0)|}", System.StringComparison.Ordinal),
        "    " + code.Replace("A", "Pages.AllocBytes(GfpFlags.NoLocks, 0)", System.StringComparison.Ordinal));

    [Theory]
    [InlineData("var o = A ?? new object(); o.ToString();")]
    [InlineData("_count = A?.GetHashCode() ?? 0;")]
    [InlineData("if (A is { } o) o.ToString();")]
    [InlineData("if (A is not object o) return; o.ToString();")]
    [InlineData("var o = A; o?.ToString();")]
    [InlineData("var o = A; o ??= new object(); o.ToString();")]
    [InlineData("var o = A; switch (o) { case null: return; default: o.ToString(); break; }")]
    [InlineData("_count = A switch { null => 1, var o => o.GetHashCode() };")]
    public Task References(string code) => FixTest.BodyAsync(
        "    " + code.Replace("A", "{|LCX1003:Pages.AllocObject(8, GfpFlags.Kernel)|}", System.StringComparison.Ordinal),
        "    " + code.Replace("A", "Pages.AllocObject(8, GfpFlags.NoLocks)", System.StringComparison.Ordinal));

    [Theory]
    [InlineData("void* M() => A;")]
    [InlineData("void* M() { return A; }")]
    [InlineData("void* M() { var p = A; return p; }")]
    [InlineData("void M() { delegate*<void*> f = null; void* L() => A; }")]
    [InlineData("void M(bool b) => _head = A;")]
    [InlineData("byte* M(bool b) => b ? A : null;")]
    [InlineData("byte* _field = A;")]
    public Task Members(string code) => FixTest.MethodAsync(
        code.Replace("A;", "{|LCX1003:Pages.AllocBytes(GfpFlags.Kernel, 0)|};", System.StringComparison.Ordinal).Replace("A :", "{|LCX1003:Pages.AllocBytes(GfpFlags.Kernel, 0)|} :", System.StringComparison.Ordinal),
        code.Replace("A;", "Pages.AllocBytes(GfpFlags.NoLocks, 0);", System.StringComparison.Ordinal).Replace("A :", "Pages.AllocBytes(GfpFlags.NoLocks, 0) :", System.StringComparison.Ordinal));

    /// <summary>What looks like a check but protects nothing.</summary>
    [Theory]
    [InlineData("if (p != null) _count++;")]
    [InlineData("Debug.Assert(p != null);")]
    [InlineData("if (_count > 0) { if (p == null) return; }")]
    [InlineData("if (p == null) _count++;")]
    public Task A_check_that_protects_nothing(string check) => FixTest.BodyAsync($"""
            var p = {"{|LCX1003:Pages.AllocBytes(GfpFlags.Kernel, 0)|}"};
            {check}
            *p = 1;
        """, $"""
            var p = Pages.AllocBytes(GfpFlags.NoLocks, 0);
            if (p == null)
                return;
            {check}
            *p = 1;
        """);

    [Fact]
    public Task A_result_that_says_itself_whether_it_failed() => FixTest.MethodAsync("""
        [LockContext.Allocates] bool TryGet(GfpFlags flags, out byte* p) { p = null; return false; }
        void M()
        {
            if ({|LCX1003:TryGet(GfpFlags.Kernel, out var p)|})
                *p = 1;
        }
        """, """
        [LockContext.Allocates] bool TryGet(GfpFlags flags, out byte* p) { p = null; return false; }
        void M()
        {
            if (TryGet(GfpFlags.NoLocks, out var p))
                *p = 1;
        }
        """);

    [Fact]
    public Task A_wrapper_that_returns_memory_is_checked_at_its_caller() => FixTest.MethodAsync("""
        static byte* Get(GfpFlags passed, int order) => Pages.AllocBytes(passed, order);
        void M()
        {
            byte* p = {|LCX1003:Get(GfpFlags.Kernel, 0)|};
            *p = 1;
        }
        """, """
        static byte* Get(GfpFlags passed, int order) => Pages.AllocBytes(passed, order);
        void M()
        {
            byte* p = Get(GfpFlags.NoLocks, 0);
            if (p == null)
                return;
            *p = 1;
        }
        """);

    [Fact]
    public Task A_wrapper_that_copes_itself_is_not_checked() => FixTest.MethodAsync("""
        int Fill(GfpFlags passed)
        {
            byte* p = Pages.AllocBytes(passed, 0);
            if (p == null)
                return 0;
            return *p;
        }

        int M() => {|LCX1003:Fill(GfpFlags.Kernel)|} + 1;
        """, """
        int Fill(GfpFlags passed)
        {
            byte* p = Pages.AllocBytes(passed, 0);
            if (p == null)
                return 0;
            return *p;
        }

        int M() => Fill(GfpFlags.NoLocks) + 1;
        """);
}
