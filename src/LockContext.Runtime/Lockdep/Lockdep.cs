using System;
using System.Runtime.CompilerServices;
using System.Threading;

namespace LockContext.Runtime;

/// <summary>
/// The rules at run time: a table of what each thread holds and is in, a graph of the orders in which classes of locks are taken, and a report when something breaks a rule. The
/// run-time twin of the analyzer, for what it cannot see: calls through interfaces and delegates, orders across assemblies, locks released by others.
/// </summary>
/// <remarks>
/// <para><b>Off by default, and then free</b>: the JIT leaves nothing of it in optimised code. On by the environment variable <c>LOCKCONTEXT_LOCKDEP=1</c>, by the <see cref="AppContext"/> switch or run-time
/// configuration property <c>LockContext.Lockdep</c>, or by <see cref="Enable"/> before the first lock; in this order of precedence. It is decided once.</para>
/// <para><b>On</b>, it costs about as much again as an uncontended lock, takes no lock of its own, and allocates no managed memory except for a thread's first lock and for reports. A new order of locks is searched for
/// circles when it is first seen.</para>
/// <para><b>Classes</b>: all locks made at the same place in the source are one class, and what is learnt of one of them goes for all. A <see cref="RawSpinLock"/> that was given no name is of the class of the place
/// where it is first taken. <c>EnterNested</c> takes a lock as one of a subclass, for orders that are defined by something else: parent before child, lower address first.</para>
/// <para><b>Tables</b> are bounded. When one is full, a report says so and what is no longer noticed.</para>
/// <para><b>Thread-safety</b>: all members may be called from any thread.</para>
/// <para><b>Source</b>: the lock validator of Linux, from its documentation in <c>Documentation/locking/lockdep-design.rst</c>.</para>
/// </remarks>
[RawAtomic]
[Trusted("the checker must not be checked")]
public static partial class Lockdep
{
    // 1: wait class Config counts as the one below it.
    private static uint s_collapsed;
    private static bool s_recordStacks;

    /// <summary>Whether locks and contexts are watched. A constant from the first lock on.</summary>
    public static bool IsEnabled => LockdepSwitch.IsOn;

    /// <summary>Whether sleeping spin locks count as what a real-time kernel makes of them, which is what the rules assume. With <see langword="false"/>, <see cref="WaitClass.Config"/> counts as <see cref="WaitClass.Spin"/>: a sleeping
    /// spin lock may be taken under a raw one, and nothing that sleeps for long under either. Set it before the first lock.</summary>
    public static bool RealTime
    {
        get => Volatile.Read(ref s_collapsed) == 0;
        set => Volatile.Write(ref s_collapsed, value ? 0 : 1u);
    }

    /// <summary>Whether the call stack is kept of each pair of classes when it is first seen, so that the report of a circle has all of them in full. Off, a report has the places where the locks were taken. On, a new pair
    /// allocates managed memory, some kilobytes that stay.</summary>
    public static bool RecordStacks
    {
        get => Volatile.Read(ref s_recordStacks);
        set => Volatile.Write(ref s_recordStacks, value);
    }

    /// <summary>Turns it on.</summary>
    /// <exception cref="InvalidOperationException">It is too late: a lock of this library has been made or taken, or it was off by the environment variable or the switch.</exception>
    public static void Enable()
    {
        LockdepRequest.Make();
        if (!LockdepSwitch.IsOn)
            throw new InvalidOperationException($"Lockdep has to be enabled before the first lock of LockContext.Runtime is made or taken, and not be turned off by {LockdepSwitch.Variable} or {LockdepSwitch.Name}.");
    }

    /// <summary>Sets what is called with each report; without a handler the text goes to the error stream.</summary>
    /// <remarks>The handler runs on the thread that the report is about, where the report is about: before a lock is taken that will not come, for example. It may throw, and what was about to be done is then not done. What it takes and
    /// releases itself is not looked at.</remarks>
    /// <param name="handler">The handler, or <see langword="null"/>.</param>
    public static void SetHandler(Action<LockdepReport>? handler) => LockdepReporter.Handler = handler;

    /// <summary>Marks what follows, until the returned scope is disposed, as running in a context. Contexts nest.</summary>
    /// <param name="context">Which.</param>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <returns>The scope, to be used with <see langword="using"/> on the same thread.</returns>
    public static ContextScope EnterContext(LockdepContext context, [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        BeginContext(context, file, line);
        return new ContextScope(context);
    }

    /// <summary>Reports "scheduling while atomic" where the caller may not sleep. For the first line of everything that may.</summary>
    /// <param name="operation">What may sleep; filled in by the compiler.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AssertMaySleep([CallerMemberName] string operation = "") => MightSleep(operation);

    /// <summary>Reports if the thread holds a lock or is in a context. For the end of a piece of work, and before <see langword="await"/>.</summary>
    /// <param name="operation">Where; filled in by the compiler.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AssertNothingHeld([CallerMemberName] string operation = "")
    {
        if (LockdepSwitch.IsOn && HeldLocks.Current is { Depth: > 0 } held) LockdepChecks.Nothing(LockdepReportKind.LockHeldAcrossAwait, held, held, operation);
    }

    /// <summary>Reports each thread that has ended with locks held and has not been reported yet. New threads do this as well, for a few others each.</summary>
    /// <returns>How many there were.</returns>
    public static int CheckEndedThreads() => LockdepSwitch.IsOn ? LockdepThreads.CheckEnded(HeldLocks.Current) : 0;

    /// <summary>The table of held locks and contexts of this thread, as reports print it.</summary>
    /// <returns>Several lines.</returns>
    public static string DescribeHeldLocks() => LockdepSwitch.IsOn ? LockdepText.Table(HeldLocks.Current) : "Lockdep is off.\n";

    /// <summary>How much it knows, and what it has found.</summary>
    /// <returns>A moment's numbers.</returns>
    public static LockdepStatistics GetStatistics()
    {
        if (!LockdepSwitch.IsOn) return default;
        long findings = 0;
        for (LockdepReportKind kind = 0; kind <= LockdepReportKind.TableFull; kind++) findings += LockdepReporter.CountOf(kind);
        return new LockdepStatistics
        {
            Classes = LockClasses.Count,
            Dependencies = LockGraph.Count,
            Chains = LockChains.Count,
            Threads = LockdepThreads.Slots,
            Reports = LockdepReporter.Reports,
            Findings = findings,
        };
    }

    /// <summary>How often something of a kind was found, whether it was reported or counted only.</summary>
    /// <param name="kind">The kind.</param>
    /// <returns>The number.</returns>
    public static long CountOf(LockdepReportKind kind) => LockdepSwitch.IsOn && (uint)kind <= (uint)LockdepReportKind.TableFull ? LockdepReporter.CountOf(kind) : 0;

    /// <summary>A context that ends when this is disposed.</summary>
    public ref struct ContextScope
    {
        // One more than the context: the default is no scope.
        private int _context;

        internal ContextScope(LockdepContext context) => _context = (int)context + 1;

        /// <summary>Leaves the context; a second call on the same variable does nothing.</summary>
        [RawAtomic, Trusted("the checker must not be checked")]
        public void Dispose()
        {
            if (_context == 0) return;
            LockdepContext context = (LockdepContext)(_context - 1);
            _context = 0;
            EndContext(context);
        }
    }
}

/// <summary>How much <see cref="Lockdep"/> knows, and what it has found.</summary>
public readonly record struct LockdepStatistics
{
    /// <summary>Classes of locks.</summary>
    public int Classes { get; init; }

    /// <summary>Pairs of classes of which the second was taken while the first was held.</summary>
    public int Dependencies { get; init; }

    /// <summary>Sequences of classes that have been found in order.</summary>
    public int Chains { get; init; }

    /// <summary>Tables of threads, those of threads that have ended and were not noticed yet included.</summary>
    public int Threads { get; init; }

    /// <summary>Reports made.</summary>
    public int Reports { get; init; }

    /// <summary>Findings, those included that were counted only.</summary>
    public long Findings { get; init; }
}
