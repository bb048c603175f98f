using System.Threading;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;

namespace LockContext.Analyzers.Finding;

internal static class CompilationThreads
{
    /// <summary>How many threads to work on while the compiler waits: as many as there are, unless it was told to work on one.</summary>
    public static ParallelOptions Threads(this Compilation compilation, CancellationToken cancellation) =>
        new() { CancellationToken = cancellation, MaxDegreeOfParallelism = compilation.Options.ConcurrentBuild ? -1 : 1 };
}
