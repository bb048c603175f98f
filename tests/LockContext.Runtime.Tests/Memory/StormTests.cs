using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Threading;
using Xunit;

namespace LockContext.Runtime.Tests;

/// <summary>A process that allocates without end, with a gigabyte to do it in: it lives, and does not grow.</summary>
[Collection(TortureRuns.Name)]
public sealed unsafe class StormTests
{
    private const int Pages = 262_144;

    [Fact]
    public void A_child_survives_a_storm_at_a_flat_resident_size()
    {
        (int exitCode, string output) = Child.Run(Storm);
        Assert.True(exitCode == 0, output);
    }

    private static int Storm()
    {
        TimeSpan duration = TortureRuns.Duration(TimeSpan.FromSeconds(4));
        using var allocator = new PageAllocator(new PageAllocatorOptions { Pages = Pages });
        var cache = new StormCache(allocator);
        allocator.Register(cache);
        bool stop = false;
        long rounds = 0;
        var workers = new Thread[3];
        for (int i = 0; i < workers.Length; i++)
        {
            int seed = i;
            workers[i] = new Thread(() =>
            {
                var random = new Random(seed);
                while (!Volatile.Read(ref stop))
                {
                    int order = random.Next(8) == 0 ? random.Next(5) : 0;
                    GfpFlags flags = random.Next(3) switch { 0 => GfpFlags.NoWait, 1 => GfpFlags.Kernel | GfpFlags.Movable, _ => GfpFlags.Kernel | GfpFlags.NoRetry };
                    var block = (byte*)allocator.AllocPages(flags, order);
                    if (block == null) continue;
                    for (int page = 0; page < 1 << order; page++) block[page << PageAllocator.PageShift] = 1;
                    Interlocked.Increment(ref rounds);

                    // Most of it goes to a cache that nothing but shrinking makes smaller.
                    if (random.Next(4) == 0) allocator.FreePages(block, order);
                    else cache.Add((nint)block, order);
                }
            });
            workers[i].Start();
        }

        // First the memory is filled, until reclaim has been at work for a while; what comes then has to be flat.
        var resident = new List<long>();
        var watch = Stopwatch.StartNew();
        while (allocator.GetStatistics().ShrunkPages < Pages / 64 && watch.Elapsed < TimeSpan.FromSeconds(100)) Thread.Sleep(20);
        watch.Restart();
        while (watch.Elapsed < duration)
        {
            Thread.Sleep(50);
            resident.Add(ResidentKilobytes());
        }

        Volatile.Write(ref stop, true);
        foreach (Thread worker in workers) worker.Join();
        PageAllocatorStatistics end = allocator.GetStatistics();
        double first = resident.Take(resident.Count / 2).Average(), last = resident.Skip(resident.Count / 2).Average();
        long most = resident.Max();
        Console.WriteLine($"{rounds} rounds, resident {first:N0} KB, then {last:N0} KB, at most {most:N0} KB; {end}");

        // What it may grow by is what .NET itself does meanwhile.
        const long LimitKilobytes = (Pages * 4L) + (300 * 1024);
        bool full = end.ShrunkPages > Pages / 64 && end.BackgroundRuns > 0;
        return full && most < LimitKilobytes && last < first * 1.05 + (32 * 1024) ? 0 : 1;
    }

    private static long ResidentKilobytes()
    {
        if (!OperatingSystem.IsLinux()) return Environment.WorkingSet / 1024;
        string line = File.ReadLines("/proc/self/status").First(text => text.StartsWith("VmRSS:", StringComparison.Ordinal));
        return long.Parse(line.AsSpan(6).Trim().TrimEnd("kB").Trim(), null);
    }

    private sealed class StormCache(PageAllocator allocator) : Shrinker
    {
        private readonly Queue<(nint Block, int Order)> _blocks = new();
        private long _pages;

        internal void Add(nint block, int order)
        {
            lock (_blocks)
            {
                _blocks.Enqueue((block, order));
                _pages += 1L << order;
            }
        }

        public override long Count(in ReclaimControl control)
        {
            lock (_blocks) return _pages;
        }

        public override long Scan(in ReclaimControl control)
        {
            long freed = 0;
            lock (_blocks)
            {
                while (freed < control.ToScan && _blocks.TryDequeue(out (nint Block, int Order) oldest))
                {
                    allocator.FreePages((void*)oldest.Block, oldest.Order);
                    freed += 1L << oldest.Order;
                    _pages -= 1L << oldest.Order;
                }
            }

            return freed;
        }
    }
}
