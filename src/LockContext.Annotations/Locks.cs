using System;

namespace LockContext;

/// <summary>
/// Declares a class of locks: on a type, what its instances are; on a field or property, what this one lock is, in place of what its type says.
/// </summary>
/// <remarks>
/// A value left unset comes from the type when the attribute stands on a field, and <see cref="Inner"/> that is set nowhere equals <see cref="Outer"/>. A type
/// must set <see cref="Outer"/>.
/// </remarks>
/// <example><code>
/// [LockClass(Outer = WaitClass.Spin)]
/// public struct TicketLock { [Acquires] public void Enter() { ... }  [Releases] public void Exit() { ... } }
///
/// [LockClass(Inner = WaitClass.Spin)]            // an ordinary lock under which nothing may block
/// private readonly Lock _hot = new();
/// </code></example>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct | AttributeTargets.Interface | AttributeTargets.Field | AttributeTargets.Property)]
public sealed class LockClassAttribute : Attribute
{
    /// <summary>What taking the lock needs from the context around it.</summary>
    public WaitClass Outer { get; set; }

    /// <summary>The limit the lock puts on what runs while it is held.</summary>
    public WaitClass Inner { get; set; }

    /// <summary>The holder may take it again, as a monitor. By default taking it again is a deadlock.</summary>
    public bool Reentrant { get; set; }

    /// <summary>The thread that took it has to release it, so it cannot be held across <c>await</c>. Raw and sleeping spin locks and read sections cannot in any case.</summary>
    public bool ThreadAffine { get; set; }

    /// <summary>The lock knows its owner and throws where another lock would hang.</summary>
    public bool TracksOwner { get; set; }
}

/// <summary>
/// Declares a type whose <see cref="AcquiresAttribute"/> and <see cref="ReleasesAttribute"/> members open and close a read section: readers wait for nobody,
/// may nest, and hold back the reclaiming of what they look at.
/// </summary>
/// <example><code>
/// [ReadSection]
/// public static class Rcu { [Acquires] public static void ReadLock() { ... }  [Releases] public static void ReadUnlock() { ... } }
/// </code></example>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct)]
public sealed class ReadSectionAttribute : Attribute
{
    /// <summary>The limit on what runs inside; <see cref="WaitClass.Config"/> unless set (<see cref="WaitClass.Spin"/> for a section that also turns preemption off).</summary>
    public WaitClass Inner { get; set; } = WaitClass.Config;
}

/// <summary>
/// What the member returns, or what is read from the field or property, leads to an object that read sections keep alive: it is good until the section ends in which it was obtained.
/// </summary>
/// <example><code>
/// [ReadProtected] public static T* Dereference&lt;T&gt;(T** location) where T : unmanaged;
/// [ReadProtected] private volatile Node? _first;
/// </code></example>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Property | AttributeTargets.Field)]
public sealed class ReadProtectedAttribute : Attribute;

/// <summary>
/// The member takes a lock and returns holding it. Without a target the lock is the receiver, or the containing type for a static member.
/// </summary>
/// <remarks>
/// A target is the name of a parameter, of a member of the receiver, or a dotted path from either (<c>"_gate"</c>, <c>"node._lock"</c>).
/// With <see cref="Try"/> the lock is held only if the member says so: by returning <see langword="true"/> (or something other than <see langword="null"/>), or through
/// a parameter marked <see cref="LockTakenAttribute"/>. With <see cref="Scope"/> disposing the returned object releases it.
/// </remarks>
/// <example><code>
/// [Acquires] void Enter();                               // blocks, then holds "this"
/// [Acquires(Try = true)] bool TryEnter();                // holds "this" when it returns true
/// [Acquires] void Enter([LockTaken] ref bool taken);     // holds "this" when it set taken
/// [Acquires(Scope = true)] Guard EnterScope();           // holds "this" until the guard is disposed
/// [Acquires("_gate")] void BeginUpdate() => _gate.Enter();
/// </code></example>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Property | AttributeTargets.Constructor, AllowMultiple = true)]
public sealed class AcquiresAttribute : Attribute
{
    /// <summary>The receiver (or the containing type) is the lock.</summary>
    public AcquiresAttribute()
    {
    }

    /// <summary>Names the lock.</summary>
    /// <param name="target">A parameter, a member of the receiver, or a dotted path from either.</param>
    public AcquiresAttribute(string target) => Target = target;

    /// <summary>Which lock; <see langword="null"/> for the receiver or the containing type.</summary>
    public string? Target { get; }

    /// <summary>It may fail to take the lock, and does not wait unless a parameter is marked <see cref="TimeoutAttribute"/>.</summary>
    public bool Try { get; set; }

    /// <summary>Disposing the returned object releases the lock.</summary>
    public bool Scope { get; set; }

    /// <summary>The lock's side for readers: others may hold it so at the same time, and who holds it so may take it so again. Not for a lock that lets no reader in behind a waiting writer.</summary>
    public bool Shared { get; set; }
}

/// <summary>The member releases a lock that its caller holds. The target is written as for <see cref="AcquiresAttribute"/>.</summary>
/// <example><code>
/// [Releases] void Exit();
/// [Releases("_gate")] void EndUpdate() => _gate.Exit();
/// </code></example>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Property | AttributeTargets.Constructor, AllowMultiple = true)]
public sealed class ReleasesAttribute : Attribute
{
    /// <summary>The receiver (or the containing type) is the lock.</summary>
    public ReleasesAttribute()
    {
    }

    /// <summary>Names the lock.</summary>
    /// <param name="target">A parameter, a member of the receiver, or a dotted path from either.</param>
    public ReleasesAttribute(string target) => Target = target;

    /// <summary>Which lock; <see langword="null"/> for the receiver or the containing type.</summary>
    public string? Target { get; }
}

/// <summary>The member must be called with the lock held; its body is checked as holding it. The target is written as for <see cref="AcquiresAttribute"/>.</summary>
/// <example><code>
/// [RequiresLock("_gate")] void RemoveCore(Node node) { ... }
/// </code></example>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Property | AttributeTargets.Constructor, AllowMultiple = true)]
public sealed class RequiresLockAttribute : Attribute
{
    /// <summary>The receiver (or the containing type) is the lock.</summary>
    public RequiresLockAttribute()
    {
    }

    /// <summary>Names the lock.</summary>
    /// <param name="target">A parameter, a member of the receiver, or a dotted path from either.</param>
    public RequiresLockAttribute(string target) => Target = target;

    /// <summary>Which lock; <see langword="null"/> for the receiver or the containing type.</summary>
    public string? Target { get; }
}

/// <summary>After this call the lock is known to be held: the member checks it at run time and does not return otherwise. It is believed.</summary>
/// <remarks>A member that returns a <see cref="bool"/> answers whether the lock is held: it is where the answer is <see langword="true"/>.</remarks>
/// <example><code>
/// [AssertsHeld] public void AssertHeld() => Debug.Assert(IsHeldByCurrentThread);
/// </code></example>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Property, AllowMultiple = true)]
public sealed class AssertsHeldAttribute : Attribute
{
    /// <summary>The receiver (or the containing type) is the lock.</summary>
    public AssertsHeldAttribute()
    {
    }

    /// <summary>Names the lock.</summary>
    /// <param name="target">A parameter, a member of the receiver, or a dotted path from either.</param>
    public AssertsHeldAttribute(string target) => Target = target;

    /// <summary>Which lock; <see langword="null"/> for the receiver or the containing type.</summary>
    public string? Target { get; }
}

/// <summary>
/// The <c>ref bool</c> or <c>out bool</c> through which an <see cref="AcquiresAttribute"/> member says that it took the lock. It has to be
/// <see langword="false"/> before the call.
/// </summary>
/// <example><code>
/// [Acquires] void Enter([LockTaken] ref bool taken);
/// </code></example>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class LockTakenAttribute : Attribute;

/// <summary>
/// A timeout (an integer of any unit, or a <see cref="TimeSpan"/>): with a value that is surely zero the member does not wait, so it is exempt from the rules; with any other value it blocks.
/// </summary>
/// <example><code>
/// [Acquires(Try = true)] bool TryEnter([Timeout] int milliseconds);
/// [Sleepable] bool Wait([Timeout] TimeSpan timeout);
/// </code></example>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class TimeoutAttribute : Attribute;

/// <summary>
/// The member begins a speculative read: from here on what is read may be changing, and counts only once <see cref="ValidatesSpeculationAttribute"/> has said so. The cookie that the validation
/// wants is what it returns, or its <c>out</c> parameter; if it returns a <see cref="bool"/>, the read has begun where that is <see langword="true"/>.
/// </summary>
/// <example><code>
/// [BeginsSpeculation] uint Begin();
/// [BeginsSpeculation] bool TryBeginRead(out uint sequence);
/// </code></example>
[AttributeUsage(AttributeTargets.Method)]
public sealed class BeginsSpeculationAttribute : Attribute;

/// <summary>
/// The member answers whether what has been read since the <see cref="BeginsSpeculationAttribute"/> call whose cookie it is given may be relied on: with <see langword="true"/> if so,
/// unless <see cref="TrueMeansRetry"/> says that it is the other way round.
/// </summary>
/// <example><code>
/// [ValidatesSpeculation] bool Validate(uint sequence);
/// [ValidatesSpeculation(TrueMeansRetry = true)] bool Retry(uint sequence);
/// </code></example>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ValidatesSpeculationAttribute : Attribute
{
    /// <summary><see langword="true"/> means that what was read is worth nothing, and has to be read again.</summary>
    public bool TrueMeansRetry { get; set; }
}
