using System.Threading.Tasks;

namespace LockContext.Analyzers.Tests;

/// <summary>
/// The public face of the runtime package as source. The analyzer knows the runtime by the vocabulary only, so these declarations without bodies of
/// consequence are as good to it as the real ones.
/// </summary>
internal static class RuntimeSource
{
    public const string Locks = """
        namespace LockContext.Runtime;

        [LockClass(Outer = WaitClass.Spin), Trusted("a source copy")]
        public struct RawSpinLock
        {
            private int _state;
            [Acquires] public void Enter() => _state = 1;
            [Acquires] public void Enter([LockTaken] ref bool taken) => taken = true;
            [Acquires(Try = true)] public bool TryEnter() => true;
            [Acquires(Try = true)] public void TryEnter([LockTaken] ref bool taken) => taken = true;
            [Releases] public void Exit() => _state = 0;
            [Acquires(Scope = true), UnscopedRef] public Scope EnterScope() => new(ref this);

            public ref struct Scope
            {
                private readonly ref RawSpinLock _lock;
                internal Scope(ref RawSpinLock taken) => _lock = ref taken;
                [Releases("_lock")] public void Dispose() => _lock.Exit();
            }
        }

        [LockClass(Outer = WaitClass.Config), Trusted("a source copy")]
        public sealed class SleepingLock
        {
            [Acquires] public void Enter() { }
            [Acquires] public void Enter([LockTaken] ref bool taken) => taken = true;
            [Acquires(Try = true)] public bool TryEnter() => true;
            [Releases] public void Exit() { }
        }

        [Trusted("a source copy")]
        public struct SequenceCount
        {
            private uint _sequence;
            [RawAtomic, BeginsSpeculation] public readonly bool TryBeginRead(out uint sequence) { sequence = _sequence; return (sequence & 1) == 0; }
            [RawAtomic, ValidatesSpeculation] public readonly bool Validate(uint sequence) => sequence == _sequence;
            [RawAtomic] public void BeginWrite() => _sequence++;
            [RawAtomic] public void EndWrite() => _sequence++;
        }

        public struct RcuHead
        {
            private nint _next;
        }

        [ReadSection, Trusted("a source copy")]
        public static unsafe class Rcu
        {
            [Acquires] public static void ReadLock() { }
            [Releases] public static void ReadUnlock() { }
            [Acquires(Scope = true)] public static ReadScope Read() => default;
            [RawAtomic, ReadProtected] public static T* Dereference<T>(T** location) where T : unmanaged => *location;
            [RawAtomic, ReadProtected] public static T? Dereference<T>(ref readonly T? location) where T : class => location;
            [RawAtomic] public static void Assign<T>(T** location, T* value) where T : unmanaged { *location = value; }
            [RawAtomic] public static void Assign<T>(ref T? location, T? value) where T : class { location = value; }
            [WaitsForGracePeriod] public static void Synchronize() { }
            [WaitsForGracePeriod] public static void SynchronizeExpedited() { }
            [WaitsForGracePeriod(Callbacks = true)] public static void Barrier() { }
            public static void Call([RunsLater(Limit = WaitClass.Config)] Action callback) { }
            [RawAtomic] public static void Call(RcuHead* head, [RunsLater(Limit = WaitClass.Config)] delegate*<RcuHead*, void> callback) { }
            [RawAtomic, DefersFree] public static void Free(void* pointer, RcuHead* head) { }
            [DefersFree(MightSleep = true)] public static void FreeMightSleep(void* pointer) { }

            public ref struct ReadScope
            {
                [Releases] public void Dispose() => Rcu.ReadUnlock();
            }
        }
        """;

    public const string Memory = """
        namespace LockContext.Runtime;

        [Flags, AllocationFlags]
        public enum GfpFlags : uint
        {
            None = 0,
            [AllocationFlag(AllocationBehavior.Movable)] Movable = 0x08,
            [AllocationFlag(AllocationBehavior.Reclaimable)] Reclaimable = 0x10,
            [AllocationFlag(AllocationBehavior.Reserve)] High = 0x20,
            [AllocationFlag(AllocationBehavior.None)] Io = 0x40,
            [AllocationFlag(AllocationBehavior.None)] Fs = 0x80,
            [AllocationFlag(AllocationBehavior.None)] Zero = 0x100,
            [AllocationFlag(AllocationBehavior.DirectReclaim)] DirectReclaim = 0x400,
            [AllocationFlag(AllocationBehavior.BackgroundReclaim)] KswapdReclaim = 0x800,
            Reclaim = DirectReclaim | KswapdReclaim,
            [AllocationFlag(AllocationBehavior.NoWarn)] NoWarn = 0x2000,
            [AllocationFlag(AllocationBehavior.MayFail)] RetryMayFail = 0x4000,
            [AllocationFlag(AllocationBehavior.NoFail)] NoFail = 0x8000,
            [AllocationFlag(AllocationBehavior.MayFail)] NoRetry = 0x10000,
            [AllocationFlag(AllocationBehavior.AllReserves)] MemAlloc = 0x20000,
            [AllocationFlag(AllocationBehavior.NoReserves)] NoMemAlloc = 0x80000,
            [AllocationFlag(AllocationBehavior.NoLocks)] NoLocks = 0x800000,
            Kernel = Reclaim | Io | Fs,
            NoWait = KswapdReclaim | NoWarn,
            Atomic = High | KswapdReclaim,
            NoFs = Reclaim | Io,
            NoIo = Reclaim,
        }

        public static class GfpScope
        {
            [RawAtomic, MasksAllocations(AllocationBehavior.DirectReclaim)] public static Scope NoReclaim() => default;
            [RawAtomic] public static Scope NoFs() => default;
            [RawAtomic, MasksAllocations(AllocationBehavior.AllReserves, Set = true)] public static Scope MemAlloc() => default;

            public ref struct Scope
            {
                [RawAtomic] public void Dispose() { }
            }
        }

        [NoGracePeriodWait]
        public sealed unsafe class PageAllocator
        {
            [RawAtomic, Trusted("a source copy")] public static PageAllocator Shared => s_shared;
            private static readonly PageAllocator s_shared = new();
            [Allocates] public void* AllocPages(GfpFlags flags, [AllocationOrder] int order) => null;
            [Frees(WithoutLocks = nameof(FreePagesNoLocks))] public void FreePages(void* page, [AllocationOrder] int order) { }
            [RawAtomic] public void FreePagesNoLocks(void* page, [AllocationOrder] int order) { }
        }
        """;

    /// <summary>Members of a class that can hold a raw lock, a sleeping one and a read section and allocate.</summary>
    public static Task Members(string members, params DiagnosticResult[] expected)
    {
        var test = Spec.Files(
            $$"""
            using LockContext.Runtime;

            unsafe class C
            {
                private RawSpinLock _raw;
                private readonly SleepingLock _sleeping = new();
                private bool _b;
                private int _n;

                {{members}}
            }
            """,
            Locks,
            Memory);
        test.ExpectedDiagnostics.AddRange(expected);
        return test.RunAsync();
    }

    /// <summary>Statements that run while the raw lock is held.</summary>
    public static Task Held(string statements, string members = "", params DiagnosticResult[] expected) => Members(
        $$"""
        void M(GfpFlags unknown, void* page)
        {
            _raw.Enter();
            {{statements}}
            _raw.Exit();
        }

        static void* Alloc(GfpFlags flags) => PageAllocator.Shared.AllocPages(flags, 0);

        {{members}}
        """,
        expected);
}
