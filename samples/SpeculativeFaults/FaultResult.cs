namespace SpeculativeFaults;

/// <summary>What has come of a fault.</summary>
public enum FaultResult
{
    /// <summary>There is a page at the address.</summary>
    Served,

    /// <summary>Something has changed meanwhile, or is beyond a fast path: to be done again, another way.</summary>
    Retry,

    /// <summary>As <see cref="Retry"/>, because there was no memory that may be had without reclaiming: reclaim first, outside.</summary>
    RetryAfterReclaim,

    /// <summary>Nobody has mapped the address.</summary>
    Unmapped,

    /// <summary>There is no memory.</summary>
    NoMemory,
}

/// <summary>What a fast path does where a table is missing.</summary>
public enum MissingTable
{
    /// <summary>Makes one, with what can be had without reclaiming.</summary>
    Allocate,

    /// <summary>Leaves it to the way with the lock: tables are rarely missing.</summary>
    LeaveToLock,
}
