using System;

namespace LockContext;

/// <summary>
/// The body is checked as if a raw spin lock were held: nothing in it may sleep, take a sleeping lock or reclaim memory. In return it may be called from
/// anywhere.
/// </summary>
/// <remarks>
/// On a member it is inherited by overrides and implementations. On a type it covers the members declared in it with their lambdas and local functions,
/// but neither nested types nor what subclasses add; a member's own attribute wins over the type's. On a delegate type, or on a parameter, field, property or
/// event of a delegate type, it says what the delegates stored there promise. It contradicts <see cref="SleepableAttribute"/> and cannot stand on an
/// <c>async</c> method or an iterator.
/// </remarks>
/// <example><code>
/// [RawAtomic]
/// void OnAudioBlock(Span&lt;float&gt; samples)
/// {
///     lock (_settings) { ... }   // LCX1002: a monitor can block
/// }
/// </code></example>
[AttributeUsage(ContractTargets.All)]
public sealed class RawAtomicAttribute : Attribute;

/// <summary>The member may sleep. This is the contract, whatever today's body does: it is never legal to call it where sleeping is not allowed.</summary>
/// <remarks>It can be combined with <see cref="NoReclaimAttribute"/>, and contradicts <see cref="RawAtomicAttribute"/>. Inherited as <see cref="RawAtomicAttribute"/> is.</remarks>
/// <example><code>
/// interface IJournal
/// {
///     [Sleepable] void Append(ReadOnlySpan&lt;byte&gt; record);   // may write to a disk one day
/// }
/// </code></example>
[AttributeUsage(ContractTargets.All)]
public sealed class SleepableAttribute : Attribute;

/// <summary>
/// The body is a speculative fast path: it never reclaims memory directly, leaves the emergency reserves alone and allocates no managed memory, which is
/// .NET's own direct reclaim. It may sleep.
/// </summary>
/// <remarks>Inside a read section it adds up to "never sleep, never reclaim, leave emergency pools alone". Inherited as <see cref="RawAtomicAttribute"/> is.</remarks>
/// <example><code>
/// [NoReclaim]
/// unsafe FaultResult TryFault(nuint address)
/// {
///     void* table = PageAllocator.Shared.AllocPages(GfpFlags.NoWait | GfpFlags.NoMemAlloc | GfpFlags.NoWarn, 0);
///     return table == null ? FaultResult.Retry : Commit(table, address);
/// }
/// </code></example>
[AttributeUsage(ContractTargets.All)]
public sealed class NoReclaimAttribute : Attribute;

/// <summary>The body runs in a context whose limit is the given class: the entry point of a threaded interrupt handler, a callback, a section with migration off.</summary>
/// <remarks><see cref="RawAtomicAttribute"/> is the same with a limit of <see cref="WaitClass.Spin"/>, and also promises callers that they may call from anywhere; this attribute promises that within its limit.</remarks>
/// <param name="limit">What the body may need at most.</param>
/// <example><code>
/// [ContextLimit(WaitClass.Config)]
/// static void DrainCallback(nint argument) { ... }   // a sleeping spin lock is fine here, a monitor is not
/// </code></example>
[AttributeUsage(AttributeTargets.Constructor | AttributeTargets.Method | AttributeTargets.Property | AttributeTargets.Event | AttributeTargets.Delegate)]
public sealed class ContextLimitAttribute(WaitClass limit) : Attribute
{
    /// <summary>What the body may need at most.</summary>
    public WaitClass Limit { get; } = limit;
}

/// <summary>The body is not checked and not looked into; what the other attributes of the member say is believed. The walk along call paths stops here.</summary>
/// <param name="reason">Why the declaration is right although the body does not show it. Mandatory: an empty reason is LCX3001.</param>
/// <example><code>
/// [RawAtomic, Trusted("the queue is sized at start-up, so Enqueue never grows it")]
/// void Post(int value) => _queue.Enqueue(value);
/// </code></example>
[AttributeUsage(AttributeTargets.Constructor | AttributeTargets.Method | AttributeTargets.Property | AttributeTargets.Event | AttributeTargets.Class | AttributeTargets.Struct | AttributeTargets.Interface)]
public sealed class TrustedAttribute(string reason) : Attribute
{
    /// <summary>Why the declaration is right although the body does not show it.</summary>
    public string Reason { get; } = reason;
}

/// <summary>The member waits until every read section that was open when it was called has ended: RCU's <c>Synchronize</c>. It is <see cref="SleepableAttribute"/> as well.</summary>
/// <remarks>Inside a read section it would wait for itself.</remarks>
/// <example><code>
/// [WaitsForGracePeriod] public static void Synchronize() { ... }
/// </code></example>
[AttributeUsage(AttributeTargets.Constructor | AttributeTargets.Method | AttributeTargets.Property | AttributeTargets.Delegate)]
public sealed class WaitsForGracePeriodAttribute : Attribute
{
    /// <summary>The member also waits until what others have queued for later has run or been freed, as <c>rcu_barrier</c> does. A deferred free does not stand for that.</summary>
    public bool Callbacks { get; set; }
}

/// <summary>The member must never wait for a grace period, directly or through what it calls: a memory allocator is the usual case, because the wait itself may need memory.</summary>
/// <example><code>
/// [NoGracePeriodWait] public unsafe void* AllocPages(GfpFlags flags, int order) { ... }
/// </code></example>
[AttributeUsage(AttributeTargets.Constructor | AttributeTargets.Method | AttributeTargets.Property | AttributeTargets.Class | AttributeTargets.Struct)]
public sealed class NoGracePeriodWaitAttribute : Attribute;

/// <summary>
/// The member frees what it is given once a grace period has passed: readers that are looking at it now may go on doing so. By itself it may be called from anywhere.
/// </summary>
/// <remarks>With <see cref="MightSleep"/> it waits for the grace period itself where it has nowhere to note the pointer, so it is <see cref="SleepableAttribute"/> as well.</remarks>
/// <example><code>
/// [DefersFree] public static unsafe void Free(void* pointer, RcuHead* head);                    // noted in the object's own head
/// [DefersFree(MightSleep = true)] public static unsafe void FreeMightSleep(void* pointer);
/// </code></example>
[AttributeUsage(AttributeTargets.Method)]
public sealed class DefersFreeAttribute : Attribute
{
    /// <summary>The member may wait for the grace period in the calling thread.</summary>
    public bool MightSleep { get; set; }
}

/// <summary>
/// The member runs, before it returns and on the calling thread, code that neither it nor its caller knows: callbacks that others have registered, continuations, subscribers.
/// </summary>
/// <remarks>Under a raw lock such code may do anything, take the same lock included. The delegates that a member is given as arguments are <see cref="RunsHereAttribute"/> instead.</remarks>
/// <example><code>
/// interface IHub
/// {
///     [RunsForeignCode] void Publish(Message message);   // calls every subscriber
/// }
/// </code></example>
[AttributeUsage(AttributeTargets.Constructor | AttributeTargets.Method | AttributeTargets.Property | AttributeTargets.Event)]
public sealed class RunsForeignCodeAttribute : Attribute;

internal static class ContractTargets
{
    internal const AttributeTargets All = AttributeTargets.Class | AttributeTargets.Struct | AttributeTargets.Interface | AttributeTargets.Constructor
        | AttributeTargets.Method | AttributeTargets.Property | AttributeTargets.Event | AttributeTargets.Field | AttributeTargets.Parameter
        | AttributeTargets.Delegate;
}
