using System.Collections.Generic;

namespace LockContext.Benchmarks.Runtime;

/// <summary>A section of <c>docs/benchmarks-runtime.md</c>: rows that belong together, and a plot. One class in a file of its own, named in <see cref="RuntimeReport.Tables"/>.</summary>
internal interface IBenchmarkTable
{
    /// <summary>One word: what <c>--only</c> calls it, and part of the plot's file name.</summary>
    string Name { get; }

    string Title { get; }

    /// <summary>What is measured and how, in Markdown, for the page.</summary>
    string Remarks { get; }

    /// <summary>Makes the rows, in the order in which they are to be shown. Called once, in the process that measures; what is missing on this machine is left out here.</summary>
    IEnumerable<BenchmarkRow> Rows();
}
