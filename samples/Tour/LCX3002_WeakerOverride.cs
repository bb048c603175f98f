using System.IO;
using System.Threading;
using LockContext;

namespace Tour;

/// <summary>Whoever holds a spin lock and an interface relies on what the interface promises. Each implementation has to keep it.</summary>
interface IMeter
{
    [RawAtomic]
    void Count(int amount);
}

sealed class WrongMeter(TextWriter file) : IMeter
{
    [Sleepable]
    public void Count(int amount) => file.WriteLine(amount); // LCX3002: 'WrongMeter.Count' is [Sleepable] but stands for 'IMeter.Count'
}

sealed class RightMeter(TextWriter file) : IMeter
{
    private int _pending;

    public void Count(int amount) => Interlocked.Add(ref _pending, amount);

    [Sleepable]
    public void Flush() => file.WriteLine(Interlocked.Exchange(ref _pending, 0));
}
