namespace LockContext.Runtime;

/// <summary>What deferred frees can do when memory is short: give back spare blocks at once, and have everything that waits drained as soon as readers allow.</summary>
/// <remarks>It waits for no grace period: whoever reclaims may be what readers wait for.</remarks>
internal sealed class FreeShrinker(RcuWorker worker, DeferredFree frees) : Shrinker
{
    /// <summary>Objects that are taken for a page: a guess, since they may be of any size.</summary>
    private const int ObjectsPerPage = 32;

    /// <inheritdoc/>
    [Sleepable]
    public override long Count(in ReclaimControl control) => frees.SpareBlocks + (frees.Backlog / ObjectsPerPage);

    /// <inheritdoc/>
    [Sleepable]
    public override long Scan(in ReclaimControl control)
    {
        if (frees.Backlog > 0) worker.DrainSoon();
        int pages = frees.GiveBackSpares();
        return pages > 0 ? pages : Stop;
    }
}
