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
    /// <summary>Pieces of a program that change, each with the forms it takes: bodies that take a lock or do not, in one file or through another, and declarations of all kinds.</summary>
    private static readonly string[][] s_pieces =
    [
        ["_lock.Enter(ref taken);", ""],
        ["Gate.Take();", "", "Gate.Through();"],
        ["Take();", ""],
        ["[RawAtomic] ", "[Sleepable] ", ""],
        ["Thread.Sleep(1);", "yield break;"],
        ["while (Interlocked.CompareExchange(ref _word, 1, 0) != 0) Thread.SpinWait(1);", "Interlocked.CompareExchange(ref _word, 1, 0);"],
        ["0", "1"],
        ["Volatile.Write(ref _word, 0);", ""],
        ["public static void Extra() { Gate.Take(); Thread.Sleep(1); Gate.Give(); }", ""],
        ["_taken = false;", "_taken = true;"],
    ];

    private static string[] Files(int[] form)
    {
        string Piece(int piece) => s_pieces[piece][form[piece]];
        return
        [
            $$"""
            using System.Threading;
            public static class Gate
            {
                private static SpinLock _lock = new(false);
                public static void Take() { bool taken = false; {{Piece(0)}} }
                public static void Through() { {{Piece(2)}} }
                public static void Give() { _lock.Exit(); }
            }
            """,
            $$"""
            using System.Threading;
            public static class User
            {
                public static void Work() { {{Piece(1)}} Thread.Sleep(1); }
                public static void Balanced() { Gate.Take(); Gate.Give(); Thread.Sleep(1); }
                {{Piece(8)}}
            }
            """,
            $$"""
            using System.Collections.Generic;
            using System.Threading;
            using LockContext;
            public static class Annotated
            {
                {{Piece(3)}}public static void Called() { Helper(); }
                public static void Helper() { foreach (int i in Steps()) { } }
                public static IEnumerable<int> Steps() { {{Piece(4)}} {{(form[4] == 0 ? "return new int[0];" : "")}} }
            }
            """,
            $$"""
            using System.Threading;
            public class Spinning
            {
                private int _word;
                private bool _taken;
                private static readonly int s_limit = {{Piece(6)}};
                public Spinning() { {{Piece(9)}} }
                public void Lock() { {{Piece(5)}} }
                public void Unlock() { {{Piece(7)}} }
                public void Sleeps() { Lock(); if (s_limit == 1) Thread.Sleep(1); Unlock(); }
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
        for (int step = 0; step < 60; step++)
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
