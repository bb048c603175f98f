using System;

namespace LockContext;

/// <summary>The delegate passed here runs before the member returns, on the calling thread. Without it the member's body says so, where there is one.</summary>
/// <example><code>
/// [RequiresLock("_gate")] void ForEach([RunsHere] Action&lt;Node&gt; visit);
/// void WithLock([RunsHere(Limit = WaitClass.Spin)] Action body);   // "body" runs under a raw lock
/// </code></example>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class RunsHereAttribute : Attribute
{
    /// <summary>The limit in force while it runs, in addition to that of the caller; none if unset.</summary>
    public WaitClass Limit { get; set; }
}

/// <summary>The delegate passed here runs later or on another thread, so it does not inherit the caller's context.</summary>
/// <example><code>
/// void Call([RunsLater(Limit = WaitClass.Config)] Action callback);   // a callback of RCU
/// </code></example>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class RunsLaterAttribute : Attribute
{
    /// <summary>The limit in force while it runs; none if unset.</summary>
    public WaitClass Limit { get; set; }
}
