using System;
using System.Collections.Generic;

namespace LockContext.Benchmarks.Runtime;

/// <summary>One thing that several candidates do: ours first, then those it is compared with.</summary>
/// <param name="Name">What is done, as the page says it.</param>
/// <param name="Candidates">Ours is the first; it is what targets are about.</param>
internal sealed record BenchmarkRow(string Name, IReadOnlyList<Candidate> Candidates)
{
    /// <summary>What ours has to reach. None: the row informs.</summary>
    public IReadOnlyList<Target> Targets { get; init; } = [];

    /// <summary>The unit of all values. Values in "ns" are also given as multiples of a compare-exchange.</summary>
    public string Unit { get; init; } = "ns";

    public bool IsTime => Unit == "ns";
}

/// <summary>One way to do what a row is about.</summary>
/// <param name="Name">The product, or the way.</param>
/// <param name="Prepare">Called once; what it returns is measured in every round, interleaved with the other candidates of the row.</param>
internal sealed record Candidate(string Name, Func<Measurement> Prepare)
{
    /// <summary>A loop that the harness times and divides by the number of operations, which it chooses so that a round takes some milliseconds.</summary>
    /// <param name="body">Does so many operations.</param>
    public static Candidate Loop(string name, Action<int> body, Action? cleanup = null) => new(name, () => new Measurement { Loop = body, Cleanup = cleanup });

    /// <summary>As <see cref="Loop"/>, where something has to be made first.</summary>
    public static Candidate Loop(string name, Func<(Action<int> Body, Action Cleanup)> prepare)
        => new(name, () =>
        {
            var (body, cleanup) = prepare();
            return new Measurement { Loop = body, Cleanup = cleanup };
        });

    /// <summary>Something that times itself, or is no time at all: called once a round.</summary>
    public static Candidate Value(string name, Func<double> measure, Action? cleanup = null) => new(name, () => new Measurement { Single = measure, Cleanup = cleanup });
}

/// <summary>A candidate made ready.</summary>
internal sealed class Measurement
{
    public Action<int>? Loop { get; init; }

    public Func<double>? Single { get; init; }

    public Action? Cleanup { get; init; }
}
