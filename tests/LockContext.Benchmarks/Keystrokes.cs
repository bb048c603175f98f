using System;
using System.Diagnostics;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;
using Sources = System.Collections.Generic.List<(string Path, Microsoft.CodeAnalysis.Text.SourceText Text)>;

namespace LockContext.Benchmarks;

/// <summary>A character typed in a file of a thousand lines: the time to have that file's diagnostics anew, on a compilation that shares all other trees with the one before.</summary>
internal static class Keystrokes
{
    /// <summary>Everything is compiled by then as well as it will be.</summary>
    private const int WarmUp = 30;

    /// <summary>The median for each candidate, in milliseconds. All of them see each edit, in rotating order, on compilations of their own.</summary>
    public static double[] Measure(Sources sources, int rounds, AnalyzerReport.Candidate[] candidates)
    {
        var compilation = AnalyzerReport.Compile([.. sources, ("Edited.cs", LongFile())]);
        var tree = compilation.SyntaxTrees.Last();
        var times = candidates.Select(_ => new double[rounds]).ToArray();

        // What an editor still has of the compilation before: an analyzer may remember something by it.
        var before = new CompilationWithAnalyzers[candidates.Length];
        for (var round = -WarmUp; round < rounds; round++)
        {
            var text = tree.GetText();
            var at = text.ToString().LastIndexOf("var sum", StringComparison.Ordinal);
            var next = tree.WithChangedText(text.WithChanges(new TextChange(new TextSpan(at, 0), " ")));
            for (var turn = 0; turn < candidates.Length; turn++)
            {
                var i = (turn + WarmUp + round) % candidates.Length;

                // Those who take long need no more to be warm.
                if (round < -2 && times[i][0] > 150)
                    continue;
                var edited = compilation.ReplaceSyntaxTree(tree, next);
                GC.Collect();
                var clock = Stopwatch.StartNew();
                var driver = edited.WithAnalyzers(candidates[i].Analyzers);
                driver.GetAnalyzerSemanticDiagnosticsAsync(edited.GetSemanticModel(next), null, default).GetAwaiter().GetResult();
                times[i][Math.Max(round, 0)] = clock.Elapsed.TotalMilliseconds;
                before[i] = driver;
            }

            compilation = compilation.ReplaceSyntaxTree(tree, next);
            tree = next;
        }

        GC.KeepAlive(before);
        return [.. times.Select(t => AnalyzerReport.Median(t))];
    }

    private static SourceText LongFile()
    {
        var classes = GeneratedProgram.Of(12).Select(f => f.Text.ToString()).Select(t => t[t.IndexOf("public class", StringComparison.Ordinal)..]);
        return SourceText.From("using System;\nusing System.Collections.Generic;\nusing System.Linq;\nusing System.Threading;\nusing System.Threading.Tasks;\nnamespace Generated.Edited;\n"
            + string.Concat(classes).Replace("Part", "Generated.Part", StringComparison.Ordinal));
    }
}
