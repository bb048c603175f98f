using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Threading;

namespace LockContext.Benchmarks.Runtime;

/// <summary>What the other tables are measured by: atomic operations, ways to find one's own state, and the allocators that everybody has.</summary>
internal sealed unsafe class YardstickTable : IBenchmarkTable
{
    [ThreadStatic]
    private static long t_word;

    private static long s_word;

    public string Name => "yardsticks";

    public string Title => "Yardsticks";

    public string Remarks => "Nothing of ours: what this machine takes for the operations that everything else is made of.";

    public IEnumerable<BenchmarkRow> Rows()
    {
        yield return new BenchmarkRow("an atomic operation", [
            Candidate.Loop("Interlocked.CompareExchange", RowMeasurement.CompareExchange),
            Candidate.Loop("Interlocked.Increment", Increment),
            Candidate.Loop("Interlocked.MemoryBarrier", Barrier),
        ]);
        yield return new BenchmarkRow("where am I", [
            Candidate.Loop("Thread.GetCurrentProcessorId", Processor),
            Candidate.Loop("[ThreadStatic], not inlined", ThreadStatic),
        ]);
        if (NativeAllocator.All.Count > 0)
            yield return new BenchmarkRow("a call into C", [.. NativeAllocator.All.Select(a => Candidate.Loop($"free(null) of {a.Name}", n => FreeNull(a, n)))]);
    }

    private static void Increment(int operations)
    {
        for (var i = 0; i < operations; i++) Interlocked.Increment(ref s_word);
    }

    private static void Barrier(int operations)
    {
        for (var i = 0; i < operations; i++) Interlocked.MemoryBarrier();
    }

    private static void Processor(int operations)
    {
        var sum = 0;
        for (var i = 0; i < operations; i++) sum += Thread.GetCurrentProcessorId();
        Volatile.Write(ref s_word, sum);
    }

    private static void ThreadStatic(int operations)
    {
        for (var i = 0; i < operations; i++) Touch();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Touch() => t_word++;

    private static void FreeNull(NativeAllocator allocator, int operations)
    {
        var free = allocator.Free;
        for (var i = 0; i < operations; i++) free(null);
    }
}
