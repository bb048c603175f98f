using System.Threading.Tasks;
using LockContext;

namespace Tour;

/// <summary>A contract that nobody can keep protects nobody.</summary>
class Contradiction
{
    [RawAtomic, Sleepable]
    void Wrong() // LCX3001: Sleepable
    {
    }

    [Sleepable]
    void Right()
    {
    }

    [RawAtomic]
    async Task WrongAsWell() => await Task.Yield(); // LCX3001: async

    [NoReclaim, Sleepable]
    void RightAsWell()
    {
    }
}
