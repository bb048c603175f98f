using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Threading;

namespace LockContext.Benchmarks.Runtime;

/// <summary>Median and extremes of the rounds of one candidate.</summary>
internal sealed record CandidateResult(string Name, double Median, double Least, double Most)
{
    public static CandidateResult Of(string name, IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        var middle = sorted.Length / 2;
        var median = sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        return new CandidateResult(name, median, sorted[0], sorted[^1]);
    }
}

/// <param name="Cas">What an uncontended compare-exchange took in the same rounds, in nanoseconds.</param>
internal sealed record RowResult(BenchmarkRow Row, IReadOnlyList<CandidateResult> Candidates, double Cas)
{
    public CandidateResult Ours => Candidates[0];

    public bool? IsReached(Target target) => target.IsReached(Ours.Median, name => Candidates.FirstOrDefault(c => c.Name == name)?.Median, Cas);
}

/// <summary>Measures the candidates of a row side by side: every round runs each of them once, and the order rotates.</summary>
internal static class RowMeasurement
{
    /// <summary>Long enough for the clock and short enough that most rounds meet no interruption of the machine.</summary>
    private const double MillisecondsPerRound = 8;

    private static long s_word;

    public static RowResult Run(BenchmarkRow row, int rounds)
    {
        var measured = row.Candidates.Select(c => c.Prepare()).ToArray();
        Warm(measured);
        var operations = measured.Select(OperationsPerRound).ToArray();
        var values = measured.Select(_ => new List<double>()).ToArray();
        var cas = new List<double>();
        var casOperations = (int)(MillisecondsPerRound * 1e6 / Math.Max(1, Nanoseconds(CompareExchange, 100_000)));
        for (var round = -1; round < rounds; round++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            var casNow = Nanoseconds(CompareExchange, casOperations);
            if (round >= 0) cas.Add(casNow);
            for (var i = 0; i < measured.Length; i++)
            {
                var which = (i + round + 1) % measured.Length;
                var value = measured[which].Single?.Invoke() ?? Nanoseconds(measured[which].Loop!, operations[which]);
                if (round >= 0) values[which].Add(value);
            }
        }

        foreach (var one in measured) one.Cleanup?.Invoke();
        return new RowResult(row, [.. row.Candidates.Select((c, i) => CandidateResult.Of(c.Name, values[i]))], CandidateResult.Of("", cas).Median);
    }

    /// <summary>Runs all candidates of a row until they are compiled for good.</summary>
    private static void Warm(Measurement[] measured)
    {
        // A method is compiled anew after 30 calls and a pause of 100 ms without new methods, up to three times: without and with profiling, and then for good. A loop that is replaced on the stack meanwhile is
        // worse code than its method will be, so there are pauses to spare.
        for (var tier = 0; tier < 6; tier++)
        {
            foreach (var one in measured)
            {
                // What times itself may take long: once, and otherwise for as long as a round.
                var start = Stopwatch.GetTimestamp();
                for (var call = 0; call < 40; call++)
                {
                    if (one.Loop is not null) one.Loop(200);
                    else if (call == 0 || Stopwatch.GetElapsedTime(start).TotalMilliseconds < MillisecondsPerRound) one.Single!();
                }
            }

            Thread.Sleep(150);
        }
    }

    /// <summary>Finds out how many operations fill a round.</summary>
    private static int OperationsPerRound(Measurement measurement)
    {
        if (measurement.Loop is not { } loop) return 0;

        var operations = 1000;
        while (true)
        {
            var milliseconds = Nanoseconds(loop, operations) * operations / 1e6;
            if (milliseconds >= MillisecondsPerRound / 2) return Math.Max(1, (int)(operations * MillisecondsPerRound / milliseconds));
            operations *= 4;
        }
    }

    private static double Nanoseconds(Action<int> loop, int operations)
    {
        var start = Stopwatch.GetTimestamp();
        loop(operations);
        return Stopwatch.GetElapsedTime(start).TotalNanoseconds / operations;
    }

    /// <summary>The yardstick: a successful compare-exchange on a word that nobody else has.</summary>
    internal static void CompareExchange(int operations)
    {
        var expected = s_word;
        for (var i = 0; i < operations; i++)
        {
            Interlocked.CompareExchange(ref s_word, expected + 1, expected);
            expected++;
        }
    }
}
