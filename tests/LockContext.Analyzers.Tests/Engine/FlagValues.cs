using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Engine;

/// <summary>Allocation flags are values: followed through operators, fields, tests and joins, and never guessed at.</summary>
public class FlagValues
{
    private const string Fields = """
        private static readonly GfpFlags s_kernel = GfpFlags.Kernel;
        private static readonly GfpFlags s_composed = s_kernel & ~GfpFlags.DirectReclaim | GfpFlags.Zero;
        private static readonly GfpFlags s_noLocks = GfpFlags.NoLocks | s_zero;
        private const GfpFlags s_zero = GfpFlags.Zero;
        private static GfpFlags Default { get; } = GfpFlags.Kernel;
        private static GfpFlags Computed => GfpFlags.NoLocks | GfpFlags.Zero;
        private readonly GfpFlags _own = GfpFlags.NoWait;
        private readonly GfpFlags _given = GfpFlags.NoWait;
        private GfpFlags _mutable = GfpFlags.Kernel;
        public C(GfpFlags flags) => _given = flags;
        static GfpFlags With(GfpFlags flags) => flags | GfpFlags.Zero;
        """;

    private static string Leaving(string statements) => statements.Replace("return;", "{ _raw.Exit(); return; }");

    private static Task Silent(string statements) => RuntimeSource.Held(Leaving(statements) + " PageAllocator.Shared.AllocPages(flags, 0);", Fields);

    private static Task Reported(string statements) => RuntimeSource.Held(Leaving(statements) + " {|LCX1003:PageAllocator.Shared.AllocPages(flags, 0)|};", Fields);

    [Theory]
    [InlineData("var flags = unknown; if (!flags.HasFlag(GfpFlags.NoLocks)) return;")]
    [InlineData("var flags = unknown; if (!flags.HasFlag(GfpFlags.NoLocks | GfpFlags.Zero)) return;")]
    [InlineData("var flags = unknown; bool has = flags.HasFlag(GfpFlags.NoLocks); if (!has) return;")]
    [InlineData("var flags = unknown; if (flags.HasFlag(GfpFlags.Zero)) { }")]
    [InlineData("var flags = unknown; if (flags.HasFlag(GfpFlags.NoLocks | GfpFlags.Zero)) return;")]
    [InlineData("var flags = GfpFlags.NoLocks; if (!flags.HasFlag(GfpFlags.NoLocks)) flags = GfpFlags.Kernel;")]
    [InlineData("var flags = unknown.HasFlag(GfpFlags.Zero) ? GfpFlags.NoLocks | GfpFlags.Zero : GfpFlags.NoLocks;")]
    public Task HasFlag_is_silent(string statements) => Silent(statements);

    [Theory]
    [InlineData("var flags = unknown; if (flags.HasFlag(GfpFlags.NoLocks)) return;")]
    [InlineData("var flags = unknown; bool has = flags.HasFlag(GfpFlags.NoLocks); if (has) return;")]
    [InlineData("var flags = unknown | GfpFlags.Zero; if (flags.HasFlag(GfpFlags.NoLocks | GfpFlags.Zero)) return;")]
    [InlineData("var flags = GfpFlags.Kernel; if (flags.HasFlag(GfpFlags.NoLocks)) return;")]
    public Task HasFlag_is_reported(string statements) => Reported(statements);

    [Theory]
    [InlineData("var flags = unknown; if ((flags & GfpFlags.NoLocks) != GfpFlags.NoLocks) return;")]
    [InlineData("var flags = unknown; if ((flags & (GfpFlags.NoLocks | GfpFlags.Zero)) != (GfpFlags.NoLocks | GfpFlags.Zero)) return;")]
    [InlineData("var flags = unknown; if ((flags & (GfpFlags.NoLocks | GfpFlags.Zero)) == 0) return;")]
    [InlineData("var flags = unknown; if ((flags & ~GfpFlags.NoLocks) != 0) return;")]
    [InlineData("var flags = unknown; if (0 == (GfpFlags.NoLocks & flags)) return;")]
    [InlineData("var flags = unknown; if (flags != GfpFlags.NoLocks) return;")]
    [InlineData("var flags = unknown; if (flags is not GfpFlags.NoLocks) return;")]
    [InlineData("var flags = unknown; if (flags is not (GfpFlags.NoLocks or (GfpFlags.NoLocks | GfpFlags.Zero))) return;")]
    [InlineData("var flags = unknown; if (((uint)flags & 0x800000u) == 0) return;")]
    [InlineData("var flags = unknown; if (((flags | GfpFlags.Zero) & GfpFlags.NoLocks) == 0) return;")]
    [InlineData("var flags = unknown; if ((~flags & GfpFlags.NoLocks) != 0) return;")]
    public Task A_test_that_shows_NoLocks(string statements) => Silent(statements);

    [Theory]
    [InlineData("var flags = unknown; if ((flags & GfpFlags.NoLocks) == GfpFlags.NoLocks) return;")]
    [InlineData("var flags = unknown; if ((flags & (GfpFlags.NoLocks | GfpFlags.Zero)) != 0) return;")]
    [InlineData("var flags = unknown; if ((flags & (GfpFlags.NoLocks | GfpFlags.Zero)) != GfpFlags.Zero) return;")]
    [InlineData("var flags = unknown & ~GfpFlags.Zero; if ((flags & (GfpFlags.NoLocks | GfpFlags.Zero)) != 0) return;")]
    [InlineData("var flags = unknown; if (flags is not (GfpFlags.NoWait or GfpFlags.Kernel)) return;")]
    [InlineData("var flags = unknown; if (flags != GfpFlags.Atomic) return;")]
    [InlineData("var flags = unknown; if ((~flags & GfpFlags.NoLocks) == 0) return;")]
    [InlineData("var flags = unknown; if (((flags ^ GfpFlags.NoLocks) & GfpFlags.NoLocks) == 0) return;")]
    public Task A_test_that_rules_out_NoLocks(string statements) => Reported(statements);

    [Theory]
    [InlineData("var flags = unknown & GfpFlags.Reclaim; if (flags == GfpFlags.None) flags = GfpFlags.NoLocks; else flags |= GfpFlags.NoLocks;")]
    [InlineData("GfpFlags flags; switch (unknown) { case GfpFlags.Kernel: flags = GfpFlags.NoLocks; break; case GfpFlags.NoLocks: flags = unknown; break; default: return; }")]
    [InlineData("var flags = unknown switch { GfpFlags.NoLocks => unknown, _ => GfpFlags.NoLocks };")]
    [InlineData("var flags = unknown switch { GfpFlags.NoLocks or GfpFlags.NoLocks | GfpFlags.Zero => unknown, _ => GfpFlags.NoLocks };")]
    [InlineData("var flags = GfpFlags.Kernel; flags &= ~GfpFlags.Reclaim; flags |= GfpFlags.NoLocks;")]
    [InlineData("var flags = GfpFlags.Kernel; if (_b) flags = unknown;")]
    [InlineData("var flags = s_noLocks;")]
    [InlineData("var flags = Computed;")]
    [InlineData("var flags = _given;")]
    [InlineData("var flags = _mutable;")]
    [InlineData("var flags = With(GfpFlags.NoLocks);")]
    [InlineData("var flags = With(unknown);")]
    public Task Values_that_are_harmless_or_unknown(string statements) => Silent(statements);

    [Theory]
    [InlineData("var flags = s_kernel;")]
    [InlineData("var flags = s_composed;")]
    [InlineData("var flags = Default;")]
    [InlineData("var flags = _own;")]
    [InlineData("var flags = With(GfpFlags.Kernel);")]
    [InlineData("var flags = With(GfpFlags.NoLocks) & ~GfpFlags.NoLocks;")]
    [InlineData("GfpFlags flags; switch (unknown) { case GfpFlags.Kernel: flags = unknown; break; case GfpFlags.NoWait: flags = unknown; break; default: return; }")]
    [InlineData("var flags = unknown switch { GfpFlags.Kernel => GfpFlags.NoWait, GfpFlags.NoLocks => GfpFlags.Kernel, _ => GfpFlags.Atomic };")]
    [InlineData("var flags = (GfpFlags)(uint)GfpFlags.NoWait;")]
    [InlineData("var flags = (GfpFlags)(int)GfpFlags.NoWait;")]
    [InlineData("var mask = GfpFlags.NoLocks; var flags = unknown & ~mask;")]
    public Task Values_that_are_known(string statements) => Reported(statements);

    [Theory]
    [InlineData("flags |= GfpFlags.Zero; PageAllocator.Shared.AllocPages(flags, 0);")]
    [InlineData("flags |= GfpFlags.Zero; if ((flags & GfpFlags.NoLocks) == 0) PageAllocator.Shared.AllocPages(GfpFlags.Kernel, 0);")]
    [InlineData("var own = flags | GfpFlags.Zero; if (!own.HasFlag(GfpFlags.NoLocks)) PageAllocator.Shared.AllocPages(GfpFlags.Kernel, 0);")]
    [InlineData("if (flags.HasFlag(GfpFlags.NoLocks)) return; PageAllocator.Shared.AllocPages(GfpFlags.Kernel, 0);")]
    [InlineData("if (_b) flags |= GfpFlags.Zero; PageAllocator.Shared.AllocPages(flags, 0);")]
    [InlineData("for (int i = 0; i < _n; i++) flags &= ~GfpFlags.Zero; PageAllocator.Shared.AllocPages(flags, 0);")]
    public Task A_helper_that_changes_or_tests_its_parameter(string body) =>
        RuntimeSource.Held("Fill(GfpFlags.NoLocks); {|LCX1003:Fill(GfpFlags.NoWait)|}; Fill(unknown);", "void Fill(GfpFlags flags) { " + body + " }");

    [Fact]
    public Task A_helper_that_overrides_its_parameter() =>
        RuntimeSource.Held("{|LCX1003:Fill(GfpFlags.NoLocks)|};", "void Fill(GfpFlags flags) { flags = GfpFlags.Kernel; PageAllocator.Shared.AllocPages(flags, 0); }");

    [Fact]
    public Task Widths_and_signs() => RuntimeSource.Held("""
        uint mask = 0x800000u;
        if (~mask == 0xFF7FFFFFu)
            PageAllocator.Shared.AllocPages(GfpFlags.NoLocks, 0);
        else
            PageAllocator.Shared.AllocPages(GfpFlags.Kernel, 0);
        int all = -1;
        if ((uint)all != 0xFFFFFFFFu)
            PageAllocator.Shared.AllocPages(GfpFlags.Kernel, 0);
        """);

    [Fact]
    public Task Patterns_too_long_for_one_term_do_not_decide_each_other() => RuntimeSource.Held("""
        if (_n is 1 or 2 or 3 or 4 or 5 or 6 or 7 or 8 or 9 or 10 or 11)
            _n++;
        else if (_n is 21 or 22 or 23 or 24 or 25 or 26 or 27 or 28 or 29 or 30 or 31)
            {|LCX1003:PageAllocator.Shared.AllocPages(GfpFlags.Kernel, 0)|};
        """);
}
