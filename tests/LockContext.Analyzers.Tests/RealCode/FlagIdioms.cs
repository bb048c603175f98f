using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.RealCode;

/// <summary>Flags as programs carry them about: every way to build, store, test and hand on a value that people write.</summary>
public class FlagIdioms
{
    private const string Members = """

        static void* Alloc(GfpFlags flags) => PageAllocator.Shared.AllocPages(flags, 0);
        static void* Default(int order = 0, GfpFlags flags = GfpFlags.NoLocks) => PageAllocator.Shared.AllocPages(flags, order);
        static void* DefaultKernel(GfpFlags flags = GfpFlags.Kernel) => PageAllocator.Shared.AllocPages(flags, 0);
        static GfpFlags Quick => GfpFlags.NoLocks;
        static GfpFlags Slow { get => GfpFlags.Kernel; }
        static GfpFlags Auto { get; } = GfpFlags.NoLocks | GfpFlags.Zero;
        static readonly GfpFlags s_quick = GfpFlags.NoLocks | GfpFlags.Zero;
        static readonly GfpFlags s_composite = s_quick | GfpFlags.NoWarn;
        static readonly GfpFlags s_kernel = GfpFlags.Kernel & ~GfpFlags.Io;
        const GfpFlags Mask = GfpFlags.Reclaim | GfpFlags.High;
        const uint Raw = 0x800000;
        static class Presets { public const GfpFlags Quick = GfpFlags.NoLocks; public const GfpFlags Slow = GfpFlags.Kernel; }
        struct Options { public GfpFlags Flags; public int Order; public Options(GfpFlags flags) { Flags = flags; Order = 0; } }
        readonly record struct Request(GfpFlags Flags, int Order);
        sealed class Config { public GfpFlags Flags { get; init; } = GfpFlags.NoLocks; }
        static GfpFlags Strip(GfpFlags flags) => (flags & ~GfpFlags.Reclaim) | GfpFlags.NoLocks;
        static GfpFlags Weaken(GfpFlags flags) { flags &= ~GfpFlags.DirectReclaim; return flags; }
        static void Adjust(ref GfpFlags flags) => flags = GfpFlags.NoLocks;
        static void AddLocks(ref GfpFlags flags) => flags |= GfpFlags.NoLocks;
        static void Choose(out GfpFlags flags) => flags = GfpFlags.Kernel;
        static void ChooseQuick(out GfpFlags flags) { flags = GfpFlags.NoLocks; }
        static T Same<T>(T value) => value;
        static void* AllocIn(in GfpFlags flags) => Alloc(flags);
        static bool MayWait(GfpFlags flags) => (flags & GfpFlags.DirectReclaim) != 0;
        static bool IsQuick(GfpFlags flags) => flags.HasFlag(GfpFlags.NoLocks);
        static GfpFlags Pick(bool wait) => wait ? GfpFlags.Kernel : GfpFlags.NoLocks;
        static GfpFlags PickSwitch(int n) => n switch { 0 => GfpFlags.NoLocks, 1 => GfpFlags.NoLocks | GfpFlags.Zero, _ => GfpFlags.NoLocks };
        static GfpFlags PickMixed(int n) => n switch { 0 => GfpFlags.NoLocks, _ => GfpFlags.Kernel };
        static void* Forward(GfpFlags flags, params int[] rest) => Alloc(flags);
        static void* Guarded(GfpFlags flags) { if (!flags.HasFlag(GfpFlags.NoLocks)) { lock (s_gate) { } } return Alloc(flags | GfpFlags.NoLocks); }
        static readonly object s_gate = new();
        static int s_count;
        """;

    private static Task Held(string statements) => RuntimeSource.Members("void M(GfpFlags unknown, bool b, int n) { _raw.Enter(); " + statements + " _raw.Exit(); }" + Members);

    [Theory]
    [InlineData("Alloc(Quick); Alloc(Auto); Alloc(s_quick); Alloc(s_composite); Alloc(Presets.Quick); Alloc((GfpFlags)Raw);")]
    [InlineData("Default(); Default(order: 0); Default(flags: GfpFlags.NoLocks, order: 0); Default(0, GfpFlags.NoLocks);")]
    [InlineData("Alloc(Strip(GfpFlags.Kernel)); Alloc(Strip(unknown)); Alloc(Same(GfpFlags.NoLocks)); AllocIn(GfpFlags.NoLocks); Forward(GfpFlags.NoLocks, 1, 2);")]
    [InlineData("Alloc(b ? GfpFlags.NoLocks : GfpFlags.NoLocks | GfpFlags.Zero); Alloc(PickSwitch(n)); Alloc(Pick(false)); Alloc(Pick(b)); Alloc(PickMixed(n));")]
    [InlineData("var f = GfpFlags.Kernel; Adjust(ref f); Alloc(f);")]
    [InlineData("var f = GfpFlags.Zero; AddLocks(ref f); Alloc(f);")]
    [InlineData("ChooseQuick(out var f); Alloc(f);")]
    [InlineData("var o = new Options { Flags = GfpFlags.NoLocks }; Alloc(o.Flags);")]
    [InlineData("var o = new Options(GfpFlags.NoLocks); Alloc(o.Flags);")]
    [InlineData("Options o; o.Flags = GfpFlags.NoLocks; Alloc(o.Flags);")]
    [InlineData("var r = new Request(GfpFlags.NoLocks, 0); Alloc(r.Flags);")]
    [InlineData("var r = new Request(GfpFlags.Kernel, 0) with { Flags = GfpFlags.NoLocks }; Alloc(r.Flags);")]
    [InlineData("var (f, order) = (GfpFlags.NoLocks, 0); Alloc(f);")]
    [InlineData("var c = new Config(); Alloc(c.Flags);")]
    [InlineData("var c = new Config { Flags = GfpFlags.NoLocks }; Alloc(c.Flags);")]
    [InlineData("uint u = (uint)GfpFlags.Kernel; u = 0x800000u; Alloc((GfpFlags)u);")]
    [InlineData("uint u = (uint)GfpFlags.NoLocks | 0x100u; Alloc((GfpFlags)checked((uint)u)); Alloc((GfpFlags)(int)u); Alloc((GfpFlags)(ulong)u); Alloc(unchecked((GfpFlags)(int)u));")]
    [InlineData("int bit = 1 << 23; Alloc((GfpFlags)bit); Alloc((GfpFlags)(1u << 23));")]
    [InlineData("int shift = 23; Alloc((GfpFlags)(1u << shift));")]
    [InlineData("var f = GfpFlags.None; f |= GfpFlags.NoLocks; f ^= GfpFlags.Zero; Alloc(f);")]
    [InlineData("var f = GfpFlags.Kernel; f &= ~GfpFlags.Reclaim; f |= GfpFlags.NoLocks; Alloc(f);")]
    [InlineData("var f = GfpFlags.NoLocks; for (int i = 0; i < n; i++) { f |= GfpFlags.Zero; Alloc(f); } Alloc(f);")]
    [InlineData("foreach (var f in new[] { GfpFlags.NoLocks, GfpFlags.NoLocks | GfpFlags.Zero }) Alloc(f);")]
    [InlineData("GfpFlags f; switch (n) { case 0: f = GfpFlags.NoLocks; break; default: f = GfpFlags.NoLocks | GfpFlags.Zero; break; } Alloc(f);")]
    [InlineData("GfpFlags f; try { f = GfpFlags.NoLocks; } finally { s_count++; } Alloc(f);")]
    [InlineData("var f = GfpFlags.Kernel; try { s_count++; } finally { f = GfpFlags.NoLocks; } Alloc(f);")]
    [InlineData("void* Local(GfpFlags f) => Alloc(f); Local(GfpFlags.NoLocks);")]
    [InlineData("var f = GfpFlags.NoLocks; Captured(); void Captured() => Alloc(f);")]
    [InlineData("Func<GfpFlags, nint> a = f => (nint)Alloc(f); a(GfpFlags.NoLocks);")]
    [InlineData("GfpFlags? f = GfpFlags.NoLocks; Alloc(f.Value); Alloc(f ?? GfpFlags.NoLocks); Alloc(f.GetValueOrDefault());")]
    [InlineData("ref GfpFlags f = ref unknown; f = GfpFlags.NoLocks; Alloc(unknown);")]
    [InlineData("GfpFlags f = default; f = f | GfpFlags.NoLocks; Alloc(f);")]
    [InlineData("GfpFlags* p = &unknown; *p = GfpFlags.NoLocks; Alloc(*p); Alloc(unknown);")]
    [InlineData("var flags = stackalloc GfpFlags[1]; flags[0] = GfpFlags.NoLocks; Alloc(flags[0]);")]
    [InlineData("GfpFlags f = (n, b) switch { (0, true) => GfpFlags.NoLocks, _ => GfpFlags.NoLocks | GfpFlags.Zero }; Alloc(f);")]
    [InlineData("var f = GfpFlags.Kernel; var g = GfpFlags.NoLocks; (f, g) = (g, f); Alloc(f);")]
    [InlineData("Alloc(Same(Same(unknown)) | GfpFlags.NoLocks); Alloc((GfpFlags)(1u << n)); Alloc((GfpFlags)(1 << 23 | 1 << 8));")]
    [InlineData("Guarded(GfpFlags.NoLocks);")]
    [InlineData("Alloc(Enum.Parse<GfpFlags>(\"Kernel\"));")]
    public Task Without_locks_for_sure_or_for_all_that_is_known(string statements) => Held(statements);

    [Theory]
    [InlineData("{|LCX1003:Alloc(Slow)|};")]
    [InlineData("{|LCX1003:Alloc(s_kernel)|};")]
    [InlineData("{|LCX1003:Alloc(Presets.Slow)|};")]
    [InlineData("{|LCX1003:DefaultKernel()|};")]
    [InlineData("{|LCX1003:Default(flags: GfpFlags.NoWait)|};")]
    [InlineData("{|LCX1003:Alloc(flags: GfpFlags.Kernel)|};")]
    [InlineData("{|LCX1003:Alloc(Same(GfpFlags.Kernel))|};")]
    [InlineData("{|LCX1003:AllocIn(GfpFlags.Kernel)|};")]
    [InlineData("{|LCX1003:Forward(GfpFlags.Kernel, 1, 2)|};")]
    [InlineData("{|LCX1003:Alloc(b ? GfpFlags.Kernel : GfpFlags.NoWait)|};")]
    [InlineData("{|LCX1003:Alloc(Weaken(GfpFlags.Kernel))|};")]
    [InlineData("Choose(out var f); {|LCX1003:Alloc(f)|};")]
    [InlineData("var o = new Options { Flags = GfpFlags.Kernel }; {|LCX1003:Alloc(o.Flags)|};")]
    [InlineData("var o = new Options(GfpFlags.Kernel); {|LCX1003:Alloc(o.Flags)|};")]
    [InlineData("Options o; o.Flags = GfpFlags.Kernel; o.Order = 0; {|LCX1003:Alloc(o.Flags)|};")]
    [InlineData("(var f, int order) = (GfpFlags.Kernel, 0); {|LCX1003:Alloc(f)|};")]
    [InlineData("GfpFlags f; int order; (f, order) = (GfpFlags.Kernel, 0); {|LCX1003:Alloc(f)|};")]
    [InlineData("var r = new Request(GfpFlags.NoLocks, 0) with { Flags = GfpFlags.Kernel }; {|LCX1003:Alloc(r.Flags)|};")]
    [InlineData("var r = new Request(GfpFlags.Kernel, 0); {|LCX1003:Alloc(r.Flags)|};")]
    [InlineData("var (f, order) = (GfpFlags.Kernel, 0); {|LCX1003:Alloc(f)|};")]
    [InlineData("uint u = (uint)GfpFlags.Kernel; {|LCX1003:Alloc((GfpFlags)u)|};")]
    [InlineData("uint u = (uint)GfpFlags.Kernel; u &= ~0x400u; {|LCX1003:Alloc((GfpFlags)checked((int)u))|};")]
    [InlineData("int shift = 10; {|LCX1003:Alloc((GfpFlags)(1u << shift))|};")]
    [InlineData("var f = GfpFlags.NoLocks; f ^= GfpFlags.NoLocks; {|LCX1003:Alloc(f)|};")]
    [InlineData("GfpFlags f = default; {|LCX1003:Alloc(f)|};")]
    [InlineData("{|LCX1003:Alloc(default)|};")]
    [InlineData("{|LCX1003:Alloc(0)|};")]
    [InlineData("{|LCX1003:Alloc(new GfpFlags())|};")]
    [InlineData("if (unknown is GfpFlags.Kernel) {|LCX1003:Alloc(unknown)|};")]
    [InlineData("if (unknown is GfpFlags.NoWait or GfpFlags.Atomic) {|LCX1003:Alloc(unknown)|};")]
    [InlineData("if (unknown is not GfpFlags.Kernel) { _raw.Exit(); return; } {|LCX1003:Alloc(unknown)|};")]
    [InlineData("switch (unknown) { case GfpFlags.Kernel: {|LCX1003:Alloc(unknown)|}; break; case GfpFlags.NoLocks: Alloc(unknown); break; default: Alloc(unknown); break; }")]
    [InlineData("void* p = unknown switch { GfpFlags.NoLocks => Alloc(unknown), GfpFlags.Kernel => {|LCX1003:Alloc(unknown)|}, _ => null };")]
    [InlineData("if (!IsQuick(unknown)) {|LCX1003:Alloc(unknown)|};")]
    [InlineData("if ((unknown & GfpFlags.NoLocks) == GfpFlags.None) {|LCX1003:Alloc(unknown)|};")]
    [InlineData("bool quick = (unknown & GfpFlags.NoLocks) != 0; if (!quick) {|LCX1003:Alloc(unknown)|};")]
    [InlineData("if (((uint)unknown & 0x800000u) == 0) {|LCX1003:Alloc(unknown)|};")]
    [InlineData("if (GfpFlags.None == (GfpFlags.NoLocks & unknown)) {|LCX1003:Alloc(unknown)|};")]
    [InlineData("void* Local(GfpFlags f) => Alloc(f); {|LCX1003:Local(GfpFlags.Kernel)|};")]
    [InlineData("Func<GfpFlags, nint> a = f => (nint)Alloc(f); {|LCX1003:a(GfpFlags.Kernel)|};")]
    [InlineData("Func<nint> a = () => (nint)Alloc(GfpFlags.Kernel); {|LCX1003:a()|};")]
    [InlineData("GfpFlags? f = GfpFlags.Kernel; {|LCX1003:Alloc(f.Value)|};")]
    [InlineData("var f = GfpFlags.Kernel; do { {|LCX1003:Alloc(f)|}; f = GfpFlags.Kernel; } while (b);")]
    [InlineData("try { s_count++; } finally { {|LCX1003:Alloc(GfpFlags.Kernel)|}; }")]
    [InlineData("try { {|LCX1003:Alloc(GfpFlags.Kernel)|}; } catch (Exception) when ({|LCX1003:PageAllocator.Shared.AllocPages(GfpFlags.NoWait, 0)|} != null) { }")]
    [InlineData("{|LCX1003:Guarded(GfpFlags.Kernel)|};")]
    public Task With_locks(string statements) => Held(statements.Replace("{|LCX1003:Guarded", "{|LCX1002:Guarded"));

    private static Task Reader(string statements) => RuntimeSource.Members("void M(GfpFlags unknown, bool b, int n) { _sleeping.Enter(); " + statements + " _sleeping.Exit(); }" + Members);

    [Theory]
    [InlineData("if (!MayWait(unknown)) Alloc(unknown & ~GfpFlags.NoLocks);")]
    [InlineData("using (GfpScope.NoReclaim()) using (GfpScope.NoFs()) { Alloc(GfpFlags.Kernel); }")]
    [InlineData("var outer = GfpScope.NoReclaim(); var inner = GfpScope.NoFs(); inner.Dispose(); Alloc(GfpFlags.Kernel); outer.Dispose();")]
    [InlineData("var outer = GfpScope.NoFs(); var inner = GfpScope.NoReclaim(); outer.Dispose(); Alloc(GfpFlags.Kernel); inner.Dispose();")]
    [InlineData("using var a = GfpScope.NoReclaim(); { using var c = GfpScope.MemAlloc(); Alloc(GfpFlags.Kernel); } Alloc(GfpFlags.Kernel);")]
    [InlineData("if (b) { using var a = GfpScope.NoReclaim(); Alloc(GfpFlags.Kernel); } else Alloc(GfpFlags.NoWait);")]
    [InlineData("GfpScope.Scope a; a = GfpScope.NoReclaim(); try { Alloc(GfpFlags.Kernel); } finally { a.Dispose(); }")]
    [InlineData("for (int i = 0; i < n; i++) using (GfpScope.NoReclaim()) Alloc(GfpFlags.Kernel);")]
    [InlineData("using (GfpScope.NoReclaim()) { Action a = () => Alloc(GfpFlags.Kernel); a(); Local(); } void Local() => Alloc(GfpFlags.Kernel);")]
    public Task Scopes_and_thresholds(string statements) => Reader(statements);

    [Theory]
    [InlineData("if (MayWait(unknown)) {|LCX1011:Alloc(unknown & ~GfpFlags.NoLocks)|};")]
    [InlineData("var outer = GfpScope.NoReclaim(); var inner = GfpScope.NoReclaim(); inner.Dispose(); outer.Dispose(); {|LCX1011:Alloc(GfpFlags.Kernel)|};")]
    [InlineData("{ using var a = GfpScope.NoReclaim(); } {|LCX1011:Alloc(GfpFlags.Kernel)|};")]
    [InlineData("try { using var a = GfpScope.NoReclaim(); } finally { {|LCX1011:Alloc(GfpFlags.Kernel)|}; }")]
    [InlineData("_sleeping.Exit(); _sleeping.Enter(); {|LCX1011:Alloc(GfpFlags.Kernel)|};")]
    public Task And_beyond_them(string statements) => Reader(statements);
}
