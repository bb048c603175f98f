using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Threading;

namespace LockContext.Runtime;

/// <summary>The per-CPU lists of an allocator, and which of them is the caller's.</summary>
internal sealed class CpuPageLists
{
    private readonly CpuPageList[] _lists;
    private readonly PathGate _gate;
    private readonly int _mask;

    internal CpuPageLists(int count, PathGate gate, Func<CpuPageList> create)
    {
        _gate = gate;
        _lists = new CpuPageList[BitOperations.RoundUpToPowerOf2((uint)count)];
        _mask = _lists.Length - 1;
        for (int cpu = 0; cpu < _lists.Length; cpu++) _lists[cpu] = create();
    }

    internal ReadOnlySpan<CpuPageList> All => _lists;

    /// <summary>
    /// The list of the CPU we run on. Or ran on a moment ago: the number is a cached guess, may exceed the number of processors, and the thread may move
    /// at any time. Any list would be right, this one is likely to be ours alone.
    /// </summary>
    internal CpuPageList Current
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _lists[Thread.GetCurrentProcessorId() & _mask];
    }

    /// <summary>How many pages there are on all lists, at about this moment.</summary>
    internal int Pages
    {
        get
        {
            int count = 0;
            foreach (CpuPageList list in _lists) count += list.Pages;
            return count;
        }
    }

    /// <summary>Takes a block from the current CPU's list or, if there is none or somebody is using it, from another's. Never waits.</summary>
    /// <remarks>Looking at every list makes an answer of "none" mean that all were empty, or in use by a thread that was preempted there, rather than that the caller was unlucky
    /// in where it ran. If all are empty, that is one load.</remarks>
    [RawAtomic]
    internal unsafe int TryTakeAny(int order, int kind, int allowed)
    {
        if (Volatile.Read(ref *_gate.FilledCpuLists) == 0) return PageFrames.None;

        int first = Thread.GetCurrentProcessorId();
        for (int i = 0; i < _lists.Length; i++)
        {
            int frame = _lists[(first + i) & _mask].TryTake(order, kind, allowed, withoutLocks: true);
            if (frame != PageFrames.None) return frame;
        }

        return PageFrames.None;
    }
}
