using System;
using System.Collections.Generic;
using System.Linq;
using Xunit;

namespace LockContext.Runtime.Tests;

/// <summary>Every public operation of slabs, with each of the allocations inside made to fail in turn: nothing throws, nothing is lost, nothing is handed out twice.</summary>
public sealed unsafe class SlabFaultTests : SlabCacheFixture
{
    private readonly FaultInjection _faults = new() { Probability = 0, IgnoredFlags = GfpFlags.None };

    public static TheoryData<string> Operations { get; } = new(
        "alloc", "alloc no wait", "alloc zero", "free", "free no locks", "bulk", "shrink", "kernel small", "kernel page", "kernel block", "virtual", "constructor", "on a new thread", "many", "no fail");

    [Theory]
    [MemberData(nameof(Operations))]
    public void Survives_the_failure_of_every_allocation_inside(string operation)
    {
        int failed = 0;
        for (int n = 1; ; n++)
        {
            Assert.True(n < 200, "there is always one more to fail");
            using var cache = new SlabCache(new SlabCacheOptions { Name = "faults", ObjectSize = 64, Pages = Pages, Constructor = operation == "constructor" ? _ => { } : null });
            using var heap = new KernelHeap(Pages);
            var held = new List<nint>();
            nint given = operation is "free" or "free no locks" or "shrink" ? (nint)cache.Alloc(GfpFlags.Kernel) : 0;
            if (operation is "free" or "free no locks") cache.Shrink();
            Pages.FaultInjection = _faults;
            bool through = true;
            try
            {
                through = Under(n, () => Do(operation, cache, heap, held, given));
            }
            finally
            {
                Pages.FaultInjection = null;
            }

            Assert.Equal(held.Count, held.Distinct().Count());
            KernelMemory.FreeBulk(held.ToArray());
            if (operation == "shrink") cache.Free((void*)given);
            Assert.Equal(0, cache.GetStatistics().AllocatedObjects);
            Assert.Equal(0, cache.GetStatistics().RejectedFrees);

            // It still works.
            void* after = cache.Alloc(GfpFlags.Kernel);
            Assert.True(after != null);
            cache.Free(after);
            cache.Shrink();
            Assert.Equal(0, cache.GetStatistics().Slabs);
            Assert.Equal(heap.LargeAllocations, heap.LargeFrees);
            if (through) break;
            failed++;
        }

        Assert.True(failed > 0 || operation is "free" or "free no locks" or "shrink", "nothing was made to fail");
    }

    private static bool Under(int n, Action body)
    {
        FaultInjection.FailNth = n;
        try
        {
            body();
            return FaultInjection.FailNth != 0;
        }
        finally
        {
            FaultInjection.FailNth = 0;
        }
    }

    private void Do(string operation, SlabCache cache, KernelHeap heap, List<nint> held, nint given)
    {
        switch (operation)
        {
            case "alloc": Keep(cache.Alloc(GfpFlags.Kernel | GfpFlags.NoRetry)); break;
            case "alloc no wait": Keep(cache.Alloc(GfpFlags.NoWait)); break;
            case "alloc zero": Keep(cache.Alloc(GfpFlags.Atomic | GfpFlags.Zero)); break;
            case "free": cache.Free((void*)given); break;
            case "free no locks": cache.FreeNoLocks((void*)given); break;
            case "bulk":
                for (int i = 0; i < 100; i++) Keep(cache.Alloc(GfpFlags.NoWait));
                cache.FreeBulk(held.ToArray());
                held.Clear();
                break;
            case "shrink": cache.Shrink(); break;
            case "kernel small": Keep(heap.Alloc(100, GfpFlags.NoWait)); break;
            case "kernel page": Keep(heap.Alloc(4096, GfpFlags.NoWait)); break;
            case "kernel block": Keep(heap.Alloc(50_000, GfpFlags.NoWait)); break;
            case "virtual": Keep(heap.AllocVirtual(50_000, GfpFlags.Kernel)); break;
            case "constructor": Keep(cache.Alloc(GfpFlags.NoWait)); break;
            case "on a new thread":
                int left = FaultInjection.FailNth;
                OnNewThread(() =>
                {
                    FaultInjection.FailNth = left;
                    Keep(cache.Alloc(GfpFlags.NoWait));
                    Keep(cache.Alloc(GfpFlags.NoWait));
                    left = FaultInjection.FailNth;
                });
                FaultInjection.FailNth = left;
                break;
            case "many":
                for (int i = 0; i < 2000; i++) Keep(cache.Alloc(GfpFlags.NoWait));
                break;
            default:
                // Must not fail, and does not: the page allocator fails nobody who says so.
                void* item = cache.Alloc(GfpFlags.Kernel | GfpFlags.NoFail);
                Assert.True(item != null);
                Keep(item);
                break;
        }

        void Keep(void* memory)
        {
            if (memory != null) held.Add((nint)memory);
        }
    }
}
