using System;
using System.Diagnostics;
using System.Threading;

namespace LockContext.Runtime;

/// <summary>
/// Makes allocations fail on purpose, so that the code behind an <c>if (page == null)</c> runs before memory is really short. Given to a <see cref="PageAllocator"/>, or asked by any code of
/// one's own that may fail.
/// </summary>
/// <remarks>
/// <para>An allocation fails if it passes every filter (<see cref="MinOrder"/>, the flags, the thread, the caller), then the <see cref="Space"/>, then the <see cref="Interval"/>, and then loses the
/// toss (<see cref="Probability"/>), as long as there are <see cref="Times"/> left. <see cref="GfpFlags.NoFail"/> is never failed.</para>
/// <para><see cref="FailNth"/> is the systematic way: let the first chance of an operation fail, then the second, and so on until the operation comes through without one failing.</para>
/// <para><b>Thread-safety</b>: every member may be used from any thread; a change is seen by the next allocation. <b>Wait class</b> of <see cref="ShouldFail"/>: none; no managed allocation unless
/// <see cref="CallerContains"/> is set.</para>
/// <para><b>Source</b>: the knobs of Linux (<c>Documentation/fault-injection/fault-injection.rst</c>: failslab, fail_page_alloc).</para>
/// </remarks>
public sealed class FaultInjection
{
    /// <summary><see cref="Times"/> without an end.</summary>
    public const int Unlimited = -1;

    [ThreadStatic]
    private static int t_failNth;

    private int _probability = 100;
    private int _interval = 1;
    private int _times = Unlimited;
    private long _space;
    private int _minOrder;
    private long _count;
    private long _random = 1;
    private long _calls;
    private long _failures;

    /// <summary>
    /// If this is n, the n-th time from now on that an allocation of this thread might be failed, by whichever <see cref="FaultInjection"/> it passes the filters of, it is; then this is 0 again. While it is
    /// set, nothing else fails on this thread. 0, the default: off.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative.</exception>
    public static int FailNth
    {
        get => t_failNth;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            t_failNth = value;
        }
    }

    /// <summary>How many of a hundred allocations fail, 0 to 100. The default is 100. With 0 only <see cref="FailNth"/> is heeded.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not 0 to 100.</exception>
    public int Probability
    {
        get => Volatile.Read(ref _probability);
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, 100);
            Volatile.Write(ref _probability, value);
        }
    }

    /// <summary>Only every n-th allocation is considered, 1 or more. The default is 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
    public int Interval
    {
        get => Volatile.Read(ref _interval);
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value);
            Volatile.Write(ref _interval, value);
        }
    }

    /// <summary>How many more are failed; <see cref="Unlimited"/>, the default, for all.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than <see cref="Unlimited"/>.</exception>
    public int Times
    {
        get => Volatile.Read(ref _times);
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, Unlimited);
            Volatile.Write(ref _times, value);
        }
    }

    /// <summary>How many bytes may be allocated before anything fails. The default is 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative.</exception>
    public long Space
    {
        get => Volatile.Read(ref _space);
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            Volatile.Write(ref _space, value);
        }
    }

    /// <summary>Smaller blocks do not fail: an order, 0 to <see cref="PageAllocator.MaxOrder"/>. The default is 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not an order.</exception>
    public int MinOrder
    {
        get => Volatile.Read(ref _minOrder);
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, PageAllocator.MaxOrder);
            Volatile.Write(ref _minOrder, value);
        }
    }

    /// <summary>Only allocations that name all of these flags fail. The default is <see cref="GfpFlags.None"/>: any.</summary>
    public GfpFlags RequiredFlags { get; set; }

    /// <summary>
    /// Allocations that name one of these flags do not fail. The default is <see cref="GfpFlags.DirectReclaim"/>, as in Linux (<c>ignore-gfp-wait</c>): whoever can wait rarely fails in earnest.
    /// </summary>
    public GfpFlags IgnoredFlags { get; set; } = GfpFlags.DirectReclaim;

    /// <summary>Only allocations of this thread fail. The default is <see langword="null"/>: any.</summary>
    public Thread? OnlyThread { get; set; }

    /// <summary>
    /// Only allocations with a method on the stack whose full name (<c>Namespace.Type.Method</c>) contains this fail. The default is <see langword="null"/>: any. Looking at the stack takes microseconds and
    /// allocates managed memory.
    /// </summary>
    public string? CallerContains { get; set; }

    /// <summary>What the toss starts from: the same seed and the same allocations in the same order fail in the same places.</summary>
    public long Seed
    {
        set => Volatile.Write(ref _random, value);
    }

    /// <summary>How many allocations have asked and passed the filters.</summary>
    public long Calls => Volatile.Read(ref _calls);

    /// <summary>How many have been failed.</summary>
    public long Failures => Volatile.Read(ref _failures);

    /// <summary>Whether an allocation is to fail. Asked once for each, before anything is done for it.</summary>
    /// <param name="flags">Its flags.</param>
    /// <param name="bytes">Its size.</param>
    /// <returns>Whether it is to return <see langword="null"/>.</returns>
    [RawAtomic]
    public bool ShouldFail(GfpFlags flags, nuint bytes)
    {
        if ((flags & GfpFlags.NoFail) != 0 || (flags & IgnoredFlags) != 0 || (flags & RequiredFlags) != RequiredFlags) return false;
        if (bytes <= (nuint)PageAllocator.PageSize << MinOrder >> 1 && MinOrder > 0) return false;
        if (OnlyThread is { } only && only != Thread.CurrentThread) return false;
        if (CallerContains is { } caller && !IsOnStack(caller)) return false;

        Interlocked.Increment(ref _calls);
        bool fail = t_failNth > 0 ? --t_failNth == 0 : Toss(bytes);
        if (fail) Interlocked.Increment(ref _failures);
        return fail;
    }

    [RawAtomic]
    private bool Toss(nuint bytes)
    {
        if (Probability == 0 || Times == 0) return false;
        if (Space > 0 && Interlocked.Add(ref _space, -(long)bytes) >= 0) return false;
        if (Space < 0) Volatile.Write(ref _space, 0);
        int interval = Interval;
        if (interval > 1 && Interlocked.Increment(ref _count) % interval != 0) return false;
        if (Probability < 100 && Next() % 100 >= (ulong)Probability) return false;

        // Of several threads that take the last one at the same time, as many fail as there were left.
        for (int left = Times; left != Unlimited; left = Times)
        {
            if (left == 0) return false;
            if (Interlocked.CompareExchange(ref _times, left - 1, left) == left) break;
        }

        return true;
    }

    // SplitMix64 (G. Steele, D. Lea, C. Flood, "Fast splittable pseudorandom number generators", 2014): the state is a counter, so threads share it by one addition.
    [RawAtomic]
    private ulong Next()
    {
        ulong word = (ulong)Interlocked.Add(ref _random, unchecked((long)0x9E3779B97F4A7C15));
        word = (word ^ (word >> 30)) * 0xBF58476D1CE4E5B9;
        word = (word ^ (word >> 27)) * 0x94D049BB133111EB;
        return word ^ (word >> 31);
    }

    [RawAtomic]
    [Trusted("only where somebody has asked for it, by setting CallerContains, whose documentation says what it costs")]
    private static bool IsOnStack(string caller)
    {
        foreach (StackFrame frame in new StackTrace(2, false).GetFrames())
        {
            if (DiagnosticMethodInfo.Create(frame) is { } method && $"{method.DeclaringTypeName}.{method.Name}".Contains(caller, StringComparison.Ordinal)) return true;
        }

        return false;
    }
}
