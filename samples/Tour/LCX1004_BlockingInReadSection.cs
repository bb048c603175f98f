using System.Collections.Generic;
using LockContext;

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

/// <summary>A read section in the words of the vocabulary; a real one would count its readers.</summary>
[ReadSection]
static class Readers
{
    [Acquires, Trusted("a stand-in: counts nobody")]
    public static void Enter()
    {
    }

    [Releases, Trusted("a stand-in: counts nobody")]
    public static void Exit()
    {
    }
}
