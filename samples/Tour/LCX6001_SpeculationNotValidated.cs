using LockContext;

namespace Tour;

/// <summary>What is read under a sequence count is worth nothing until the count says that nobody wrote meanwhile.</summary>
class SpeculationNotValidated
{
    private readonly Sequence _sequence = new();
    private readonly object _gate = new();
    private int _x, _y;

    int Wrong()
    {
        if (!_sequence.TryBegin(out uint cookie)) // LCX6001: relied on at line 18 without being validated
            return Slow();
        int sum = _x + _y;
        if (sum == 0)
            return sum;
        return _sequence.Validate(cookie) ? sum : Slow();
    }

    int Right()
    {
        if (!_sequence.TryBegin(out uint cookie))
            return Slow();
        int sum = _x + _y;
        return _sequence.Validate(cookie) ? sum : Slow();
    }

    private int Slow()
    {
        lock (_gate)
            return _x + _y;
    }

    /// <summary>The readers' half of a sequence count in the words of the vocabulary.</summary>
    private sealed class Sequence
    {
        private volatile uint _count;

        [BeginsSpeculation]
        public bool TryBegin(out uint cookie)
        {
            cookie = _count;
            return (cookie & 1) == 0;
        }

        [ValidatesSpeculation]
        public bool Validate(uint cookie) => cookie == _count;
    }
}
