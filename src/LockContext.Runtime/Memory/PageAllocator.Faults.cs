namespace LockContext.Runtime;

public sealed unsafe partial class PageAllocator
{
    /// <summary>
    /// Makes allocations fail on purpose; <see langword="null"/>, the default, does not. Asked at each allocation, with and without locks, and when the zone asks the system for more memory. While it is set,
    /// allocations do not take their shortest way.
    /// </summary>
    /// <remarks>May be changed at any time by any thread.</remarks>
    public FaultInjection? FaultInjection
    {
        get => _hooks.Faults;
        set
        {
            _hooks.Faults = value;
            _gate.Set(Detour.Faults, value is not null);
        }
    }

    [RawAtomic]
    private bool IsFailed(GfpFlags flags, int order) => _hooks.Faults is { } faults && faults.ShouldFail(flags, (nuint)PageSize << order);
}
