using System.Runtime.InteropServices;

namespace Tour;

/// <summary>Waiting for all readers takes milliseconds; noting a pointer for whoever waits next takes nothing.</summary>
unsafe class WaitBeforeFree
{
    private Node* _first;

    // A suggestion of LCX5003, at the wait: editors show it, builds do not.
    void Wrong()
    {
        Node* node = _first;
        _first = node->Next;
        Readers.Synchronize();
        NativeMemory.Free(node);
    }

    void Right()
    {
        Node* node = _first;
        _first = node->Next;
        Readers.Free(node, &node->Head);
    }

    private struct Node
    {
        public Readers.Head Head;
        public Node* Next;
    }
}
