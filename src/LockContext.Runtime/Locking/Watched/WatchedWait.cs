using System;

namespace LockContext.Runtime;

/// <summary>
/// One attempt to take a lock of the class library. Such an attempt may end without the lock: by its time, or by an exception, such as that of an interrupted thread; then what was noted beforehand is taken back.
/// </summary>
[RawAtomic]
[Trusted("the checker must not be checked")]
internal ref struct WatchedWait : IDisposable
{
    private readonly LockIdentity _identity;
    private readonly uint _traits;
    private readonly AcquireHow _how;
    private readonly string _file;
    private readonly int _line;
    private bool _isOpen;

    private WatchedWait(uint traits, LockIdentity identity, AcquireHow how, string file, int line)
    {
        _traits = traits;
        _identity = identity;
        _how = how;
        _file = file;
        _line = line;
    }

    /// <summary>Before the attempt. With a time of 0 it is a try: exempt, and noted only if it succeeds.</summary>
    internal static WatchedWait Begin(uint traits, LockIdentity identity, int milliseconds, AcquireHow how, string file, int line)
    {
        if (!LockdepSwitch.IsOn) return default;
        var wait = new WatchedWait(traits, identity, milliseconds == 0 ? how == AcquireHow.Wait ? AcquireHow.Tried : AcquireHow.TriedToRead : how, file, line);
        if (milliseconds == 0) return wait;
        Lockdep.Acquire(traits, identity, how, file, line);
        wait._isOpen = true;
        return wait;
    }

    /// <summary>After it.</summary>
    /// <param name="taken">Whether the lock was taken.</param>
    /// <returns>The same.</returns>
    internal bool End(bool taken)
    {
        if (!LockdepSwitch.IsOn || !taken) return taken;
        if (!_isOpen) Lockdep.Acquire(_traits, _identity, _how, _file, _line);
        _isOpen = false;
        return true;
    }

    /// <summary>Takes back what was noted if the lock was not taken.</summary>
    public void Dispose()
    {
        if (!_isOpen) return;
        _isOpen = false;
        Lockdep.Release(_traits, _identity);
    }
}
