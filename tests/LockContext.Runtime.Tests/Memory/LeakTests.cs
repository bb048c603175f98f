using System;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Threading;
using Xunit;

namespace LockContext.Runtime.Tests;

/// <summary>What is made and disposed again and again leaves nothing: no threads, no addresses, no memory.</summary>
[Collection(TortureRuns.Name)]
public sealed unsafe class LeakTests
{
    [Fact]
    public void Allocators() => AssertNothingLeft(static () =>
    {
        using var pages = new PageAllocator(new PageAllocatorOptions { Pages = 512, MovablePages = 0 });
        pages.FreePages(pages.AllocPages(GfpFlags.Kernel, 0), 0);
        void* kept = pages.AllocPages(GfpFlags.Kernel, 3);
        var other = new Thread(() => pages.FreePages(pages.AllocPages(GfpFlags.Kernel, 0), 0));
        other.Start();
        other.Join();
        pages.FreePages(kept, 3);
    });

    [Fact]
    public void Caches() => AssertNothingLeft(static () =>
    {
        using var cache = new SlabCache(new SlabCacheOptions { Name = "passing", ObjectSize = 100, Constructor = static _ => { } });
        void* item = cache.Alloc(GfpFlags.Kernel);
        void* other = cache.Alloc(GfpFlags.Kernel);
        cache.Free(item);
        cache.FreeNoLocks(other);
    });

    /// <summary>An object that is still out keeps its cache, and nothing else.</summary>
    [Fact]
    public void Caches_whose_last_object_comes_back_later() => AssertNothingLeft(static () =>
    {
        var cache = new SlabCache("left", 100);
        void* item = cache.Alloc(GfpFlags.Kernel);
        cache.Dispose();
        cache.Free(item);
    });

    [Fact]
    public void Groups_scopes_work_and_callbacks() => AssertNothingLeft(static () =>
    {
        using (var group = new MemoryGroup("passing"))
        using (group.Enter())
        using (GfpScope.NoIo())
        {
            void* page = PageAllocator.Shared.AllocPages(GfpFlags.Kernel | GfpFlags.Account, 0);
            PageAllocator.Shared.FreePages(page, 0);
        }

        using (var work = new DeferredWork(4)) work.TryPost(static _ => { }, 0);
        Rcu.Call(new RcuCallback(static _ => { }));
        Rcu.Barrier();
    });

    private static void AssertNothingLeft(Action round)
    {
        for (int i = 0; i < 50; i++) round();
        (int threads, long addresses, long resident, long managed) = Measure();
        const int Rounds = 400;
        for (int i = 0; i < Rounds; i++) round();
        (int threadsAfter, long addressesAfter, long residentAfter, long managedAfter) = Measure();
        Assert.InRange(threadsAfter, 0, threads + 8);

        // A collection needs room of its own, and the C library keeps some; a page per round would be 1.6 MB.
        Assert.InRange(managedAfter - managed, long.MinValue, Rounds * 1000L);
        Assert.InRange(residentAfter - resident, long.MinValue, 40L << 20);
        Assert.InRange(addressesAfter - addresses, long.MinValue, 512L << 20);
    }

    private static (int Threads, long Addresses, long Resident, long Managed) Measure()
    {
        for (int i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        long managed = GC.GetTotalMemory(forceFullCollection: true);
        if (!RuntimeInformation.IsOSPlatform(OSPlatform.Linux)) return (0, 0, 0, managed);
        string[] lines = File.ReadAllLines("/proc/self/status");
        return ((int)Read("Threads:"), Read("VmSize:") << 10, Read("VmRSS:") << 10, managed);

        long Read(string name) => long.Parse(lines.Single(line => line.StartsWith(name, StringComparison.Ordinal))[name.Length..].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture);
    }
}
