using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Rules.LCX4004;

public class Reports
{
    [Theory]
    [InlineData("void* p; while ((p = {|LCX4004:Alloc(GfpFlags.NoLocks)|}) == null) { }")]
    [InlineData("while ({|LCX4004:Alloc(GfpFlags.NoLocks)|} == null) { }")]
    [InlineData("while ({|LCX4004:PageAllocator.Shared.AllocPages(GfpFlags.NoLocks, 0)|} == null) { }")]
    [InlineData("void* p; do { p = {|LCX4004:Alloc(GfpFlags.NoLocks)|}; } while (p == null);")]
    [InlineData("void* p; do { p = {|LCX4004:Alloc(GfpFlags.NoLocks)|}; } while (p is null);")]
    [InlineData("void* p; do p = {|LCX4004:Alloc(GfpFlags.NoLocks)|}; while ((nint)p == 0);")]
    [InlineData("void* p; for (;;) { p = {|LCX4004:Alloc(GfpFlags.NoLocks)|}; if (p != null) break; }")]
    [InlineData("void* p; for (;;) { p = {|LCX4004:Alloc(GfpFlags.NoLocks)|}; if (p == null) continue; break; }")]
    [InlineData("again: void* p = {|LCX4004:Alloc(GfpFlags.NoLocks)|}; if (p == null) goto again;")]
    [InlineData("void* p = Alloc(GfpFlags.NoLocks); while (p == null) p = {|LCX4004:Alloc(GfpFlags.NoLocks)|};")]
    [InlineData("void* p = null; while (p == null) p = {|LCX4004:Alloc(GfpFlags.NoLocks)|};")]
    [InlineData("bool done = false; while (!done) { void* p = {|LCX4004:Alloc(GfpFlags.NoLocks)|}; done = p != null; }")]
    [InlineData("bool failed; do { void* p = {|LCX4004:Alloc(GfpFlags.NoLocks)|}; failed = p == null; } while (failed);")]
    [InlineData("_field = null; while (_field == null) _field = {|LCX4004:Alloc(GfpFlags.NoLocks)|};")]
    [InlineData("void* p; while (!{|LCX4004:TryAlloc(GfpFlags.NoLocks, out p)|}) { }")]
    [InlineData("void* p; while (({|LCX4004:TryAlloc(GfpFlags.NoLocks, out p)|}) is false) { }")]
    [InlineData("void* p; do { {|LCX4004:TryAllocVoid(out p)|}; } while (p == null); void TryAllocVoid(out void* q) => q = Alloc(GfpFlags.Kernel & ~GfpFlags.DirectReclaim | GfpFlags.NoLocks);")]
    [InlineData("void* p; while ((p = {|LCX4004:OrNull(GfpFlags.NoLocks)|}) == null) { }")]
    [InlineData("void* p; while ((p = {|LCX4004:Counted(GfpFlags.NoLocks)|}) == null) { }")]
    [InlineData("{|LCX4004:Until(GfpFlags.NoLocks)|};")]
    [InlineData("void* p; var spin = new SpinWait(); while ((p = {|LCX4004:Alloc(GfpFlags.NoLocks)|}) == null) spin.SpinOnce();")]
    [InlineData("void* p; while ((p = {|LCX4004:Alloc(GfpFlags.NoLocks)|}) == null) Thread.SpinWait(10);")]
    [InlineData("void* p; int failures = 0; while ((p = {|LCX4004:Alloc(GfpFlags.NoLocks)|}) == null) failures++;")]
    [InlineData("void* p; while ((p = {|LCX4004:Alloc(GfpFlags.NoLocks)|}) == null) CountFailure();")]
    [InlineData("void* p; while ((p = {|LCX4004:Alloc(GfpFlags.NoLocks)|}) == null) Interlocked.Increment(ref s_failures);")]
    [InlineData("void* p; while ((p = {|LCX4004:Alloc(GfpFlags.NoLocks)|}) == null) { if (_stop) return; }")]
    [InlineData("void* p; while ((p = {|LCX4004:Alloc(GfpFlags.NoLocks)|}) == null && !_stop) { }")]
    [InlineData("void* p; while ((p = {|LCX4004:Alloc(GfpFlags.NoLocks)|}) == null && (p = Alloc(GfpFlags.NoLocks)) == null) { }")]
    [InlineData("int i = 0; while (i < n) { void* p = {|LCX4004:Alloc(GfpFlags.NoLocks)|}; if (p == null) continue; i++; }")]
    [InlineData("int i = 0; while (i < n) { void* p; do { p = {|LCX4004:Alloc(GfpFlags.NoLocks)|}; } while (p == null); i++; }")]
    [InlineData("void* p; while ((p = {|LCX4004:Alloc(GfpFlags.NoLocks)|}) == null) { if (_sleeping.TryEnter()) _sleeping.Exit(); }")]
    [InlineData("bool ok = false; while (!ok) { ok = {|LCX4004:TryAlloc(GfpFlags.NoLocks, out void* p)|}; }")]
    [InlineData("bool failed = true; while (failed) { failed = !{|LCX4004:TryAlloc(GfpFlags.NoLocks, out void* p)|}; }")]
    [InlineData("void* p; try { while ((p = {|LCX4004:Alloc(GfpFlags.NoLocks)|}) == null) { } } finally { b = false; }")]
    public Task Forms_of_retrying(string statements) => Retry.In("raw", statements);

    [Theory]
    [InlineData("raw", "GfpFlags.NoLocks")]
    [InlineData("sleeping", "GfpFlags.NoWait")]
    [InlineData("sleeping", "GfpFlags.Atomic")]
    [InlineData("sleeping", "GfpFlags.NoLocks")]
    [InlineData("lock", "GfpFlags.NoWait")]
    [InlineData("Lock", "GfpFlags.NoWait")]
    [InlineData("reader", "GfpFlags.NoWait")]
    [InlineData("[RawAtomic]", "GfpFlags.NoLocks")]
    [InlineData("[NoReclaim]", "GfpFlags.NoWait | GfpFlags.NoMemAlloc")]
    [InlineData("[ContextLimit(WaitClass.Config)]", "GfpFlags.NoWait")]
    [InlineData("[RequiresLock(\"_raw\")]", "GfpFlags.NoLocks")]
    public async Task Sections(string section, string flags)
    {
        await Retry.In(section, "void* p; while ((p = {|LCX4004:Alloc(" + flags + ")|}) == null) { }");
        await Retry.In(section, "{|LCX4004:Until(" + flags + ")|};");
    }

    [Fact]
    public Task Flags_changed_by_a_scope() => Retry.In("sleeping", "void* p; using (GfpScope.NoReclaim()) while ((p = {|LCX4004:Alloc(GfpFlags.Kernel)|}) == null) { }");

    [Fact]
    public Task An_inner_section_left_does_not_help_while_an_outer_one_is_held() =>
        Retry.In("sleeping", "void* p; do { _raw.Enter(); p = {|LCX4004:Alloc(GfpFlags.NoLocks)|}; _raw.Exit(); } while (p == null);");

    [Theory]
    [InlineData("lock", "void* p; while ((p = {|#0:Alloc(GfpFlags.NoWait)|}) == null) { }",
        "'Alloc' is retried until it succeeds while Monitor '_gate' (taken at line 10) is held, though with these flags it makes no room itself and others may be kept from it; give up on failure, or retry after the release and after making room")]
    [InlineData("raw", "{|#0:Until(GfpFlags.NoLocks)|};",
        "'Alloc' is retried until it succeeds while RawSpinLock '_raw' (taken at line 10) is held: Until -> Alloc, though with these flags it makes no room itself and others may be kept from it; give up on failure, or retry after Exit and after making room")]
    [InlineData("[RawAtomic]", "void* p; while ((p = {|#0:Alloc(GfpFlags.NoLocks)|}) == null) { }",
        "'Alloc' is retried until it succeeds in [RawAtomic] 'M', though with these flags it makes no room itself and others may be kept from it; give up on failure, and let the caller make room")]
    public Task Messages(string section, string statements, string message) => Retry.In(section, statements, Verify.Diagnostic("LCX4004").WithLocation(0).WithMessage(message));
}
