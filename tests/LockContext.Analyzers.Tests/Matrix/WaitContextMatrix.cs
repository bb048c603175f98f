using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;
using Xunit;

namespace LockContext.Analyzers.Tests.Matrix;

/// <summary>
/// The wait-context matrix of Linux' <c>lib/locking-selftest.c</c>: nine contexts by four things taken in them. 11 of the 36 cells must be reported. The
/// contexts and locks are declared in the vocabulary, which is all the analyzer knows of them.
/// </summary>
public class WaitContextMatrix
{
    private const string Vocabulary = """
        [LockClass(Outer = WaitClass.Spin)]
        class RawLock { [Acquires] public void Enter() { } [Releases] public void Exit() { } }

        [LockClass(Outer = WaitClass.Config)]
        class SpinningLock { [Acquires] public void Enter() { } [Releases] public void Exit() { } }

        [LockClass(Outer = WaitClass.Sleep)]
        class MutexLock { [Acquires] public void Enter() { } [Releases] public void Exit() { } }

        [ReadSection]
        static class Reader { [Acquires] public static void Enter() { } [Releases] public static void Exit() { } }

        [ReadSection(Inner = WaitClass.Config)]
        static class BottomHalfReader { [Acquires] public static void Enter() { } [Releases] public static void Exit() { } }

        [ReadSection(Inner = WaitClass.Spin)]
        static class SchedReader { [Acquires] public static void Enter() { } [Releases] public static void Exit() { } }
        """;

    private sealed record Context(string Attribute, string Enter, string Exit);

    private static readonly Dictionary<string, Context> s_outer = new()
    {
        ["threaded interrupt"] = new("[ContextLimit(WaitClass.Config)]", "", ""),
        ["hard interrupt"] = new("[ContextLimit(WaitClass.Spin)]", "", ""),
        ["soft interrupt"] = new("[ContextLimit(WaitClass.Config)]", "", ""),
        ["reader"] = new("", "Reader.Enter();", "Reader.Exit();"),
        ["bottom-half reader"] = new("", "BottomHalfReader.Enter();", "BottomHalfReader.Exit();"),
        ["sched reader"] = new("", "SchedReader.Enter();", "SchedReader.Exit();"),
        ["raw lock"] = new("", "_raw.Enter();", "_raw.Exit();"),
        ["spinning lock"] = new("", "_spinning.Enter();", "_spinning.Exit();"),
        ["mutex"] = new("", "_mutex.Enter();", "_mutex.Exit();"),
    };

    private static readonly Dictionary<string, string> s_inner = new()
    {
        ["reader"] = "Reader",
        ["raw lock"] = "_raw2",
        ["spinning lock"] = "_spinning2",
        ["mutex"] = "_mutex2",
    };

    // Rows as in the kernel's table; columns: reader, raw lock, spinning lock, mutex. "-" is allowed.
    private static readonly (string Outer, string[] Cells)[] s_expected =
    [
        ("threaded interrupt", ["-", "-", "-", "LCX1011"]),
        ("hard interrupt", ["-", "-", "LCX1002", "LCX1002"]),
        ("soft interrupt", ["-", "-", "-", "LCX1011"]),
        ("reader", ["-", "-", "-", "LCX1004"]),
        ("bottom-half reader", ["-", "-", "-", "LCX1004"]),
        ("sched reader", ["-", "-", "LCX1002", "LCX1002"]),
        ("raw lock", ["-", "-", "LCX1002", "LCX1002"]),
        ("spinning lock", ["-", "-", "-", "LCX1011"]),
        ("mutex", ["-", "-", "-", "-"]),
    ];

    public static TheoryData<string, string, string> Cells
    {
        get
        {
            var data = new TheoryData<string, string, string>();
            foreach ((string outer, string[] cells) in s_expected)
            {
                foreach ((string inner, string expected) in s_inner.Keys.Zip(cells))
                    data.Add(outer, inner, expected);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public Task Cell(string outer, string inner, string expected)
    {
        Context context = s_outer[outer];
        string acquire = $"{s_inner[inner]}.Enter()";
        string taken = expected == "-" ? acquire : $"{{|{expected}:{acquire}|}}";
        return Spec.Code($$"""
            {{Vocabulary}}

            class C
            {
                private readonly RawLock _raw = new(), _raw2 = new();
                private readonly SpinningLock _spinning = new(), _spinning2 = new();
                private readonly MutexLock _mutex = new(), _mutex2 = new();

                {{context.Attribute}}
                void M()
                {
                    {{context.Enter}}
                    {{taken}};
                    {{s_inner[inner]}}.Exit();
                    {{context.Exit}}
                }
            }
            """);
    }

    [Fact]
    public void It_has_thirty_six_cells_of_which_eleven_report()
    {
        Assert.Equal(36, s_expected.Sum(row => row.Cells.Length));
        Assert.Equal(11, s_expected.Sum(row => row.Cells.Count(cell => cell != "-")));
    }
}
