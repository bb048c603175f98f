using System.Collections.Generic;
using System.Threading;

namespace Tour;

/// <summary>Two threads, two locks, each has one and wants the other. Nothing goes wrong until both run at the same moment.</summary>
class LockOrder
{
    private readonly Lock _accounts = new();
    private readonly Lock _log = new();
    private readonly List<string> _lines = [];
    private decimal _balance;

    void Deposit(decimal amount)
    {
        lock (_accounts)
        {
            _balance += amount;
            Write("deposit");
        }
    }

    void Write(string line)
    {
        lock (_log)
            _lines.Add(line);
    }

    void Wrong()
    {
        lock (_log)
        {
            lock (_accounts) // LCX2005: 'LockOrder._accounts' is taken while 'LockOrder._log' is held
                _lines.Add(_balance.ToString());
        }
    }

    void Right()
    {
        decimal balance;
        lock (_accounts)
            balance = _balance;
        Write(balance.ToString());
    }
}
