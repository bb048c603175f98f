using System.Threading.Tasks;
using LockContext;

namespace Tour;

/// <summary>A contract that nobody can keep protects nobody.</summary>
class Contradiction
{
    [RawAtomic, Sleepable] // LCX3001: keep one of them
    void Wrong()
    {
    }

    [Sleepable]
    void Right()
    {
    }

    [RawAtomic] // LCX3001: cannot stand on an async method
    async Task WrongAsWell() => await Task.Yield();

    [NoReclaim, Sleepable]
    void RightAsWell()
    {
    }
}
