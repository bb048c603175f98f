using System;
using System.Threading;

namespace LockContext.Runtime;

/// <summary>
/// Who uses memory, and how much he may: a limit on pages allocated with <see cref="GfpFlags.Account"/>, and an account of what others do for him. A thread belongs to a group while it is inside
/// <see cref="Enter"/>.
/// </summary>
/// <remarks>
/// <para><b>The limit.</b> A page allocated with <see cref="GfpFlags.Account"/> is charged to the group of the allocating thread until it is freed, by whomever. At the limit, an allocation that may reclaim asks the
/// shrinkers on behalf of the group (<see cref="ReclaimControl.Group"/>) and then fails; one that may not fails at once. <see cref="GfpFlags.High"/>, <see cref="GfpFlags.NoFail"/> and
/// <see cref="GfpFlags.MemAlloc"/> go beyond the limit, so that the burden falls on the ordinary allocations that follow.</para>
/// <para><b>The budget.</b> An allocation that never reclaims, made while memory is below the low mark, lives on the work of those who do. Each such page is a debt of the group
/// (<see cref="Debt"/>), charged or not; each page that the group's own threads reclaim pays one back. Beyond <see cref="NonBlockingBudget"/> such allocations fail, and the group has to reclaim for itself. Without a
/// budget one user could live off all others for ever.</para>
/// <para><b>Thread-safety</b>: every member may be called from any thread. <b>Wait class</b>: none. No managed allocation but for the group itself.</para>
/// <para><b>Source</b>: memory cgroups of Linux for the limit; for the budget, the objections of M. Hocko and M. Wilcox to user-triggered <c>GFP_NOWAIT</c>, 2020 and 2021.</para>
/// </remarks>
public sealed class MemoryGroup : IDisposable
{
    /// <summary>No limit.</summary>
    public const long Unlimited = long.MaxValue;

    private static readonly Lock s_registering = new();
    private static MemoryGroup?[] s_all = new MemoryGroup?[8];
    private static int s_count;

    [ThreadStatic]
    private static MemoryGroup? t_current;

    private long _limit = Unlimited;
    private long _budget = Unlimited;
    private long _pages;
    private long _peak;
    private long _limitFailures;
    private long _budgetFailures;
    private long _debt;
    private long _freeRides;
    private long _directReclaims;
    private long _reclaimed;
    private long _reclaimTicks;
    private long _wakeups;
    private int _disposed;

    /// <summary>Makes a group without limits.</summary>
    /// <param name="name">What it is called in reports.</param>
    /// <exception cref="ArgumentNullException"><paramref name="name"/> is <see langword="null"/>.</exception>
    [Sleepable]
    public MemoryGroup(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        Name = name;
        lock (s_registering)
        {
            // Numbers of groups that are gone are used again: a page that is still charged keeps its group.
            Number = Array.IndexOf(s_all, null, 1, s_count);
            if (Number <= 0) Number = ++s_count;
            if (Number == s_all.Length)
            {
                var larger = new MemoryGroup?[s_all.Length * 2];
                s_all.CopyTo(larger, 0);
                Volatile.Write(ref s_all, larger);
            }

            Volatile.Write(ref s_all[Number], this);
        }
    }

    /// <summary>The group that this thread is inside of, or <see langword="null"/>.</summary>
    [RawAtomic]
    public static MemoryGroup? Current => t_current;

    /// <summary>What it is called in reports.</summary>
    public string Name { get; }

    /// <summary>How many pages may be charged to it: 0 or more. Lowering it frees nothing, but nothing more is given until enough has been freed. The default is <see cref="Unlimited"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative.</exception>
    public long LimitPages
    {
        get => Volatile.Read(ref _limit);
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            Volatile.Write(ref _limit, value);
        }
    }

    /// <summary>How many pages it may owe, see <see cref="Debt"/>: 0 or more. The default is <see cref="Unlimited"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative.</exception>
    public long NonBlockingBudget
    {
        get => Volatile.Read(ref _budget);
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            Volatile.Write(ref _budget, value);
        }
    }

    /// <summary>Pages charged to it now.</summary>
    public long ChargedPages => Volatile.Read(ref _pages);

    /// <summary>The most that have been charged to it at the same time.</summary>
    public long PeakPages => Volatile.Read(ref _peak);

    /// <summary>Allocations refused because of the limit.</summary>
    public long LimitFailures => Volatile.Read(ref _limitFailures);

    /// <summary>Allocations refused because of the budget.</summary>
    public long BudgetFailures => Volatile.Read(ref _budgetFailures);

    /// <summary>Pages that it has taken while memory was low without reclaiming, less those that its threads have reclaimed since.</summary>
    public long Debt => Math.Max(0, Volatile.Read(ref _debt));

    /// <summary>Pages that it has taken while memory was low without reclaiming, ever.</summary>
    public long FreeRides => Volatile.Read(ref _freeRides);

    /// <summary>How often its threads have reclaimed themselves.</summary>
    public long DirectReclaims => Volatile.Read(ref _directReclaims);

    /// <summary>Pages that its threads have reclaimed.</summary>
    public long ReclaimedPages => Volatile.Read(ref _reclaimed);

    /// <summary>The time that its threads have spent reclaiming.</summary>
    public TimeSpan ReclaimTime => TimeSpan.FromTicks(Volatile.Read(ref _reclaimTicks));

    /// <summary>How often its threads have woken the background reclaimer.</summary>
    public long BackgroundWakeups => Volatile.Read(ref _wakeups);

    internal int Number { get; }

    /// <summary>Makes this thread belong to the group until the scope is disposed. Scopes nest; the innermost counts.</summary>
    /// <returns>The scope.</returns>
    [RawAtomic]
    public Scope Enter()
    {
        var scope = new Scope(t_current);
        t_current = this;
        return scope;
    }

    /// <summary>Ends the group. Pages charged to it stay charged until they are freed; nothing new is.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0) ForgetIfUnused();
    }

    /// <inheritdoc/>
    public override string ToString() => Name;

    /// <summary>The group with a number, as a charged page has it.</summary>
    [RawAtomic]
    internal static MemoryGroup? Of(int number) => Volatile.Read(ref Volatile.Read(ref s_all)[number]);

    /// <summary>Charges pages unless that goes beyond the limit.</summary>
    [RawAtomic]
    internal bool TryCharge(int pages, bool force)
    {
        if (Volatile.Read(ref _disposed) != 0) return false;
        long now = Interlocked.Add(ref _pages, pages);
        if (now > LimitPages && !force)
        {
            Interlocked.Add(ref _pages, -pages);
            return false;
        }

        // The greatest of all: whoever finds a smaller one replaces it.
        for (long peak = PeakPages; peak < now; peak = PeakPages)
        {
            if (Interlocked.CompareExchange(ref _peak, now, peak) == peak) break;
        }

        return true;
    }

    [RawAtomic]
    internal void Uncharge(int pages)
    {
        if (Interlocked.Add(ref _pages, -pages) == 0 && Volatile.Read(ref _disposed) != 0) ForgetIfUnused();
    }

    [RawAtomic]
    internal void CountLimitFailure() => Interlocked.Increment(ref _limitFailures);

    [RawAtomic]
    internal void CountWakeup() => Interlocked.Increment(ref _wakeups);

    /// <summary>Takes pages on others' account, if the budget allows.</summary>
    internal bool TryRide(int pages)
    {
        if (Interlocked.Add(ref _debt, pages) > NonBlockingBudget)
        {
            Interlocked.Add(ref _debt, -pages);
            Interlocked.Increment(ref _budgetFailures);
            return false;
        }

        Interlocked.Add(ref _freeRides, pages);
        return true;
    }

    /// <summary>Takes back what <see cref="TryRide"/> has written down: there were no pages.</summary>
    internal void Unride(int pages)
    {
        Interlocked.Add(ref _debt, -pages);
        Interlocked.Add(ref _freeRides, -pages);
    }

    internal void CountReclaim(long pages, TimeSpan time)
    {
        Interlocked.Increment(ref _directReclaims);
        Interlocked.Add(ref _reclaimed, pages);
        Interlocked.Add(ref _reclaimTicks, time.Ticks);

        // Down to nothing owed: reclaiming in good times is no credit for bad ones.
        for (long debt = Volatile.Read(ref _debt); debt > 0; debt = Volatile.Read(ref _debt))
        {
            if (Interlocked.CompareExchange(ref _debt, Math.Max(0, debt - pages), debt) == debt) break;
        }
    }

    [RawAtomic]
    private void ForgetIfUnused()
    {
        if (ChargedPages == 0) Interlocked.CompareExchange(ref Volatile.Read(ref s_all)[Number], null, this);
    }

    /// <summary>Ends the thread's membership when it is disposed. Do not copy.</summary>
    public ref struct Scope
    {
        private readonly MemoryGroup? _outer;
        private bool _isOpen;

        internal Scope(MemoryGroup? outer)
        {
            _outer = outer;
            _isOpen = true;
        }

        /// <summary>Ends it; a second call on the same variable does nothing.</summary>
        [RawAtomic]
        public void Dispose()
        {
            if (!_isOpen) return;
            _isOpen = false;
            t_current = _outer;
        }
    }
}
