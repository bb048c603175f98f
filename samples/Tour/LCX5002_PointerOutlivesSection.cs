namespace Tour;

/// <summary>A pointer that a read section protects is good until the section ends, not a moment longer.</summary>
class PointerOutlivesSection
{
    private Node? _first;

    int Wrong()
    {
        Readers.Enter();
        Node? node = Readers.Dereference(ref _first);
        Readers.Exit();

        return node == null ? 0 : node.Key; // LCX5002: 'node' is used although Readers ended at line 12
    }

    int Right()
    {
        Readers.Enter();
        int key = Readers.Dereference(ref _first)?.Key ?? 0;
        Readers.Exit();

        return key;
    }

    private sealed class Node
    {
        public int Key;
    }
}
