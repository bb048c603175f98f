using System;
using System.Runtime.CompilerServices;
using System.Threading;

namespace LockContext.Runtime;

/// <summary>A <see cref="SemaphoreSlim"/> that <see cref="Lockdep"/> watches. A wait that holds nothing: anybody may release it, so it has no part in the order of locks.</summary>
/// <remarks>
/// <para>While lockdep is off, the calls go straight to the semaphore.</para>
/// <para><b>Wait class</b>: <see cref="WaitClass.Sleep"/>, for releasing as well, which takes a monitor; a wait with a time of 0 is a try and may be made anywhere a monitor may.</para>
/// <para><b>Thread-safety</b>: as <see cref="SemaphoreSlim"/>.</para>
/// </remarks>
[Trusted("hands each call on to the semaphore")]
public sealed class WatchedSemaphore : IDisposable
{
    private readonly SemaphoreSlim _semaphore;

    /// <summary>Makes a semaphore.</summary>
    /// <param name="initialCount">How many may enter at first.</param>
    /// <param name="maximumCount">How many there may be.</param>
    public WatchedSemaphore(int initialCount, int maximumCount = int.MaxValue) => _semaphore = new SemaphoreSlim(initialCount, maximumCount);

    /// <summary>How many may enter, at some moment during the call.</summary>
    public int CurrentCount => _semaphore.CurrentCount;

    /// <summary>Enters; waits until that is possible, at most so long.</summary>
    /// <param name="milliseconds">The time; 0 does not wait, -1 waits for ever.</param>
    /// <returns>Whether it has entered.</returns>
    [Sleepable]
    public bool Wait([Timeout] int milliseconds = Timeout.Infinite)
    {
        if (milliseconds != 0) Lockdep.MightSleep("SemaphoreSlim.Wait");
        return _semaphore.Wait(milliseconds);
    }

    /// <summary>Lets somebody enter. Takes a monitor.</summary>
    /// <returns>How many might enter before.</returns>
    [Sleepable]
    public int Release()
    {
        Lockdep.MightSleep("SemaphoreSlim.Release");
        return _semaphore.Release();
    }

    /// <summary>Ends the semaphore.</summary>
    public void Dispose() => _semaphore.Dispose();
}
