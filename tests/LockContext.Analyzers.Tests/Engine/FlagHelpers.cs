using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Engine;

/// <summary>Flags that a helper chooses by a switch: decided where the switch is known, unknown where it is not.</summary>
public class FlagHelpers
{
    private const string Helpers = """
        enum Mode { Sleep, Atomic, Locked }
        static GfpFlags Flags(bool atomic) => atomic ? GfpFlags.NoLocks : GfpFlags.Kernel;
        static GfpFlags Pick(bool high) { if (high) return GfpFlags.Atomic; return GfpFlags.Kernel; }
        static GfpFlags ByMode(Mode m) => m switch { Mode.Sleep => GfpFlags.Kernel, Mode.Atomic => GfpFlags.Atomic, _ => GfpFlags.NoLocks };
        static GfpFlags ByMode2(Mode m) { switch (m) { case Mode.Locked: return GfpFlags.NoLocks; default: return GfpFlags.Kernel; } }
        static GfpFlags ByInt(int depth) => depth > 0 ? GfpFlags.NoLocks : GfpFlags.Kernel;
        static GfpFlags Nested(bool a) => Flags(a) | GfpFlags.Zero;
        static GfpFlags Def(bool atomic = true) => Flags(atomic);
        GfpFlags Current => _b ? GfpFlags.NoLocks : GfpFlags.Kernel;
        GfpFlags Always => _b ? GfpFlags.Atomic : GfpFlags.Kernel;
        GfpFlags Sw => _n switch { 0 => GfpFlags.Kernel, 1 => GfpFlags.Atomic, _ => GfpFlags.NoWait };
        GfpFlags SwU => _n switch { 0 => GfpFlags.Kernel, 1 => GfpFlags.Atomic, _ => GfpFlags.NoLocks };
        static void* A(GfpFlags f) => PageAllocator.Shared.AllocPages(f, 0);
        void* Wrap(bool atomic) => A(Flags(atomic));
        void* Inline(bool atomic) => A(atomic ? GfpFlags.NoLocks : GfpFlags.Kernel);
        void* Inline2(bool atomic) { var f = GfpFlags.Kernel; if (atomic) f = GfpFlags.NoLocks; return PageAllocator.Shared.AllocPages(f, 0); }
        void* Inline3(bool atomic) { GfpFlags f = GfpFlags.Zero; f |= atomic ? GfpFlags.NoLocks : GfpFlags.Kernel; return A(f); }
        void* WrapMode(Mode m) => A(ByMode(m));
        void* InlineMode(Mode m) => A(m switch { Mode.Sleep => GfpFlags.Kernel, Mode.Atomic => GfpFlags.Atomic, _ => GfpFlags.NoLocks });
        void* WrapWrap(bool x) => Wrap(!x);
        void* Deep(bool atomic) => Wrap(atomic);
        void* Unk() => A(Flags(_b));
        void Flush(bool wait) { if (wait) Thread.Sleep(1); }
        void FlushUnless(bool atomic) => Flush(!atomic);

        """;

    /// <summary>Several switches at once, in other words than the caller's.</summary>
    [Theory]
    [InlineData("WrapNot(true); WrapTwo(true, true); WrapTwo(true, false); WrapTwo(false, false);")]
    [InlineData("{|LCX1003:WrapNot(false)|};")]
    [InlineData("{|LCX1003:WrapTwo(false, true)|};")]
    [InlineData("{|LCX1003:A(Three(true, false, true))|}; A(Three(true, true, true)); A(Three(true, false, false));")]
    [InlineData("OfThree(u, true);")]
    [InlineData("{|LCX1003:Last(true)|}; Last(false);")]
    public Task Of_several_switches(string statements) => Run(statements, """
        static GfpFlags Two(bool a, bool b) { if (a) return GfpFlags.NoLocks; if (b) return GfpFlags.Kernel; return GfpFlags.NoLocks; }
        static GfpFlags Three(bool x, bool a, bool b) { if (!x) return GfpFlags.Atomic; if (a) return GfpFlags.NoLocks; if (b) return GfpFlags.Kernel; return GfpFlags.NoLocks; }
        static GfpFlags MayWait(bool mayWait) => mayWait ? GfpFlags.Kernel : GfpFlags.NoLocks;
        void* WrapNot(bool atomic) => A(MayWait(!atomic));
        void* WrapTwo(bool a, bool b) => A(Two(a, b));
        void* OfThree(bool a, bool b) => A(Three(true, a, b));
        void* Last(bool b) => A(Two(false, b));

        """);

    private static Task Run(string statements, string helpers) => RuntimeSource.Members(Helpers + helpers + "void M(bool u, Mode mu, int nu) { _raw.Enter(); " + statements + " _raw.Exit(); }");

    private static Task Run(string statements) => RuntimeSource.Members(Helpers + "void M(bool u, Mode mu, int nu) { _raw.Enter(); " + statements + " _raw.Exit(); }");

    [Theory]
    [InlineData("A(Flags(true));")]
    [InlineData("A(Flags(u));")]
    [InlineData("A(ByMode(Mode.Locked));")]
    [InlineData("A(ByMode(mu));")]
    [InlineData("A(ByMode2(Mode.Locked));")]
    [InlineData("A(ByInt(1));")]
    [InlineData("A(ByInt(nu));")]
    [InlineData("A(Nested(true));")]
    [InlineData("A(Def());")]
    [InlineData("A(Current);")]
    [InlineData("A(SwU);")]
    [InlineData("Wrap(true);")]
    [InlineData("Wrap(u);")]
    [InlineData("Inline(true);")]
    [InlineData("Inline(u);")]
    [InlineData("Inline2(true);")]
    [InlineData("Inline3(true);")]
    [InlineData("WrapMode(Mode.Locked);")]
    [InlineData("WrapMode(mu);")]
    [InlineData("InlineMode(Mode.Locked);")]
    [InlineData("WrapWrap(false);")]
    [InlineData("Deep(true);")]
    [InlineData("Unk();")]
    [InlineData("if (u) A(Flags(u));")]
    [InlineData("var f = Flags(true) | GfpFlags.Zero; A(f);")]
    [InlineData("const bool yes = true; A(Flags(yes));")]
    [InlineData("GfpFlags L(bool a) => a ? GfpFlags.NoLocks : GfpFlags.Kernel; A(L(true));")]
    [InlineData("Func<bool, GfpFlags> fn = a => a ? GfpFlags.NoLocks : GfpFlags.Kernel; A(fn(true));")]
    [InlineData("PageAllocator.Shared.AllocPages(Flags(true), 0);")]
    [InlineData("Flush(!false == false);")]
    [InlineData("FlushUnless(true);")]
    public Task Harmless_or_unknown(string statements) => Run(statements);

    [Theory]
    [InlineData("{|LCX1003:A(Flags(false))|};")]
    [InlineData("{|LCX1003:A(Pick(u))|};")]
    [InlineData("{|LCX1003:A(Pick(true))|};")]
    [InlineData("{|LCX1003:A(ByMode(Mode.Sleep))|};")]
    [InlineData("{|LCX1003:A(ByMode(Mode.Atomic))|};")]
    [InlineData("{|LCX1003:A(ByMode2(Mode.Sleep))|};")]
    [InlineData("{|LCX1003:A(ByInt(0))|};")]
    [InlineData("{|LCX1003:A(Nested(false))|};")]
    [InlineData("{|LCX1003:A(Def(false))|};")]
    [InlineData("{|LCX1003:A(Always)|};")]
    [InlineData("{|LCX1003:A(Sw)|};")]
    [InlineData("{|LCX1003:Wrap(false)|};")]
    [InlineData("{|LCX1003:Inline(false)|};")]
    [InlineData("{|LCX1003:Inline2(false)|};")]
    [InlineData("{|LCX1003:Inline3(false)|};")]
    [InlineData("{|LCX1003:WrapMode(Mode.Sleep)|};")]
    [InlineData("{|LCX1003:InlineMode(Mode.Sleep)|};")]
    [InlineData("{|LCX1003:WrapWrap(true)|};")]
    [InlineData("{|LCX1003:Deep(false)|};")]
    [InlineData("if (!u) {|LCX1003:A(Flags(u))|};")]
    [InlineData("var f = Flags(false); {|LCX1003:A(f)|};")]
    [InlineData("GfpFlags L(bool a) => a ? GfpFlags.NoLocks : GfpFlags.Kernel; {|LCX1003:A(L(false))|};")]
    [InlineData("Func<bool, GfpFlags> fn = a => a ? GfpFlags.NoLocks : GfpFlags.Kernel; {|LCX1003:A(fn(false))|};")]
    [InlineData("{|LCX1003:PageAllocator.Shared.AllocPages(Flags(false), 0)|};")]
    [InlineData("{|LCX1001:FlushUnless(false)|};")]
    public Task Decided_or_the_same_whatever_is_chosen(string statements) => Run(statements);
}
