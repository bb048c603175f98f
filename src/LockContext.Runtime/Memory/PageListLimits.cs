using System.Threading;

namespace LockContext.Runtime;

/// <summary>How much page lists may hold and how much they move at once. Changes while the allocator runs; every reader takes what it finds.</summary>
internal sealed class PageListLimits
{
    private int _batch;
    private int _high;
    private int _highest;

    /// <summary>Pages moved at once between a list and the next place.</summary>
    internal int Batch => Volatile.Read(ref _batch);

    /// <summary>Pages that a list may hold before it has shown that it needs more.</summary>
    internal int High => Volatile.Read(ref _high);

    /// <summary>Pages that a thread's list may come to hold.</summary>
    internal int Highest => Volatile.Read(ref _highest);

    /// <summary>How many blocks of an order make a batch: fewer of the large ones, as in Linux.</summary>
    internal int BatchOf(int order) => System.Math.Max(Batch >> order, order == 0 ? 1 : 2);

    internal void Set(int batch, int high, int highest)
    {
        Volatile.Write(ref _batch, batch);
        Volatile.Write(ref _high, high);
        Volatile.Write(ref _highest, highest);
    }
}
