using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Rules.LCX4006;

public class Silences
{
    [Theory]
    [InlineData("public void Run() { _raw.Enter(); Fill(); _raw.Exit(); } void Fill() => Alloc(GfpFlags.NoLocks);")]
    [InlineData("public void Run() { Fill(); _raw.Enter(); Fill(); _raw.Exit(); } void Fill() => Alloc(GfpFlags.NoLocks);")]
    [InlineData("public void Run() { Step(); } void Step() { _raw.Enter(); Deeper(); _raw.Exit(); } void Deeper() => Fill(); void Fill() => Alloc(GfpFlags.NoLocks);")]
    [InlineData("public void Run() { Tick(); } [RawAtomic] void Tick() => Fill(); void Fill() => Alloc(GfpFlags.NoLocks);")]
    [InlineData("public void Run() { _raw.Enter(); Fill(); _raw.Exit(); } [RequiresLock(\"_raw\")] void Fill() => Alloc(GfpFlags.NoLocks);")]
    [InlineData("public void Run() { _raw.Enter(); Between(); _raw.Exit(); } [RequiresLock(\"_raw\")] void Between() => Fill(); void Fill() => Alloc(GfpFlags.NoLocks);")]
    [InlineData("public void Run() { if (_raw.TryEnter()) { Fill(); _raw.Exit(); } } void Fill() => Alloc(GfpFlags.NoLocks);")]
    [InlineData("public void Run() => Fill(); void Fill() { _raw.Enter(); Alloc(GfpFlags.NoLocks); _raw.Exit(); }")]
    [InlineData("public void Run() => Fill(); void Fill() { lock (_sleeping) { Alloc(GfpFlags.NoLocks); } }")]
    [InlineData("public void Run() => Fill(); [RawAtomic] void Fill() => Alloc(GfpFlags.NoLocks);")]
    [InlineData("public void Run() => Fill(); [NoReclaim] void Fill() => Alloc(GfpFlags.NoLocks);")]
    public Task Somebody_holds_a_raw_lock_or_says_so(string members) => Callers.InProgram(members);

    [Theory]
    [InlineData("public void Run() { } void Fill() => Alloc(GfpFlags.NoLocks);")]
    [InlineData("public void Run() { } void Unused() => Fill(); void Fill() => Alloc(GfpFlags.NoLocks);")]
    [InlineData("public void Run() => Start(Fill); void Start(Action a) => a(); void Fill() => Alloc(GfpFlags.NoLocks);")]
    [InlineData("public void Run() { Fill(); Start(Fill); } void Start(Action a) => a(); void Fill() => Alloc(GfpFlags.NoLocks);")]
    [InlineData("public void Run() => Start(() => Fill()); void Start(Action a) => a(); void Fill() => Alloc(GfpFlags.NoLocks);")]
    [InlineData("public void Run() { void Local() => Fill(); Local(); } void Fill() => Alloc(GfpFlags.NoLocks);")]
    [InlineData("public void Run() { delegate*<void> f = &Fill; f(); } static void Fill() => Alloc(GfpFlags.NoLocks);")]
    [InlineData("public void Run() { Fill(); typeof(C).GetMethod(\"Fill\"); } void Fill() => Alloc(GfpFlags.NoLocks);")]
    [InlineData("public void Run() { Fill(); typeof(C).GetMethod(nameof(Fill)); } void Fill() => Alloc(GfpFlags.NoLocks);")]
    [InlineData("public void Run() { Fill(); ((dynamic)this).Fill(); } internal void Fill() => Alloc(GfpFlags.NoLocks);")]
    [InlineData("public void Run() => _ = Size; int Size { get { Fill(); return 1; } } void Fill() => Alloc(GfpFlags.NoLocks);")]
    [InlineData("public void Run() { } public C() => Fill(); void Fill() => Alloc(GfpFlags.NoLocks);")]
    [InlineData("public void Run() { } static C() => Fill(); static void Fill() => Alloc(GfpFlags.NoLocks);")]
    [InlineData("public void Run() { } ~C() => Fill(); void Fill() => Alloc(GfpFlags.NoLocks);")]
    [InlineData("public void Run() => Fill(); internal virtual void Fill() => Alloc(GfpFlags.NoLocks);")]
    [InlineData("public void Run() => Step(); protected virtual void Step() => Fill(); void Fill() => Alloc(GfpFlags.NoLocks);")]
    [InlineData("public void Run() { foreach (int i in All()) { } } IEnumerable<int> All() { Fill(); yield return 1; } void Fill() => Alloc(GfpFlags.NoLocks);")]
    [InlineData("public void Run() => Fill(); [UnmanagedCallersOnly] static void Native() => FillStatic(); void Fill() { } static void FillStatic() => Alloc(GfpFlags.NoLocks);")]
    [InlineData("public void Run() => Fill(); public override string ToString() { Fill(); return \"\"; } void Fill() => Alloc(GfpFlags.NoLocks);")]
    [InlineData("public void Run() => new D().Dispose(); class D : IDisposable { public void Dispose() => Fill(); static void Fill() => Alloc(GfpFlags.NoLocks); }")]
    [InlineData("public void Run() { return; Fill(); } void Fill() => Alloc(GfpFlags.NoLocks);")]
    [InlineData("public void Run() { var q = from i in new[] { 1 } select Fill(i); } int Fill(int i) { Alloc(GfpFlags.NoLocks); return i; }")]
    public Task Calls_that_cannot_be_followed(string members) => Callers.InProgram(members);

    [Theory]
    [InlineData("public void Run() => Fill(); void Fill() => Alloc(GfpFlags.NoLocks);", "")]
    [InlineData("public void Run() => Step(); void Step() => Fill(); void Fill() => Alloc(GfpFlags.NoLocks);", "")]
    [InlineData("protected void Run() => Fill(); void Fill() => Alloc(GfpFlags.NoLocks);", "")]
    [InlineData("public void Fill() => Alloc(GfpFlags.NoLocks);", "")]
    [InlineData("internal void Fill() => Alloc(GfpFlags.NoLocks);", "[assembly: InternalsVisibleTo(\"Friend\")] class D { [Sleepable] void M(C c) => c.Fill(); }\n")]
    public Task Anybody_may_call_a_public_member_of_a_library(string members, string elsewhere) => Callers.InLibrary(members, elsewhere);

    [Theory]
    [InlineData("public void Run() => Fill(); void Fill() => Alloc(GfpFlags.NoWait);")]
    [InlineData("public void Run() => Fill(GfpFlags.NoWait); void Fill(GfpFlags flags) => Alloc(flags);")]
    [InlineData("public void Run() => Fill(true); void Fill(bool b) => Alloc(b ? GfpFlags.NoLocks : GfpFlags.NoWait);")]
    [InlineData("public void Run() => Fill(); void Fill() { if (Wants(GfpFlags.NoLocks)) return; } static bool Wants(GfpFlags flags) => flags == GfpFlags.Kernel;")]
    [InlineData("public void Run() => Fill(); void Fill() { void* p = Alloc(GfpFlags.NoLocks); if (p == null) p = Alloc(GfpFlags.Kernel); }")]
    [InlineData("public void Run() => Fill(); void Fill() { void* p = PageAllocator.Shared.AllocPages(GfpFlags.NoLocks, 0); if (p == null) p = PageAllocator.Shared.AllocPages(GfpFlags.NoWait, 0); }")]
    [InlineData("public void Run() => Fill(); void Fill() { Action a = () => Alloc(GfpFlags.NoLocks); a(); }")]
    public Task Other_flags_and_other_places(string members) => Callers.InProgram(members);
}
