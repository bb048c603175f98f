using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Engine;

/// <summary>Flags of which nothing is known: silent, unless the project asks for the worst.</summary>
public class StrictFlags
{
    private const string Helpers = """

        static void* Alloc(GfpFlags flags) => PageAllocator.Shared.AllocPages(flags, 0);
        void* ByField() => Alloc(_flags);
        void* Deeper() => ByField();
        void* Guarded(GfpFlags flags) { if ((flags & GfpFlags.NoLocks) == 0) _sleeping.Enter(); return null; }
        static GfpFlags Choose() => Environment.TickCount > 0 ? GfpFlags.Kernel : GfpFlags.NoLocks;
        static GfpFlags Parse(string text) => Enum.Parse<GfpFlags>(text);
        [NoReclaim] void* Quick(GfpFlags flags) => Alloc(flags | GfpFlags.NoMemAlloc);
        GfpFlags _flags;
        RawSpinLock _raw;
        readonly SleepingLock _sleeping = new();
        """;

    private static Task Test(string? strict, string members, params DiagnosticResult[] expected)
    {
        var test = Spec.Files("using LockContext.Runtime;\npublic unsafe class C {\n" + members + Helpers + "\n}", RuntimeSource.Locks, RuntimeSource.Memory);
        if (strict is not null)
            test.TestState.AnalyzerConfigFiles.Add(("/.editorconfig", "root = true\n[*.cs]\nlockcontext.strict = " + strict + "\n"));
        test.DisabledDiagnostics.Add("LCX2001");
        test.ExpectedDiagnostics.AddRange(expected);
        return test.RunAsync();
    }

    private static string Raw(string call) => "public void M(GfpFlags flags) { _raw.Enter(); " + call + "; _raw.Exit(); }";

    [Theory]
    [InlineData("Alloc(flags)")]
    [InlineData("Alloc(_flags)")]
    [InlineData("Alloc(Parse(\"Kernel\"))")]
    [InlineData("Deeper()")]
    public async Task Silent_unless_asked(string call)
    {
        await Test(null, Raw(call));
        await Test("false", Raw(call));
    }

    [Theory]
    [InlineData("{|LCX1003:Alloc(flags)|}")]
    [InlineData("{|LCX1003:PageAllocator.Shared.AllocPages(flags, 0)|}")]
    [InlineData("{|LCX1003:Alloc(_flags)|}")]
    [InlineData("{|LCX1003:Alloc(Parse(\"Kernel\"))|}")]
    [InlineData("{|LCX1003:Alloc(Choose())|}")]
    [InlineData("{|LCX1003:Deeper()|}")]
    [InlineData("{|LCX1003:Alloc(flags & ~GfpFlags.DirectReclaim)|}")]
    [InlineData("{|LCX1003:Alloc(flags | GfpFlags.Zero)|}")]
    [InlineData("var f = flags; f &= GfpFlags.NoLocks; {|LCX1003:Alloc(f)|}")]
    [InlineData("if (flags != GfpFlags.NoLocks) {|LCX1003:Alloc(flags)|}")]
    [InlineData("{|LCX1002:Guarded(_flags)|}")]
    public Task Reported_if_asked(string call) => Test("true", Raw(call));

    [Theory]
    [InlineData("Alloc(flags | GfpFlags.NoLocks)")]
    [InlineData("if (flags.HasFlag(GfpFlags.NoLocks)) Alloc(flags)")]
    [InlineData("if (flags == GfpFlags.NoLocks) Alloc(flags)")]
    [InlineData("if ((flags & GfpFlags.NoLocks) != 0) Alloc(flags)")]
    [InlineData("Alloc(GfpFlags.NoLocks)")]
    [InlineData("Guarded(GfpFlags.NoLocks)")]
    [InlineData("Guarded(flags | GfpFlags.NoLocks)")]
    public Task What_is_known_stays_as_it_is(string call) => Test("true", Raw(call));

    [Fact]
    public Task A_parameter_that_only_this_project_fills_is_its_callers_matter() => Test("true",
        "void Hidden(GfpFlags flags) { _raw.Enter(); Alloc(flags); _raw.Exit(); } void Caller() { Hidden(GfpFlags.NoLocks); }");

    [Theory]
    [InlineData("public void M(GfpFlags flags) { _sleeping.Enter(); {|LCX1011:Alloc(flags)|}; Alloc(flags & ~GfpFlags.DirectReclaim); _sleeping.Exit(); }")]
    [InlineData("public void M(GfpFlags flags) { using (Rcu.Read()) { {|LCX1004:Alloc(flags)|}; Alloc(flags & ~GfpFlags.DirectReclaim); } }")]
    [InlineData("[NoReclaim] public void M(GfpFlags flags) { {|LCX1006:Alloc(flags)|}; {|LCX1007:PageAllocator.Shared.AllocPages(flags & ~GfpFlags.DirectReclaim, 0)|}; Alloc((flags & ~(GfpFlags.Reclaim | GfpFlags.High)) | GfpFlags.NoWait | GfpFlags.NoMemAlloc); }")]
    [InlineData("public void M(GfpFlags flags) { _sleeping.Enter(); using (GfpScope.NoReclaim()) Alloc(flags); _sleeping.Exit(); }")]
    public Task Every_context_by_what_it_forbids(string member) => Test("true", member);

    [Fact]
    public Task The_option_holds_for_the_file_that_is_reported_in()
    {
        var test = Spec.Files("using LockContext.Runtime;\npublic unsafe class C {\n" + Raw("Deeper()") + Helpers + "\n}", RuntimeSource.Locks, RuntimeSource.Memory);
        test.TestState.AnalyzerConfigFiles.Add(("/.editorconfig", "root = true\n[Other.cs]\nlockcontext.strict = true\n"));
        test.TestState.Sources.Add(("/0/Other.cs", "using LockContext.Runtime;\nunsafe class D { RawSpinLock _raw; void M(C c) { _raw.Enter(); {|LCX1003:c.Open()|}; _raw.Exit(); } }"));
        test.TestState.Sources.Add(("/0/Third.cs", "static unsafe class X { public static void* Open(this C c) => c.Pages(); }"));
        test.TestState.Sources[0] = ("/0/Test0.cs", ("using LockContext.Runtime;\npublic unsafe class C {\n internal void* Pages() => Deeper(); \n" + Raw("Deeper()") + Helpers + "\n}"));
        return test.RunAsync();
    }

    [Theory]
    [InlineData("{|#0:Alloc(flags)|}", "LCX1003", "'PageAllocator.AllocPages' may reclaim memory and sleep, for its flags are not known, while RawSpinLock '_raw' (taken at line 3) is held: Alloc -> PageAllocator.AllocPages; test the flags before, or allocate before taking the lock")]
    public Task Messages(string call, string id, string message) => Test("true", Raw(call), Verify.Diagnostic(id).WithLocation(0).WithMessage(message.Replace("PageAllocator.AllocPages", "AllocPages")));
}
