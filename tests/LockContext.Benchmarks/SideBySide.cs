using System;
using System.Diagnostics;
using System.Linq;

namespace LockContext.Benchmarks;

/// <summary>
/// Compares ways of doing one thing on a noisy machine: every round runs each of them once, the order rotates, and what is quoted is the ratio of the medians.
/// </summary>
internal static class SideBySide
{
    /// <param name="rounds">Measured rounds; one more goes before them and is not counted.</param>
    /// <param name="candidates">The first is what the others are compared to. Each prepares outside of the measured time and returns what to measure.</param>
    public static void Compare(string title, int rounds, params (string Name, Func<Action> Prepare)[] candidates)
    {
        var times = candidates.Select(_ => new double[rounds]).ToArray();
        for (var round = -1; round < rounds; round++)
        {
            for (var i = 0; i < candidates.Length; i++)
            {
                var which = (i + round + 1) % candidates.Length;
                var run = candidates[which].Prepare();
                GC.Collect();
                GC.WaitForPendingFinalizers();
                var clock = Stopwatch.StartNew();
                run();
                if (round >= 0)
                    times[which][round] = clock.Elapsed.TotalMilliseconds;
            }
        }

        Console.WriteLine();
        Console.WriteLine($"{title} ({rounds} rounds)");
        Console.WriteLine($"  {"",-44} {"median ms",10} {"min",9} {"max",9} {"ratio",7}");
        var reference = Median(times[0]);
        for (var i = 0; i < candidates.Length; i++)
            Console.WriteLine($"  {candidates[i].Name,-44} {Median(times[i]),10:F1} {times[i].Min(),9:F1} {times[i].Max(),9:F1} {Median(times[i]) / reference,7:F3}");
    }

    private static double Median(double[] values)
    {
        var sorted = values.Order().ToArray();
        var middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
