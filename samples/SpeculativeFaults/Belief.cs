using LockContext;
using LockContext.Runtime;

namespace SpeculativeFaults;

/// <summary>Why a fault believes that a mapping is still as it has read it: because it has a lock, or because nobody has written since.</summary>
internal readonly ref struct Belief
{
    private readonly ref SequenceCount _sequence;
    private readonly uint _number;
    private readonly bool _isLocked;

    private Belief(bool isLocked) => _isLocked = isLocked;

    internal Belief(ref SequenceCount sequence, uint number)
    {
        _sequence = ref sequence;
        _number = number;
    }

    /// <summary>A lock keeps writers away.</summary>
    internal static Belief ByLock => new(isLocked: true);

    [RawAtomic]
    internal bool Holds() => _isLocked || _sequence.Validate(_number);
}
