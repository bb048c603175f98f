using System.Linq;
using System.Reflection;
using Microsoft.CodeAnalysis;

namespace LockContext.Analyzers.Rules;

/// <summary>Every rule's descriptor. Titles and messages are plain words; kernel terms are on the rule's page.</summary>
internal static partial class Descriptors
{
    private const string Context = "LockContext.Context";
    private const string Locks = "LockContext.Locks";
    private const string Allocation = "LockContext.Allocation";
    private const string Contracts = "LockContext.Contracts";
    private const string Readers = "LockContext.Readers";

    private static readonly string? s_helpRoot = typeof(Descriptors).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .FirstOrDefault(a => a.Key == "LockContextHelpRoot")?.Value;

    public static readonly DiagnosticDescriptor MaySleepInRawContext = Rule("LCX1001", Context,
        "A call may sleep where a raw lock is held",
        "'{0}' can sleep {1}{2}; {3}");

    public static readonly DiagnosticDescriptor SleepingLockInRawContext = Rule("LCX1002", Context,
        "A lock that can block is taken where a raw lock is held",
        "'{0}' can block {1}{2}; {3}");

    public static readonly DiagnosticDescriptor AllocationInRawContext = Rule("LCX1003", Context,
        "An allocation or free takes a lock or reclaims memory where a raw lock is held",
        "'{0}' {4} {1}{2}; {3}");

    public static readonly DiagnosticDescriptor BlocksInReadSection = Rule("LCX1004", Context,
        "A call may sleep or reclaim memory inside a read section",
        "'{0}' {4} {1}{2}; {3}");

    public static readonly DiagnosticDescriptor WaitsForItself = Rule("LCX1005", Context,
        "A wait for all readers that itself holds them up",
        "'{0}' {4} {1}{2}, which cannot end before this does; {3}");

    public static readonly DiagnosticDescriptor ReclaimForbidden = Rule("LCX1006", Context,
        "An allocation can reclaim memory in [NoReclaim] code",
        "'{0}' {4} {1}{2}; {3}");

    public static readonly DiagnosticDescriptor ReservesForbidden = Rule("LCX1007", Context,
        "An allocation may take from the emergency reserves in [NoReclaim] code",
        "'{0}' {4} {1}{2}; {3}");

    public static readonly DiagnosticDescriptor SuspensionWhileHeld = Rule("LCX1008", Context,
        "A method is suspended while a lock or read section is held",
        "'{0}' suspends the method while {1} is held; release it before, or use a SemaphoreSlim with WaitAsync");

    public static readonly DiagnosticDescriptor ManagedAllocationInNoReclaim = Rule("LCX1009", Context,
        "Managed memory is allocated where reclaiming memory is forbidden",
        "'{0}' {4} {1}{2}; {3}");

    public static readonly DiagnosticDescriptor BlocksUnderConfigLimit = Rule("LCX1011", Context,
        "A call may sleep where only short waits are allowed",
        "'{0}' {4} {1}{2}; {3}");

    public static readonly DiagnosticDescriptor UnknownCall = Rule("LCX1010", Context,
        "Nothing is known of a call in a restricted context",
        "'{0}' {4} {1}{2}; {3}", DiagnosticSeverity.Info);

    public static readonly DiagnosticDescriptor ForeignCodeUnderRawLock = Rule("LCX1012", Context,
        "Code that others have registered runs while a raw lock is held",
        "'{0}' {4} {1}{2}; {3}", DiagnosticSeverity.Info);

    public static readonly DiagnosticDescriptor ManagedAllocationInRawAtomic = Rule("LCX1013", Context,
        "Managed memory is allocated in [RawAtomic] code",
        "'{0}' {4} {1}{2}; {3}", DiagnosticSeverity.Info);

    public static readonly DiagnosticDescriptor StillHeldOnExit = Rule("LCX2001", Locks,
        "A lock is still held on some way out",
        "{0} taken here is still held when the method is left at line {1}; release it in 'finally'");

    public static readonly DiagnosticDescriptor ReleaseOfNotHeld = Rule("LCX2002", Locks,
        "A lock is released that is not held",
        "{0} is released here but not held on a path that leads here; release it once, on the paths that took it");

    public static readonly DiagnosticDescriptor TakenAgain = Rule("LCX2003", Locks,
        "A lock is taken again by its holder",
        "{0}");

    public static readonly DiagnosticDescriptor LockStructCopied = Rule("LCX2004", Locks,
        "A lock struct is copied",
        "{0}, so locking it excludes nobody; {1}");

    public static readonly DiagnosticDescriptor LockOrderInversion = Rule("LCX2005", Locks,
        "Locks are taken in orders that lead in a circle",
        "'{0}' is taken while '{1}' is held{2}, and elsewhere {3}; take them in one order, or the inner one with a try", promoted: false, tags: WellKnownDiagnosticTags.CompilationEnd);

    public static readonly DiagnosticDescriptor RequiredLockNotHeld = Rule("LCX2006", Locks,
        "A member that needs a lock held is called without it",
        "'{0}' needs {1} held, which it is not here; take it before, or mark '{2}' with [RequiresLock] as well");

    public static readonly DiagnosticDescriptor MalformedAnnotation = Rule("LCX3001", Contracts,
        "An annotation is contradictory or malformed",
        "{0}");

    public static readonly DiagnosticDescriptor OverridePromisesLess = Rule("LCX3002", Contracts,
        "An override or implementation promises less than the member it stands for",
        "'{0}' is {1} but stands for '{2}', which is {3}: whoever calls it through that relies on the promise; keep it, or take it from '{2}'");

    public static readonly DiagnosticDescriptor DelegatePromisesLess = Rule("LCX3003", Contracts,
        "A delegate is converted to a type, or stored in a place, that promises more",
        "'{0}' {1}, but {2} is {3}{4}; give it something that keeps the promise, or take the promise back");

    public static readonly DiagnosticDescriptor ModelFileProblem = Rule("LCX3004", Contracts,
        "A model file is malformed or speaks of an unknown symbol",
        "{0}", promoted: false);

    public static readonly DiagnosticDescriptor InvalidOption = Rule("LCX3005", Contracts,
        "An option has an invalid value",
        "{0}", promoted: false, tags: WellKnownDiagnosticTags.CompilationEnd);

    public static readonly DiagnosticDescriptor UndeclaredEffects = Rule("LCX3007", Contracts,
        "What a public member may do to its callers is not declared",
        "'{0}' {1}, which callers in other projects do not see{2}; declare it {3}", DiagnosticSeverity.Hidden);

    public static readonly DiagnosticDescriptor TooLargeToAnalyse = Rule("LCX3006", Contracts,
        "A member was too large or too deep to analyse",
        "'{0}' was not analysed to the end: {1}; split it", DiagnosticSeverity.Info);

    public static readonly DiagnosticDescriptor LockByShape = Rule("LCX3008", Contracts,
        "A lock is recognised by its shape",
        "'{0}' is taken to be a spin lock, because it is spun on; say so with [LockClass(Outer = WaitClass.Spin)]", DiagnosticSeverity.Hidden);

    public static readonly DiagnosticDescriptor DeferredFreeMaySleep = Rule("LCX5001", Readers,
        "A deferred free that may wait is called where nothing may wait",
        "'{0}' may wait for all readers {1}{2}; {3}");

    public static readonly DiagnosticDescriptor ProtectedPointerOutlivesSection = Rule("LCX5002", Readers,
        "A pointer outlives the read section that protects it",
        "'{0}' {1} although {2}; copy what is needed inside the section, or take a reference there");

    public static readonly DiagnosticDescriptor WaitBeforeFree = Rule("LCX5003", Readers,
        "A wait for all readers only to free something",
        "'{0}' waits for all readers so that '{1}' can free right after it; use {2}, which frees later and lets the caller go on", DiagnosticSeverity.Info);

    public static readonly DiagnosticDescriptor SpeculationNotValidated = Rule("LCX6001", Readers,
        "What was read speculatively is used without being validated",
        "What is read after '{0}' is relied on at line {1} {2}; {3}");

    public static readonly DiagnosticDescriptor ResultNotChecked = Rule("LCX4001", Allocation,
        "The result of an allocation that may fail is used without a check",
        "'{0}' is used although '{1}' (line {2}) may have {3} with these flags; {4}");

    public static readonly DiagnosticDescriptor NoLocksWithOrder = Rule("LCX4002", Allocation,
        "An allocation without locks asks for more than one page",
        "'{0}' with '{1}' always returns null for an order above 0; ask for single pages, or allocate where locks may be taken");

    public static readonly DiagnosticDescriptor ContradictoryFlags = Rule("LCX4003", Allocation,
        "Allocation flags contradict each other",
        "{0}; {1}");

    public static readonly DiagnosticDescriptor RetryWithoutLeaving = Rule("LCX4004", Allocation,
        "A failed allocation is retried without leaving the section that keeps others out",
        "'{0}' is retried until it succeeds {1}{2}, though with these flags it makes no room itself and others may be kept from it; {3}");

    public static readonly DiagnosticDescriptor StrongerFlags = Rule("LCX4005", Allocation,
        "A method that is given allocation flags passes stronger ones down",
        "'{0}' may reclaim memory though the caller of '{1}' may have chosen flags that do not; pass '{2}' on, or look into it first", DiagnosticSeverity.Info);

    public static readonly DiagnosticDescriptor NeedlessNoLocks = Rule("LCX4006", Allocation,
        "An allocation takes no locks where nobody holds one",
        "'{0}' with '{1}' fails as soon as the lists of its processor are empty, though no caller of '{2}' holds a raw lock; leave '{1}' out, or say with [RawAtomic] that one may", DiagnosticSeverity.Info);

    public static readonly DiagnosticDescriptor SpeculationIncomplete = Rule("LCX4007", Allocation,
        "An allocation in [NoReclaim] code does not say all that a speculative one should",
        "'{0}' allocates {1} {4}{2}: {3}", promoted: false);

    private static DiagnosticDescriptor Rule(string id, string category, string title, string message,
        DiagnosticSeverity severity = DiagnosticSeverity.Warning, bool promoted = true, params string[] tags) =>
        new(id, title, message, category, severity, isEnabledByDefault: true, description: null,
            helpLinkUri: HelpLink(id), customTags: promoted && severity == DiagnosticSeverity.Warning ? tags.Append(Promotion.Tag).ToArray() : tags);

    private static string? HelpLink(string id) => string.IsNullOrEmpty(s_helpRoot) ? null : s_helpRoot + id + ".md";
}
