using Xunit;

namespace LockContext.Runtime.Tests;

/// <summary>Torture runs alone: it needs every processor there is, or threads meet too rarely for a broken twin to be caught.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class TortureRuns
{
    public const string Name = "torture";
}
