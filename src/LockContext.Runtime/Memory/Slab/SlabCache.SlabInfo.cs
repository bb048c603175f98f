using System;
using System.Globalization;
using System.IO;

namespace LockContext.Runtime;

public sealed unsafe partial class SlabCache
{
    /// <summary>Writes a line for each cache of the process, in the form of <c>/proc/slabinfo</c>: objects in use and in all, their size, how many a slab has and how many pages it is, the magazine's capacity, and the slabs.</summary>
    /// <param name="writer">Where to.</param>
    /// <exception cref="ArgumentNullException"><paramref name="writer"/> is <see langword="null"/>.</exception>
    [Sleepable]
    public static void WriteSlabInfo(TextWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteLine("slabinfo - version: 2.1");
        writer.WriteLine("# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab> : tunables <limit> <batchcount> <sharedfactor> : slabdata <active_slabs> <num_slabs> <sharedavail>");
        foreach (SlabCache? cache in Owners.All)
        {
            if (cache is null) continue;
            SlabCacheStatistics now = cache.GetStatistics();
            SlabLayout layout = cache._layout;
            int limit = cache._usesMagazines ? cache._magazineCapacity : 0;
            writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{cache.Name,-17} {now.AllocatedObjects,6} {now.Objects,6} {layout.Stride,6} {layout.Count(layout.Order),4} {1 << layout.Order,4} : tunables {limit,4} {limit,4} {0,4} : slabdata {now.Slabs - now.EmptySlabs,6} {now.Slabs,6} {now.CachedObjects,6}"));
        }
    }
}
