using LockContext.Runtime;

namespace Tour;

/// <summary>A deferred free notes the pointer in a page. Where there is no page left it needs a place in the object itself, or has to wait.</summary>
unsafe class DeferredFreeMayWait
{
    private RawSpinLock _lock;
    private Node* _first;

    void Wrong()
    {
        _lock.Enter();
        Node* node = _first;
        _first = node->Next;
        Drop(node); // LCX5001: may wait for all readers while RawSpinLock '_lock' (taken at line 13) is held: Drop -> FreeMightSleep
        _lock.Exit();
    }

    void Right()
    {
        _lock.Enter();
        Node* node = _first;
        _first = node->Next;
        Readers.Free(node, &node->Head);
        _lock.Exit();
    }

    private static void Drop(Node* node) => Readers.FreeMightSleep(node);

    private struct Node
    {
        public Readers.Head Head;
        public Node* Next;
    }
}
