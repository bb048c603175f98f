using System;
using System.Collections.Generic;
using LockContext;

namespace Tour;

/// <summary>
/// A speculative fast path would rather give up than wait for memory. Allocating managed memory may have to wait for a collection, so it is forbidden there.
/// </summary>
class AllocationInNoReclaim
{
    private readonly List<Page> _pages = [];
    private int _misses;

    [NoReclaim]
    bool Wrong(int address)
    {
        var page = new Page(address); // LCX1009: 'new Page' allocates an object in [NoReclaim] 'Wrong'
        return _pages.Exists(p => p == page); // LCX1009: 'lambda' allocates a closure for 'page' and a delegate
    }

    [NoReclaim]
    bool Right(int address)
    {
        foreach (Page page in _pages)
        {
            if (page.Address == address)
                return true;
        }

        return false;
    }

    /// <summary>What a helper allocates counts, except on its way to a throw.</summary>
    [NoReclaim]
    void WrongThroughAHelper(int address) => Miss(address); // LCX1009: Miss -> interpolated string

    private void Miss(int address)
    {
        if (address < 0)
            throw new ArgumentOutOfRangeException(nameof(address), $"{address} is no address");
        Console.Error.NewLine = $"{++_misses} misses, the last at {address}";
    }

    private sealed record Page(int Address);
}
