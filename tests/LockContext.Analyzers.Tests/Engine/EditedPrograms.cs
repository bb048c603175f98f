using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Threading.Tasks;
using LockContext.Analyzers.Tests.Sources;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;
using Xunit;

namespace LockContext.Analyzers.Tests.Engine;

/// <summary>
/// An editor makes a new compilation for every edit, and what is known of the files that stayed as they were is remembered. Whatever was edited, the reports have to be those that a compiler gives which
/// sees the program for the first time.
/// </summary>
public class EditedPrograms
{
    /// <summary>Pieces of a program that change, each with the forms it takes: bodies that take a lock or do not, and declarations that tell what other bodies do.</summary>
    private static readonly string[][] s_pieces =
    [
        ["_lock.Enter(ref taken);", "", "_lock.Enter(ref taken); _lock.Exit();"],
        ["SpinLock", "Harmless"],
        ["0", "1"],
        ["On = 2;", ""],
        ["[RawAtomic] ", "[Sleepable] ", ""],
        ["Thread.Sleep(1);", "yield break;"],
        ["while (Interlocked.CompareExchange(ref Word, 1, 0) != 0) Thread.SpinWait(1);", "Interlocked.CompareExchange(ref Word, 1, 0);"],
        ["Volatile.Write(ref Word, 0);", ""],
        ["public static void Extra() { Gate.Take(); Thread.Sleep(1); Gate.Give(); }", ""],
        ["Thread.Sleep(1);", "", "Gate.Take();"],
        ["Gate.Take();", "Gate.Give();", ""],
    ];

    /// <summary>The first two files stay as they are: what is reported in the second depends on what the members of the first do, and that on all the others.</summary>
    private static string[] Files(int[] form)
    {
        string Piece(int piece) => s_pieces[piece][form[piece]];
        return
        [
            """
            using System.Threading;
            using LockContext;
            public static class Wrapped
            {
                private static SpinLock s_own = new(false);
                public static void TakeByCall() { Gate.Take(); }
                public static void TakeByType() { bool taken = false; Kind.Lock.Enter(ref taken); }
                public static void TakeBySetting() { if (Settings.On == 1) Gate.Always(); }
                public static void TakeByShape() { Spinning.Acquire(); }
                public static void TakeByWord() { bool taken = false; s_own.Enter(ref taken); s_own.Exit(); while (Interlocked.CompareExchange(ref Spinning.Word, 1, 0) != 0) Thread.SpinWait(1); }
                public static void TakeByName() { bool taken = false; s_own.Enter(ref taken); s_own.Exit(); Between.Step(); }
                public static void TakeTwice() { TakeByCall(); Between.Step(); }
                public static void RunUnder(System.Action action) { Gate.Take(); action(); Gate.Give(); }
            }
            """,
            """
            using System.Threading;
            public static class Callers
            {
                public static void ByCall() { Wrapped.TakeByCall(); Thread.Sleep(1); }
                public static void ByType() { Wrapped.TakeByType(); Thread.Sleep(1); }
                public static void BySetting() { Wrapped.TakeBySetting(); Thread.Sleep(1); }
                public static void ByShape() { Wrapped.TakeByShape(); Thread.Sleep(1); }
                public static void ByWord() { Wrapped.TakeByWord(); Thread.Sleep(1); }
                public static void ByName() { Wrapped.TakeByName(); Thread.Sleep(1); }
                public static void Twice() { Wrapped.TakeTwice(); Thread.Sleep(1); }
                public static void Under() { Wrapped.RunUnder(() => Thread.Sleep(1)); }
            }
            """,
            $$"""
            using System.Threading;
            public static class Gate
            {
                private static SpinLock _lock = new(false);
                public static void Take() { bool taken = false; {{Piece(0)}} }
                public static void Always() { bool taken = false; _lock.Enter(ref taken); }
                public static void Give() { _lock.Exit(); }
            }
            public class Other
            {
                private SpinLock _lock = new(false);
                public void Take() { bool taken = false; _lock.Enter(ref taken); }
            }
            """,
            $$"""
            global using Chosen = {{(form[1] == 0 ? "System.Threading.SpinLock" : "Harmless")}};
            public struct Harmless { public void Enter(ref bool taken) { } }
            public static class Kind { public static Chosen Lock; }
            """,
            $$"""
            public static class Settings
            {
                public static readonly int On = {{Piece(2)}};
                static Settings() { {{Piece(3)}} }
            }
            """,
            $$"""
            using System.Collections.Generic;
            using System.Threading;
            using LockContext;
            public static class Annotated
            {
                {{Piece(4)}}public static void Called() { Helper(); }
                public static void Helper() { foreach (int i in Steps()) { } }
                public static IEnumerable<int> Steps() { {{Piece(5)}} {{(form[5] == 0 ? "return new int[0];" : "")}} }
            }
            """,
            $$"""
            using System.Threading;
            public static class Spinning
            {
                public static int Word;
                public static void Acquire() { {{Piece(6)}} }
                public static void Release() { {{Piece(7)}} }
            }
            """,
            $$"""
            using System.Threading;
            public static class Between
            {
                {{Piece(8)}}
                public static void Step() { {{Piece(9)}} }
                public static void Work() { {{Piece(10)}} Step(); }
            }
            """,
        ];
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Report_what_a_fresh_compilation_reports(int seed)
    {
        var random = new Random(seed);
        int[] form = new int[s_pieces.Length];
        CSharpCompilation edited = Fresh(form);
        CompilationWithAnalyzers? before = null;
        var different = new HashSet<string>();
        for (int step = 0; step < 80; step++)
        {
            int piece = random.Next(s_pieces.Length);
            form[piece] = (form[piece] + 1) % s_pieces[piece].Length;
            string[] files = Files(form);
            for (int i = 0; i < files.Length; i++)
            {
                SyntaxTree tree = edited.SyntaxTrees[i];
                if (tree.GetText().ToString() != files[i])
                    edited = edited.ReplaceSyntaxTree(tree, tree.WithChangedText(SourceText.From(files[i])));
            }

            CompilationWithAnalyzers driver = edited.WithAnalyzers([new LockContextAnalyzer()]);
            string reported = await ReportedAsync(driver);
            string expected = await ReportedAsync(Fresh(form).WithAnalyzers([new LockContextAnalyzer()]));
            Assert.True(expected == reported, $"After step {step} (piece {piece}) the editor has\n{reported}\nand a compiler\n{expected}");
            different.Add(expected);
            GC.KeepAlive(before);
            before = driver;
        }

        Assert.True(different.Count > 20, "The edits hardly make a difference.");
    }

    private static CSharpCompilation Fresh(int[] form) => Checkout.Compile("Edited", Files(form).Select((text, i) => ($"{i}.cs", text)));

    private static async Task<string> ReportedAsync(CompilationWithAnalyzers driver) => string.Join("\n", (await driver.GetAnalyzerDiagnosticsAsync())
        .Select(d => $"{d.Location.SourceTree?.FilePath}{d.Location.SourceSpan} {d.Id} {d.GetMessage(CultureInfo.InvariantCulture)}").Order(StringComparer.Ordinal));
}
