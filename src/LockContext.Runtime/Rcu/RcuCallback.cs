using System;
using System.Runtime.InteropServices;
using System.Threading;

namespace LockContext.Runtime;

/// <summary>A managed callback for <see cref="Rcu.Call(RcuCallback)"/>. Everything it needs is allocated when it is made, so that queueing it allocates nothing; it may be used again once it has begun to run.</summary>
/// <remarks><b>Thread-safety</b>: every member may be called from any thread.</remarks>
public sealed unsafe class RcuCallback
{
    private readonly Action<nint> _callback;
    private readonly nint _argument;
    private readonly Node* _node;
    private int _pending;

    /// <summary>Makes a callback.</summary>
    /// <param name="callback">What is to run after the grace period, with the limit <see cref="WaitClass.Config"/>.</param>
    /// <param name="argument">What it is given.</param>
    /// <exception cref="ArgumentNullException"><paramref name="callback"/> is <see langword="null"/>.</exception>
    /// <exception cref="OutOfMemoryException">There is no native memory for the head.</exception>
    public RcuCallback([RunsLater(Limit = WaitClass.Config)] Action<nint> callback, nint argument = 0)
    {
        ArgumentNullException.ThrowIfNull(callback);
        _callback = callback;
        _argument = argument;
        _node = (Node*)NativeMemory.AllocZeroed((nuint)sizeof(Node));

        // A strong handle to nothing, for now: pointing it here while queued keeps this object alive then and only then.
        _node->Self = GCHandle.ToIntPtr(GCHandle.Alloc(null));
    }

    /// <summary>Frees the native part. An object that is queued is never finalized: its handle keeps it alive.</summary>
    ~RcuCallback()
    {
        // Null if the constructor threw.
        if (_node == null) return;
        GCHandle.FromIntPtr(_node->Self).Free();
        NativeMemory.Free(_node);
    }

    /// <summary>Whether it is queued and has not begun to run.</summary>
    public bool IsPending => Volatile.Read(ref _pending) != 0;

    /// <summary>Marks it as queued.</summary>
    [RawAtomic]
    [Trusted("stores into a handle, which neither allocates nor waits")]
    internal RcuHead* Prepare()
    {
        if (Interlocked.Exchange(ref _pending, 1) != 0) RcuMisuse.ThrowPending();
        GCHandle self = GCHandle.FromIntPtr(_node->Self);
        self.Target = this;
        delegate*<RcuHead*, void> run = &Run;
        _node->Head.What = run;
        return &_node->Head;
    }

    private static void Run(RcuHead* head)
    {
        GCHandle self = GCHandle.FromIntPtr(((Node*)head)->Self);
        var callback = (RcuCallback)self.Target!;
        self.Target = null;

        // Free to be queued again from here on, by the callback itself or by others; the handle is not ours any more.
        Volatile.Write(ref callback._pending, 0);
        callback._callback(callback._argument);
        GC.KeepAlive(callback);
    }

    private struct Node
    {
        internal RcuHead Head;
        internal nint Self;
    }
}
