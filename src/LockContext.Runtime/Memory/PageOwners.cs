using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;

namespace LockContext.Runtime;

/// <summary>Who allocated each block: a place for each frame, so that forgetting an owner is a store and needs no lock.</summary>
internal sealed class PageOwners(int frames)
{
    private readonly Owner?[] _owners = new Owner?[frames];

    private sealed record Owner(string Stack, GfpFlags Flags, int Order, int Thread, long Time);

    [Trusted("a debugging aid that is off unless somebody turns it on, and whose documentation says what it costs")]
    internal void Add(int frame, int order, GfpFlags flags)
        => Volatile.Write(ref _owners[frame], new Owner(new StackTrace(3, true).ToString(), flags, order, Environment.CurrentManagedThreadId, Environment.TickCount64));

    [RawAtomic]
    internal void Remove(int frame) => Volatile.Write(ref _owners[frame], null);

    internal void Clear() => Array.Clear(_owners);

    internal long Write(TextWriter writer)
    {
        long pages = 0;
        foreach (IGrouping<string, Owner> place in _owners.OfType<Owner>().GroupBy(owner => owner.Stack).OrderByDescending(Pages))
        {
            Owner first = place.First();
            long here = Pages(place);
            pages += here;
            writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{place.Count()} times, {here} pages:"));
            writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Page allocated via order {first.Order}, mask 0x{(uint)first.Flags:x}({first.Flags.ToTraceString()}), thread {first.Thread}, ts {first.Time} ms"));
            writer.WriteLine(place.Key.ReplaceLineEndings("\n").TrimEnd('\n'));
            writer.WriteLine();
        }

        return pages;
    }

    private static long Pages(IEnumerable<Owner> owners) => owners.Sum(owner => 1L << owner.Order);
}
