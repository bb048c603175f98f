namespace LockContext.Runtime.Tests;

/// <summary>What the torture needs of RCU: ours, and the broken twins it has to catch.</summary>
internal unsafe interface ITortureRcu
{
    /// <summary>Told by each reader when it begins and, with what was returned, when it ends.</summary>
    int Register();

    void Unregister(int reader);

    void ReadLock(int reader);

    void ReadUnlock(int reader);

    void Synchronize(bool expedited);

    void Call(RcuHead* head, delegate*<RcuHead*, void> callback);

    void Barrier();
}

internal sealed unsafe class TorturedRcu : ITortureRcu
{
    public int Register() => 0;

    public void Unregister(int reader)
    {
    }

    public void ReadLock(int reader) => Rcu.ReadLock();

    public void ReadUnlock(int reader) => Rcu.ReadUnlock();

    public void Synchronize(bool expedited)
    {
        if (expedited) Rcu.SynchronizeExpedited();
        else Rcu.Synchronize();
    }

    public void Call(RcuHead* head, delegate*<RcuHead*, void> callback) => Rcu.Call(head, callback);

    public void Barrier() => Rcu.Barrier();
}

/// <summary>Ours with polled cookies in place of waits.</summary>
internal sealed unsafe class PolledRcu : ITortureRcu
{
    private readonly TorturedRcu _rcu = new();

    public int Register() => _rcu.Register();

    public void Unregister(int reader) => _rcu.Unregister(reader);

    public void ReadLock(int reader) => _rcu.ReadLock(reader);

    public void ReadUnlock(int reader) => _rcu.ReadUnlock(reader);

    public void Synchronize(bool expedited)
    {
        RcuCookie cookie = expedited ? Rcu.Snapshot() : Rcu.StartPoll();
        if (expedited) Rcu.Synchronize(cookie);
        while (!Rcu.Poll(cookie)) System.Threading.Thread.Sleep(0);
    }

    public void Call(RcuHead* head, delegate*<RcuHead*, void> callback) => _rcu.Call(head, callback);

    public void Barrier() => _rcu.Barrier();
}
