using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using System.Threading;
using Xunit;

namespace LockContext.Runtime.Tests;

/// <summary>Large mappings: many, of all sizes, freed in every way and order.</summary>
[Collection(TortureRuns.Name)]
public sealed unsafe class VirtualMemoryTests : IDisposable
{
    private readonly PageAllocator _pages = new(new PageAllocatorOptions { Pages = 4096, BackgroundReclaim = false });
    private readonly KernelHeap _heap;

    public VirtualMemoryTests() => _heap = new KernelHeap(_pages);

    private nint Tagged(nuint bytes, long tag)
    {
        var memory = (byte*)_heap.AllocVirtual(bytes, GfpFlags.Kernel);
        Assert.True(memory != null, $"{bytes}");
        nuint usable = KernelMemory.UsableSize(memory);
        Assert.True(usable >= bytes && usable < bytes + PageAllocator.PageSize);
        Assert.Equal(0, *(long*)memory | *(long*)(memory + usable - 8));
        *(long*)memory = *(long*)(memory + usable - 8) = tag;
        return (nint)memory;
    }

    private static void AssertTag(nint memory, long tag)
        => Assert.Equal((tag, tag), (*(long*)memory, *(long*)(memory + (nint)KernelMemory.UsableSize((void*)memory) - 8)));

    /// <summary>Live mappings, every second one freed, the holes filled by other sizes.</summary>
    [Fact]
    public void Many_at_a_time_with_holes()
    {
        const int Count = 2000;
        var random = new Random(3);
        var live = new nint[Count];
        for (int i = 0; i < Count; i++) live[i] = Tagged((nuint)random.Next(1, 100_000), i + 1);
        for (int round = 0; round < 3; round++)
        {
            for (int i = round & 1; i < Count; i += 2)
            {
                AssertTag(live[i], i + 1);
                KernelMemory.Free((void*)live[i]);
            }

            for (int i = round & 1; i < Count; i += 2) live[i] = Tagged((nuint)random.Next(1, 300_000), i + 1);
        }

        for (int i = 0; i < Count; i++) AssertTag(live[i], i + 1);
        KernelMemory.FreeBulk(live);
        Assert.Equal(0, _heap.VirtualBytes);
        Assert.Equal(_heap.LargeAllocations, _heap.LargeFrees);
    }

    [Fact]
    public void Every_way_of_freeing_takes_them()
    {
        using var reports = new Reports();
        for (int round = 0; round < 20; round++)
        {
            nuint size = (nuint)((round * 4095) + 1);
            KernelMemory.Free((void*)Tagged(size, 1));
            KernelMemory.FreeNoLocks((void*)Tagged(size, 1));
            KernelMemory.FreeBulk([Tagged(size, 1), 0, Tagged(size, 1)]);
            nint two = Tagged(size + 16, 1);
            Rcu.Free((void*)two, (RcuHead*)two);
            Rcu.FreeMightSleep((void*)Tagged(size, 1));
        }

        Rcu.FreeBarrier();
        _heap.Shrink();
        Assert.Empty(reports.All);
        Assert.Equal((0L, _heap.LargeAllocations), (_heap.VirtualBytes, _heap.LargeFrees));
    }

    [Fact]
    public void Threads_exchange_them()
    {
        var market = new nint[16];
        var threads = new Thread[4];
        Exception? failure = null;
        for (int i = 0; i < threads.Length; i++)
        {
            int seed = i;
            threads[i] = new Thread(() =>
            {
                try
                {
                    var random = new Random(seed);
                    for (int round = 0; round < 2000; round++)
                    {
                        nint mine = random.Next(3) == 0 ? 0 : Tagged((nuint)random.Next(1, 60_000), 42);
                        nint others = Interlocked.Exchange(ref market[random.Next(market.Length)], mine);
                        if (others == 0) continue;
                        AssertTag(others, 42);
                        if (random.Next(2) == 0) KernelMemory.Free((void*)others);
                        else KernelMemory.FreeNoLocks((void*)others);
                    }
                }
                catch (Exception exception)
                {
                    failure = exception;
                }
            });
            threads[i].Start();
        }

        foreach (Thread thread in threads) Assert.True(thread.Join(Deadline.Generous));
        Assert.Null(failure);
        KernelMemory.FreeBulk(market);
        _heap.Shrink();
        Assert.Equal(0, _heap.VirtualBytes);
    }

    /// <summary>A system allows a process so many mappings. Beyond, it is null; and no mapping is handed out without the inaccessible page behind it.</summary>
    [Fact]
    public void More_than_the_system_allows_is_null()
    {
        // Where they are hundreds of thousands it would take too long.
        if (!OperatingSystem.IsLinux() || int.Parse(System.IO.File.ReadAllText("/proc/sys/vm/max_map_count"), System.Globalization.CultureInfo.InvariantCulture) > 150_000) return;

        // The runtime itself makes mappings to write code, and does not survive it when there are none to be had.
        (int exitCode, string output) = Child.Run(ExhaustMappings, ("DOTNET_EnableWriteXorExecute", "0"), ("DOTNET_TieredCompilation", "0"));
        Assert.True(exitCode == 0, output);
    }

    internal static int ExhaustMappings()
    {
        const int Most = 100_000;
        var all = (nint*)NativeMemory.Alloc(Most, (nuint)sizeof(nint));
        int count = 0;

        // Everything that is used below has been compiled.
        void* memory = KernelMemory.AllocVirtual(1, GfpFlags.Kernel);
        KernelMemory.Free(memory);
        while (count < Most && (memory = KernelMemory.AllocVirtual(1, GfpFlags.Kernel)) != null) all[count++] = (nint)memory;

        // Makes room for what the runtime itself needs, and for the file below.
        for (int i = 0; i < 100; i++) KernelMemory.Free((void*)all[--count]);
        int guarded = 0;
        var guards = new HashSet<nint>();
        foreach (string line in System.IO.File.ReadLines("/proc/self/maps"))
        {
            if (line.Contains(" ---p ", StringComparison.Ordinal)) guards.Add((nint)Convert.ToInt64(line[..line.IndexOf('-', StringComparison.Ordinal)], 16));
        }

        for (int i = 0; i < count; i++) guarded += guards.Contains(all[i] + Environment.SystemPageSize) ? 1 : 0;
        Console.WriteLine($"{count} mappings, {guarded} of them guarded");
        int made = count;
        while (count > 0) KernelMemory.Free((void*)all[--count]);
        memory = KernelMemory.AllocVirtual(1, GfpFlags.Kernel);
        bool again = memory != null;
        KernelMemory.Free(memory);
        return again && guarded == made && made is > 10_000 and < Most - 100 ? 0 : 1;
    }

    public void Dispose()
    {
        _heap.Dispose();
        _pages.Drain();
        Assert.Equal(_pages.GetStatistics().PresentPages, _pages.GetStatistics().FreePages);
        _pages.Dispose();
    }
}
