using System.Runtime.InteropServices;

namespace LockContext.Runtime;

/// <summary>16 bytes inside an object that is to be freed or called back after a grace period: the <c>rcu_head</c> of Linux.</summary>
/// <remarks>
/// Belongs to the runtime from <see cref="Rcu.Call(RcuCallback)"/> or <see cref="Rcu.Free"/> until the callback runs or the object is freed, and to its owner
/// otherwise; needs no initialisation. The memory it lies in must not move: native memory, or pinned. Readers may go on reading the rest of the object, as long as they do not look at the head.
/// </remarks>
[StructLayout(LayoutKind.Sequential)]
public unsafe struct RcuHead
{
    private RcuHead* _next;

    // The callback; in deferred free, the object to be freed.
    private void* _what;

    internal RcuHead* Next
    {
        readonly get => _next;
        set => _next = value;
    }

    internal void* What
    {
        readonly get => _what;
        set => _what = value;
    }
}
