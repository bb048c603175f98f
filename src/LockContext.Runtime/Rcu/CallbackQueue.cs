using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Threading;

namespace LockContext.Runtime;

/// <summary>The callbacks that were queued on one CPU, oldest first, linked through their heads.</summary>
/// <remarks>
/// <para>A process cannot turn preemption off, so the queue belongs to its CPU by convention only and has a raw lock, which is held for a handful of instructions. A queue without lock would save nothing: its
/// atomic exchange costs what the lock's compare-exchange does, and the count that back-pressure needs would be a second one.</para>
/// <para>Native memory, because it has a lock that others spin on, and two cache lines apart what producers and the consumer write.</para>
/// </remarks>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal unsafe struct CallbackQueue
{
    internal const int Size = 256;

    [FieldOffset(0)]
    private RawSpinLock _lock;

    [FieldOffset(8)]
    private RcuHead* _first;

    [FieldOffset(16)]
    private RcuHead* _last;

    [FieldOffset(24)]
    private long _queued;

    [FieldOffset(128)]
    private long _invoked;

    /// <summary>Callbacks queued so far.</summary>
    internal long Queued => Volatile.Read(ref _queued);

    /// <summary>Those of them that have run. Written by the callback thread alone.</summary>
    internal long Invoked
    {
        get => Volatile.Read(ref _invoked);
        set => Volatile.Write(ref _invoked, value);
    }

    /// <summary>The same, for those who wait for it.</summary>
    [UnscopedRef]
    internal ref long InvokedCount => ref _invoked;

    internal bool IsEmpty
    {
        get
        {
            fixed (RcuHead** first = &_first) return Volatile.Read(ref *(nint*)first) == 0;
        }
    }

    /// <summary>Appends a callback.</summary>
    /// <param name="head">Its head.</param>
    /// <param name="wasEmpty">Whether there was nothing to wait for, so that the callback thread may be asleep.</param>
    /// <returns>How many have been queued so far.</returns>
    [RawAtomic]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal long Append(RcuHead* head, out bool wasEmpty)
    {
        head->Next = null;
        _lock.Enter();
        wasEmpty = _first == null;
        if (wasEmpty) _first = head;
        else _last->Next = head;
        _last = head;
        long queued = ++_queued;
        _lock.Exit();
        return queued;
    }

    /// <summary>Takes everything.</summary>
    /// <param name="count">How many they are.</param>
    [RawAtomic]
    internal RcuHead* TakeAll(out long count)
    {
        if (IsEmpty)
        {
            count = 0;
            return null;
        }

        _lock.Enter();
        RcuHead* first = _first;
        _first = null;
        _last = null;

        // Called by the thread that counts the invoked, between its batches: what is not invoked is what is here.
        count = _queued - _invoked;
        _lock.Exit();
        return first;
    }
}
