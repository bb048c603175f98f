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

    // A collection, the C library and other tests' threads have needs of their own, at some moment; a leak grows each time.
    private static void AssertNothingLeft(Action round)
    {
        for (int i = 0; i < 50; i++) round();
        string growth = "";
        for (int attempt = 0; attempt < 4; attempt++)
        {
            (int Threads, long Addresses, long Resident, long Managed) before = Measure();
            const int Rounds = 300;
            for (int i = 0; i < Rounds; i++) round();
            (int Threads, long Addresses, long Resident, long Managed) after = Measure();
            growth += $"{after.Threads - before.Threads} threads, {after.Addresses - before.Addresses} bytes of addresses, {after.Resident - before.Resident} resident, {after.Managed - before.Managed} managed; ";

            // Less than a thread in six rounds, and in each than an allocator's addresses, the pages that it has touched, or a thousand bytes of objects.
            if (after.Threads - before.Threads < 50 && after.Addresses - before.Addresses < 400L << 20 && after.Resident - before.Resident < Rounds * 40_000L && after.Managed - before.Managed < Rounds * 1000L) return;
        }

        Assert.Fail(growth);
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
