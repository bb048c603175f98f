namespace LockContext.Runtime;

/// <summary>Names a grace period to come, so that one can ask later whether it is over: <c>get_state_synchronize_rcu</c> of Linux.</summary>
/// <remarks>The default value names one that has always been over. Cookies stay valid for as long as the process lives. 8 bytes.</remarks>
public readonly record struct RcuCookie
{
    internal RcuCookie(ulong target) => Target = target;

    internal ulong Target { get; }
}
