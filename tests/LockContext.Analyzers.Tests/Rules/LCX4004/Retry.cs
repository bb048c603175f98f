using System.Threading.Tasks;

namespace LockContext.Analyzers.Tests.Rules.LCX4004;

/// <summary>Members that allocate in various ways, and ways to make room.</summary>
internal static class Retry
{
    public const string Helpers = """

        static void* Alloc(GfpFlags flags) => PageAllocator.Shared.AllocPages(flags, 0);
        static bool TryAlloc(GfpFlags flags, out void* p) { p = Alloc(flags); return p != null; }
        static void* OrNull(GfpFlags flags) { void* p = Alloc(flags); if (p == null) return null; *(int*)p = 0; return p; }
        static void* Counted(GfpFlags flags) { void* p = Alloc(flags); if (p == null) s_failures++; return p; }
        static void* Until(GfpFlags flags) { while (true) { void* p = Alloc(flags); if (p != null) return p; } }
        static int s_failures;
        static int s_tries;
        static bool MayTryAgain() => s_tries++ < 100;
        static void CountFailure() => s_failures++;
        static void Shrink(void* p) => PageAllocator.Shared.FreePages(p, 0);
        static void ShrinkDeep(void* p) => Shrink(p);
        static void Reclaim() => Alloc(GfpFlags.Kernel);
        void* _field;
        readonly Lock _lock = new();
        readonly object _gate = new();
        volatile bool _stop;
        Action _relieve = null!;
        void* _spare;
        """;

    public static Task In(string section, string statements, params DiagnosticResult[] expected) => RuntimeSource.Members(
        section switch
        {
            "raw" => "void M(GfpFlags unknown, bool b, int n) { _raw.Enter(); try { " + statements + " } finally { _raw.Exit(); } }",
            "sleeping" => "void M(GfpFlags unknown, bool b, int n) { _sleeping.Enter(); try { " + statements + " } finally { _sleeping.Exit(); } }",
            "balanced" => "void M(GfpFlags unknown, bool b, int n) { _sleeping.Enter(); " + statements + " _sleeping.Exit(); }",
            "lock" => "void M(GfpFlags unknown, bool b, int n) { lock (_gate) { " + statements + " } }",
            "Lock" => "void M(GfpFlags unknown, bool b, int n) { lock (_lock) { " + statements + " } }",
            "reader" => "void M(GfpFlags unknown, bool b, int n) { using (Rcu.Read()) { " + statements + " } }",
            "none" => "void M(GfpFlags unknown, bool b, int n) { " + statements + " }",
            _ => section + " void M(GfpFlags unknown, bool b, int n) { " + statements + " }",
        }
        + Helpers,
        expected);
}
