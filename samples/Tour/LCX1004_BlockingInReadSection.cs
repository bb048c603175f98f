using System.Collections.Generic;

namespace Tour;

/// <summary>Readers wait for nobody, and those who free what is read wait for the readers. A reader that sleeps holds them all up.</summary>
class BlockingInReadSection
{
    private readonly List<int> _log = [];
    private volatile Node? _head;

    void Wrong()
    {
        Readers.Enter();
        if (_head is { } node)
        {
            lock (_log) // LCX1004: can block while
                _log.Add(node.Key);
        }

        Readers.Exit();
    }

    void Right()
    {
        Readers.Enter();
        int? key = _head?.Key;
        Readers.Exit();

        if (key is { } found)
        {
            lock (_log)
                _log.Add(found);
        }
    }

    void Publish(int key) => _head = new Node(key);

    private sealed record Node(int Key);
}
